//! Sources beside EEG: a head sensor, and where the eyes look. Either may move the pointer while EEG clicks, or select while EEG
//! moves; each counts for as much as it is sure, and none comes or goes with a jump.

mod gaze;
mod head;
mod nod;

pub use gaze::GazePoint;
pub use head::HeadRate;

use super::{ControlSettings, Screens};
use crate::time::HostNanos;
use gaze::Gaze;
use head::Head;
use nod::Nod;

/// What a source beside EEG says.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AuxiliarySample {
    /// How the head turns.
    Head(HeadRate),
    /// Where the eyes look.
    Gaze(GazePoint),
}

/// Which source it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuxiliaryKind {
    /// A head sensor.
    Head,
    /// An eye tracker.
    Gaze,
}

/// Without a word for this long a source says nothing any more, nanoseconds.
const STALE_NS: u64 = 150_000_000;
/// A source comes within this time, and goes within this, seconds.
const COMES_S: f64 = 0.3;
const GOES_S: f64 = 0.1;
/// EEG takes over within this time from a source that has gone, seconds.
const HANDS_OVER_S: f64 = 1.0;

/// All sources beside EEG.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Auxiliary {
    head: Head,
    gaze: Gaze,
    nod: Nod,
    /// How much head and gaze count, 0 to 1.
    weights: [f64; 2],
    /// How much of what moves is there, 0 to 1.
    presence: f64,
    nodded: bool,
}

impl Auxiliary {
    /// There is such a source, whether or not it has said anything yet.
    pub(super) fn expect(&mut self, kind: AuxiliaryKind) {
        match kind {
            AuxiliaryKind::Head => self.head.expect(),
            AuxiliaryKind::Gaze => self.gaze.expect(),
        }
    }

    /// Takes what a source says.
    pub(super) fn receive(&mut self, sample: AuxiliarySample, settings: &ControlSettings) {
        match sample {
            AuxiliarySample::Head(rate) => {
                self.nodded |= self.nod.step(rate, &settings.head);
                self.head.turned(rate);
            }
            AuxiliarySample::Gaze(point) => self.gaze.looked(point),
        }
    }

    /// Velocity that all sources with EEG wish together, pixels per second on a screen 1080 pixels high, after a further
    /// `secs`; `meant` is what EEG wishes.
    pub(super) fn velocity(
        &mut self,
        meant: [f64; 2],
        now: HostNanos,
        secs: f64,
        place: [f64; 2],
        screens: &Screens,
        settings: &ControlSettings,
    ) -> [f64; 2] {
        let head = self.head.velocity(now, &settings.head);
        let gaze = self.gaze.velocity(now, place, screens, &settings.gaze);
        let moving = [
            head.filter(|_| settings.head.moves),
            gaze.filter(|_| settings.gaze.moves),
        ];
        let mut sum = [0.0; 2];
        let mut sure: f64 = 0.0;
        for (weight, wanted) in self.weights.iter_mut().zip(moving) {
            let confidence = wanted.map_or(0.0, |wanted| wanted.confidence);
            *weight = fade(*weight, confidence, secs, COMES_S, GOES_S);
            sure = sure.max(confidence);
            for (sum, velocity) in sum
                .iter_mut()
                .zip(wanted.map_or([0.0; 2], |wanted| wanted.velocity))
            {
                *sum += *weight * velocity;
            }
        }
        self.presence = fade(self.presence, sure, secs, COMES_S, HANDS_OVER_S);
        let is_alone = moving.iter().all(Option::is_none);
        let share = if is_alone || settings.auxiliary.eeg_moves {
            1.0
        } else if settings.auxiliary.hand_over {
            1.0 - self.presence
        } else {
            0.0
        };
        [sum[0] + share * meant[0], sum[1] + share * meant[1]]
    }

    /// Whether the head has nodded since this was last asked, where that clicks.
    pub(super) fn take_nod(&mut self, settings: &ControlSettings) -> bool {
        std::mem::take(&mut self.nodded) && settings.head.nod_clicks
    }

    /// Whether dwelling counts: the eyes are on the pointer, or need not be.
    pub(super) fn lets_dwell(
        &self,
        now: HostNanos,
        place: [f64; 2],
        screens: &Screens,
        settings: &ControlSettings,
    ) -> bool {
        !settings.gaze.must_look || self.gaze.is_on(now, place, screens, &settings.gaze)
    }
}

/// What a source wishes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct SourceVelocity {
    /// Pixels per second on a screen 1080 pixels high. Of a source that says nothing any more: what it said last.
    velocity: [f64; 2],
    /// 0: it says nothing.
    confidence: f64,
}

/// Moves a weight towards a target.
fn fade(weight: f64, target: f64, secs: f64, up_s: f64, down_s: f64) -> f64 {
    if target > weight {
        (weight + secs / up_s).min(target)
    } else {
        (weight - secs / down_s).max(target)
    }
}
