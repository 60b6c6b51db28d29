//! Which word, and which letter, may come next in an English text: for a keyboard on which every key costs seconds.
//!
//! Three sources are mixed. Words and pairs of words have the frequencies of Google's books ([`common_words_all`]); the patient's own
//! words count more, the more there are ([`OwnWords`]); and words that nobody has seen are spelt as English words are (the letters that
//! follow up to three others). The mixture is one of Bayes: the letters typed so far tell how likely it is that the word is a known one.

mod books;
mod care;
mod own;
mod spelling;

pub use own::OwnWords;

use books::{Book, BookWord};
use spelling::Spelling;

/// Number of symbols: the letters from a to z, the apostrophe, and the end of a word.
pub const SYMBOLS: usize = 28;
const APOSTROPHE: usize = 26;
const END: usize = 27;

/// Probability that a word is in no list, before its first letter is known.
const UNKNOWN: f64 = 0.03;
/// When the patient has written this many words, they count as much as the books. When one word has been followed by others this often, what followed
/// it counts as much as the books.
const OWN_WORDS: f64 = 300.0;
const OWN_PAIRS: f64 = 3.0;

/// What may follow a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Prediction {
    /// Whole words with their probability, the most useful first: those that save most letters on average.
    pub words: Vec<(String, f64)>,
    /// Probability of each symbol: see [`symbol`].
    pub symbols: [f64; SYMBOLS],
}

impl Prediction {
    /// The probability that this character comes next; a space is the end of a word.
    #[must_use]
    pub fn of(&self, character: char) -> f64 {
        symbol(character).map_or(0.0, |symbol| self.symbols[symbol])
    }
}

/// The number of a character among the symbols; none for characters that are in no word.
#[must_use]
pub fn symbol(character: char) -> Option<usize> {
    match character.to_ascii_lowercase() {
        letter @ 'a'..='z' => Some(letter as usize - 'a' as usize),
        '\'' => Some(APOSTROPHE),
        ' ' => Some(END),
        _ => None,
    }
}

/// A model of English.
#[derive(Debug)]
pub struct LanguageModel {
    book: Book,
    spelling: Spelling,
    own: OwnWords,
}

impl LanguageModel {
    /// A model that knows these words of the patient.
    #[must_use]
    pub fn new(own: OwnWords) -> Self {
        let book = Book::english();
        Self {
            spelling: Spelling::of(book.words().iter().map(|word| word.key.as_str())),
            book,
            own,
        }
    }

    /// The patient's own words.
    #[must_use]
    pub fn own(&self) -> &OwnWords {
        &self.own
    }

    /// Learns the last word of a text, which has just been ended.
    pub fn learn(&mut self, text: &str) {
        let [before, word] = last_words(text.trim_end_matches(|character| !is_in_word(character)));
        self.own.add(&before, &word);
    }

    /// What may follow a text: `count` words at most.
    #[must_use]
    pub fn predict(&self, text: &str, count: usize) -> Prediction {
        let [before, begun] = last_words(text);
        let key = begun.to_lowercase();
        let known = self.known(&before, &key);
        let mass: f64 = known.iter().map(|(_, probability)| probability).sum();
        let spelt = UNKNOWN * self.spelling.probability(&key);
        let is_known = (1.0 - UNKNOWN) * mass / ((1.0 - UNKNOWN) * mass + spelt);
        let mut symbols = self
            .spelling
            .next(&key)
            .map(|probability| (1.0 - is_known) * probability);
        for (word, probability) in &known {
            // Words have no characters that are no symbols.
            let next = word.to_lowercase().chars().nth(key.chars().count());
            if let Some(next) = symbol(next.unwrap_or(' ')) {
                symbols[next] += is_known * probability / mass;
            }
        }
        Prediction {
            words: most_useful(known, &key, is_known / mass.max(f64::MIN_POSITIVE), count),
            symbols,
        }
    }

    /// The known words that begin like this, with their probability after another word.
    fn known(&self, before: &str, begun: &str) -> Vec<(String, f64)> {
        let words = self.book.beginning_with(begun);
        let in_books = |word: &BookWord| self.book.probability(before, word);
        let mut known: Vec<(&str, &str, f64)> = words
            .iter()
            .map(|word| (word.key.as_str(), word.text.as_str(), in_books(word)))
            .collect();
        let all = self.own.words();
        let share = all / (all + OWN_WORDS);
        let after = self.own.words_after(before);
        let share_after = after / (after + OWN_PAIRS);
        for (_, _, probability) in &mut known {
            *probability *= (1.0 - share) * (1.0 - share_after);
        }
        for (key, text, count) in self.own.beginning_with(begun) {
            let pair = self.own.count_after(before, key) / after.max(1.0);
            let own = (1.0 - share_after) * share * count / all + share_after * pair;
            match known.binary_search_by(|(known, _, _)| (*known).cmp(key)) {
                Ok(at) => known[at].2 += own,
                Err(at) => known.insert(at, (key, text, own)),
            }
        }
        let named = known.into_iter();
        named
            .map(|(_, text, probability)| (text.to_owned(), probability))
            .collect()
    }
}

/// The words that save most letters on average, among those of which a letter is missing.
fn most_useful(
    known: Vec<(String, f64)>,
    begun: &str,
    scale: f64,
    count: usize,
) -> Vec<(String, f64)> {
    let begun = begun.chars().count();
    let mut words: Vec<(String, f64, f64)> = known
        .into_iter()
        .filter_map(|(word, probability)| {
            let missing = word.chars().count() - begun;
            (missing > 0).then_some((word, scale * probability, probability * missing as f64))
        })
        .collect();
    words.sort_by(|a, b| b.2.total_cmp(&a.2).then_with(|| a.0.cmp(&b.0)));
    words.truncate(count);
    words
        .into_iter()
        .map(|(word, probability, _)| (word, probability))
        .collect()
}

/// Whether a character is part of a word.
#[must_use]
pub fn is_in_word(character: char) -> bool {
    symbol(character).is_some_and(|symbol| symbol != END)
}

/// The word before the last one, in small letters, if it belongs to the same sentence; and the last one, of which only a part may be there.
/// Both may be empty.
fn last_words(text: &str) -> [String; 2] {
    let sentence = text.rsplit(['.', '?', '!', '\n']).next().unwrap_or(text);
    let mut words = sentence.rsplit(|character: char| !is_in_word(character));
    let last = words.next().unwrap_or_default().to_owned();
    let before = words.find(|word| !word.is_empty()).unwrap_or_default();
    [before.to_lowercase(), last]
}

#[cfg(test)]
mod tests;
