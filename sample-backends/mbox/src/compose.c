/* A message as MIME: the counterpart of what mail.c reads. No property can add a field or a part of its own: texts of a header
 * are one line each, or encoded words, and boundaries occur in nothing that they separate. */
#define _GNU_SOURCE
#include "mail.h"

#include "date.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX 900

/* ------------------------------------------------------------------ the header */

static const char *text_of(const mail *message, ms_tag tag) { return ms_get_text(message->bag, tag); }

static void write_field(bytes *out, const char *name, const char *text) {
    if (!text) return;
    bytes_format(out, "%s: ", name);
    write_words(out, text);
    bytes_text(out, "\n");
}

static int32_t number_of(const mail *message, ms_tag tag, int32_t otherwise) {
    const ms_value *value = ms_get(message->bag, tag);
    return value && value->tag == MAPISTORE_BACKEND_TYPES_PROPERTY_VALUE_INTEGER32 ? value->val.integer32 : otherwise;
}

static void write_mailbox(bytes *out, const char *field, const char *name, const char *mail) {
    bytes_format(out, "%s: ", field);
    /* One that has no name of its own is called by its address when it is read. */
    write_address(out, name && (!mail || strcmp(name, mail)) ? name : "", mail ? mail : "");
    bytes_text(out, "\n");
}

static bool differs(const char *one, const char *other) { return one && (!other || strcmp(one, other)); }

static void write_senders(bytes *out, const mail *message) {
    const char *from = text_of(message, PID_TAG_SENT_REPRESENTING_NAME), *from_mail = text_of(message, PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS);
    const char *sender = text_of(message, PID_TAG_SENDER_NAME), *sender_mail = text_of(message, PID_TAG_SENDER_EMAIL_ADDRESS);
    bool has_from = from || from_mail;
    if (has_from) write_mailbox(out, "From", from, from_mail);
    else if (sender || sender_mail) write_mailbox(out, "From", sender, sender_mail);
    if (has_from && (differs(sender, from) || differs(sender_mail, from_mail))) write_mailbox(out, "Sender", sender, sender_mail);
}

static void write_recipients(bytes *out, const char *field, const addresses *list) {
    if (!list->count) return;
    bytes_format(out, "%s: ", field);
    for (size_t i = 0; i < list->count; i++) {
        if (i) bytes_text(out, ",\n ");
        write_address(out, list->items[i].name, list->items[i].mail);
    }
    bytes_text(out, "\n");
}

static void write_degrees(bytes *out, const mail *message) {
    static const char *const importances[] = {"low", "normal", "high"}, *const priorities[] = {"non-urgent", "normal", "urgent"};
    static const char *const sensitivities[] = {"", "Personal", "Private", "Company-Confidential"};
    int32_t importance = number_of(message, PID_TAG_IMPORTANCE, 1), priority = number_of(message, PID_TAG_PRIORITY, 0);
    int32_t sensitivity = number_of(message, PID_TAG_SENSITIVITY, 0);
    if (importance != 1) bytes_format(out, "Importance: %s\n", importances[importance]);
    if (priority) bytes_format(out, "Priority: %s\n", priorities[priority + 1]);
    if (sensitivity) bytes_format(out, "Sensitivity: %s\n", sensitivities[sensitivity]);
    const ms_value *receipt = ms_get(message->bag, PID_TAG_READ_RECEIPT_REQUESTED);
    if (!receipt || !receipt->val.boolean) return;
    const char *to = text_of(message, PID_TAG_SENDER_EMAIL_ADDRESS);
    if (!to) to = text_of(message, PID_TAG_SENT_REPRESENTING_EMAIL_ADDRESS);
    write_mailbox(out, "Disposition-Notification-To", NULL, to);
}

static void write_header(bytes *out, const mail *message) {
    /* The trace of where it has been stands first, as it did. */
    bytes_add(out, bytes_span(&message->others).at, message->others.length);
    write_senders(out, message);
    write_recipients(out, "To", &message->to[MS_TO]);
    write_recipients(out, "Cc", &message->to[MS_CC]);
    write_recipients(out, "Bcc", &message->to[MS_BCC]);
    write_field(out, "Subject", text_of(message, PID_TAG_SUBJECT));
    const ms_value *time = ms_get(message->bag, PID_TAG_CLIENT_SUBMIT_TIME);
    if (time) {
        char date[48];
        date_format(ms_unix_time(time->val.time), date);
        bytes_format(out, "Date: %s\n", date);
    }
    write_field(out, "Message-ID", text_of(message, PID_TAG_INTERNET_MESSAGE_ID));
    write_field(out, "In-Reply-To", text_of(message, PID_TAG_IN_REPLY_TO_ID));
    write_field(out, "References", text_of(message, PID_TAG_INTERNET_REFERENCES));
    write_field(out, "Thread-Topic", text_of(message, PID_TAG_CONVERSATION_TOPIC));
    const ms_value *index = ms_get(message->bag, PID_TAG_CONVERSATION_INDEX);
    if (index) {
        bytes_text(out, "Thread-Index: ");
        encode_base64(out, (span){(const char *)index->val.binary.ptr, index->val.binary.len}, false);
        bytes_text(out, "\n");
    }
    write_degrees(out, message);
    bytes_text(out, "MIME-Version: 1.0\n");
}

/* ------------------------------------------------------------------ bodies */

/* Whether a text can stand as it is: ASCII in short lines, which end in CRLF as they do when they are read. */
static bool is_plain(span text) {
    size_t column = 0;
    for (size_t i = 0; i < text.length; i++, column++) {
        unsigned char c = (unsigned char)text.at[i];
        bool ends = c == '\r' && i + 1 < text.length && text.at[i + 1] == '\n';
        if (ends) i++, column = 0;
        else if (column > LINE_MAX || (c < ' ' && c != '\t') || c >= 127) return false;
    }
    return true;
}

static void write_text(bytes *out, const char *type, span text) {
    size_t odd = 0, lone = 0;
    for (size_t i = 0; i < text.length; i++) {
        odd += (unsigned char)text.at[i] >= 127;
        lone += text.at[i] == '\n' && (!i || text.at[i - 1] != '\r');
        lone += text.at[i] == '\r' && (i + 1 == text.length || text.at[i + 1] != '\n');
    }
    bytes_format(out, "Content-Type: %s; charset=utf-8\n", type);
    if (is_plain(text)) {
        span line;
        bytes_text(out, "\n");
        while (span_line(&text, &line)) {
            span inside = span_without_end(line);
            bytes_add(out, inside.at, inside.length);
            if (inside.length < line.length) bytes_text(out, "\n");
        }
    } else if (odd < text.length / 4 && !lone) {
        bytes_text(out, "Content-Transfer-Encoding: quoted-printable\n\n");
        encode_quoted_printable(out, text);
    } else {
        bytes_text(out, "Content-Transfer-Encoding: base64\n\n");
        encode_base64(out, text, true);
    }
}

/* A separator that is in none of these bytes. */
static void make_boundary(char boundary[40], const bytes *one, const bytes *other) {
    for (unsigned i = 0;; i++) {
        snprintf(boundary, 40, "=_mbox_%u", i);
        span in = bytes_span(one), also = bytes_span(other);
        if (!memmem(in.at, in.length, boundary, strlen(boundary)) && !memmem(also.at, also.length, boundary, strlen(boundary))) return;
    }
}

/* HTML that is not UTF-8 would not read back as it is: its bytes are kept. */
static void write_html(bytes *out, const ms_value *html) {
    span text = {(const char *)html->val.binary.ptr, html->val.binary.len};
    if (is_plain(text)) {
        write_text(out, "text/html", text);
        return;
    }
    bytes_text(out, "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n");
    encode_base64(out, text, true);
}

/* The bodies that there are as one part. */
static void write_bodies(bytes *out, const mail *message) {
    const char *text = text_of(message, PID_TAG_BODY);
    const ms_value *html = ms_get(message->bag, PID_TAG_HTML);
    bytes plain = {0}, rich = {0};
    char boundary[40];
    if (text) write_text(&plain, "text/plain", span_of(text));
    if (html) write_html(&rich, html);
    if (text && html) {
        make_boundary(boundary, &plain, &rich);
        bytes_format(out, "Content-Type: multipart/alternative; boundary=\"%s\"\n\n--%s\n%s\n--%s\n%s\n--%s--\n", boundary, boundary,
                     plain.at, boundary, rich.at, boundary);
    } else if (text || html) {
        bytes_text(out, text ? plain.at : rich.at);
    }
    bytes_free(&plain), bytes_free(&rich);
}

/* ------------------------------------------------------------------ attachments */

/* A name of ASCII in quotes, any other as RFC 2231 has it. */
static void write_name(bytes *out, const char *name) {
    bool plain = strlen(name) < 60 && !strstr(name, "=?");
    for (const char *c = name; *c && plain; c++) plain = *c >= ' ' && *c < 127;
    if (plain) {
        bytes_text(out, "; filename=\"");
        for (const char *c = name; *c; c++) {
            if (*c == '"' || *c == '\\') bytes_text(out, "\\");
            bytes_add(out, c, 1);
        }
        bytes_text(out, "\"");
        return;
    }
    size_t length = strlen(name);
    for (size_t at = 0, piece = 0; at < length; piece++) {
        bytes_format(out, piece ? ";\n filename*%zu*=" : ";\n filename*%zu*=utf-8''", piece);
        for (size_t end = at + 20; at < length && at < end; at++) bytes_format(out, "%%%02X", (unsigned char)name[at]);
    }
}

static void write_attachment(bytes *out, const attached *from) {
    const char *type = ms_get_text(from->bag, PID_TAG_ATTACH_MIME_TAG), *name = ms_get_text(from->bag, PID_TAG_ATTACH_LONG_FILENAME);
    const char *id = ms_get_text(from->bag, PID_TAG_ATTACH_CONTENT_ID), *location = ms_get_text(from->bag, PID_TAG_ATTACH_CONTENT_LOCATION);
    /* In base64 no part is a message or has parts: it would be read as such. */
    bool composite = type && (!strncmp(type, "multipart/", 10));
    bytes_format(out, "Content-Type: %s\n", type && !composite ? type : "application/octet-stream");
    bytes_text(out, "Content-Disposition: attachment");
    if (name) write_name(out, name);
    bytes_text(out, "\n");
    if (id) bytes_format(out, "Content-ID: <%s>\n", id);
    if (location) bytes_format(out, "Content-Location: %s\n", location);
    bytes_text(out, "Content-Transfer-Encoding: base64\n\n");
    encode_base64(out, bytes_span(&from->data), true);
}

void mail_compose(const mail *message, bytes *out) {
    bytes bodies = {0}, none = {0};
    size_t saved = 0;
    char boundary[40];
    write_header(out, message);
    write_bodies(&bodies, message);
    for (size_t i = 0; i < message->count; i++) saved += message->attachments[i]->saved;
    if (!saved) {
        if (bodies.length) bytes_add(out, bodies.at, bodies.length);
        else bytes_text(out, "\n");
    } else {
        /* What is attached is base64, which has no `=_` in it; the bodies may have anything. */
        make_boundary(boundary, &bodies, &none);
        bytes_format(out, "Content-Type: multipart/mixed; boundary=\"%s\"\n\n", boundary);
        if (bodies.length) bytes_format(out, "--%s\n%s\n", boundary, bodies.at);
        for (size_t i = 0; i < message->count; i++) {
            if (!message->attachments[i]->saved) continue;
            bytes_format(out, "--%s\n", boundary);
            write_attachment(out, message->attachments[i]);
            bytes_text(out, "\n");
        }
        bytes_format(out, "--%s--\n", boundary);
    }
    bytes_free(&bodies);
}
