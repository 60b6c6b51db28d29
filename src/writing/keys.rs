//! Which keys the keyboard has, and in which rows.

use super::Shortcut;
use crate::settings::KeyOrder;

/// Words that are offered at once.
pub(super) const OFFERED: usize = 5;
/// The letters by the alphabet.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
/// As on most keyboards, and the most frequent ones of English first (Norvig's count of Google's books, 2012).
const QWERTY: &str = "qwertyuiopasdfghjklzxcvbnm";
const FREQUENT: &str = "etaoinsrhldcumfpgwybvkxjqz";
/// After the letters.
const MARKS: &str = "'.,?";
/// Instead of the letters.
const SYMBOLS: &str = "1234567890-+=/():;!\"@#&*%_$<>~";
/// Keys in a row: of an upright keyboard, and of a flat one. As on most keyboards, letters need ten.
const UPRIGHT: u8 = 6;
const FLAT: u8 = 10;

/// A key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// Writes a character.
    Write(char),
    /// Completes a word.
    Word(String),
    /// Writes a space.
    Space,
    /// Erases a character.
    Backspace,
    /// Erases a word.
    EraseWord,
    /// Presses a key that writes nothing.
    Press(Shortcut),
    /// The next letter is a capital.
    Shift,
    /// Shows other keys.
    Layer(Layer),
    /// Orders the letters in another way.
    Order(KeyOrder),
    /// Speaks what was written.
    Speak,
    /// Closes the keyboard.
    Close,
}

/// Which characters the keys write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// Letters and punctuation marks.
    Letters,
    /// Numbers and symbols.
    Symbols,
}

/// A key, or an empty place, and how many columns it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The key.
    pub key: Option<Key>,
    /// How many columns it takes.
    pub columns: u8,
}

impl Cell {
    fn new(key: Key, columns: u8) -> Self {
        Self {
            key: Some(key),
            columns,
        }
    }
}

/// Number of columns.
#[must_use]
pub fn columns(order: KeyOrder, is_upright: bool) -> u8 {
    if is_upright && order != KeyOrder::Qwerty {
        UPRIGHT
    } else {
        FLAT
    }
}

/// The rows: words that may follow, characters, and keys for everything else.
pub(super) fn rows(
    words: impl Iterator<Item = String>,
    layer: Layer,
    is_upper: bool,
    order: KeyOrder,
    is_upright: bool,
) -> Vec<Vec<Cell>> {
    let columns = columns(order, is_upright);
    // Where fewer words are offered, the other keys stay where they are.
    let words = words.map(Some).chain(std::iter::repeat(None));
    let words = words.take(OFFERED).map(|word| Cell {
        key: word.map(Key::Word),
        columns: 2,
    });
    let letters = match order {
        KeyOrder::Alphabet => LETTERS,
        KeyOrder::Qwerty => QWERTY,
        KeyOrder::Frequency => FREQUENT,
    };
    let characters: Vec<char> = match layer {
        Layer::Letters if is_upper => letters
            .to_ascii_uppercase()
            .chars()
            .chain(MARKS.chars())
            .collect(),
        Layer::Letters => letters.chars().chain(MARKS.chars()).collect(),
        Layer::Symbols => SYMBOLS.chars().collect(),
    };
    let characters = characters
        .into_iter()
        .map(|character| Cell::new(Key::Write(character), 1));
    let (other, other_shift) = match layer {
        Layer::Letters => (Layer::Symbols, Key::Shift),
        Layer::Symbols => (Layer::Letters, Key::Order(next(order))),
    };
    let mut others = vec![
        Cell::new(other_shift, 1),
        Cell::new(Key::Layer(other), 1),
        Cell::new(Key::Space, 2),
        Cell::new(Key::Backspace, 1),
        Cell::new(Key::EraseWord, 1),
    ];
    match layer {
        Layer::Letters => others.extend([
            Cell::new(Key::Press(Shortcut::Enter), 1),
            Cell::new(Key::Speak, 1),
            Cell::new(Key::Close, 2),
        ]),
        Layer::Symbols => others.extend([
            Cell::new(Key::Press(Shortcut::Tab), 1),
            Cell::new(Key::Press(Shortcut::Left), 1),
            Cell::new(Key::Press(Shortcut::Right), 1),
            Cell::new(Key::Close, 1),
        ]),
    }
    let mut rows = Vec::new();
    for part in [words.collect(), characters.collect(), others] {
        fill(&mut rows, part, columns);
    }
    rows
}

/// The order after this one.
fn next(order: KeyOrder) -> KeyOrder {
    match order {
        KeyOrder::Alphabet => KeyOrder::Qwerty,
        KeyOrder::Qwerty => KeyOrder::Frequency,
        KeyOrder::Frequency => KeyOrder::Alphabet,
    }
}

/// Puts cells into as many rows as they need.
fn fill(rows: &mut Vec<Vec<Cell>>, cells: Vec<Cell>, columns: u8) {
    let mut used = columns;
    for cell in cells {
        if used + cell.columns > columns {
            rows.push(Vec::new());
            used = 0;
        }
        used += cell.columns;
        if let Some(row) = rows.last_mut() {
            row.push(cell);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_character_has_a_key_in_every_order() {
        let words = || ["one", "two", "three", "four", "five"].map(str::to_owned);
        for (order, _) in KeyOrder::ALL {
            for is_upright in [true, false] {
                let all = |layer| rows(words().into_iter(), layer, false, *order, is_upright);
                let letters: BTreeSet<char> = all(Layer::Letters)
                    .iter()
                    .flatten()
                    .filter_map(|cell| match cell.key {
                        Some(Key::Write(character)) => Some(character),
                        _ => None,
                    })
                    .collect();
                let expected: BTreeSet<char> = LETTERS.chars().chain(MARKS.chars()).collect();
                assert_eq!(letters, expected, "{order:?}");
                for layer in [Layer::Letters, Layer::Symbols] {
                    let rows = all(layer);
                    let columns = columns(*order, is_upright);
                    for row in &rows {
                        let used: u8 = row.iter().map(|cell| cell.columns).sum();
                        assert!(used <= columns, "{row:?}");
                    }
                    assert_eq!(rows.len(), if columns == FLAT { 5 } else { 9 });
                    // The keys stay where they are when words and characters change.
                    let without = super::rows(std::iter::empty(), layer, true, *order, is_upright);
                    assert_eq!(
                        rows.iter().map(Vec::len).collect::<Vec<_>>(),
                        without.iter().map(Vec::len).collect::<Vec<_>>()
                    );
                }
            }
        }
    }
}
