//! Mails to measure with.

/// A mail of about 3 KB, different for each number.
pub(crate) fn mail(number: u32) -> String {
    let line = "The quick brown fox jumps over the lazy dog, and the lazy dog lets it pass.\r\n";
    format!(
        "Return-Path: <sender{number}@example.org>\r\n\
         Received: from mail.example.org (mail.example.org [192.0.2.1])\r\n\
         \tby mx.example.com (Postfix) with ESMTPS id {number:010X}\r\n\
         \tfor <alice@example.com>; Mon, 2 Mar 2026 10:{:02}:{:02} +0100\r\n\
         Date: Mon, 2 Mar 2026 10:00:00 +0100\r\n\
         From: \"Sender {number}\" <sender{number}@example.org>\r\n\
         To: Alice <alice@example.com>\r\n\
         Subject: Re: =?utf-8?q?Gr=C3=BC=C3=9Fe?= number {number}\r\n\
         Message-ID: <{number}@example.org>\r\n\
         MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         \r\n\
         {}",
        number / 60 % 60,
        number % 60,
        line.repeat(30),
    )
}
