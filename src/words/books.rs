//! The frequencies of words, and of pairs of words, in books.

use super::care::CARE;
use super::is_in_word;
use common_words_all::{Language, NgramSize, get_array};
use std::collections::BTreeMap;

/// Words that patients need and that are rare in books count as often as the word of this rank.
const CARE_RANK: usize = 2000;
/// At most this share of what follows a word is in the list of pairs: other words may always follow.
const MOST_LISTED: f64 = 0.9;

/// A word of the books.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct BookWord {
    /// In small letters.
    pub(super) key: String,
    /// As it is written.
    pub(super) text: String,
    count: f64,
}

/// All of them, sorted.
#[derive(Debug)]
pub(super) struct Book {
    words: Vec<BookWord>,
    total: f64,
    /// For a word, what follows it: how often each word does.
    pairs: BTreeMap<String, BTreeMap<String, f64>>,
}

impl Book {
    /// English books of 2010 to 2019.
    pub(super) fn english() -> Self {
        let singles = get_array(Language::English, NgramSize::One);
        let pairs = get_array(Language::English, NgramSize::Two);
        let care = singles.get(CARE_RANK).map_or(1.0, |record| record.freq);
        let mut words: Vec<(&str, f64)> = singles
            .iter()
            .map(|record| (record.ngram, record.freq))
            .collect();
        words.extend(CARE.iter().map(|word| (*word, care)));
        Self::new(&words, pairs.iter().map(|pair| (pair.ngram, pair.freq)))
    }

    fn new<'a>(words: &[(&'a str, f64)], pairs: impl Iterator<Item = (&'a str, f64)>) -> Self {
        let mut texts: BTreeMap<String, (String, f64, f64)> = BTreeMap::new();
        let mut add = |text: &str, count: f64| {
            if !is_a_word(text) {
                return;
            }
            // "May" and "may" are one word, written as it is written most often.
            let known = texts
                .entry(text.to_lowercase())
                .or_insert_with(|| (text.to_owned(), count, 0.0));
            known.2 += count;
            if count > known.1 {
                (known.0, known.1) = (text.to_owned(), count);
            }
        };
        for (text, count) in words {
            add(text, *count);
        }
        let mut followers: BTreeMap<String, BTreeMap<String, f64>> = BTreeMap::new();
        for (pair, count) in pairs {
            let Some((first, second)) = pair.split_once(' ') else {
                continue;
            };
            if second.starts_with('\'') {
                add(&format!("{first}{second}"), count);
            } else if is_a_word(first) && is_a_word(second) {
                let after = followers.entry(first.to_lowercase()).or_default();
                *after.entry(second.to_lowercase()).or_default() += count;
            }
        }
        let words: Vec<BookWord> = texts
            .into_iter()
            .map(|(key, (text, _, count))| BookWord { key, text, count })
            .collect();
        Self {
            total: words.iter().map(|word| word.count).sum(),
            words,
            pairs: followers,
        }
    }

    /// All words, sorted.
    pub(super) fn words(&self) -> &[BookWord] {
        &self.words
    }

    /// The words that begin like this, in small letters.
    pub(super) fn beginning_with(&self, begun: &str) -> &[BookWord] {
        let from = self.words.partition_point(|word| word.key.as_str() < begun);
        let rest = &self.words[from..];
        let to = rest.partition_point(|word| word.key.starts_with(begun));
        &rest[..to]
    }

    /// The probability of a word after another one: of those that are listed as following it, and of all words for the rest.
    pub(super) fn probability(&self, before: &str, word: &BookWord) -> f64 {
        let alone = word.count / self.total;
        let Some((after, count)) = self.pairs.get(before).zip(self.count(before)) else {
            return alone;
        };
        let listed = (after.values().sum::<f64>() / count).min(MOST_LISTED);
        let all: f64 = after.values().sum();
        let follows = after.get(&word.key).copied().unwrap_or(0.0) / all;
        listed * follows + (1.0 - listed) * alone
    }

    fn count(&self, key: &str) -> Option<f64> {
        let at = self
            .words
            .binary_search_by(|word| word.key.as_str().cmp(key));
        at.ok().map(|at| self.words[at].count)
    }
}

/// Whether this is a word: letters and apostrophes, and of single letters only those that are words.
fn is_a_word(text: &str) -> bool {
    let is_single = text.len() == 1 && !matches!(text, "a" | "A" | "I");
    !text.is_empty() && !is_single && text.chars().all(is_in_word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> Book {
        let words = [
            ("the", 50.0),
            ("May", 6.0),
            ("may", 4.0),
            ("I", 30.0),
            ("x", 9.0),
            ("o-k", 9.0),
            ("am", 10.0),
        ];
        let pairs = [("I am", 24.0), ("I 'm", 12.0), ("the may", 5.0)];
        Book::new(&words, pairs.into_iter())
    }

    #[test]
    fn words_are_as_frequent_as_their_spellings_together() {
        let book = book();
        let known: Vec<(&str, f64)> = book
            .words()
            .iter()
            .map(|word| (word.text.as_str(), word.count))
            .collect();
        let expected = [
            ("am", 10.0),
            ("I", 30.0),
            ("I'm", 12.0),
            ("May", 10.0),
            ("the", 50.0),
        ];
        assert_eq!(known, expected);
        let found = |begun| book.beginning_with(begun).len();
        assert_eq!(
            [found(""), found("i"), found("ma"), found("z")],
            [5, 2, 1, 0]
        );
    }

    #[test]
    fn what_follows_a_word_is_likelier_after_it() {
        let book = book();
        let am = &book.beginning_with("am")[0];
        assert!((book.probability("", am) - 10.0 / 112.0).abs() < 1e-12);
        assert!((book.probability("the", am) - 0.9 * 10.0 / 112.0).abs() < 1e-12);
        let after_i = 0.8 + 0.2 * 10.0 / 112.0;
        assert!((book.probability("i", am) - after_i).abs() < 1e-12);
        for before in ["", "i", "the", "unknown"] {
            let words = book.words().iter();
            let all: f64 = words.map(|word| book.probability(before, word)).sum();
            assert!((all - 1.0).abs() < 1e-12, "{before}: {all}");
        }
    }
}
