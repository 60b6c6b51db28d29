//! What was written with the keyboard, what may follow, and what each key does.

use super::keys::{Cell, Key, Layer, OFFERED, rows};
use super::{Keys, Shortcut};
use crate::control::Prior;
use crate::settings::{KeyOrder, KeyboardSettings};
use crate::words::{LanguageModel, OwnWords, Prediction, is_in_word};

/// Share of the probability that follows from the language; the rest is the same for each key, because people write what nobody expects.
const FROM_LANGUAGE: f64 = 0.6;
/// The probability of keys that no language model knows: taking back, and all others.
const TAKES_BACK: f64 = 0.04;
const OTHER: f64 = 0.003;
/// The probability of a punctuation mark at the end of a word, relative to that of a space.
const MARK: f64 = 0.05;
/// Longest text that is remembered, characters: enough for a sentence.
const REMEMBERED: usize = 400;

/// The keyboard.
#[derive(Debug)]
pub struct OnScreenKeyboard {
    model: LanguageModel,
    prediction: Prediction,
    /// What was written since the keyboard was opened.
    written: String,
    /// The space at the end came with a word, and goes if a punctuation mark follows.
    has_own_space: bool,
    is_upper: bool,
    layer: Layer,
    has_learnt: bool,
}

/// What follows a press.
#[derive(Debug, PartialEq)]
pub enum Pressed {
    /// Only the keyboard has changed.
    Nothing,
    /// These keys are pressed.
    Keys(Keys),
    /// This text is spoken.
    Speaks(String),
    /// The letters are to have another order.
    Orders(KeyOrder),
    /// The keyboard is closed.
    Closes,
}

impl OnScreenKeyboard {
    /// A keyboard for a patient with these words.
    #[must_use]
    pub fn new(own: OwnWords) -> Self {
        let model = LanguageModel::new(own);
        Self {
            prediction: model.predict("", OFFERED),
            model,
            written: String::new(),
            has_own_space: false,
            is_upper: false,
            layer: Layer::Letters,
            has_learnt: false,
        }
    }

    /// What was written with it.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether the next letter is a capital.
    pub fn is_upper(&self) -> bool {
        self.is_upper
    }

    /// Nothing is known about the place that is written to now.
    pub fn start_again(&mut self) {
        self.written.clear();
        (self.has_own_space, self.is_upper, self.layer) = (false, false, Layer::Letters);
        self.predict();
    }

    /// The patient's words, if there are new ones since the last call.
    pub fn take_learnt(&mut self) -> Option<&OwnWords> {
        std::mem::take(&mut self.has_learnt).then(|| self.model.own())
    }

    /// Its keys, row by row.
    pub fn rows(&self, order: KeyOrder, is_upright: bool) -> Vec<Vec<Cell>> {
        let words = self.prediction.words.iter().map(|(word, _)| word.clone());
        rows(words, self.layer, self.is_upper, order, is_upright)
    }

    /// How likely each of these keys is: as likely as its letter or word.
    pub fn priors(&self, keys: &[&Key], settings: &KeyboardSettings) -> Vec<Prior> {
        if !settings.prior || self.layer != Layer::Letters {
            return vec![Prior::USUAL; keys.len()];
        }
        let likely: Vec<f64> = keys.iter().map(|key| self.probability(key)).collect();
        let (all, count) = (likely.iter().sum::<f64>(), keys.len() as f64);
        let share = |likely: f64| FROM_LANGUAGE * likely / all + (1.0 - FROM_LANGUAGE) / count;
        likely
            .into_iter()
            .map(|likely| Prior::times(count * share(likely)))
            .collect()
    }

    fn probability(&self, key: &Key) -> f64 {
        let end = self.prediction.of(' ');
        match key {
            Key::Write(letter) if is_in_word(*letter) => {
                // Words that are offered are not spelt any more.
                let next = |word: &str| word.chars().nth(self.begun().chars().count());
                let is_next =
                    |word: &str| next(word).is_some_and(|next| next.eq_ignore_ascii_case(letter));
                let offered = self.prediction.words.iter();
                let offered = offered.filter(|(word, _)| is_next(word));
                let offered: f64 = offered.map(|(_, probability)| probability).sum();
                (self.prediction.of(*letter) - offered).max(OTHER)
            }
            Key::Word(word) => {
                let mut offered = self.prediction.words.iter();
                let found = offered.find(|(own, _)| own == word);
                found.map_or(OTHER, |(_, probability)| probability.max(OTHER))
            }
            Key::Space => end.max(OTHER),
            Key::Write(_) => (MARK * end).max(OTHER),
            Key::Backspace => TAKES_BACK,
            _ => OTHER,
        }
    }

    /// The part of the last word that is there.
    fn begun(&self) -> &str {
        let at = self.written.rfind(|character| !is_in_word(character));
        at.map_or(&self.written, |at| {
            let after = self.written[at..].chars().next().map_or(0, char::len_utf8);
            &self.written[at + after..]
        })
    }

    /// Presses a key.
    pub fn press(&mut self, key: &Key, settings: &KeyboardSettings) -> Pressed {
        let keys = match key {
            Key::Close => return Pressed::Closes,
            Key::Shift => {
                self.is_upper = !self.is_upper;
                return Pressed::Nothing;
            }
            Key::Layer(layer) => {
                self.layer = *layer;
                return Pressed::Nothing;
            }
            Key::Order(order) => return Pressed::Orders(*order),
            Key::Speak => {
                let text = self.written.trim().to_owned();
                return if text.is_empty() {
                    Pressed::Nothing
                } else {
                    Pressed::Speaks(text)
                };
            }
            Key::Press(shortcut) => self.shortcut(*shortcut, settings),
            Key::Backspace => self.erase(1, Shortcut::Backspace),
            Key::EraseWord => self.erase(self.last_word(), Shortcut::EraseWord),
            Key::Space => self.write(0, " ", settings),
            Key::Write(character) => self.character(*character, settings),
            Key::Word(word) => self.word(word, settings),
        };
        self.predict();
        Pressed::Keys(keys)
    }

    fn character(&mut self, character: char, settings: &KeyboardSettings) -> Keys {
        let is_upper = std::mem::take(&mut self.is_upper);
        if matches!(character, '.' | ',' | '?' | '!') && self.has_own_space {
            let keys = self.write(1, &format!("{character} "), settings);
            self.has_own_space = true;
            return keys;
        }
        let character = if is_upper {
            character.to_ascii_uppercase()
        } else {
            character
        };
        self.write(0, &character.to_string(), settings)
    }

    /// Completes a word, with a space after it.
    fn word(&mut self, word: &str, settings: &KeyboardSettings) -> Keys {
        let mut word = word.to_owned();
        if std::mem::take(&mut self.is_upper)
            && let Some(first) = word.get_mut(..1)
        {
            first.make_ascii_uppercase();
        }
        let begun = self.begun().to_owned();
        // A capital that was written stays one.
        if begun.starts_with(|letter: char| letter.is_ascii_uppercase())
            && let Some(first) = word.get_mut(..1)
        {
            first.make_ascii_uppercase();
        }
        let (erase, text) = match word.strip_prefix(&begun) {
            Some(rest) => (0, format!("{rest} ")),
            // "i'" becomes "I'm".
            None => (begun.chars().count(), format!("{word} ")),
        };
        let keys = self.write(erase, &text, settings);
        self.has_own_space = true;
        keys
    }

    fn write(&mut self, erase: usize, text: &str, settings: &KeyboardSettings) -> Keys {
        // A word that has its space already was learnt with it.
        let had_word = self.written.ends_with(is_in_word);
        self.forget(erase);
        self.written.push_str(text);
        self.has_own_space = false;
        let ends_word = !text.ends_with(is_in_word);
        let has_word = had_word || text.contains(is_in_word);
        if ends_word && has_word {
            self.learn(settings);
        }
        let many = self.written.chars().count().saturating_sub(REMEMBERED);
        if many > 0 {
            self.written = self.written.chars().skip(many).collect();
        }
        Keys::Write {
            erase,
            text: text.to_owned(),
        }
    }

    /// Learns the last word.
    fn learn(&mut self, settings: &KeyboardSettings) {
        if settings.learns {
            self.model.learn(&self.written);
            self.has_learnt = true;
        }
    }

    /// Erases what is known to be there, or else what a key erases.
    fn erase(&mut self, count: usize, otherwise: Shortcut) -> Keys {
        self.has_own_space = false;
        if self.written.is_empty() {
            return Keys::Press(otherwise);
        }
        self.forget(count);
        Keys::Write {
            erase: count,
            text: String::new(),
        }
    }

    fn forget(&mut self, count: usize) {
        for _ in 0..count {
            self.written.pop();
        }
    }

    /// Number of characters of the last word, with what follows it.
    fn last_word(&self) -> usize {
        let before = self
            .written
            .trim_end_matches(|character| !is_in_word(character));
        let rest = before.trim_end_matches(is_in_word);
        self.written[rest.len()..].chars().count()
    }

    fn shortcut(&mut self, shortcut: Shortcut, settings: &KeyboardSettings) -> Keys {
        match shortcut {
            Shortcut::Enter => {
                if self.written.ends_with(is_in_word) {
                    self.learn(settings);
                }
                self.written.push('\n');
            }
            // The cursor is somewhere else.
            _ => self.written.clear(),
        }
        self.has_own_space = false;
        Keys::Press(shortcut)
    }

    fn predict(&mut self) {
        self.prediction = self.model.predict(&self.written, OFFERED);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keyboard() -> OnScreenKeyboard {
        OnScreenKeyboard::new(OwnWords::default())
    }

    fn settings() -> KeyboardSettings {
        KeyboardSettings::default()
    }

    /// A field that is written to.
    fn carry_out(field: &mut String, pressed: Pressed) {
        match pressed {
            Pressed::Keys(Keys::Write { erase, text }) => {
                for _ in 0..erase {
                    field.pop();
                }
                field.push_str(&text);
            }
            Pressed::Keys(Keys::Press(Shortcut::Enter)) => field.push('\n'),
            _ => {}
        }
    }

    #[test]
    fn a_text_is_written_with_offered_words_and_an_error_is_taken_back() {
        let (mut keyboard, mut field) = (keyboard(), String::new());
        let mut press = |key: Key| carry_out(&mut field, keyboard.press(&key, &settings()));
        press(Key::Write('h'));
        press(Key::Write('e'));
        press(Key::Word("hello".into()));
        press(Key::Write('x'));
        press(Key::Backspace);
        press(Key::Write('w'));
        press(Key::Word("world".into()));
        press(Key::Write('.'));
        press(Key::Write('i'));
        press(Key::Word("I'm".into()));
        press(Key::EraseWord);
        press(Key::Shift);
        press(Key::Write('o'));
        press(Key::Write('k'));
        press(Key::Press(Shortcut::Enter));
        press(Key::Shift);
        press(Key::Write('h'));
        press(Key::Write('e'));
        press(Key::Word("hello".into()));
        assert_eq!(field, "hello world. Ok\nHello ");
        assert_eq!(keyboard.written(), field);
        let own = keyboard.take_learnt().unwrap();
        // hello, world, I'm and ok; no word counts twice because a full stop follows it.
        assert_eq!((own.len(), own.written()), (4, 5));
        assert!(keyboard.take_learnt().is_none());
    }

    #[test]
    fn where_nothing_is_known_keys_erase_what_is_there() {
        let mut keyboard = keyboard();
        for (key, shortcut) in [
            (Key::Backspace, Shortcut::Backspace),
            (Key::EraseWord, Shortcut::EraseWord),
        ] {
            let keys = Keys::Press(shortcut);
            let expected = Pressed::Keys(keys);
            assert_eq!(keyboard.press(&key, &settings()), expected);
        }
        assert_eq!(keyboard.press(&Key::Speak, &settings()), Pressed::Nothing);
        assert_eq!(keyboard.press(&Key::Close, &settings()), Pressed::Closes);
    }

    #[test]
    fn nothing_is_kept_of_a_patient_who_does_not_want_it() {
        let mut keyboard = keyboard();
        let private = KeyboardSettings {
            learns: false,
            ..settings()
        };
        for key in [Key::Write('a'), Key::Space, Key::Word("secret".into())] {
            keyboard.press(&key, &private);
        }
        assert!(keyboard.take_learnt().is_none() && keyboard.model.own().is_empty());
    }

    #[test]
    fn likely_keys_have_a_larger_prior_and_none_is_certain() {
        let mut keyboard = keyboard();
        keyboard.press(&Key::Write('q'), &settings());
        let rows = keyboard.rows(KeyOrder::Alphabet, true);
        let keys: Vec<&Key> = rows
            .iter()
            .flatten()
            .filter_map(|cell| cell.key.as_ref())
            .collect();
        let priors = keyboard.priors(&keys, &settings());
        let of = |wanted: &Key| {
            let place = keys.iter().position(|key| *key == wanted).unwrap();
            priors[place].factor()
        };
        assert!(of(&Key::Write('u')) > 3.0 * of(&Key::Write('x')));
        let all: f64 = priors.iter().map(|prior| prior.factor()).sum();
        assert!((all / keys.len() as f64 - 1.0).abs() < 0.05, "{all}");
        let most = priors.iter().max().unwrap().factor();
        assert!(most / all < 0.7, "{most}");
        let off = KeyboardSettings {
            prior: false,
            ..settings()
        };
        assert!(
            keyboard
                .priors(&keys, &off)
                .iter()
                .all(|one| *one == Prior::USUAL)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]

        /// Whatever is pressed, what the keyboard remembers is the end of what is in the field.
        #[test]
        fn it_knows_what_it_has_written(presses in prop::collection::vec((0..60usize, 0..3usize), 0..40)) {
            let (mut keyboard, mut field) = (keyboard(), String::new());
            for (number, order) in presses {
                let order = KeyOrder::ALL[order].0;
                let rows = keyboard.rows(order, true);
                let keys: Vec<&Key> = rows.iter().flatten().filter_map(|cell| cell.key.as_ref()).collect();
                let key = keys[number % keys.len()];
                let moves = matches!(key, Key::Press(shortcut) if *shortcut != Shortcut::Enter);
                if !moves && *key != Key::Close {
                    carry_out(&mut field, keyboard.press(key, &settings()));
                    prop_assert!(field.ends_with(keyboard.written()), "{field:?} {:?}", keyboard.written());
                }
            }
        }
    }
}
