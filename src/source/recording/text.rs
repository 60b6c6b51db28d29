//! Text of headers, whose encoding is often not the one that the header states.

/// A field's text: UTF-8 where it is valid, else Latin-1, in which every byte is a character. Decided for each field by itself: one
/// comment in Latin-1 says nothing of the units beside it.
pub(super) fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// Text of several fields that end with certain bytes, each decoded by itself.
pub(super) fn decode_each(bytes: &[u8], ends: impl Fn(u8) -> bool) -> String {
    bytes
        .split_inclusive(|&byte| ends(byte))
        .map(decode)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_field_has_its_own_encoding() {
        let bytes = b"a=\xC2\xB5V\nb=\xB5V\nc=J\xFCrgen\n";
        assert_eq!(
            decode_each(bytes, |byte| byte == b'\n'),
            "a=\u{b5}V\nb=\u{b5}V\nc=J\u{fc}rgen\n"
        );
        assert_eq!(decode(b"\xE2\x82"), "\u{e2}\u{82}");
    }
}
