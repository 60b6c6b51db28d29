//! Interpolates bad channels from good ones with spherical splines (Perrin et al. 1989, Electroenceph. Clin.
//! Neurophysiol. 72), like MNE and EEGLAB.
//!
//! A bad channel that cannot be interpolated, because its position on the head is unknown, is left out: it is zero
//! until it is good again. After the common average it then contains minus the average, so that covariances keep their
//! rank, which a weighted mean of other channels would lower. This decodes real EEG better than a regression on the
//! other channels (`tests/bad_channels.rs`).
//!
//! Any kind of decoder therefore always gets all its channels. Only the information of that electrode is lost.

use super::bad_channels::Fault;
use crate::montage::{self, Position};

/// Order of the splines (Perrin's), and number of terms of their series, which is more than enough to converge.
const STIFFNESS: i32 = 4;
const TERMS: u32 = 50;
/// Added to the diagonal, in case electrodes almost coincide.
const REGULARISATION: f64 = 1e-5;
/// Minimum number of good channels with a known position for interpolation.
const LEAST_GOOD: usize = 4;

/// Whether a bad channel with this label can be interpolated from these good ones; otherwise it is left out.
#[must_use]
pub fn can_be_made<'a>(label: &str, good: impl Iterator<Item = &'a str>) -> bool {
    montage::position(label).is_some() && good.filter_map(montage::position).count() >= LEAST_GOOD
}

/// Replaces bad channels with the values of a smooth map over the head through the good ones. Allocates nothing after
/// construction.
#[derive(Debug)]
pub struct Interpolation {
    channels: usize,
    /// Which channels have a known position.
    has_place: Vec<bool>,
    /// Spline of the angle between each pair: channels × channels.
    splines: Vec<f64>,
    usable: Vec<bool>,
    /// Per channel (used only for bad ones): a weight for each channel.
    weights: Vec<f64>,
    /// System of equations: (channels + 1) × (channels + 1), and its right side.
    system: Vec<f64>,
    right: Vec<f64>,
    /// Good channels with a known position.
    good: Vec<usize>,
    /// Whether channels that cannot be interpolated are left out.
    leaves_out: bool,
}

impl Interpolation {
    /// An interpolation for electrodes with these labels.
    #[must_use]
    pub fn new(labels: &[String]) -> Self {
        let places: Vec<Option<Position>> = labels
            .iter()
            .map(|label| montage::position(label))
            .collect();
        let somewhere: Vec<Position> = places.iter().map(|p| p.unwrap_or_default()).collect();
        Self {
            has_place: places.iter().map(Option::is_some).collect(),
            ..Self::at(&somewhere)
        }
    }

    /// Leaves no channel out. If one cannot be interpolated, [`Self::set_faults`] returns false. Sessions recorded by
    /// versions that left no channels out are replayed in this way.
    pub fn leave_none_out(&mut self) {
        self.leaves_out = false;
    }

    /// An interpolation for electrodes at these positions.
    #[must_use]
    pub fn at(places: &[Position]) -> Self {
        let n = places.len();
        let pair = |k: usize| spline(cosine(places[k / n], places[k % n]));
        Self {
            channels: n,
            has_place: vec![true; n],
            splines: (0..n * n).map(pair).collect(),
            usable: vec![true; n],
            weights: vec![0.0; n * n],
            system: vec![0.0; (n + 1) * (n + 1)],
            right: vec![0.0; n + 1],
            good: (0..n).collect(),
            leaves_out: true,
        }
    }

    /// Sets which channels are bad from now on. Returns false if one of them can neither be interpolated nor left out.
    pub fn set_faults(&mut self, faults: &[Option<Fault>]) -> bool {
        for (usable, fault) in self.usable.iter_mut().zip(faults) {
            *usable = fault.is_none();
        }
        self.good.clear();
        if self.usable.iter().all(|usable| *usable) {
            self.good.extend(0..self.channels);
            return true;
        }
        // A channel without a position is not used as a neighbour and cannot be interpolated.
        self.good.extend(
            (0..self.channels).filter(|&channel| self.usable[channel] && self.has_place[channel]),
        );
        let can_tell = self.good.len() >= LEAST_GOOD;
        (0..self.channels).all(|channel| {
            let is_made = self.usable[channel]
                || (can_tell && self.has_place[channel] && self.weigh(channel));
            is_made || self.leave_out(channel)
        })
    }

    /// Sets a channel to zero. Returns false if no channel may be left out.
    fn leave_out(&mut self, channel: usize) -> bool {
        let n = self.channels;
        self.weights[channel * n..(channel + 1) * n].fill(0.0);
        self.leaves_out
    }

    /// Computes the weights of the good channels at a bad one's position. Returns false if there is no solution.
    fn weigh(&mut self, bad: usize) -> bool {
        let (n, order) = (self.channels, self.good.len() + 1);
        // Splines of all pairs, bordered by ones: the weights then sum to one, so that a common potential is kept.
        for (i, &a) in self.good.iter().enumerate() {
            for (j, &b) in self.good.iter().enumerate() {
                let ridge = if i == j { REGULARISATION } else { 0.0 };
                self.system[i * order + j] = self.splines[a * n + b] + ridge;
            }
            self.system[i * order + order - 1] = 1.0;
            self.system[(order - 1) * order + i] = 1.0;
            self.right[i] = self.splines[bad * n + a];
        }
        self.system[order * order - 1] = 0.0;
        self.right[order - 1] = 1.0;
        if !solve(&mut self.system[..order * order], &mut self.right[..order]) {
            return false;
        }
        let weights = &mut self.weights[bad * n..(bad + 1) * n];
        weights.fill(0.0);
        for (&channel, weight) in self.good.iter().zip(&self.right) {
            weights[channel] = *weight;
        }
        true
    }

    /// The weight of each channel at a bad one's position.
    #[must_use]
    pub fn weights(&self, bad: usize) -> &[f64] {
        &self.weights[bad * self.channels..(bad + 1) * self.channels]
    }

    /// Replaces the bad channels of one frame (one sample per channel).
    pub fn mend(&self, frame: &mut [f64]) {
        for bad in (0..self.channels).filter(|&channel| !self.usable[channel]) {
            let weights = self.weights(bad);
            frame[bad] = self.good.iter().map(|&k| weights[k] * frame[k]).sum();
        }
    }
}

fn cosine(a: Position, b: Position) -> f64 {
    (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]).clamp(-1.0, 1.0)
}

/// `1/4π Σ (2n + 1) / (n (n + 1))^m P_n(cos)`, Perrin's equation 3.
fn spline(cosine: f64) -> f64 {
    let (mut before, mut legendre) = (1.0, cosine);
    let mut sum = 0.0;
    for n in 1..=TERMS {
        let order = f64::from(n);
        sum += (2.0 * order + 1.0) / (order * (order + 1.0)).powi(STIFFNESS) * legendre;
        let next = ((2.0 * order + 1.0) * cosine * legendre - order * before) / (order + 1.0);
        (before, legendre) = (legendre, next);
    }
    sum / (4.0 * std::f64::consts::PI)
}

/// Solves a system of equations in place, by elimination with row exchange. Returns false if it has no solution.
fn solve(system: &mut [f64], right: &mut [f64]) -> bool {
    let n = right.len();
    for k in 0..n {
        let size = |row: &usize| system[row * n + k].abs();
        let Some(pivot) = (k..n).max_by(|a, b| size(a).total_cmp(&size(b))) else {
            return false;
        };
        if size(&pivot) <= f64::MIN_POSITIVE {
            return false;
        }
        if pivot != k {
            (0..n).for_each(|j| system.swap(k * n + j, pivot * n + j));
            right.swap(k, pivot);
        }
        for row in k + 1..n {
            let factor = system[row * n + k] / system[k * n + k];
            (k..n).for_each(|j| system[row * n + j] -= factor * system[k * n + j]);
            right[row] -= factor * right[k];
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| system[k * n + j] * right[j]).sum();
        right[k] = (right[k] - known) / system[k * n + k];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interpolation_needs_a_position_and_four_good_channels_with_one() {
        let made = |label: &str, good: &[&str]| {
            let labels: Vec<String> = std::iter::once(label)
                .chain(good.iter().copied())
                .map(str::to_owned)
                .collect();
            // `set_faults` agrees with `can_be_made`.
            let mut own = Interpolation::new(&labels);
            let mut faults = vec![None; labels.len()];
            faults[0] = Some(Fault::Flat);
            assert!(own.set_faults(&faults));
            let is_made = own.weights(0).iter().any(|weight| *weight != 0.0);
            assert_eq!(can_be_made(label, good.iter().copied()), is_made);
            is_made
        };
        assert!(made("C3", &["C1", "FC3", "CP3", "C5"]));
        assert!(!made("C3", &["C1", "FC3", "CP3", "X1", "X2"]));
        assert!(!made("X7", &["C1", "FC3", "CP3", "C5", "C4"]));
    }

    fn without(bad: &[&str]) -> (Vec<String>, Interpolation) {
        let labels = montage::named(64).unwrap();
        let mut interpolation = Interpolation::new(&labels);
        let fault = |label: &String| bad.contains(&label.as_str()).then_some(Fault::Flat);
        let faults: Vec<Option<Fault>> = labels.iter().map(fault).collect();
        assert!(interpolation.set_faults(&faults));
        (labels, interpolation)
    }

    #[test]
    fn a_smooth_map_is_reconstructed() {
        let (labels, interpolation) = without(&["C3", "Fp1", "POz"]);
        // The potential of a distant dipole: a plane across the head, and a common offset.
        let smooth = |label: &String| {
            let [x, y, z] = montage::position(label).unwrap();
            300.0 + 10.0 * x - 4.0 * y + 7.0 * z
        };
        let expected: Vec<f64> = labels.iter().map(smooth).collect();
        let mut frame = expected.clone();
        for (label, sample) in labels.iter().zip(&mut frame) {
            if ["C3", "Fp1", "POz"].contains(&label.as_str()) {
                *sample = -9e4;
            }
        }
        interpolation.mend(&mut frame);
        for (found, expected) in frame.iter().zip(&expected) {
            assert!((found - expected).abs() < 0.2, "{found} {expected}");
        }
    }

    #[test]
    fn weights_sum_to_one_and_neighbours_count_most() {
        let (labels, interpolation) = without(&["C3"]);
        let place = |label: &str| labels.iter().position(|l| l == label).unwrap();
        let weights = interpolation.weights(place("C3"));
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        assert!(weights[place("C1")] > 0.2 && weights[place("O2")].abs() < 0.05);
    }

    #[test]
    fn channels_of_unknown_position_are_left_out() {
        let labels = ["A", "B", "C"].map(str::to_owned);
        let mut interpolation = Interpolation::new(&labels);
        assert!(interpolation.set_faults(&[None; 3]));
        let faults = [None, Some(Fault::Flat), None];
        assert!(interpolation.set_faults(&faults));
        let mut frame = [4.0, -900.0, 7.0];
        interpolation.mend(&mut frame);
        assert_eq!(frame, [4.0, 0.0, 7.0]);
        interpolation.leave_none_out();
        assert!(!interpolation.set_faults(&faults));
    }

    #[test]
    fn a_channel_of_unknown_position_is_not_used_as_a_neighbour() {
        let labels = named_and("A");
        let mut interpolation = Interpolation::new(&labels);
        let bad = |label: &str| -> Vec<Option<Fault>> {
            let labels = named_and("A");
            let fault = |own: &String| (own == label).then_some(Fault::Flat);
            labels.iter().map(fault).collect()
        };
        assert!(interpolation.set_faults(&bad("C3")));
        let place = labels.iter().position(|label| label == "C3").unwrap();
        assert_eq!(interpolation.weights(place)[9], 0.0);
        let mut frame: Vec<f64> = vec![5.0; 10];
        (frame[place], frame[9]) = (-900.0, 70.0);
        interpolation.mend(&mut frame);
        assert!((frame[place] - 5.0).abs() < 1e-6 && frame[9] == 70.0);
        assert!(interpolation.set_faults(&bad("A")));
        interpolation.mend(&mut frame);
        assert_eq!(frame[9], 0.0);
    }

    fn named_and(last: &str) -> Vec<String> {
        let mut labels = montage::named(9).unwrap();
        labels.push(last.into());
        labels
    }
}
