//! Parses `--classes CLASS=MARKER,...`.

use crate::fit::classes::ClassMarker;

/// Classes with their markers, from one `--classes` option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ClassList(Vec<ClassMarker>);

/// The classes of all `--classes` options together.
pub(super) fn together(lists: &[ClassList]) -> Vec<ClassMarker> {
    lists.iter().flat_map(|list| list.0.clone()).collect()
}

/// Parses a list. A comma ends a marker if a class follows (`left_hand=a,right_hand=b`). Any other comma is part of the
/// marker (`left_hand=cue, left`), as is a comma after a backslash.
pub(super) fn class_list(text: &str) -> Result<ClassList, String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut is_escaped = false;
    for piece in text.split(',') {
        let begins_class = piece
            .split_once('=')
            .is_some_and(|(class, _)| is_name(class));
        match pieces.last_mut() {
            Some(last) if is_escaped || !begins_class => {
                if is_escaped {
                    last.pop();
                }
                last.push(',');
                last.push_str(piece);
            }
            _ => pieces.push(piece.to_owned()),
        }
        is_escaped = piece.ends_with('\\');
    }
    let classes = pieces.iter().map(|piece| class_marker(piece));
    classes.collect::<Result<_, _>>().map(ClassList)
}

fn is_name(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphabetic() || c == '_')
}

fn class_marker(text: &str) -> Result<ClassMarker, String> {
    let parse = || {
        let (class, marker) = text.split_once('=')?;
        let (marker, only_in) = match marker.split_once('@') {
            Some((marker, files)) => (marker, files.split('+').map(str::to_owned).collect()),
            None => (marker, Vec::new()),
        };
        let is_whole = !class.is_empty()
            && !marker.is_empty()
            && only_in.iter().all(|part: &String| !part.is_empty());
        is_whole.then(|| ClassMarker {
            only_in,
            ..ClassMarker::new(class.trim(), marker.trim())
        })
    };
    parse().ok_or_else(|| {
        "expected CLASS=MARKER, such as left_hand=T1, or CLASS=MARKER@FILE+FILE for a marker that counts only in some recordings, \
         such as feet=T2@R06+R10. A marker may contain commas (left_hand=cue, left), and may end with * to match any ending"
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let classes = together(&[class_list(text).unwrap()]);
        let pair = |class: ClassMarker| (class.class.clone(), class.spelling());
        classes.into_iter().map(pair).collect()
    }

    fn pair(class: &str, marker: &str) -> (String, String) {
        (class.into(), marker.into())
    }

    #[test]
    fn a_comma_separates_only_before_a_class() {
        assert_eq!(
            read("left_hand=T1,right_hand=T2"),
            [pair("left_hand", "T1"), pair("right_hand", "T2")]
        );
        assert_eq!(
            read("left_hand=cue, left,right_hand=b"),
            [pair("left_hand", "cue, left"), pair("right_hand", "b")]
        );
        assert_eq!(
            read("left_hand=1,5=x,feet=2@R06+R10"),
            [pair("left_hand", "1,5=x"), pair("feet", "2@R06+R10")]
        );
        assert_eq!(
            read(r"left_hand=cue\,side=l,right_hand=b"),
            [pair("left_hand", "cue,side=l"), pair("right_hand", "b")]
        );
        assert_eq!(read("left_hand=L1,left_hand=L2").len(), 2);
        for wrong in ["", "left_hand", "left_hand=", "=T1", "left_hand=T1@"] {
            assert!(class_list(wrong).is_err(), "{wrong}");
        }
    }
}
