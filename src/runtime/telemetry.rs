//! The state of a running driver, written by its threads and read by windows. Only the newest values matter, so there
//! are no queues, and no locks on the live path.

use super::{Latency, LatencyFigures};
use crate::control::{ChoiceLine, ClickKind, Rect, State, Target};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The pointer's state at a tick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PointerTelemetry {
    /// The driver's state.
    pub state: State,
    /// The kind of the next click.
    pub kind: ClickKind,
    /// Fraction of the dwell time that has passed, 0 to 1; 0 if no dwelling is in progress.
    pub dwell: f64,
    /// Height of the badge next to the pointer, pixels; 0 if there is none.
    pub overlay_px: u16,
}

/// The newest values.
#[derive(Debug)]
pub struct Telemetry {
    /// A [`PointerTelemetry`] in one word, so that all its parts are from the same tick.
    pointer: AtomicU64,
    /// Median, 99th percentile and maximum, microseconds.
    latency_us: [AtomicU64; 3],
    /// See [`Telemetry::place_px`].
    place: AtomicU64,
    wants_targets: AtomicBool,
    wants_window_buttons: AtomicBool,
    /// See [`Telemetry::choice_line`].
    choice_line: AtomicU64,
    /// See [`Telemetry::chosen`].
    chosen: AtomicU64,
    /// See [`Telemetry::targets`]. The pointer's thread never touches it.
    targets: Mutex<Vec<Target>>,
    /// See [`Telemetry::panel`].
    panel: Mutex<PanelTargets>,
    clicks: AtomicU64,
    holds: AtomicU64,
    /// Bits of `f64`.
    confidence: AtomicU64,
    /// Bits of `f64`; NaN without a heading.
    heading: AtomicU64,
    probabilities: Box<[AtomicU64]>,
}

/// The buttons of the patient's panel that can be pressed now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PanelTargets {
    /// Goes up with each change.
    pub version: u64,
    /// Where the panel is, pixels of the desktop; none without a panel.
    pub place: Option<Rect>,
    /// The buttons.
    pub buttons: Vec<Target>,
}

/// The value for "no line": both halves are NaN.
const NO_LINE: u64 = u64::MAX;
/// Values for a latency that was not measured yet, and one that is unknown.
const NOT_MEASURED_US: u64 = u64::MAX;
const OTHER_CLOCK_US: u64 = u64::MAX - 1;

/// The value for "position unknown".
const NOWHERE: u64 = 0x8000_0000_8000_0000;

const KINDS: [ClickKind; 6] = [
    ClickKind::Left,
    ClickKind::Right,
    ClickKind::Middle,
    ClickKind::Double,
    ClickKind::Drag,
    ClickKind::None,
];

impl Telemetry {
    /// Telemetry for a decoder of `classes` classes; nothing is known yet.
    #[must_use]
    pub fn new(classes: usize) -> Self {
        let zero = || AtomicU64::new(0);
        Self {
            pointer: zero(),
            latency_us: [(); 3].map(|()| AtomicU64::new(NOT_MEASURED_US)),
            place: AtomicU64::new(NOWHERE),
            wants_targets: AtomicBool::new(false),
            wants_window_buttons: AtomicBool::new(false),
            choice_line: AtomicU64::new(NO_LINE),
            chosen: zero(),
            targets: Mutex::default(),
            panel: Mutex::default(),
            clicks: zero(),
            holds: zero(),
            confidence: zero(),
            heading: AtomicU64::new(f64::NAN.to_bits()),
            probabilities: (0..classes).map(|_| zero()).collect(),
        }
    }

    /// The pointer's state.
    #[must_use]
    pub fn pointer(&self) -> PointerTelemetry {
        let word = self.pointer.load(Ordering::Relaxed);
        let byte = |at: u32| (word >> at) as usize & 0xFF;
        PointerTelemetry {
            state: *State::ALL.get(byte(0)).unwrap_or(&State::Starting),
            kind: *KINDS.get(byte(8)).unwrap_or(&ClickKind::None),
            dwell: f64::from((word >> 16) as u16) / f64::from(u16::MAX),
            overlay_px: (word >> 32) as u16,
        }
    }

    pub(super) fn set_pointer(&self, shown: PointerTelemetry) {
        let place_of = |place: Option<usize>| place.unwrap_or(0) as u64;
        let state = State::ALL.iter().position(|state| *state == shown.state);
        let kind = KINDS.iter().position(|kind| *kind == shown.kind);
        let dwell = (shown.dwell.clamp(0.0, 1.0) * f64::from(u16::MAX)) as u64;
        let word = place_of(state)
            | (place_of(kind) << 8)
            | (dwell << 16)
            | (u64::from(shown.overlay_px) << 32);
        self.pointer.store(word, Ordering::Relaxed);
    }

    /// The last known position of the pointer, pixels of the desktop; `None` if unknown.
    #[must_use]
    pub fn place_px(&self) -> Option<[i32; 2]> {
        let word = self.place.load(Ordering::Relaxed);
        (word != NOWHERE).then_some([(word >> 32) as i32, word as i32])
    }

    /// Whether targets on the screen are needed.
    #[must_use]
    pub fn wants_targets(&self) -> bool {
        self.wants_targets.load(Ordering::Relaxed)
    }

    /// Whether the buttons that close or minimise a window are targets.
    pub(super) fn wants_window_buttons(&self) -> bool {
        self.wants_window_buttons.load(Ordering::Relaxed)
    }

    pub(super) fn set_window_buttons(&self, are_wanted: bool) {
        self.wants_window_buttons
            .store(are_wanted, Ordering::Relaxed);
    }

    pub(super) fn set_place(&self, place_px: Option<[i32; 2]>, wants_targets: bool) {
        let word = |[x, y]: [i32; 2]| (u64::from(x as u32) << 32) | u64::from(y as u32);
        self.place
            .store(place_px.map_or(NOWHERE, word), Ordering::Relaxed);
        self.wants_targets.store(wants_targets, Ordering::Relaxed);
    }

    /// The line that divides the targets while one is being chosen.
    #[must_use]
    pub fn choice_line(&self) -> Option<ChoiceLine> {
        let word = self.choice_line.load(Ordering::Relaxed);
        let half = |word: u64| f64::from(f32::from_bits(word as u32));
        (word != NO_LINE).then(|| ChoiceLine {
            normal_rad: half(word >> 32),
            offset_px: half(word),
        })
    }

    /// The targets last found on the screen.
    #[must_use]
    pub fn targets(&self) -> Vec<Target> {
        let targets = self.targets.lock();
        targets.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_targets(&self, targets: &[Target]) {
        let mut own = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        own.clear();
        own.extend_from_slice(targets);
    }

    /// The buttons of the patient's panel.
    #[must_use]
    pub fn panel(&self) -> PanelTargets {
        let panel = self.panel.lock();
        panel.unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_panel(&self, place: Option<Rect>, buttons: &[Target]) {
        let mut own = self.panel.lock().unwrap_or_else(PoisonError::into_inner);
        own.version += 1;
        own.place = place;
        own.buttons.clear();
        own.buttons.extend_from_slice(buttons);
    }

    pub(super) fn set_choice_line(&self, choice: Option<ChoiceLine>) {
        let half = |value: f64| u64::from((value as f32).to_bits());
        let word = |choice: ChoiceLine| (half(choice.normal_rad) << 32) | half(choice.offset_px);
        self.choice_line
            .store(choice.map_or(NO_LINE, word), Ordering::Relaxed);
    }

    /// What was chosen, pixels of the desktop.
    #[must_use]
    pub fn chosen(&self) -> Option<Rect> {
        let word = self.chosen.load(Ordering::Relaxed);
        let part = |shift: u32| (word >> shift) as u16;
        let place = |shift| i32::from(part(shift) as i16);
        // A rectangle has a width.
        (word != 0).then(|| Rect {
            x: place(48),
            y: place(32),
            width: i32::from(part(16)),
            height: i32::from(part(0)),
        })
    }

    pub(super) fn set_chosen(&self, rect: Option<Rect>) {
        // X servers have no larger coordinates.
        let place = |at: i32| at.clamp(i16::MIN.into(), i16::MAX.into()) as u16;
        let size = |length: i32| length.clamp(1, u16::MAX.into()) as u16;
        let word = rect.map_or(0, |rect| {
            let parts = [
                place(rect.x),
                place(rect.y),
                size(rect.width),
                size(rect.height),
            ];
            parts
                .iter()
                .fold(0, |word, part| (word << 16) | u64::from(*part))
        });
        self.chosen.store(word, Ordering::Relaxed);
    }

    /// Latency from sample to pointer in the last minute.
    #[must_use]
    pub fn latency(&self) -> Latency {
        let micros = self
            .latency_us
            .each_ref()
            .map(|micros| micros.load(Ordering::Relaxed));
        if micros.contains(&NOT_MEASURED_US) {
            return Latency::NotMeasured;
        }
        if micros.contains(&OTHER_CLOCK_US) {
            return Latency::OtherClock;
        }
        let [p50_ms, p99_ms, max_ms] = micros.map(|micros| micros as f64 / 1000.0);
        Latency::Known(LatencyFigures {
            p50_ms,
            p99_ms,
            max_ms,
        })
    }

    pub(super) fn set_latency(&self, latency: Latency) {
        let micros = match latency {
            Latency::NotMeasured => [NOT_MEASURED_US; 3],
            Latency::OtherClock => [OTHER_CLOCK_US; 3],
            Latency::Known(figures) => [figures.p50_ms, figures.p99_ms, figures.max_ms]
                .map(|ms| (1000.0 * ms).round() as u64),
        };
        for (to, micros) in self.latency_us.iter().zip(micros) {
            to.store(micros, Ordering::Relaxed);
        }
    }

    /// Number of clicks, and times that the pointer was held because samples stopped.
    #[must_use]
    pub fn counts(&self) -> [u64; 2] {
        [&self.clicks, &self.holds].map(|count| count.load(Ordering::Relaxed))
    }

    pub(super) fn count_click(&self) {
        self.clicks.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_hold(&self) {
        self.holds.fetch_add(1, Ordering::Relaxed);
    }

    /// Confidence that an intent is present, 0 to 1.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        f64::from_bits(self.confidence.load(Ordering::Relaxed))
    }

    /// Probability of each class, in the decoder's order.
    pub fn probabilities(&self) -> impl Iterator<Item = f64> {
        self.probabilities
            .iter()
            .map(|bits| f64::from_bits(bits.load(Ordering::Relaxed)))
    }

    /// Direction of forward motion in mode `steer`, radians clockwise from the right; `None` in other modes.
    #[must_use]
    pub fn heading_rad(&self) -> Option<f64> {
        let heading_rad = f64::from_bits(self.heading.load(Ordering::Relaxed));
        heading_rad.is_finite().then_some(heading_rad)
    }

    pub(super) fn set_step(
        &self,
        probabilities: &[f64],
        confidence: f64,
        heading_rad: Option<f64>,
    ) {
        for (to, value) in self.probabilities.iter().zip(probabilities) {
            to.store(value.to_bits(), Ordering::Relaxed);
        }
        self.confidence
            .store(confidence.to_bits(), Ordering::Relaxed);
        let heading = heading_rad.unwrap_or(f64::NAN).to_bits();
        self.heading.store(heading, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let shown = Telemetry::new(2);
        assert_eq!(shown.pointer().state, State::Starting);
        for state in State::ALL {
            for kind in KINDS {
                let pointer = PointerTelemetry {
                    state,
                    kind,
                    dwell: 1.0,
                    overlay_px: 40,
                };
                shown.set_pointer(pointer);
                assert_eq!(shown.pointer(), pointer);
            }
        }
        assert_eq!(shown.place_px(), None);
        for place in [[0, 0], [-1, 5], [3840, -2160]] {
            shown.set_place(Some(place), true);
            assert_eq!(
                (shown.place_px(), shown.wants_targets()),
                (Some(place), true)
            );
        }
        let choice = ChoiceLine {
            normal_rad: -0.5,
            offset_px: 1234.5,
        };
        for choice in [Some(choice), None] {
            shown.set_choice_line(choice);
            assert_eq!(shown.choice_line(), choice);
        }
        let rect = |x, y, width, height| Rect {
            x,
            y,
            width,
            height,
        };
        for rect in [
            Some(rect(-1, 5, 80, 30)),
            Some(rect(3000, -70, 1, 60_000)),
            None,
        ] {
            shown.set_chosen(rect);
            assert_eq!(shown.chosen(), rect);
        }
        shown.set_place(None, false);
        assert_eq!((shown.place_px(), shown.wants_targets()), (None, false));
        assert_eq!(shown.heading_rad(), None);
        for heading_rad in [Some(-1.5), None] {
            shown.set_step(&[0.25, 0.75], 0.5, heading_rad);
            assert_eq!(shown.heading_rad(), heading_rad);
        }
        assert_eq!(shown.probabilities().collect::<Vec<_>>(), [0.25, 0.75]);
        assert_eq!(shown.confidence(), 0.5);
        assert_eq!(shown.latency(), Latency::NotMeasured);
        let known = Latency::Known(LatencyFigures {
            p50_ms: 2.25,
            p99_ms: 7.5,
            max_ms: 8.0,
        });
        for latency in [known, Latency::OtherClock, Latency::NotMeasured] {
            shown.set_latency(latency);
            assert_eq!(shown.latency(), latency);
        }
    }
}
