use super::*;
use proptest::prelude::*;

/// A chooser with the belief that it adds to.
#[derive(Debug, Clone, PartialEq)]
struct Choosing {
    chooser: LookChooser,
    belief: Belief,
}

impl Choosing {
    fn renew(&mut self, list: &[([f64; 2], Option<usize>)]) {
        let places = list.iter();
        let places = places.map(|(middle, before)| (Candidate::usual(*middle), *before));
        let is_same = self.belief.renew(places);
        let before: Vec<Option<usize>> = list.iter().map(|(_, before)| *before).collect();
        self.chooser.renew(&mut self.belief, &before, is_same);
    }

    fn step(&mut self, is_shown: bool, secs: f64) -> bool {
        self.chooser.step(&mut self.belief, is_shown, secs, false)
    }

    fn look(&mut self, selection: &Selection, gaze: Option<&GazeArea>) {
        self.chooser.look(&mut self.belief, selection, gaze, false);
    }

    fn goal(&self) -> Option<usize> {
        self.chooser.goal()
    }

    fn scene(&self) -> u32 {
        self.chooser.scene()
    }

    fn tags(&self) -> impl Iterator<Item = (usize, u8)> {
        self.chooser.tags()
    }
}

fn chooser(codes: usize, places: &[[f64; 2]]) -> Choosing {
    let mut choosing = Choosing {
        chooser: LookChooser::new(codes),
        belief: Belief::new(),
    };
    let places = places.iter().copied().map(Candidate::usual);
    choosing.chooser.replace(&mut choosing.belief, places);
    choosing.step(true, 0.0);
    choosing
}

/// How many looks it takes to choose one of 40 places with eight codes. The wanted place is `times` times as likely as each other one.
fn looks_needed(wanted: usize, times: f64) -> usize {
    let mut choosing = chooser(8, &[]);
    let candidates = (0..40).map(|k| Candidate {
        middle: [60.0 * f64::from(k), 0.0],
        prior: if k as usize == wanted { times } else { 1.0 },
    });
    choosing.chooser.replace(&mut choosing.belief, candidates);
    for looks in 1..10 {
        let mut tags = choosing.tags();
        let code = tags
            .find(|(place, _)| *place == wanted)
            .map(|(_, code)| code);
        drop(tags);
        let mut log_probability = [f64::NEG_INFINITY; MOST_CODES];
        log_probability[usize::from(code.unwrap())] = 0.0;
        let scene = choosing.scene();
        let selection = Selection {
            scene,
            log_probability,
        };
        choosing.look(&selection, None);
        if choosing.goal() == Some(wanted) {
            return looks;
        }
    }
    panic!("never");
}

#[test]
fn a_likely_target_needs_one_look_and_an_unlikely_one_needs_more() {
    for wanted in [0, 17, 39] {
        assert_eq!(looks_needed(wanted, 30.0), 1);
        assert_eq!(looks_needed(wanted, 1.0), 2);
        assert!((2..=4).contains(&looks_needed(wanted, 0.01)));
    }
}

/// A certain look at a code.
fn look(chooser: &mut Choosing, code: u8, certain: f64) {
    look_with(chooser, code, certain, None);
}

fn look_with(chooser: &mut Choosing, code: u8, certain: f64, gaze: Option<GazeArea>) {
    let mut log_probability = [f64::NEG_INFINITY; MOST_CODES];
    let others = (1.0 - certain) / (chooser.chooser.codes.max(2) - 1) as f64;
    for (k, log) in log_probability
        .iter_mut()
        .take(chooser.chooser.codes)
        .enumerate()
    {
        *log = if k == usize::from(code) {
            certain.ln()
        } else {
            others.ln()
        };
    }
    let scene = chooser.scene();
    let selection = Selection {
        scene,
        log_probability,
    };
    chooser.look(&selection, gaze.as_ref());
}

fn code_of(chooser: &Choosing, target: usize) -> Option<u8> {
    chooser
        .tags()
        .find(|(place, _)| *place == target)
        .map(|(_, code)| code)
}

fn grid(columns: usize, rows: usize) -> Vec<[f64; 2]> {
    (0..columns * rows)
        .map(|k| [(k % columns) as f64 * 100.0, (k / columns) as f64 * 60.0])
        .collect()
}

#[test]
fn as_many_codes_as_targets_need_one_look() {
    let mut chooser = chooser(3, &grid(3, 1));
    assert_eq!(chooser.tags().collect::<Vec<_>>(), [(0, 0), (1, 1), (2, 2)]);
    look(&mut chooser, 1, 0.97);
    assert_eq!(chooser.goal(), Some(1));
}

#[test]
fn twenty_seven_targets_need_few_looks() {
    for wanted in 0..27 {
        let mut chooser = chooser(3, &grid(9, 3));
        let mut looks = 0;
        while chooser.goal().is_none() {
            let code = code_of(&chooser, wanted).unwrap();
            look(&mut chooser, code, 0.97);
            looks += 1;
            assert!(looks <= 4, "{wanted}");
        }
        assert_eq!(chooser.goal(), Some(wanted));
    }
}

/// An eye tracker tells which of the targets of a code is looked at, so that one look is enough; EEG tells that they are looked at at all.
#[test]
fn an_eye_tracker_saves_looks() {
    for wanted in 0..27 {
        let mut chooser = chooser(3, &grid(9, 3));
        let gaze = GazeArea {
            middle: chooser.belief.places()[wanted].middle.map(|at| at + 10.0),
            radius_px: 25.0,
            confidence: 0.95,
        };
        let code = code_of(&chooser, wanted).unwrap();
        look_with(&mut chooser, code, 0.97, Some(gaze));
        assert!(chooser.belief.of(wanted) > 0.6, "{wanted}");
        // Where EEG and the tracker contradict each other, nothing is chosen.
        let mut chooser = self::chooser(3, &grid(9, 3));
        let elsewhere = (wanted + 13) % 27;
        let gaze = GazeArea {
            middle: chooser.belief.places()[elsewhere].middle,
            ..gaze
        };
        if code_of(&chooser, elsewhere) != Some(code) {
            look_with(&mut chooser, code, 0.97, Some(gaze));
            assert_eq!(chooser.goal(), None, "{wanted}");
        }
    }
}

#[test]
fn a_wrong_look_is_corrected() {
    let mut chooser = chooser(3, &grid(9, 3));
    let wanted = 0;
    look(&mut chooser, 2, 0.97);
    let mut looks = 0;
    while chooser.goal() != Some(wanted) {
        assert_eq!(chooser.goal(), None);
        // Where the wanted target has no tag, the user waits.
        match code_of(&chooser, wanted) {
            Some(code) => look(&mut chooser, code, 0.97),
            None => assert!(chooser.step(true, FORGET_S + 1.0)),
        }
        looks += 1;
        assert!(looks < 10);
    }
}

#[test]
fn looks_at_another_scene_change_nothing() {
    let mut chooser = chooser(2, &grid(4, 1));
    let before = chooser.clone();
    let old = Selection {
        scene: chooser.scene().wrapping_sub(1),
        log_probability: [0.0; MOST_CODES],
    };
    chooser.look(&old, None);
    assert_eq!(chooser, before);
    // Hidden tags cannot be looked at.
    chooser.step(false, 0.0);
    assert_eq!(chooser.tags().count(), 0);
    let hidden = chooser.clone();
    look(&mut chooser, 0, 0.99);
    assert_eq!(chooser, hidden);
    assert_ne!(hidden.scene(), before.scene());
}

#[test]
fn targets_that_stay_keep_their_codes_and_a_change_is_a_new_scene() {
    let mut chooser = chooser(3, &grid(6, 1));
    let codes: Vec<_> = (0..6).map(|k| code_of(&chooser, k)).collect();
    let scene = chooser.scene();
    // The same list: nothing happens, so evidence goes on.
    let same = grid(6, 1).into_iter().enumerate();
    let same: Vec<_> = same.map(|(k, at)| (at, Some(k))).collect();
    chooser.renew(&same);
    assert_eq!(chooser.scene(), scene);
    // One goes, another comes.
    let list = [
        (1, Some(1)),
        (2, Some(2)),
        (3, Some(3)),
        (4, Some(4)),
        (5, Some(5)),
        (9, None),
    ];
    chooser.renew(&list.map(|(x, before)| ([f64::from(x) * 100.0, 0.0], before)));
    assert_ne!(chooser.scene(), scene);
    for k in 0..5 {
        assert_eq!(code_of(&chooser, k), codes[k + 1]);
    }
    // The first code lost a target.
    assert_eq!(code_of(&chooser, 5), Some(0));
}

#[test]
fn without_a_look_all_targets_are_likely_again() {
    let mut chooser = chooser(3, &grid(9, 1));
    look(&mut chooser, 0, 0.97);
    assert!(chooser.belief.of(0) > 10.0 * chooser.belief.of(8));
    chooser.step(true, FORGET_S + 1.0);
    assert_eq!(chooser.belief.of(0), chooser.belief.of(8));
    // Nothing to forget: the scene stays.
    let scene = chooser.scene();
    chooser.step(true, FORGET_S + 1.0);
    assert_eq!(chooser.scene(), scene);
}

#[test]
fn unlikely_targets_stop_flickering() {
    let mut chooser = chooser(3, &grid(9, 3));
    for _ in 0..2 {
        let code = code_of(&chooser, 0).unwrap();
        look(&mut chooser, code, 0.97);
    }
    assert!((1..27).contains(&chooser.tags().count()));
}

#[test]
fn a_goal_that_goes_is_no_goal() {
    let mut chooser = chooser(2, &grid(2, 1));
    look(&mut chooser, 0, 0.99);
    assert_eq!(chooser.goal(), Some(0));
    chooser.renew(&[([100.0, 0.0], Some(1))]);
    assert_eq!(chooser.goal(), None);
    assert_eq!(chooser.tags().count(), 1);
    chooser.renew(&[]);
    assert_eq!(chooser.tags().count(), 0);
}

proptest! {
    #[test]
    fn beliefs_stay_probabilities(
        places in prop::collection::vec([0.0..2000.0f64, 0.0..1000.0f64], 1..80),
        looks in prop::collection::vec((0..8u8, 0.3..0.999f64), 0..30),
        codes in 1..8usize,
    ) {
        let mut chooser = chooser(codes, &places);
        for (code, certain) in looks {
            let scene = chooser.scene();
            look(&mut chooser, code % codes as u8, certain);
            prop_assert_ne!(chooser.scene(), scene);
            let places = chooser.belief.places();
            let total: f64 = places.iter().map(|place| place.probability).sum();
            prop_assert!((total - 1.0).abs() < 1e-9);
            prop_assert!(places.iter().all(|place| place.probability > 0.0));
            prop_assert!(chooser.tags().count() > 0);
            for (_, code) in chooser.tags() {
                prop_assert!(usize::from(code) < codes);
            }
        }
    }
}
