//! How long each fault takes to hold the pointer and to release a button, in stream time and tick by tick. A synthetic
//! patient constantly imagines the right hand (the pointer moves) or the feet (the button is down), and something
//! fails. `stream_loss.rs`, `pointer_control.rs` and `headset.rs` test the same at an X server.

use crate::common::accelerated;

use accelerated::Accelerated;
use bci_cursor::block::{Block, Layout};
use bci_cursor::command::Buttons;
use bci_cursor::control::{ControlSettings, Governor, Request, Signal, TickInput};
use bci_cursor::fit::classes::ClassMarker;
use bci_cursor::fit::{FitRequest, fit_recordings};
use bci_cursor::pipeline::PipelineSettings;
use bci_cursor::source::fault_injector::{Fault, FaultInjector};
use bci_cursor::source::synthetic::{Imagination, Spec, SyntheticPatient};
use bci_cursor::source::{Source, SourceError, SourceEvent};
use bci_cursor_calibration::Decoder;

const PATIENT: &str =
    "seed=5,channels=21,classes=left_hand+right_hand+feet,trials=36,imagery=3,rest=1,erd=0.8";
/// When the fault occurs (after the cued trials), and how long is observed, seconds.
const FAILS_S: f64 = 170.0;
const OBSERVED_S: f64 = 4.5;
const IMAGINED_S: f64 = 4.0;

fn decoder() -> Decoder {
    let class = |class: &str| ClassMarker::new(class, class);
    let classes = ["left_hand", "right_hand", "feet"].map(class);
    let mut request = FitRequest::new(classes.to_vec());
    request.features.window_ms = 1000;
    request.timing.to_s = 3.0;
    fit_recordings(&[format!("synthetic:{PATIENT}")], &request).unwrap()
}

/// A patient without markers, until the observation ends. They start to imagine several seconds before the fault.
struct ObservedPatient {
    patient: SyntheticPatient,
    imagination: Imagination,
    class: usize,
}

impl Source for ObservedPatient {
    fn layout(&self) -> &Layout {
        self.patient.layout()
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        loop {
            let event = self.patient.next(into)?;
            let time_s = self.layout().rate.secs_of(into.first.0);
            if time_s > FAILS_S - IMAGINED_S {
                self.imagination.set(Some(self.class));
            }
            let is_over = time_s > FAILS_S + OBSERVED_S;
            match event {
                SourceEvent::Marker(_) => {}
                _ if is_over => return Ok(SourceEvent::End),
                event => return Ok(event),
            }
        }
    }
}

/// One kind of fault.
struct Hazard {
    name: &'static str,
    /// The change to electrodes,
    electrodes: &'static [&'static str],
    kind: &'static str,
    /// and the change to what the driver sees, from the time of the fault.
    world: fn(&mut Governor, &mut TickInput),
    /// Time limit for holding and releasing, milliseconds; `None` if the pointer may continue to move.
    hold_ms: Option<f64>,
    release_ms: f64,
}

const NOTHING: fn(&mut Governor, &mut TickInput) = |_, _| {};

fn hazards() -> Vec<Hazard> {
    let at_tick = |name, world, most_ms| Hazard {
        name,
        electrodes: &[],
        kind: "",
        world,
        hold_ms: Some(most_ms),
        release_ms: most_ms,
    };
    let eeg = |name, electrodes, kind, hold_ms, release_ms| Hazard {
        name,
        electrodes,
        kind,
        world: NOTHING,
        hold_ms,
        release_ms,
    };
    // A quarter of 21 electrodes, and one of them.
    const MANY: &[&str] = &["C1", "C2", "C3", "C4", "Cz", "CPz"];
    const ONE: &[&str] = &["C3"];
    vec![
        at_tick(
            "the signal is lost (once noticed)",
            |_, input| input.signal = Signal::Lost,
            16.0,
        ),
        at_tick(
            "the display is gone",
            |_, input| input.is_pointer_gone = true,
            16.0,
        ),
        at_tick(
            "a hand moves the mouse",
            |_, input| input.place_px = input.place_px.map(|[x, y]| [x - 300, y]),
            16.0,
        ),
        at_tick(
            "a pause is asked for",
            |governor, _| governor.request(Request::Pause),
            16.0,
        ),
        eeg(
            "NaN on a quarter of the electrodes",
            MANY,
            "nan",
            Some(100.0),
            100.0,
        ),
        eeg(
            "a quarter of the electrodes flat",
            MANY,
            "flat",
            Some(2500.0),
            2500.0,
        ),
        eeg(
            "a quarter of the electrodes noisy",
            MANY,
            "noisy",
            Some(2500.0),
            2500.0,
        ),
        eeg("one electrode flat", ONE, "flat", None, 2500.0),
        eeg("one electrode noisy", ONE, "noisy", None, 2500.0),
        eeg("one electrode without a number", ONE, "nan", None, 2500.0),
    ]
}

/// Milliseconds from the fault to the last tick at which `is_on` is true, while a class is imagined.
fn last_ms(
    hazard: &Hazard,
    decoder: &Decoder,
    class: usize,
    is_on: impl Fn([i32; 2], Buttons) -> bool,
) -> f64 {
    let spec = Spec::parse(PATIENT).unwrap();
    let imagination = Imagination::rest();
    let patient = SyntheticPatient::new(&spec)
        .unwrap()
        .then_live(imagination.clone());
    let watched = ObservedPatient {
        patient,
        imagination,
        class,
    };
    let fault = |label: &&str| -> Fault {
        format!("{label}={}@{FAILS_S}..inf", hazard.kind)
            .parse()
            .unwrap()
    };
    let faults: Vec<Fault> = hazard.electrodes.iter().map(fault).collect();
    let mut source = FaultInjector::new(Box::new(watched), &faults).unwrap();
    let pipeline = PipelineSettings {
        press: Some("feet".into()),
        ..PipelineSettings::default()
    };
    let mut settings = ControlSettings::default();
    settings.pause.at_start = false;
    let mut run = Accelerated::new(&source, decoder, &pipeline, settings);
    let world = hazard.world;
    run.world = Box::new(move |time_s, governor, input| {
        if time_s > FAILS_S {
            world(governor, input);
        }
    });
    let (mut last_s, mut before) = (FAILS_S, 0);
    run.go(&mut source, |time_s, outcome| {
        let action = outcome.action;
        let on = is_on([action.dx_px, action.dy_px], action.buttons);
        if time_s < FAILS_S && time_s > FAILS_S - 1.0 {
            before += u32::from(on);
        } else if time_s > FAILS_S && on {
            last_s = time_s;
        }
    });
    assert!(before > 20, "{}: nothing to stop: {before}", hazard.name);
    1000.0 * (last_s - FAILS_S)
}

#[test]
fn every_fault_holds_and_releases_in_time() {
    let decoder = decoder();
    println!("{:40} {:>9} {:>12}", "fault", "hold, ms", "release, ms");
    let mut late = Vec::new();
    for hazard in hazards() {
        let hold_ms = hazard.hold_ms.map(|limit| {
            (
                last_ms(&hazard, &decoder, 1, |[dx, dy], _| dx != 0 || dy != 0),
                limit,
            )
        });
        let release_ms = last_ms(&hazard, &decoder, 2, |_, buttons| buttons != Buttons::UP);
        let hold = hold_ms.map_or("moves on".into(), |(ms, _)| format!("{ms:.0}"));
        println!("{:40} {hold:>9} {release_ms:>12.0}", hazard.name);
        if hold_ms.is_some_and(|(ms, limit)| ms > limit) || release_ms > hazard.release_ms {
            late.push(hazard.name);
        }
    }
    assert!(late.is_empty(), "{late:?}");
}
