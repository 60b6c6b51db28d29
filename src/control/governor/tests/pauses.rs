//! Pausing and resuming.

use super::*;

#[test]
fn it_starts_paused_and_resumes_on_request() {
    let mut bench = Bench::new(|settings| settings.pause.at_start = true);
    bench.command([200.0, 0.0], false);
    bench.run(5.0);
    assert_eq!(
        (bench.place, bench.governor.state()),
        ([960, 540], State::Paused(PauseReason::Start))
    );
    bench.governor.request(Request::Toggle);
    bench.run(1.0);
    assert!((1120..=1160).contains(&bench.place[0]), "{:?}", bench.place);
    bench.governor.request(Request::Toggle);
    assert_eq!(bench.tick().action, Action::default());
    assert_eq!(bench.governor.state(), State::Paused(PauseReason::Asked));
}

#[test]
fn motion_without_a_purpose_pauses_after_five_minutes() {
    let paused = State::Paused(PauseReason::Aimless);
    // Back and forth with rests between, as noise does.
    let wander = |bench: &mut Bench, secs: f64| {
        for k in 0..(secs / 4.0) as usize {
            bench.command([if k % 2 == 0 { 200.0 } else { -200.0 }, 0.0], false);
            bench.run(2.0);
            bench.command([0.0; 2], false);
            bench.run(2.0);
        }
        bench.governor.state()
    };
    let mut bench = Bench::new(|_| {});
    assert_eq!(wander(&mut bench, 290.0), State::Idle);
    assert_eq!(wander(&mut bench, 20.0), paused);
    let place = bench.place;
    assert_eq!(wander(&mut bench, 60.0), paused);
    assert_eq!(bench.place, place);
    bench.governor.request(Request::Resume);
    assert_eq!(wander(&mut bench, 200.0), State::Idle);

    // Any click starts the time again; so does a button that is held.
    let mut bench = Bench::new(|settings| settings.dwell.on = true);
    assert_eq!(wander(&mut bench, 600.0), State::Idle);
    let mut bench = Bench::new(|_| {});
    for _ in 0..3 {
        assert_eq!(wander(&mut bench, 200.0), State::Idle);
        bench.face = true;
        bench.command([0.0; 2], false);
        bench.run(1.0);
    }
    for _ in 0..3 {
        assert_eq!(wander(&mut bench, 200.0), State::Idle);
        bench.command([0.0; 2], true);
        bench.run(1.0);
    }
}

/// Two classes in turn, ten times three seconds.
fn gesture(bench: &mut Bench) {
    for turn in 0..10 {
        bench.class = Some(turn % 2);
        bench.command([100.0, 0.0], false);
        bench.run(3.0);
    }
    bench.class = None;
    bench.command([0.0; 2], false);
    bench.tick();
}

#[test]
fn two_classes_in_turn_end_a_pause_that_nobody_requested() {
    let paused = |change: fn(&mut ControlSettings)| {
        let mut bench = Bench::new(|settings| {
            settings.pause.at_start = true;
            change(settings);
        });
        bench.run(1.0);
        bench
    };
    let mut bench = paused(|_| {});
    gesture(&mut bench);
    assert_eq!(bench.governor.state(), State::Idle);
    // A requested pause waits for a request to resume.
    bench.governor.request(Request::Pause);
    gesture(&mut bench);
    assert_eq!(bench.governor.state(), State::Paused(PauseReason::Asked));
    // A fault in between starts the count again.
    let mut bench = paused(|_| {});
    bench.signal = Signal::Lost;
    gesture(&mut bench);
    assert_eq!(bench.governor.state(), State::SignalLost);
    let mut bench = paused(|settings| settings.pause.resume_hold_ms = 0);
    gesture(&mut bench);
    assert_eq!(bench.governor.state(), State::Paused(PauseReason::Start));
    // Without an idle gate fitted to this person, only if the setting allows it.
    for (allowed, then) in [
        (false, State::Paused(PauseReason::Start)),
        (true, State::Idle),
    ] {
        let mut bench = Bench::new(|settings| {
            settings.pause.at_start = true;
            settings.pause.resume_without_gate = allowed;
        });
        bench.has_gate = false;
        bench.run(1.0);
        gesture(&mut bench);
        assert_eq!(bench.governor.state(), then);
    }
}

#[test]
fn a_signal_that_is_not_eeg_moves_presses_and_resumes_nothing() {
    let not_eeg = State::Hold(HoldReason::NotEeg);
    for (after_loss, then) in [
        (true, State::Paused(PauseReason::AfterLoss)),
        (false, State::Active),
    ] {
        let mut bench = Bench::new(|settings| settings.pause.after_loss = after_loss);
        bench.command([200.0, 0.0], true);
        bench.run(2.0);
        assert_eq!(bench.governor.state(), State::Active);
        bench.is_eeg = false;
        bench.command([200.0, 0.0], true);
        let held = bench.run(1.0);
        assert!(
            held.iter()
                .all(|held| held.state == not_eeg && held.action == Action::default())
        );
        gesture(&mut bench);
        bench.governor.request(Request::Resume);
        bench.command([200.0, 0.0], true);
        bench.run(1.0);
        assert_eq!(bench.governor.state(), not_eeg);
        bench.is_eeg = true;
        bench.command([200.0, 0.0], false);
        bench.run(1.0);
        assert_eq!(bench.governor.state(), then);
    }
    // A pause from before remains.
    let mut bench = Bench::new(|settings| settings.pause.at_start = true);
    for is_eeg in [true, false, true] {
        bench.is_eeg = is_eeg;
        bench.command([0.0; 2], false);
        bench.run(1.0);
    }
    assert_eq!(bench.governor.state(), State::Paused(PauseReason::Start));
}
