//! EEG together with a head sensor or an eye tracker.

use super::{Bench, clicks};
use crate::control::Signal;
use crate::control::governor::*;
use crate::control::{GazePoint, HeadRate, PressMeaning};

#[test]
fn the_head_moves_eeg_clicks_and_either_may_go() {
    let mut bench = Bench::new(|settings| settings.click.press = PressMeaning::Click);
    let turn = |bench: &mut Bench, deg_s: [f64; 3]| {
        let at = bench.now;
        let rate = HeadRate { deg_s, at };
        bench
            .governor
            .receive_auxiliary(AuxiliarySample::Head(rate));
    };
    bench.governor.expect(AuxiliaryKind::Head);
    // Until the sensor has sent something, EEG does not move the pointer either.
    bench.command([300.0, 300.0], false);
    bench.run(1.5);
    assert_eq!(bench.place, [960, 540]);
    // The head turns left at ten degrees per second; EEG no longer moves the pointer.
    bench.command([300.0, 300.0], false);
    for _ in 0..60 {
        turn(&mut bench, [0.0, 0.0, 10.0]);
        bench.tick();
    }
    let [x, y] = bench.place;
    assert!((700..800).contains(&x) && y == 540, "{x} {y}");
    // The sensor falls silent: the pointer stops without a jump.
    let gone = bench.run(2.0);
    assert!(gone.iter().all(|outcome| outcome.action.dx_px.abs() <= 5));
    assert!(gone[20..].iter().all(|outcome| outcome.action.dx_px == 0));
    // EEG clicks.
    bench.command([0.0; 2], true);
    assert_eq!(clicks(&bench.run(2.0)), 1);
    // EEG falls silent: nothing moves, whatever the head does.
    bench.signal = Signal::Lost;
    turn(&mut bench, [0.0, 0.0, 50.0]);
    assert_eq!(bench.tick().action, Action::default());
    // Both together.
    bench.signal = Signal::Live;
    let mut settings = bench.governor.settings;
    settings.auxiliary.eeg_moves = true;
    settings.pause.after_loss = false;
    bench.governor.request(Request::Settings(settings));
    bench.command([0.0, 200.0], false);
    bench.run(3.0);
    assert!(bench.place[1] > 700, "{:?}", bench.place);
}

/// The eyes look at a place on the screen for some seconds, sampled fifty times a second.
fn look(bench: &mut Bench, place: [f64; 2], confidence: f64, secs: f64) -> Vec<Outcome> {
    (0..(secs * 62.5) as usize)
        .map(|_| {
            let at = bench.now;
            let point = GazePoint {
                place,
                is_share: true,
                confidence,
                at,
            };
            bench
                .governor
                .receive_auxiliary(AuxiliarySample::Gaze(point));
            bench.tick()
        })
        .collect()
}

/// Speed rises by a few pixels per tick at most; the pointer may stop at once.
fn is_without_a_jump(outputs: &[Outcome]) -> bool {
    let steps = outputs
        .windows(2)
        .map(|pair| (pair[0].action, pair[1].action));
    let faster = |before: i32, after: i32| {
        if after == 0 {
            0
        } else {
            (after - before).abs()
        }
    };
    let change = |(a, b): (Action, Action)| faster(a.dx_px, b.dx_px).max(faster(a.dy_px, b.dy_px));
    steps.map(change).max().is_none_or(|most| most <= 5)
}

#[test]
fn the_pointer_goes_close_to_the_gaze_and_eeg_does_the_rest() {
    let mut bench = Bench::new(|settings| settings.auxiliary.eeg_moves = true);
    bench.governor.expect(AuxiliaryKind::Gaze);
    bench.run(1.5);
    // 600 pixels to the right of the middle.
    let right = [(960.0 + 600.0) / 1920.0, 0.5];
    let mut went = look(&mut bench, right, 1.0, 3.0);
    let [x, y] = bench.place;
    assert!((1420..=1445).contains(&x) && y == 540, "{x} {y}");
    // EEG moves the pointer within the radius.
    bench.command([0.0, 50.0], false);
    went.extend(look(&mut bench, right, 1.0, 1.0));
    assert!((570..600).contains(&bench.place[1]), "{:?}", bench.place);
    bench.command([0.0; 2], false);
    // The tracker loses the eyes on the way back. Low confidence counts as silence.
    went.extend(look(&mut bench, [0.1, 0.5], 1.0, 0.3));
    let away = bench.place[0];
    went.extend(look(&mut bench, [0.1, 0.5], 0.3, 1.0));
    assert!(away - bench.place[0] < 100, "{away} {:?}", bench.place);
    // With half the confidence it is half as fast; then the tracker falls silent.
    went.extend(look(&mut bench, [0.1, 0.5], 0.7, 0.5));
    went.extend(bench.run(1.0));
    assert!(
        is_without_a_jump(&went),
        "{:?}",
        went.iter().map(|o| o.action.dx_px).collect::<Vec<_>>()
    );
    assert_eq!(went.last().unwrap().action, Action::default());
}

#[test]
fn eeg_takes_over_from_a_lost_sensor_if_configured() {
    let mut bench = Bench::new(|settings| settings.auxiliary.hand_over = true);
    bench.governor.expect(AuxiliaryKind::Head);
    bench.command([0.0, 60.0], false);
    bench.run(2.0);
    assert!(bench.place[1] > 560, "it never came: {:?}", bench.place);
    let mut went = Vec::new();
    let before = bench.place[1];
    for _ in 0..125 {
        let rate = HeadRate {
            deg_s: [0.0, 0.0, 10.0],
            at: bench.now,
        };
        bench
            .governor
            .receive_auxiliary(AuxiliarySample::Head(rate));
        went.push(bench.tick());
    }
    assert!(
        bench.place[0] < 600 && bench.place[1] - before < 60,
        "{:?}",
        bench.place
    );
    went.extend(bench.run(3.0));
    assert!(is_without_a_jump(&went));
    assert!(bench.place[1] - before > 100, "{:?}", bench.place);
}

#[test]
fn eeg_moves_and_a_nod_or_the_eyes_click() {
    let mut bench = Bench::new(|settings| {
        (settings.head.moves, settings.head.nod_clicks) = (false, true);
    });
    bench.run(1.5);
    bench.command([200.0, 0.0], false);
    let turn = |bench: &mut Bench, deg_s: f64| {
        let rate = HeadRate {
            deg_s: [0.0, deg_s, 0.0],
            at: bench.now,
        };
        bench
            .governor
            .receive_auxiliary(AuxiliarySample::Head(rate));
        bench.tick()
    };
    let nod = [90.0; 10].into_iter().chain([-90.0; 10]).chain([0.0; 20]);
    let outputs: Vec<Outcome> = nod.map(|deg_s| turn(&mut bench, deg_s)).collect();
    assert_eq!(clicks(&outputs), 1);
    assert!(
        bench.place[0] > 1000 && bench.place[1] == 540,
        "{:?}",
        bench.place
    );

    // EEG moves, and dwelling counts only while the eyes are on the pointer.
    let mut bench = Bench::new(|settings| {
        settings.dwell.on = true;
        (settings.gaze.moves, settings.gaze.must_look) = (false, true);
    });
    bench.run(1.5);
    bench.command([300.0, 0.0], false);
    bench.run(1.0);
    bench.command([0.0; 2], false);
    let place = bench.place;
    assert!(place[0] > 1100, "{place:?}");
    assert_eq!(clicks(&look(&mut bench, [0.1, 0.5], 1.0, 3.0)), 0);
    assert_eq!(
        clicks(&bench.run(3.0)),
        0,
        "a silent tracker does not count"
    );
    let on = [f64::from(place[0]) / 1920.0, 0.5];
    assert_eq!(clicks(&look(&mut bench, on, 1.0, 3.0)), 1);
}
