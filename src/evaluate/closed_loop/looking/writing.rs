//! A simulated user writes sentences with the on-screen keyboard: the loop from EEG to letters. Whatever is pressed by mistake is written, and
//! the user corrects it, so that finished sentences have no errors.

use super::super::field::Shape;
use super::super::{LoopError, LoopSpec, Person};
use super::both::{PairSpec, each_pair};
use super::hands::Hands;
use super::play;
use super::room::{Means, Room};
use crate::fit::FitRequest;
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use crate::settings::KeyboardSettings;
use crate::starters::people::Subject;
use crate::words::OwnWords;
use crate::writing::{Key, Keys, OnScreenKeyboard, Pressed, Shortcut, columns};
use serde::Serialize;

/// What is written, in turn: sentences of daily life, made up for this.
const SENTENCES: [&str; 10] = [
    "please call my sister tonight",
    "I would like to sit in the garden",
    "the music is too loud for me",
    "could you read the letter again",
    "I slept well and feel better today",
    "we should buy bread and some fruit",
    "my back hurts on the right side",
    "when does the next train leave",
    "thank you for coming so early",
    "let us watch the news together",
];
/// A key that is not pressed within this time is given up, seconds.
const LIMIT_S: f64 = 60.0;
/// Share of its cell that a key fills.
const FILLED: f64 = 0.9;
/// The user erases a whole word if this many characters are wrong, or more.
const MANY: usize = 3;

/// How fast somebody writes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct WritingFigures {
    /// Characters of finished sentences, and of what is right in the last one.
    pub letters: usize,
    /// Finished sentences; they have no errors.
    pub sentences: usize,
    /// Keys that were pressed, and those among them that were not meant.
    pub keys: usize,
    /// See `keys`.
    pub slips: usize,
    /// Time that it took.
    pub minutes: f64,
}

impl WritingFigures {
    /// Characters a minute.
    #[must_use]
    pub fn letters_per_min(&self) -> f64 {
        self.letters as f64 / self.minutes
    }

    fn add(&mut self, other: Self) {
        self.letters += other.letters;
        self.sentences += other.sentences;
        self.keys += other.keys;
        self.slips += other.slips;
        self.minutes += other.minutes;
    }
}

/// A person with and without the language's prior.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Written {
    /// Whose EEG was played.
    pub subject: String,
    /// Likely keys need less evidence.
    pub with_prior: WritingFigures,
    /// All keys are alike.
    pub without_prior: WritingFigures,
}

/// How people write.
#[derive(Debug, Clone, Copy)]
pub struct WritingSpec<'a> {
    /// Duration, and the seed; the field does not matter.
    pub spec: &'a LoopSpec,
    /// See [`super::both`].
    pub pairs: PairSpec<'a>,
}

/// Everybody writes by looking.
///
/// # Errors
/// [`LoopError`] for the first person who cannot be evaluated.
pub fn by_looking(
    people: &[Subject],
    writing: WritingSpec<'_>,
    on_progress: OnProgress<'_>,
) -> Result<Vec<Written>, LoopError> {
    let written = parallel::map_with_progress(people, "people played", on_progress, |person| {
        written(person, &person.name, writing, |looks| {
            looks.room(Means::Looks, None)
        })
    });
    written.into_iter().collect()
}

/// Everybody who imagines writes by answering to a line (`choose`), and presses by staying on a key for half a second. Those who look only
/// lend their clock.
///
/// # Errors
/// [`LoopError`] for the first person who cannot be evaluated.
pub fn by_imagery(
    lookers: &[Subject],
    imaginers: Vec<Subject>,
    request: &FitRequest,
    writing: WritingSpec<'_>,
    on_progress: OnProgress<'_>,
) -> Result<Vec<Written>, LoopError> {
    let first = writing.pairs.first;
    let play_one = |looker: &Subject, imaginer: &Person<'_>| {
        let bank = imaginer.bank(&request.classes)?;
        written(looker, imaginer.name, writing, |looks| {
            let seed = writing.spec.seed;
            let hands = Hands::new(imaginer.name, bank.play(seed), imaginer.decoder)?;
            looks.room(Means::Imagery, Some(hands))
        })
    };
    each_pair(lookers, imaginers, request, first, on_progress, play_one)
}

fn written<'h>(
    looker: &Subject,
    name: &str,
    writing: WritingSpec<'_>,
    mut room: impl for<'a> FnMut(&super::RecordedLooks<'a>) -> Result<Room<'a, 'h>, LoopError>,
) -> Result<Written, LoopError> {
    let mut figures = [WritingFigures::default(); 2];
    let PairSpec {
        false_looks_per_min,
        read_as,
        ..
    } = writing.pairs;
    play(
        looker,
        writing.spec,
        false_looks_per_min,
        read_as,
        &mut |looks| {
            for (figures, prior) in figures.iter_mut().zip([true, false]) {
                let settings = KeyboardSettings {
                    prior,
                    learns: false,
                    ..KeyboardSettings::default()
                };
                let writer = Writer::new(room(looks)?, settings);
                figures.add(writer.write(writing.spec.minutes));
            }
            Ok(())
        },
    )?;
    let [with_prior, without_prior] = figures;
    Ok(Written {
        subject: name.to_owned(),
        with_prior,
        without_prior,
    })
}

/// A person in front of a keyboard and a field.
struct Writer<'a, 'h> {
    room: Room<'a, 'h>,
    settings: KeyboardSettings,
    keyboard: OnScreenKeyboard,
    field: String,
    keys: Vec<Key>,
    shapes: Vec<Shape>,
    figures: WritingFigures,
}

impl<'a, 'h> Writer<'a, 'h> {
    fn new(room: Room<'a, 'h>, settings: KeyboardSettings) -> Self {
        Self {
            room,
            settings,
            keyboard: OnScreenKeyboard::new(OwnWords::default()),
            field: String::new(),
            keys: Vec::new(),
            shapes: Vec::new(),
            figures: WritingFigures::default(),
        }
    }

    fn write(mut self, minutes: f64) -> WritingFigures {
        self.offer();
        let end_s = self.room.settle() + 60.0 * minutes;
        for sentence in SENTENCES.iter().cycle() {
            self.keyboard.start_again();
            self.field.clear();
            self.offer();
            while self.field.trim_end() != *sentence && self.room.now_s() < end_s {
                self.press_one(sentence, end_s);
            }
            self.figures.letters += common(&self.field, sentence);
            if self.room.now_s() >= end_s {
                break;
            }
            self.figures.sentences += 1;
        }
        self.figures.minutes = minutes;
        self.figures
    }

    /// Shows the keys as they are now.
    fn offer(&mut self) {
        let order = self.settings.order;
        let rows = self.keyboard.rows(order, true);
        let (wide, high) = (f64::from(columns(order, true)), rows.len() as f64);
        (self.keys, self.shapes) = (Vec::new(), Vec::new());
        for (row, cells) in rows.into_iter().enumerate() {
            let mut column = 0.0;
            for cell in cells {
                let own = f64::from(cell.columns);
                let middle = [(column + 0.5 * own) / wide, (row as f64 + 0.5) / high];
                let half = [0.5 * FILLED * own / wide, 0.5 * FILLED / high];
                column += own;
                if let Some(key) = cell.key {
                    self.keys.push(key);
                    self.shapes.push(Shape {
                        middle,
                        half,
                        is_round: false,
                    });
                }
            }
        }
        let keys: Vec<&Key> = self.keys.iter().collect();
        let priors = self.keyboard.priors(&keys, &self.settings);
        self.room.offer(self.shapes.clone(), priors);
    }

    /// Waits for a press, and does what was pressed.
    fn press_one(&mut self, sentence: &str, end_s: f64) {
        let wanted = self.wanted(sentence);
        let until_s = end_s.min(self.room.now_s() + LIMIT_S);
        while self.room.now_s() < until_s {
            let Some(place) = self.room.advance(wanted) else {
                continue;
            };
            let Some(pressed) = self.shapes.iter().position(|key| key.contains(place)) else {
                continue;
            };
            self.figures.keys += 1;
            self.figures.slips += usize::from(wanted != Some(pressed));
            let key = self.keys[pressed].clone();
            match self.keyboard.press(&key, &self.settings) {
                Pressed::Keys(keys) => self.carry_out(&keys),
                // It is opened again.
                Pressed::Closes => self.keyboard.start_again(),
                Pressed::Orders(order) => self.settings.order = order,
                Pressed::Speaks(_) | Pressed::Nothing => {}
            }
            self.offer();
            return;
        }
    }

    /// The key that the user wants next.
    fn wanted(&self, sentence: &str) -> Option<usize> {
        let wrong = self.field.chars().count() - common(&self.field, sentence);
        let find = |wanted: &dyn Fn(&Key) -> bool| self.keys.iter().position(wanted);
        if wrong >= MANY {
            return find(&|key| *key == Key::EraseWord);
        }
        if wrong > 0 {
            return find(&|key| *key == Key::Backspace);
        }
        let rest = &sentence[self.field.len()..];
        let begun = self.field.rsplit(' ').next().unwrap_or_default();
        let word = format!("{begun}{}", rest.split(' ').next().unwrap_or_default());
        let letter = rest.chars().next()?;
        let is_upper = letter.is_uppercase();
        find(&|key| matches!(key, Key::Word(own) if *own == word && word.len() > begun.len()))
            .or_else(|| match letter {
                ' ' => find(&|key| *key == Key::Space),
                letter => find(&|key| *key == Key::Write(letter)),
            })
            // The key for capitals, or back from the symbols.
            .or_else(|| find(&|key| is_upper && *key == Key::Shift))
            .or_else(|| find(&|key| matches!(key, Key::Layer(_)) || *key == Key::Shift))
    }

    fn carry_out(&mut self, keys: &Keys) {
        match keys {
            Keys::Write { erase, text } => {
                for _ in 0..*erase {
                    self.field.pop();
                }
                self.field.push_str(text);
            }
            Keys::Press(Shortcut::Enter) => self.field.push('\n'),
            Keys::Press(Shortcut::Backspace) => drop(self.field.pop()),
            Keys::Press(Shortcut::EraseWord) => {
                let kept = self.field.trim_end().rfind(' ').map_or(0, |at| at + 1);
                self.field.truncate(kept);
            }
            // The cursor stays where it is in this field.
            Keys::Press(_) => {}
        }
    }
}

/// Number of characters at the beginning of a field that are right.
fn common(field: &str, sentence: &str) -> usize {
    let both = field.chars().zip(sentence.chars());
    both.take_while(|(one, other)| one == other).count()
}
