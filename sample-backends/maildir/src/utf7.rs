//! Modified UTF-7 (RFC 3501 5.1.3), in which IMAP servers write folder names to the disk.
//!
//! Printable ASCII stands for itself, except `&`, which is written `&-`. Runs of everything else are UTF-16BE in
//! base64 with `,` for `/`, between `&` and `-`.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// Writes text as an IMAP server would.
pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut run: Vec<u16> = Vec::new();
    for character in text.chars() {
        if matches!(character, ' '..='~') {
            flush(&mut run, &mut out);
            out.push(character);
            if character == '&' {
                out.push('-');
            }
        } else {
            run.extend_from_slice(character.encode_utf16(&mut [0; 2]));
        }
    }
    flush(&mut run, &mut out);
    out
}

/// Ends a run of characters that are not printable ASCII.
fn flush(run: &mut Vec<u16>, out: &mut String) {
    if run.is_empty() {
        return;
    }
    out.push('&');
    let (mut bits, mut count) = (0_u32, 0);
    for unit in run.drain(..) {
        bits = bits << 16 | u32::from(unit);
        count += 16;
        while count >= 6 {
            count -= 6;
            out.push(digit(bits >> count));
        }
    }
    if count > 0 {
        out.push(digit(bits << (6 - count)));
    }
    out.push('-');
}

fn digit(bits: u32) -> char {
    ALPHABET[(bits & 63) as usize].into()
}

/// Reads what [`encode`] writes, and nothing else: `None` for any other spelling.
///
/// The check makes decoding reversible, so that a name may stand for its directory.
pub(crate) fn decode(encoded: &str) -> Option<String> {
    let mut out = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((plain, run)) = rest.split_once('&') {
        let (run, after) = run.split_once('-')?;
        out.push_str(plain);
        if run.is_empty() {
            out.push('&');
        } else {
            out.push_str(&decode_run(run)?);
        }
        rest = after;
    }
    out.push_str(rest);
    (encode(&out) == encoded).then_some(out)
}

fn decode_run(run: &str) -> Option<String> {
    let mut units = Vec::with_capacity(run.len() / 2);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in run.bytes() {
        let value = ALPHABET.iter().position(|&letter| letter == byte)?;
        bits = bits << 6 | u32::try_from(value).ok()?;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push(u16::try_from(bits >> count & 0xFFFF).ok()?);
        }
    }
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_as_imap_writes_them() {
        for (text, encoded) in [
            ("Drafts", "Drafts"),
            ("Entwürfe", "Entw&APw-rfe"),
            ("R&D", "R&-D"),
            ("台北", "&U,BTFw-"),
            ("a😀b", "a&2D3eAA-b"),
            ("", ""),
        ] {
            assert_eq!(encode(text), encoded);
            assert_eq!(decode(encoded).as_deref(), Some(text));
        }
    }

    #[test]
    fn another_spelling_is_refused() {
        for name in ["a&", "a&b", "&!-", "&AAA", "Entwürfe", "&AGEA-", "&2D0-"] {
            assert_eq!(decode(name), None, "{name}");
        }
    }
}
