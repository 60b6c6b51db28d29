//! How words are spelt: which letter follows up to three others. Each word counts once, so that words that are in no list are spelt like rare
//! words, of which there are many.

use super::{END, SYMBOLS, symbol};
use std::collections::BTreeMap;

/// Most letters before a letter that tell something about it.
const ORDER: usize = 3;
/// What shorter contexts say counts as so many words.
const SHORTER: f64 = 4.0;
/// Stands before the first letter of a word.
const BEGIN: usize = SYMBOLS;

/// The letters before a letter, the last one first.
type Context = [u8; ORDER];
/// No letter is known at this place.
const OPEN: u8 = u8::MAX;

/// Counts of letters after each context.
#[derive(Debug)]
pub(super) struct Spelling(BTreeMap<Context, [f64; SYMBOLS]>);

impl Spelling {
    /// As these words are spelt, which are in small letters.
    pub(super) fn of<'a>(words: impl Iterator<Item = &'a str>) -> Self {
        let mut counts: BTreeMap<Context, [f64; SYMBOLS]> = BTreeMap::new();
        for word in words {
            let mut history = vec![BEGIN as u8];
            for next in word.chars().filter_map(symbol).chain([END]) {
                for order in 0..=ORDER.min(history.len()) {
                    let context = context(&history, order);
                    counts.entry(context).or_insert([0.0; SYMBOLS])[next] += 1.0;
                }
                history.push(next as u8);
            }
        }
        Self(counts)
    }

    /// The probability of each symbol after the beginning of a word.
    pub(super) fn next(&self, begun: &str) -> [f64; SYMBOLS] {
        let letters = begun.chars().filter_map(symbol);
        let history: Vec<u8> = [BEGIN as u8]
            .into_iter()
            .chain(letters.map(|letter| letter as u8))
            .collect();
        let mut next = [1.0 / SYMBOLS as f64; SYMBOLS];
        for order in 0..=ORDER.min(history.len()) {
            let Some(counts) = self.0.get(&context(&history, order)) else {
                break;
            };
            let all: f64 = counts.iter().sum();
            for (probability, count) in next.iter_mut().zip(counts) {
                *probability = (count + SHORTER * *probability) / (all + SHORTER);
            }
        }
        if begun.is_empty() {
            // A word has a letter.
            let rest = 1.0 - next[END];
            next[END] = 0.0;
            next.iter_mut().for_each(|probability| *probability /= rest);
        }
        next
    }

    /// The probability that a word begins like this.
    pub(super) fn probability(&self, begun: &str) -> f64 {
        let letters = begun.char_indices();
        letters
            .filter_map(|(at, letter)| Some(self.next(&begun[..at])[symbol(letter)?]))
            .product()
    }
}

fn context(history: &[u8], order: usize) -> Context {
    let mut context = [OPEN; ORDER];
    for (place, letter) in context.iter_mut().zip(history.iter().rev()).take(order) {
        *place = *letter;
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn letters_follow_as_in_the_words() {
        let spelling = Spelling::of(["queen", "quick", "quite", "banana"].into_iter());
        let after = |begun: &str, letter: char| spelling.next(begun)[symbol(letter).unwrap()];
        assert!(after("q", 'u') > 0.6, "{}", after("q", 'u'));
        assert!(after("xq", 'u') > 0.4);
        assert!(after("", 'q') > after("", 'b'));
        assert_eq!(after("", ' '), 0.0);
        assert!(after("banan", 'a') > 0.3);
        let whole = spelling.probability("qui");
        let one_by_one = after("", 'q') * after("q", 'u') * after("qu", 'i');
        assert!((whole - one_by_one).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn probabilities_add_up_to_one(begun in "[a-z']{0,12}") {
            let spelling = Spelling::of(["the", "cat", "isn't", "here"].into_iter());
            let next = spelling.next(&begun);
            prop_assert!((next.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            prop_assert!(next[..END].iter().all(|one| *one > 0.0));
        }
    }
}
