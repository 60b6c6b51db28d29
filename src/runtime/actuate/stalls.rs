//! Stalled threads, delayed networks and a sleeping computer: what the pointer does tick by tick, on a simulated clock.

use super::tests::{actuator, command, ms};
use super::*;
use proptest::prelude::*;
use std::collections::VecDeque;

/// Time between two blocks, and between two ticks, milliseconds.
const BLOCK_MS: i64 = 40;
const PERIOD_MS: i64 = 16;
/// Blocks that can wait for processing; the rest is lost.
const WAITING: usize = 32;
/// When the last stall is over, and when the run ends, milliseconds.
const CALM_MS: i64 = 20_000;
const END_MS: i64 = 26_000;

/// What stalls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The network, which then delivers everything at once.
    Network,
    Acquire,
    Process,
    Actuate,
    /// The whole program (SIGSTOP).
    All,
}

#[derive(Debug, Clone, Copy)]
struct Stall {
    part: Part,
    from_ms: i64,
    for_ms: i64,
}

fn stall() -> impl Strategy<Value = Stall> {
    let part = prop_oneof![
        Just(Part::Network),
        Just(Part::Acquire),
        Just(Part::Process),
        Just(Part::Actuate),
        Just(Part::All),
    ];
    (part, 3_000..CALM_MS - 4_000, 1_i64..4_000).prop_map(|(part, from_ms, for_ms)| Stall {
        part,
        from_ms,
        for_ms,
    })
}

/// An action, when it was taken, and the stamp of the newest sample that the pointer's thread had then.
struct Taken {
    at_ms: i64,
    newest_ms: i64,
    action: Action,
}

/// Runs the three threads in steps of one millisecond; `clock_ms` is the sender's clock at the beginning.
fn run(stalls: &[Stall], clock_ms: i64) -> Vec<Taken> {
    let (mut actuator, shared) = actuator();
    let stands = |part: Part, now_ms: i64| {
        let holds = |stall: &Stall| {
            let is_now = (stall.from_ms..stall.from_ms + stall.for_ms).contains(&now_ms);
            is_now && (stall.part == part || (stall.part == Part::All && part != Part::Network))
        };
        stalls.iter().any(holds)
    };
    let (mut sent, mut full, mut commands) = (VecDeque::new(), VecDeque::new(), VecDeque::new());
    let (mut next_tick, mut newest_ms, mut taken) = (0, i64::MIN, Vec::new());
    for now_ms in 0..END_MS {
        if now_ms % BLOCK_MS == 0 {
            sent.push_back(now_ms);
        }
        if !stands(Part::Network, now_ms) && !stands(Part::Acquire, now_ms) {
            for stamp_ms in sent.drain(..) {
                if full.len() < WAITING {
                    full.push_back((stamp_ms, now_ms));
                }
            }
        }
        if !stands(Part::Process, now_ms) {
            commands.extend(full.pop_front());
        }
        if now_ms < next_tick || stands(Part::Actuate, now_ms) {
            continue;
        }
        for (stamp_ms, received_ms) in commands.drain(..) {
            // Moves all the time, and presses for one second in three.
            let decoded = Command {
                acquired: StreamNanos(ms(stamp_ms + clock_ms).0),
                ..command(ms(received_ms), 500.0, stamp_ms % 3_000 < 1_000)
            };
            actuator.command(decoded);
            newest_ms = stamp_ms;
        }
        actuator.look(ms(now_ms));
        actuator.wake(ms(now_ms));
        actuator.tick(ms(now_ms)).unwrap();
        next_tick = now_ms + PERIOD_MS;
        for action in shared.lock().unwrap().actions.drain(..) {
            taken.push(Taken {
                at_ms: now_ms,
                newest_ms,
                action,
            });
        }
    }
    taken
}

proptest! {
    #[test]
    fn nothing_older_than_a_second_moves_or_presses(
        stalls in proptest::collection::vec(stall(), 0..6),
        clock_ms in prop_oneof![Just(0), Just(1_795_000_000_000), Just(-50_000_000)],
    ) {
        let taken = run(&stalls, clock_ms);
        for pair in taken.windows(2) {
            let [before, now] = pair else { unreachable!() };
            let acts = now.action != Action::default();
            let age_ms = now.at_ms - now.newest_ms;
            prop_assert!(!acts || age_ms <= 1_000, "{age_ms} ms old at {}", now.at_ms);
            let since_ms = now.at_ms - before.at_ms;
            prop_assert!(!acts || since_ms <= 150, "a tick {since_ms} ms late at {}", now.at_ms);
        }
        // After the last stall it moves and presses again.
        let last = || taken.iter().filter(|taken| taken.at_ms > CALM_MS + 1_100);
        prop_assert!(last().all(|taken| taken.action.dx_px > 0 || taken.at_ms < CALM_MS + 1_500));
        prop_assert!(last().any(|taken| taken.action.buttons.left));
    }
}

#[test]
fn a_program_that_was_stopped_releases_first_and_holds_for_a_second() {
    for for_ms in [151, 500, 3_000] {
        let stall = Stall {
            part: Part::All,
            from_ms: 6_500,
            for_ms,
        };
        let taken = run(&[stall], 0);
        let (before, after): (Vec<&Taken>, Vec<&Taken>) = taken
            .iter()
            .partition(|taken| taken.at_ms < stall.from_ms + for_ms);
        assert!(
            before.last().unwrap().action.buttons.left,
            "nothing to release"
        );
        let acted = after.iter().find(|taken| taken.action != Action::default());
        let held_ms = acted.unwrap().at_ms - after[0].at_ms;
        assert!((1_000..1_100).contains(&held_ms), "{for_ms}: {held_ms}");
    }
}

#[test]
fn a_computer_that_slept_releases_although_its_clock_stood_still() {
    let (mut actuator, shared) = actuator();
    let mut slept_ms = 0;
    let mut step = |actuator: &mut Actuator, at: i64, slept: i64| {
        slept_ms += slept;
        actuator.command(command(ms(at), 500.0, at > 2_000));
        actuator.wake(ms(at + slept_ms));
        actuator.tick(ms(at)).unwrap();
        *shared.lock().unwrap().actions.last().unwrap()
    };
    let mut last = Action::default();
    for at in (0..3_000).step_by(16) {
        last = step(&mut actuator, at, 0);
    }
    assert!(last.buttons.left && last.dx_px > 0);
    assert_eq!(step(&mut actuator, 3_008, 3_600_000), Action::default());
    assert_eq!(actuator.state(), State::SignalLost);
    for at in (3_024..4_000).step_by(16) {
        assert_eq!(step(&mut actuator, at, 0), Action::default());
    }
}
