use super::*;

/// A state machine and its clock, milliseconds.
struct Bench {
    machine: StateMachine,
    settings: PauseSettings,
    now_ms: i64,
}

impl Bench {
    fn new(change: impl FnOnce(&mut PauseSettings)) -> Self {
        let mut settings = PauseSettings::default();
        change(&mut settings);
        Self {
            machine: StateMachine::new(&settings),
            settings,
            now_ms: 0,
        }
    }

    /// The state after a further `ms`.
    fn after(&mut self, ms: i64, signal: Signal, wants: bool) -> State {
        for _ in 0..ms / 10 {
            self.now_ms += 10;
            let now = self.now();
            self.machine
                .update(now, signal, false, wants, &self.settings);
        }
        self.machine.state()
    }

    fn live(&mut self, ms: i64) -> State {
        self.after(ms, Signal::Live, true)
    }

    fn now(&self) -> HostNanos {
        HostNanos(self.now_ms * 1_000_000)
    }

    fn may_click(&self) -> bool {
        self.machine.may_click(self.now())
    }
}

fn running() -> Bench {
    let mut bench = Bench::new(|settings| settings.at_start = false);
    assert_eq!(bench.live(2000), State::Active);
    bench
}

#[test]
fn it_starts_paused_and_resumes_on_request() {
    let mut bench = Bench::new(|_| {});
    assert_eq!(bench.after(50, Signal::Waiting, false), State::Starting);
    assert_eq!(bench.live(5000), State::Paused(PauseReason::Start));
    bench.machine.resume();
    assert_eq!(bench.live(10), State::Active);
    assert_eq!(bench.after(10, Signal::Live, false), State::Idle);
}

#[test]
fn no_click_in_the_second_after_a_resume() {
    let mut bench = Bench::new(|_| {});
    bench.live(5000);
    assert!(!bench.may_click());
    bench.machine.resume();
    bench.live(990);
    assert!(!bench.may_click());
    bench.live(20);
    assert!(bench.may_click());
    // Resuming again while it runs forbids clicks again.
    bench.machine.resume();
    bench.live(500);
    assert!(!bench.may_click());
}

#[test]
fn after_a_loss_it_is_paused_or_not_as_configured() {
    for (after_loss, then) in [
        (true, State::Paused(PauseReason::AfterLoss)),
        (false, State::Active),
    ] {
        let mut bench = running();
        bench.settings.after_loss = after_loss;
        assert_eq!(bench.after(500, Signal::Lost, true), State::SignalLost);
        assert_eq!(bench.live(1000), State::Hold(HoldReason::Returning));
        assert_eq!(bench.live(20), then);
        assert!(!bench.may_click());
    }
    // A pause for another reason remains through a loss.
    let mut bench = running();
    bench.machine.pause(PauseReason::Asked);
    assert_eq!(bench.live(10), State::Paused(PauseReason::Asked));
    bench.after(500, Signal::Lost, true);
    assert_eq!(bench.live(1100), State::Paused(PauseReason::Asked));
}

#[test]
fn a_signal_that_flickers_is_not_back() {
    let mut bench = running();
    for _ in 0..5 {
        assert_eq!(bench.after(100, Signal::Lost, true), State::SignalLost);
        assert_eq!(bench.live(900), State::Hold(HoldReason::Returning));
    }
}

#[test]
fn a_request_to_resume_does_not_override_a_fault() {
    let mut bench = running();
    bench.after(100, Signal::Lost, true);
    bench.machine.resume();
    assert_eq!(bench.after(100, Signal::Lost, true), State::SignalLost);
    let mut bench = running();
    let now = bench.now();
    bench
        .machine
        .update(now, Signal::Live, true, true, &bench.settings);
    assert_eq!(bench.machine.state(), State::Hold(HoldReason::PointerGone));
    bench.machine.resume();
    assert_eq!(bench.machine.state(), State::Hold(HoldReason::PointerGone));
    assert_eq!(bench.live(10), State::Active);
    assert!(!bench.may_click());
}

#[test]
fn a_hand_on_the_mouse_pauses_for_as_long_as_it_moves_and_a_while_after() {
    let mut bench = running();
    let now = bench.now();
    bench.machine.override_by_hand(now);
    assert_eq!(bench.live(3000), State::Paused(PauseReason::ManualOverride));
    let now = bench.now();
    bench.machine.override_by_hand(now);
    assert_eq!(bench.live(4980), State::Paused(PauseReason::ManualOverride));
    assert_eq!(bench.live(30), State::Active);
    assert!(!bench.may_click());
    let now = bench.now();
    bench.machine.override_by_hand(now);
    bench.machine.resume();
    assert_eq!(bench.live(10), State::Active);
}

#[test]
fn long_motion_that_selects_nothing_pauses() {
    let aimless = State::Paused(PauseReason::Aimless);
    // Motion now and then, one second in nine, counts in full; so does motion without a break.
    for rest_ms in [0, 8000] {
        let mut bench = Bench::new(|settings| {
            settings.at_start = false;
            settings.after_aimless_s = 60;
        });
        while bench.now_ms < 59_000 {
            assert_eq!(bench.live(1000), State::Active);
            bench.after(rest_ms, Signal::Live, false);
        }
        bench.live(1000);
        bench.after(rest_ms, Signal::Live, false);
        assert_eq!(bench.live(1000), aimless, "{rest_ms}");
        // After a request it moves for the same time again.
        bench.machine.resume();
        assert_eq!(bench.live(59_000), State::Active);
        assert_eq!(bench.live(1100), aimless);
    }
}

#[test]
fn selecting_or_resting_prevents_the_pause_for_aimless_motion() {
    let mut bench = running();
    (bench.settings.after_aimless_s, bench.settings.after_rest_s) = (60, 0);
    for _ in 0..5 {
        assert_eq!(bench.live(50_000), State::Active);
        bench.machine.select();
    }
    // Rest does not count; motion before it still does.
    assert_eq!(bench.live(50_000), State::Active);
    bench.after(600_000, Signal::Live, false);
    assert_eq!(bench.machine.state(), State::Idle);
    bench.live(2000);
    assert_eq!(bench.machine.state(), State::Paused(PauseReason::Aimless));
    let mut bench = running();
    bench.settings.after_aimless_s = 0;
    assert_eq!(bench.live(1_000_000), State::Active);
}

#[test]
fn long_rest_pauses() {
    let mut bench = running();
    bench.settings.after_rest_s = 10;
    assert_eq!(bench.after(9900, Signal::Live, false), State::Idle);
    bench.live(10);
    assert_eq!(bench.after(9900, Signal::Live, false), State::Idle);
    assert_eq!(
        bench.after(200, Signal::Live, false),
        State::Paused(PauseReason::LongRest)
    );
    assert_eq!(bench.live(5000), State::Paused(PauseReason::LongRest));
    bench.settings.after_rest_s = 0;
    bench.machine.resume();
    assert_eq!(bench.after(100_000, Signal::Live, false), State::Idle);
}
