//! Time-stamped annotation lists (TAL) of EDF+.

use super::super::text;

/// Time-stamped annotation lists of one record: the onset in seconds and the text of each annotation. The empty text of
/// a time-keeping list is kept. Texts are UTF-8, as EDF+ prescribes, or Latin-1, as some programs write them.
pub(super) fn parse_tals(bytes: &[u8]) -> Vec<(f64, String)> {
    let mut out = Vec::new();
    for list in bytes
        .split(|&byte| byte == 0)
        .filter(|list| !list.is_empty())
    {
        let mut parts = list.split(|&byte| byte == 0x14);
        let Some(timing) = parts.next() else { continue };
        let onset = timing.split(|&byte| byte == 0x15).next().unwrap_or(&[]);
        let Some(onset_s) = text::number(&text::decode(onset)) else {
            continue;
        };
        let before = out.len();
        let texts = parts.map(|text| text::decode(text).trim().to_owned());
        out.extend(
            texts
                .filter(|text| !text.is_empty())
                .map(|text| (onset_s, text)),
        );
        if out.len() == before {
            out.push((onset_s, String::new()));
        }
    }
    out
}

/// The text of an annotation without the channel that it applies to (`text@@channel`, as EDFbrowser and MNE write it).
pub(super) fn without_channel(text: &str, mut is_label: impl FnMut(&str) -> bool) -> &str {
    match text.split_once("@@") {
        Some((text, channel)) if is_label(channel) => text,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_keeping_onsets_durations_and_several_texts() {
        assert_eq!(parse_tals(b"+1.5\x14\x14\0\0\0"), [(1.5, String::new())]);
        assert_eq!(parse_tals(b"+1.5\x154.1\x14T1\x14\0"), [(1.5, "T1".into())]);
        assert_eq!(parse_tals(b"+1,5\x14T1\x14\0"), [(1.5, "T1".into())]);
        assert_eq!(
            parse_tals(b"-2\x14a\x14b\x14\0"),
            [(-2.0, "a".into()), (-2.0, "b".into())]
        );
    }

    #[test]
    fn each_text_is_utf_8_or_latin_1() {
        assert_eq!(
            parse_tals(b"+1\x14Fu\xDF\x14\0+2\x14Fu\xC3\x9F\x14\0"),
            [(1.0, "Fu\u{df}".into()), (2.0, "Fu\u{df}".into())]
        );
    }

    #[test]
    fn the_channel_of_an_annotation_is_removed_from_its_text() {
        assert_eq!(without_channel("T1@@C3", |label| label == "C3"), "T1");
        assert_eq!(without_channel("a@@b", |label| label == "C3"), "a@@b");
    }

    #[test]
    fn invalid_lists_are_skipped() {
        assert!(parse_tals(b"").is_empty());
        assert!(parse_tals(b"hello\x14T1\x14\0").is_empty());
        assert!(parse_tals(b"+inf\x14T1\x14\0").is_empty());
    }
}
