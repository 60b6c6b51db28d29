//! Text and numbers of file headers, as real programs write them.

/// Decodes text: as UTF-8 if that is valid, otherwise as Latin-1. This is decided for each field, because one header
/// often contains text from several programs.
pub(super) fn decode(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

/// Decodes several fields that end with certain bytes, each separately.
pub(super) fn decode_each(bytes: &[u8], ends: impl Fn(u8) -> bool) -> String {
    bytes
        .split_inclusive(|&byte| ends(byte))
        .map(decode)
        .collect()
}

/// A field of fixed width: the text before the first NUL, without surrounding spaces.
pub(super) fn field(bytes: &[u8]) -> String {
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or(&[]);
    decode(text).trim().to_owned()
}

/// A finite number with a decimal point or comma, and optionally a sign or an exponent.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_utf_8_or_latin_1() {
        for bytes in [b"\xB5V".as_slice(), b"\xC2\xB5V", b" \xB5V\0\0x"] {
            assert_eq!(field(bytes), "\u{b5}V");
        }
        assert_eq!(field(b"\0\0"), "");
    }

    #[test]
    fn each_field_has_its_own_encoding() {
        let bytes = b"a=\xC2\xB5V\nb=\xB5V\nc=J\xFCrgen\n";
        assert_eq!(
            decode_each(bytes, |byte| byte == b'\n'),
            "a=\u{b5}V\nb=\u{b5}V\nc=J\u{fc}rgen\n"
        );
        assert_eq!(decode(b"\xE2\x82"), "\u{e2}\u{82}");
    }

    #[test]
    fn numbers_as_programs_write_them() {
        for (text, expected) in [
            ("-200,0", Some(-200.0)),
            ("+5", Some(5.0)),
            (" 0007 ", Some(7.0)),
            ("1E+3", Some(1000.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1.000,5", None),
            ("", None),
            ("nan", None),
            ("1e999", None),
        ] {
            assert_eq!(number(text), expected, "{text}");
        }
    }
}
