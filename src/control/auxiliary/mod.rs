//! Auxiliary inputs next to EEG: a head sensor and an eye tracker. They can move the pointer while EEG clicks, or select while EEG moves.
//! Each is weighted by its confidence, and weights change smoothly, so that the pointer does not jump.

mod gaze;
mod head;
mod nod;

pub(super) use gaze::GazeArea;
pub use gaze::GazePoint;
pub use head::HeadRate;

use super::{ControlSettings, Screens};
use crate::time::HostNanos;
use gaze::Gaze;
use head::Head;
use nod::Nod;

/// A sample of an auxiliary input.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AuxiliarySample {
    /// From a head sensor.
    Head(HeadRate),
    /// From an eye tracker.
    Gaze(GazePoint),
}

/// The kinds of auxiliary input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuxiliaryKind {
    /// A head sensor.
    Head,
    /// An eye tracker.
    Gaze,
}

/// An input that has been silent for this long no longer counts, nanoseconds.
const STALE_NS: u64 = 150_000_000;
/// An input fades in over the first time and out over the second, seconds.
const COMES_S: f64 = 0.3;
const GOES_S: f64 = 0.1;
/// EEG takes over from a lost input over this time, seconds.
const HANDS_OVER_S: f64 = 1.0;

/// All auxiliary inputs.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Auxiliary {
    head: Head,
    gaze: Gaze,
    nod: Nod,
    /// Weights of head and gaze, 0 to 1.
    weights: [f64; 2],
    /// How far the inputs that move the pointer are present, 0 to 1.
    presence: f64,
    nodded: bool,
}

impl Auxiliary {
    /// Declares an input, whether or not it has sent anything yet.
    pub(super) fn expect(&mut self, kind: AuxiliaryKind) {
        match kind {
            AuxiliaryKind::Head => self.head.expect(),
            AuxiliaryKind::Gaze => self.gaze.expect(),
        }
    }

    /// Takes a sample of an input.
    pub(super) fn receive(&mut self, sample: AuxiliarySample, settings: &ControlSettings) {
        match sample {
            AuxiliarySample::Head(rate) => {
                self.nodded |= self.nod.step(rate, &settings.head);
                self.head.turned(rate);
            }
            AuxiliarySample::Gaze(point) => self.gaze.looked(point),
        }
    }

    /// The combined velocity of all inputs and EEG after a further `secs`, pixels per second on a screen 1080 pixels
    /// high. `eeg` is the velocity from EEG.
    pub(super) fn velocity(
        &mut self,
        eeg: [f64; 2],
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
        [sum[0] + share * eeg[0], sum[1] + share * eeg[1]]
    }

    /// Where the eyes look now; none if that is not known.
    pub(super) fn gaze(
        &self,
        now: HostNanos,
        screens: &Screens,
        settings: &ControlSettings,
    ) -> Option<GazeArea> {
        self.gaze.area(now, screens, &settings.gaze)
    }

    /// Whether the user has nodded since the last call, if nodding clicks.
    pub(super) fn take_nod(&mut self, settings: &ControlSettings) -> bool {
        std::mem::take(&mut self.nodded) && settings.head.nod_clicks
    }

    /// Whether dwelling counts: the eyes are on the pointer, or do not have to be.
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

/// The velocity that an input asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct SourceVelocity {
    /// Pixels per second on a screen 1080 pixels high; from a silent input, its last velocity.
    velocity: [f64; 2],
    /// 0 if the input is silent.
    confidence: f64,
}

/// Moves a weight towards a target value.
fn fade(weight: f64, target: f64, secs: f64, up_s: f64, down_s: f64) -> f64 {
    if target > weight {
        (weight + secs / up_s).min(target)
    } else {
        (weight - secs / down_s).max(target)
    }
}
