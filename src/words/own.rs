//! The words that a patient has written.

use super::is_in_word;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A word that is in no list is offered once it has been written so often: before, it may be a mistake.
const OFTEN: u32 = 2;
/// Most words that are kept; the rarest go first.
const MOST_WORDS: usize = 5000;
/// Longer ones are not kept, letters.
const LONGEST: usize = 30;

/// The words that a patient has written, and how often one followed another. Nothing else of a text is kept: no numbers, and no order of more
/// than two words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnWords {
    /// For each word in small letters, how it is written, and how often it was.
    words: BTreeMap<String, OwnWord>,
    /// For each word, how often others followed it.
    pairs: BTreeMap<String, BTreeMap<String, u32>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OwnWord {
    text: String,
    count: u32,
}

impl OwnWords {
    /// Adds a word after another one, which is empty at the beginning of a sentence.
    pub(super) fn add(&mut self, before: &str, word: &str) {
        let is_kept = !word.is_empty() && word.len() <= LONGEST && word.chars().all(is_in_word);
        if !is_kept {
            return;
        }
        let key = word.to_lowercase();
        let own = self.words.entry(key.clone()).or_insert_with(|| OwnWord {
            text: word.to_owned(),
            count: 0,
        });
        own.count = own.count.saturating_add(1);
        // The word before may be one that was not to be kept.
        if self.words.contains_key(before) {
            let after = self.pairs.entry(before.to_owned()).or_default();
            let count = after.entry(key).or_default();
            *count = count.saturating_add(1);
        }
        if self.words.len() > MOST_WORDS {
            self.forget_rarest();
        }
    }

    fn forget_rarest(&mut self) {
        let rarest = self.words.iter().min_by_key(|(_, word)| word.count);
        if let Some(key) = rarest.map(|(key, _)| key.clone()) {
            self.words.remove(&key);
            self.pairs.remove(&key);
            self.pairs.retain(|_, after| {
                after.remove(&key);
                !after.is_empty()
            });
        }
    }

    /// Number of words that were written.
    pub(super) fn words(&self) -> f64 {
        self.words.values().map(|word| f64::from(word.count)).sum()
    }

    /// The words that begin like this and are offered: in small letters, as they are written, and how often they were.
    pub(super) fn beginning_with(&self, begun: &str) -> impl Iterator<Item = (&str, &str, f64)> {
        let from = self.words.range(begun.to_owned()..);
        let found = from.take_while(move |(key, _)| key.starts_with(begun));
        let often = found.filter(|(_, word)| word.count >= OFTEN);
        often.map(|(key, word)| (key.as_str(), word.text.as_str(), f64::from(word.count)))
    }

    /// How many words have followed another one.
    pub(super) fn words_after(&self, before: &str) -> f64 {
        let after = self.pairs.get(before);
        after.map_or(0.0, |after| after.values().map(|n| f64::from(*n)).sum())
    }

    /// How often a word has followed another one.
    pub(super) fn count_after(&self, before: &str, key: &str) -> f64 {
        let after = self.pairs.get(before);
        let count = after.and_then(|after| after.get(key));
        count.copied().map_or(0.0, f64::from)
    }

    /// Number of words that were written.
    #[must_use]
    pub fn written(&self) -> u32 {
        self.words.values().map(|word| word.count).sum()
    }

    /// Number of different words.
    #[must_use]
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_words_are_kept_and_few_of_them() {
        let mut own = OwnWords::default();
        for word in ["", "pin1234", "a b", &"x".repeat(31)] {
            own.add("", word);
        }
        assert!(own.is_empty());
        let name = |k: usize| -> String {
            let letters = k.to_string().into_bytes().into_iter();
            letters.map(|digit| (digit - b'0' + b'a') as char).collect()
        };
        own.add("", "Ada");
        own.add("", "Ada");
        for k in 0..=MOST_WORDS {
            own.add("ada", &name(k));
        }
        assert_eq!(own.len(), MOST_WORDS);
        assert_eq!(own.beginning_with("ad").count(), 1);
        assert_eq!(own.words_after("ada"), (MOST_WORDS - 1) as f64);
        own.add("secret", "word");
        assert_eq!(own.words_after("secret"), 0.0);
    }
}
