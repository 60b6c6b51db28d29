//! A random walk of ten million ticks: invariants that hold whatever happens.

use super::Bench;
use crate::command::MOST_CODES;
use crate::control::Signal;
use crate::control::governor::*;
use crate::control::{
    AuxiliarySettings, ClickKind, Edges, GazePoint, HeadRate, PressMeaning, Rect, SpeedSettings,
};
use crate::settings::LookOffer;
use proptest::prelude::*;

/// Where the panel is, if there is one.
const PANEL: Rect = Rect::new(1720, 0, 200, 1080);

/// An event of the random walk.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant)] // as in `Request`
enum Event {
    Velocity([f64; 2], bool),
    Face,
    Fault(bool),
    Signal(Signal),
    Gone(bool),
    Ask(Request),
    Hand([i32; 2]),
    Head([f64; 3]),
    Gaze([f64; 2], f64),
    Evidence(Option<usize>, f64),
    Targets(Vec<[i32; 2]>, [i32; 2]),
    /// The only targets are this number of buttons of the panel.
    Panel(usize),
    /// At one of the codes, in the scene that is shown or in the one before.
    Look(usize, bool),
    Button(bool),
    Nothing,
}

fn any_settings() -> impl Strategy<Value = ControlSettings> {
    let kinds = prop_oneof![
        Just(ClickKind::Left),
        Just(ClickKind::Right),
        Just(ClickKind::Middle),
        Just(ClickKind::Double),
        Just(ClickKind::Drag),
        Just(ClickKind::None),
    ];
    let presses = prop_oneof![Just(PressMeaning::Hold), Just(PressMeaning::Click)];
    let flags = proptest::array::uniform8(any::<bool>());
    let auxiliary = proptest::array::uniform6(any::<bool>());
    let rest = prop_oneof![Just(0u32), 1..5u32];
    let modes = prop_oneof![
        Just(AssistMode::Off),
        Just(AssistMode::Gentle),
        Just(AssistMode::Strong),
        Just(AssistMode::Choose),
        Just(AssistMode::Look),
    ];
    let offers = prop_oneof![
        Just(LookOffer::Auto),
        Just(LookOffer::Grid),
        Just(LookOffer::Arrows)
    ];
    let looks = (offers, any::<bool>(), any::<bool>());
    (
        kinds,
        presses,
        flags,
        0.0..20.0f64,
        0.2..5.0f64,
        200..2000u32,
        rest,
        auxiliary,
        (modes, looks),
    )
        .prop_map(
            |(kind, press, flags, gain, exponent, time_ms, after_rest_s, auxiliary, by)| {
                let (mode, (offer, look_clicks, confirms)) = by;
                let [dwells, locks, scrolls, snaps, starts, loses, resists, takes] = flags;
                let mut settings = ControlSettings::default();
                let [
                    head_moves,
                    nods,
                    gaze_moves,
                    must_look,
                    eeg_moves,
                    hands_over,
                ] = auxiliary;
                (settings.head.moves, settings.head.nod_clicks) = (head_moves, nods);
                (settings.gaze.moves, settings.gaze.must_look) = (gaze_moves, must_look);
                settings.auxiliary = AuxiliarySettings {
                    eeg_moves,
                    hand_over: hands_over,
                };
                (settings.dwell.on, settings.dwell.time_ms) = (dwells, time_ms);
                (
                    settings.click.kind,
                    settings.click.press,
                    settings.click.lock,
                ) = (kind, press, locks);
                settings.assist.mode = mode;
                settings.look.offer = offer;
                (settings.look.clicks, settings.look.confirms) = (look_clicks, confirms);
                settings.scroll.on = scrolls;
                settings.edges = if resists { Edges::Resist } else { Edges::Stop };
                settings.speed = SpeedSettings {
                    gain_x: gain,
                    gain_y: 20.0 - gain,
                    exponent,
                    snap_to_stop: snaps,
                    ..SpeedSettings::default()
                };
                settings.pause.at_start = starts;
                settings.pause.after_loss = loses;
                settings.pause.after_rest_s = after_rest_s;
                settings.pause.after_aimless_s = 2 * after_rest_s;
                settings.pause.manual_override_ms = if takes { 1000 } else { 0 };
                settings
            },
        )
}

fn any_event() -> impl Strategy<Value = Event> {
    let speeds = prop_oneof![
        Just(0.0),
        -400.0..400.0f64,
        Just(f64::NAN),
        Just(f64::INFINITY),
        Just(-1e300)
    ];
    let signals = prop_oneof![Just(Signal::Live), Just(Signal::Live), Just(Signal::Lost)];
    let requests = prop_oneof![
        Just(Request::Pause),
        Just(Request::Resume),
        Just(Request::Resume),
        Just(Request::Toggle),
        Just(Request::Rest),
        Just(Request::Rest),
        Just(Request::EndRest),
        proptest::bool::weighted(0.8).prop_map(|has| Request::Panel(has.then_some(PANEL))),
        (-9..9i32).prop_map(Request::Scroll),
        Just(Request::NextClick(ClickKind::Drag)),
        Just(Request::NextClick(ClickKind::Right)),
        any_settings().prop_map(Request::Settings),
    ];
    let log_odds = prop_oneof![-5.0..5.0f64, Just(f64::NAN), Just(f64::INFINITY)];
    prop_oneof![
        6 => (proptest::array::uniform2(speeds), proptest::bool::weighted(0.3)).prop_map(|(v, p)| Event::Velocity(v, p)),
        1 => Just(Event::Face),
        1 => proptest::bool::weighted(0.2).prop_map(Event::Fault),
        2 => signals.prop_map(Event::Signal),
        1 => proptest::bool::weighted(0.3).prop_map(Event::Gone),
        3 => requests.prop_map(Event::Ask),
        1 => proptest::array::uniform2(-300..300i32).prop_map(Event::Hand),
        1 => proptest::array::uniform3(-100.0..100.0f64).prop_map(Event::Head),
        1 => (proptest::array::uniform2(-1.0..2.0f64), 0.0..1.0f64).prop_map(|(place, confidence)| Event::Gaze(place, confidence)),
        1 => any::<bool>().prop_map(Event::Button),
        2 => (proptest::option::of(0..2usize), log_odds).prop_map(|(class, log_odds)| Event::Evidence(class, log_odds)),
        2 => (proptest::collection::vec(proptest::array::uniform2(-2000..3000i32), 0..20), proptest::array::uniform2(1..600i32))
            .prop_map(|(places, size)| Event::Targets(places, size)),
        2 => (0..6usize).prop_map(Event::Panel),
        4 => (0..3usize, proptest::bool::weighted(0.8)).prop_map(|(code, is_new)| Event::Look(code, is_new)),
        4 => Just(Event::Nothing),
    ]
}

/// Checks the invariants. `quiet_until`: when it may click again after a request, and after a fault or a pause, nanoseconds.
fn check(bench: &Bench, before: [i32; 2], output: &Outcome, quiet_until: [i64; 2]) {
    let is_free = matches!(output.state, State::Idle | State::Active);
    let action = output.action;
    let is_up = action.buttons == Buttons::UP;
    let rests = output.state == State::Paused(PauseReason::Resting);
    assert!(is_free || rests || bench.governor.tags().1.count() == 0);
    assert!(
        is_up || output.state == State::Active || rests,
        "{output:?}"
    );
    assert!(
        is_free || rests || (action == Action::default() && !output.clicks),
        "{output:?}"
    );
    if rests {
        // Only the panel has tags, and only there a button goes down.
        let mut tags = bench.governor.tags().1;
        assert!(tags.all(|(rect, _)| PANEL.cut_to(&rect) == Some(rect)));
        assert!(!output.clicks || PANEL.contains(before), "{output:?}");
        assert!(is_up || action.buttons == Buttons::LEFT, "{output:?}");
        assert_eq!(action.wheel, [0; 2]);
    } else {
        let [after_ask, after_fault] = quiet_until;
        assert!(
            !output.clicks || bench.now.0 >= after_ask.max(after_fault),
            "{output:?}"
        );
        assert!(is_up || bench.now.0 >= after_fault, "{output:?}");
    }
    assert!((0.0..=1.0).contains(&output.dwell));
    assert!(bench.governor.own_px.iter().all(|at| at.is_finite()));
    assert!(
        bench.governor.screens.contains(before) && bench.governor.screens.contains(bench.place)
    );
}

proptest! {
    // 100 walks of 1000 events, each followed by 100 ticks: ten million.
    #![proptest_config(ProptestConfig { cases: 100, max_shrink_iters: 2000, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_nothing_is_left_down_and_nothing_leaves_the_screens(
        settings in any_settings(),
        events in proptest::collection::vec(any_event(), 1000),
    ) {
        let left = Rect { x: -800, y: 300, width: 800, height: 600 };
        let mut bench = Bench::new(|own| *own = settings);
        bench.governor.set_screens(Screens::new(vec![super::tests::HD, left]));
        bench.governor.set_tag_codes(3);
        let (mut quiet_until, mut has_fault) = ([0; 2], false);
        for event in events {
            match event {
                Event::Velocity(velocity, presses) => {
                    bench.command(velocity, presses);
                    has_fault = bench.has_fault;
                }
                Event::Face => {
                    bench.face = true;
                    bench.command([0.0; 2], false);
                    has_fault = bench.has_fault;
                }
                Event::Fault(has_fault) => bench.has_fault = has_fault,
                Event::Signal(signal) => bench.signal = signal,
                Event::Gone(is_gone) => bench.is_pointer_gone = is_gone,
                Event::Ask(request) => {
                    if request == Request::Resume {
                        quiet_until[0] = bench.now.0 + 1_000_000_000;
                    }
                    bench.governor.request(request);
                }
                Event::Hand(by) => {
                    let cut = bench.governor.screens.cut(bench.place, by);
                    bench.place = [bench.place[0] + cut[0], bench.place[1] + cut[1]];
                }
                Event::Head(deg_s) => {
                    let at = bench.now;
                    bench.governor.receive_auxiliary(AuxiliarySample::Head(HeadRate { deg_s, at }));
                }
                Event::Gaze(place, confidence) => {
                    let at = bench.now;
                    let point = GazePoint { place, is_share: true, confidence, at };
                    bench.governor.receive_auxiliary(AuxiliarySample::Gaze(point));
                }
                Event::Evidence(class, log_odds) => (bench.class, bench.log_odds) = (class, Some(log_odds)),
                Event::Targets(places, size) => bench.see(&places, size),
                Event::Panel(count) => bench.see_panel(count),
                Event::Look(code, is_new) => {
                    let mut log_probability = [f64::NEG_INFINITY; MOST_CODES];
                    log_probability[code] = 0.0;
                    let scene = bench.governor.tags().0.wrapping_sub(u32::from(!is_new));
                    bench.selection = Some(Selection { scene, log_probability });
                    bench.command([0.0; 2], false);
                    has_fault = bench.has_fault;
                }
                Event::Button(is_down) => bench.foreign.left = is_down,
                Event::Nothing => {}
            }
            for _ in 0..100 {
                let before = bench.place;
                let output = bench.tick();
                if !matches!(output.state, State::Idle | State::Active) {
                    quiet_until[1] = bench.now.0 + 1_000_000_000;
                }
                if has_fault {
                    quiet_until[0] = bench.now.0 + 1_000_000_000;
                }
                check(&bench, before, &output, quiet_until);
            }
        }
    }
}
