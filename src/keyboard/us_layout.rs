//! Where characters are on a keyboard with the American layout.

/// The rows of keys: the number of the first key in Linux (input-event-codes.h), and the characters without and with Shift.
const ROWS: [(u32, &str, &str); 6] = [
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", "ASDFGHJKL:\"~"),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", " "),
    (28, "\n", "\n"),
];

/// The key of a character, and whether Shift is held. None for characters that this layout does not have.
pub(super) fn key_of(character: char) -> Option<(u32, bool)> {
    if character == '\t' {
        return Some((15, false));
    }
    ROWS.iter().find_map(|(first, plain, shifted)| {
        [(plain, false), (shifted, true)]
            .into_iter()
            .find_map(|(row, is_shifted)| {
                let place = row.chars().position(|own| own == character)?;
                Some((first + place as u32, is_shifted))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::key_of;

    /// Against the names of the keys in Linux.
    #[test]
    fn characters_are_on_their_keys() {
        use evdev::KeyCode;
        let at = |character| key_of(character).map(|(code, shift)| (KeyCode(code as u16), shift));
        for (character, key, shift) in [
            ('a', KeyCode::KEY_A, false),
            ('Z', KeyCode::KEY_Z, true),
            ('0', KeyCode::KEY_0, false),
            ('=', KeyCode::KEY_EQUAL, false),
            (']', KeyCode::KEY_RIGHTBRACE, false),
            ('"', KeyCode::KEY_APOSTROPHE, true),
            ('`', KeyCode::KEY_GRAVE, false),
            ('\\', KeyCode::KEY_BACKSLASH, false),
            ('?', KeyCode::KEY_SLASH, true),
            (' ', KeyCode::KEY_SPACE, false),
            ('\n', KeyCode::KEY_ENTER, false),
            ('\t', KeyCode::KEY_TAB, false),
        ] {
            assert_eq!(at(character), Some((key, shift)), "{character:?}");
        }
        let printed = (' '..='~').filter(|character| key_of(*character).is_none());
        assert_eq!(printed.collect::<String>(), "");
        assert_eq!(key_of('é'), None);
    }
}
