//! Makes text from outside safe to show and to store.
//!
//! A name in a stream, a file or a window can contain control characters: they clear a terminal, forge a line of a log, reverse the reading
//! direction, or make the XML header of a recording unreadable. Everything that this program prints goes through [`printable_lines`];
//! foreign text inside a message goes through [`printable`], which escapes line breaks as well; text for a file goes through [`storable`].

use std::borrow::Cow;
use std::fmt::{self, Write};
use std::path::Path;

/// Replaces a forbidden character in a file.
const REPLACEMENT: char = '?';
/// Length of the longest character reference (`x10ffff;`) with some leading zeros, bytes.
const LONGEST_REFERENCE: usize = 12;

/// Whether a character is not drawn as itself, or changes how others are drawn: C0 and C1 controls, DEL, marks that change the reading
/// direction, line separators, and invisible tags.
#[must_use]
pub fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}' | '\u{e0000}'..='\u{e007f}')
}

/// A text on one line, with each unprintable character as its JSON escape (`\u001b`).
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, is_unprintable)
}

/// The same, but keeps line breaks. JSON printed this way keeps its meaning, because the escapes are those of JSON.
#[must_use]
pub fn printable_lines(text: &str) -> Cow<'_, str> {
    escaped(text, |c| c != '\n' && is_unprintable(c))
}

/// A path on one line: unprintable characters as in [`printable`], bytes that are not UTF-8 as `\xff`. Clippy bans `Path::display`, so that
/// no file name controls a terminal.
#[must_use]
pub fn printable_path(path: &Path) -> impl fmt::Display + '_ {
    struct Escaped<'a>(&'a Path);
    impl fmt::Display for Escaped<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            for chunk in self.0.as_os_str().as_encoded_bytes().utf8_chunks() {
                f.write_str(&printable(chunk.valid()))?;
                for byte in chunk.invalid() {
                    write!(f, "\\x{byte:02x}")?;
                }
            }
            Ok(())
        }
    }
    Escaped(path)
}

/// Several texts as in [`printable`], separated by commas.
#[must_use]
pub fn printable_list<T: AsRef<str>>(texts: &[T]) -> String {
    joined(texts, ", ")
}

/// The same with another separator.
#[must_use]
pub fn joined<T: AsRef<str>>(texts: &[T], between: &str) -> String {
    let texts: Vec<Cow<'_, str>> = texts.iter().map(|text| printable(text.as_ref())).collect();
    texts.join(between)
}

/// A number of things: `1 channel`, `2 channels`.
#[must_use]
pub fn counted(count: impl fmt::Display, thing: &str) -> String {
    let count = count.to_string();
    let plural = if count == "1" { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// A text for a field of a file, with each unprintable character replaced by a question mark.
#[must_use]
pub fn storable(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(is_unprintable, &REPLACEMENT.to_string()))
}

/// An XML document without the characters that XML 1.0 (section 2.2) forbids, literally or as `&#27;`. Other programs write such headers,
/// and no XML reader accepts them.
#[must_use]
pub fn readable_xml(xml: &str) -> Cow<'_, str> {
    xml_without(
        xml,
        |c| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}'),
    )
}

/// An XML document for a file, without unprintable characters except white space.
#[must_use]
pub fn storable_xml(xml: &str) -> Cow<'_, str> {
    xml_without(xml, |c| {
        is_unprintable(c) && !matches!(c, '\t' | '\n' | '\r' | '\u{feff}')
    })
}

fn xml_without(xml: &str, is_bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !xml.contains(&is_bad) && !xml.contains("&#") {
        return Cow::Borrowed(xml);
    }
    let mut out = String::with_capacity(xml.len());
    let mut rest = xml;
    while let Some(c) = rest.chars().next() {
        let reference = rest.strip_prefix("&#").and_then(character_reference);
        rest = match reference {
            Some((code, after)) => {
                let named = char::from_u32(code).filter(|c| !is_bad(*c));
                match named {
                    Some(_) => out.push_str(&rest[..rest.len() - after.len()]),
                    None => out.push(REPLACEMENT),
                }
                after
            }
            None => {
                out.push(if is_bad(c) { REPLACEMENT } else { c });
                &rest[c.len_utf8()..]
            }
        };
    }
    Cow::Owned(out)
}

/// The code of a character reference after its `&#`, and the text after it.
fn character_reference(text: &str) -> Option<(u32, &str)> {
    let end = text
        .bytes()
        .take(LONGEST_REFERENCE)
        .position(|byte| byte == b';')?;
    let (number, after) = (text.get(..end)?, text.get(end + 1..)?);
    let (digits, radix) = match number.strip_prefix('x') {
        Some(digits) => (digits, 16),
        None => (number, 10),
    };
    let are_digits = digits.chars().all(|c| c.is_digit(radix));
    let code = u32::from_str_radix(digits, radix).ok()?;
    are_digits.then_some((code, after))
}

fn escaped(text: &str, is_bad: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_bad) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            c if !is_bad(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a string cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_and_forged_lines_are_shown_as_text() {
        let evil = "ev\u{1b}]0;PWNED\u{7}\u{9b}2J\r\nforged\u{202e}gnp.exe\u{7f}";
        assert_eq!(
            printable(evil),
            r"ev\u001b]0;PWNED\u0007\u009b2J\r\nforged\u202egnp.exe\u007f"
        );
        assert_eq!(
            printable_path(Path::new(evil)).to_string(),
            printable(evil).into_owned()
        );
        #[cfg(unix)]
        {
            use std::os::unix::ffi::OsStrExt;
            let name = std::ffi::OsStr::from_bytes(b"b\xfcro\n\xc3\xbc.xdf");
            let shown = printable_path(Path::new(name)).to_string();
            assert_eq!(shown, "b\\xfcro\\n\u{fc}.xdf");
        }
        assert_eq!(printable_list(&["C3", "a\nb"]), "C3, a\\nb");
        assert_eq!(
            [0, 1, 2].map(|count| counted(count, "sample")).join(", "),
            "0 samples, 1 sample, 2 samples"
        );
        assert_eq!(printable_lines("one\ntwo\r\n"), "one\ntwo\\r\n");
        assert_eq!(storable("C\u{1b}[31m3\n"), "C?[31m3?");
        for plain in ["µV é 你好 C3–A2 'x'", ""] {
            assert!(matches!(printable(plain), Cow::Borrowed(same) if same == plain));
            assert!(matches!(storable(plain), Cow::Borrowed(same) if same == plain));
        }
    }

    #[test]
    fn xml_that_no_reader_accepts_becomes_readable() {
        let xml = "<?xml version=\"1.0\"?>\n<info><name>a&#27;[1m\u{1b}b &#x9B; &#181; &#x1b &amp;</name></info>";
        let readable = storable_xml(xml);
        assert_eq!(
            readable_xml(xml),
            "<?xml version=\"1.0\"?>\n<info><name>a?[1m?b &#x9B; &#181; &#x1b &amp;</name></info>"
        );
        assert_eq!(
            readable,
            "<?xml version=\"1.0\"?>\n<info><name>a?[1m?b ? &#181; &#x1b &amp;</name></info>"
        );
        let without = readable.replace(" &#x1b ", " ");
        let document = roxmltree::Document::parse(&without).unwrap();
        let name = document.root_element().first_element_child().unwrap();
        assert_eq!(name.text(), Some("a?[1m?b ? µ &"));
    }

    proptest! {
        #[test]
        fn nothing_unprintable_is_left_and_json_keeps_its_meaning(text in any::<String>()) {
            prop_assert!(!printable(&text).contains(is_unprintable));
            prop_assert!(!storable(&text).contains(is_unprintable));
            prop_assert_eq!(text.chars().count(), storable(&text).chars().count());
            let json = serde_json::to_string(&text).unwrap();
            let shown = printable_lines(&json);
            prop_assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), text);
        }

        #[test]
        fn any_text_in_a_header_is_readable(text in any::<String>()) {
            let inner = text.replace(['&', '<', '>'], "");
            let xml = format!("<a>{inner}</a>");
            prop_assert!(roxmltree::Document::parse(&readable_xml(&xml)).is_ok());
            prop_assert!(roxmltree::Document::parse(&storable_xml(&xml)).is_ok());
        }
    }
}
