//! Choosing a target by looks and answers to a line together.

use super::{Bench, clicks};
use crate::command::MOST_CODES;
use crate::control::governor::*;
use crate::control::{Rect, Signal};
use std::collections::VecDeque;

const SIZE: [i32; 2] = [120, 60];
const CODES: usize = 3;
/// Answers reach the decoder this many ticks after the line is shown: 1.2 s.
const LATE: usize = 75;

/// A person in front of a grid of 25 targets.
struct Person {
    bench: Bench,
    places: Vec<[i32; 2]>,
    /// Clarity of their answers, log-odds; 0 if they imagine nothing.
    clarity: f64,
    /// The target whose side they imagine.
    wanted: usize,
    answers: VecDeque<f64>,
    /// The decoder has two classes.
    has_classes: bool,
}

impl Person {
    fn new(change: impl FnOnce(&mut ControlSettings)) -> Self {
        Self::start(true, change)
    }

    fn start(has_classes: bool, change: impl FnOnce(&mut ControlSettings)) -> Self {
        let mut bench = Bench::new(|settings| {
            settings.assist.mode = AssistMode::Look;
            settings.look.imagery = true;
            settings.look.clicks = true;
            settings.pause.manual_override_ms = 0;
            change(settings);
        });
        bench.governor.set_tag_codes(CODES);
        let mut person = Self {
            bench,
            places: (0..25)
                .map(|k| [100 + k % 5 * 360, 80 + k / 5 * 200])
                .collect(),
            clarity: 0.0,
            wanted: 0,
            answers: VecDeque::from(vec![0.0; LATE]),
            has_classes,
        };
        // Nothing clicks in the first second.
        person.pass(2.0);
        person
    }

    fn rect(&self, target: usize) -> Rect {
        let [x, y] = self.places[target];
        Rect {
            x,
            y,
            width: SIZE[0],
            height: SIZE[1],
        }
    }

    /// Some seconds in which nothing is selected.
    fn pass(&mut self, secs: f64) -> Vec<Outcome> {
        let ticks = (secs * 62.5) as usize;
        (0..ticks).map(|_| self.tick()).collect()
    }

    fn tick(&mut self) -> Outcome {
        let wanted = self.rect(self.wanted).middle();
        let line = self.bench.governor.choice_line();
        let side = line.map_or(0.0, |line| if line.is_second(wanted) { 1.0 } else { -1.0 });
        self.answers.push_back(side * self.clarity);
        let answer = self.answers.pop_front();
        self.bench.log_odds = answer.filter(|_| self.has_classes);
        self.bench.see(&self.places, SIZE);
        self.bench.command([0.0; 2], false);
        self.bench.tick()
    }

    fn code_of(&self, target: usize) -> Option<usize> {
        let rect = self.rect(target);
        let (_, mut tags) = self.bench.governor.tags();
        let found = tags.find(|(own, _)| *own == rect);
        found.map(|(_, code)| usize::from(code))
    }

    /// A clear look at the tag of a target.
    fn look(&mut self, target: usize) -> Outcome {
        let mut log_probability = [f64::NEG_INFINITY; MOST_CODES];
        log_probability[self.code_of(target).unwrap()] = 0.0;
        let scene = self.bench.governor.tags().0;
        self.bench.selection = Some(Selection {
            scene,
            log_probability,
        });
        self.tick()
    }

    fn tags(&self) -> Vec<(Rect, u8)> {
        self.bench.governor.tags().1.collect()
    }

    /// Number of looks, each after `secs` seconds, until a target is chosen.
    fn looks_until_chosen(&mut self, secs: f64) -> usize {
        for looks in 1..10 {
            self.pass(secs);
            self.look(self.wanted);
            // Tags disappear while the pointer goes to what was looked at.
            if self.tags().is_empty() {
                let chosen = self.bench.governor.chosen();
                assert_eq!(chosen, Some(self.rect(self.wanted)));
                return looks;
            }
        }
        panic!("no target was chosen");
    }
}

#[test]
fn answers_save_looks_and_the_click_is_on_the_wanted_target() {
    let mut all = [0, 0];
    for wanted in 0..25 {
        let looks = [0.0, 2.5].map(|clarity| {
            let mut person = Person::new(|_| {});
            (person.wanted, person.clarity) = (wanted, clarity);
            let looks = person.looks_until_chosen(4.0);
            assert_eq!(clicks(&person.pass(4.0)), 1);
            assert!(
                person
                    .rect(wanted)
                    .distance(person.bench.place.map(f64::from))
                    == 0.0,
                "{wanted}: {:?}",
                person.bench.place
            );
            looks
        });
        assert!(looks[0] > 2 && looks[1] <= looks[0], "{wanted}: {looks:?}");
        all = [all[0] + looks[0], all[1] + looks[1]];
    }
    // Hardly more than the two that are always needed.
    assert!(all[1] < 55 && all[0] > 75, "{all:?}");
}

/// The same person for one target after the other: what was learnt from answers that agreed with looks costs none.
#[test]
fn answers_save_looks_for_one_target_after_the_other() {
    let mut person = Person::new(|_| {});
    let mut looks = 0;
    for wanted in 0..25 {
        (person.wanted, person.clarity) = (wanted, 2.5);
        looks += person.looks_until_chosen(4.0);
        // They have what they want, and imagine nothing until they want something else.
        person.clarity = 0.0;
        assert_eq!(clicks(&person.pass(4.0)), 1);
    }
    assert!(looks < 60, "{looks}");
}

/// Whatever was imagined: with more targets than codes, looking alone needs two looks, and so does looking with imagery.
#[test]
fn one_look_is_never_enough_where_looking_alone_needs_two() {
    for wanted in [0, 7, 24] {
        let mut person = Person::new(|_| {});
        (person.wanted, person.clarity) = (wanted, 4.0);
        // They imagine until one target is nearly certain. No intent is detected, so the pointer stays.
        let place = person.bench.place;
        person.pass(25.0);
        assert_eq!(person.bench.governor.chosen(), Some(person.rect(wanted)));
        person.clarity = 0.0;
        person.look(wanted);
        assert_eq!(clicks(&person.pass(5.0)), 0);
        assert_eq!(person.bench.place, place);
        person.look(wanted);
        assert_eq!(clicks(&person.pass(5.0)), 1);
        // A look that is followed by none for twelve seconds does not count for a later one.
        let mut person = Person::new(|_| {});
        (person.wanted, person.clarity) = (wanted, 4.0);
        person.pass(25.0);
        for _ in 0..3 {
            person.look(wanted);
            assert_eq!(clicks(&person.pass(13.0)), 0);
        }
    }
}

#[test]
fn imagined_movement_alone_moves_the_pointer_as_without_tags() {
    for dwells in [false, true] {
        let mut person = Person::new(|settings| settings.dwell.on = dwells);
        (person.wanted, person.clarity, person.bench.class) = (3, 3.0, Some(0));
        let mut outcomes = person.pass(25.0);
        assert_eq!(person.bench.governor.chosen(), Some(person.rect(3)));
        let place = person.bench.place.map(f64::from);
        assert_eq!(person.rect(3).distance(place), 0.0);
        // Tags stay, so that a look can click.
        assert!(person.code_of(3).is_some());
        // They rest there.
        (person.clarity, person.bench.class) = (0.0, None);
        outcomes.extend(person.pass(4.0));
        assert_eq!(clicks(&outcomes), usize::from(dwells));
    }
}

#[test]
fn the_line_is_shown_only_while_it_is_answered() {
    let line = |person: &Person| person.bench.governor.choice_line();
    let mut person = Person::new(|_| {});
    person.pass(1.0);
    assert!(line(&person).is_some());
    person.bench.governor.request(Request::Pause);
    person.tick();
    assert_eq!(line(&person), None);
    person.bench.governor.request(Request::Resume);
    person.pass(0.1);
    assert!(line(&person).is_some());
    // On the way to what was looked at, nothing is asked.
    person.look(3);
    person.look(3);
    person.look(3);
    assert!(person.bench.governor.chosen().is_some());
    assert_eq!((line(&person), person.tags()), (None, Vec::new()));
    // Nor without the setting, without tags, or without two classes.
    let mut off = Person::new(|settings| settings.look.imagery = false);
    off.pass(1.0);
    assert_eq!(line(&off), None);
    person.bench.governor.set_tag_codes(0);
    person.pass(0.1);
    assert_eq!(line(&person), None);
    let mut other = Person::start(false, |_| {});
    other.pass(1.0);
    assert_eq!((line(&other), other.tags().len()), (None, 25));
}

/// Evidence is lost with a pause, and with a loss of the signal. It never counts for what comes later.
#[test]
fn answers_before_a_pause_count_for_nothing() {
    let tags_after = |clarity: f64, is_lost: bool| {
        let mut person = Person::new(|_| {});
        (person.wanted, person.clarity) = (0, clarity);
        person.pass(6.0);
        if is_lost {
            person.bench.signal = Signal::Lost;
        } else {
            person.bench.governor.request(Request::Pause);
        }
        person.tick();
        person.bench.signal = Signal::Live;
        (person.clarity, person.answers) = (0.0, VecDeque::from(vec![0.0; LATE]));
        person.pass(2.0);
        person.bench.governor.request(Request::Resume);
        person.pass(0.1);
        person.look(12);
        person.tags()
    };
    for is_lost in [false, true] {
        assert_eq!(tags_after(4.0, is_lost), tags_after(0.0, is_lost));
    }
}

/// Without a decoder of two classes, the setting changes nothing at all.
#[test]
fn without_two_classes_looks_decide_as_ever() {
    let run = |imagery: bool| {
        let mut person = Person::start(false, |settings| settings.look.imagery = imagery);
        let mut outcomes = Vec::new();
        for k in 0..40 {
            // Mostly at one target, now and then at another one.
            let at = if k % 7 == 3 { (5 * k) % 25 } else { 17 };
            if person.code_of(at).is_some() {
                outcomes.push(person.look(at));
            }
            outcomes.extend(person.pass(1.6 + 0.32 * (k % 50) as f64));
        }
        (outcomes, person.tags(), person.bench.place)
    };
    let [with, without] = [true, false].map(run);
    assert!(with == without && clicks(&with.0) > 3);
}
