//! Time-stamped annotation lists (TAL) of EDF+.

/// Time-stamped annotation lists of one record: onset in seconds and text of each annotation. The empty text of a
/// time-keeping list is kept.
pub(super) fn parse_tals(bytes: &[u8]) -> Vec<(f64, String)> {
    let mut out = Vec::new();
    for list in bytes
        .split(|&byte| byte == 0)
        .filter(|list| !list.is_empty())
    {
        let mut parts = list.split(|&byte| byte == 0x14);
        let Some(timing) = parts.next() else { continue };
        let onset = timing.split(|&byte| byte == 0x15).next().unwrap_or(&[]);
        let Some(onset_s) = std::str::from_utf8(onset)
            .ok()
            .and_then(|text| text.parse::<f64>().ok())
        else {
            continue;
        };
        if !onset_s.is_finite() {
            continue;
        }
        let before = out.len();
        let texts = parts.map(|text| String::from_utf8_lossy(text).trim().to_owned());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_keeping_onsets_durations_and_several_texts() {
        assert_eq!(parse_tals(b"+1.5\x14\x14\0\0\0"), [(1.5, String::new())]);
        assert_eq!(parse_tals(b"+1.5\x154.1\x14T1\x14\0"), [(1.5, "T1".into())]);
        assert_eq!(
            parse_tals(b"-2\x14a\x14b\x14\0"),
            [(-2.0, "a".into()), (-2.0, "b".into())]
        );
    }

    #[test]
    fn what_is_no_list_is_passed_over() {
        assert!(parse_tals(b"").is_empty());
        assert!(parse_tals(b"hello\x14T1\x14\0").is_empty());
        assert!(parse_tals(b"+inf\x14T1\x14\0").is_empty());
    }
}
