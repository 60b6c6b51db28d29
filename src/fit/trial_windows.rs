//! Selects labelled windows from a stream: assigns each window of the live path to a cue or to rest.

use super::classes::{ClassMarker, REST_MARKERS, class_names, class_of};
use crate::preprocessing::Window;
use crate::source::Marker;
use crate::time::SampleIndex;
use crate::units::Hertz;
use bci_cursor_calibration::{Dataset, Epoch};

/// Rest windows are this many strides apart, because there is more rest than imagery.
const REST_STRIDES: u64 = 2;

/// Rest starts this long after its marker, seconds: imagery rebounds (beta ERS), and a detector of rebounds would
/// mistake lasting rest for imagery.
const REBOUND_S: f64 = 1.5;

/// Which part of a trial is used.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrialTiming {
    /// Start after the cue, seconds.
    pub from_s: f64,
    /// End after the cue, seconds; another marker ends the trial earlier.
    pub to_s: f64,
    /// Time between two windows of a trial, seconds.
    pub stride_s: f64,
}

impl Default for TrialTiming {
    fn default() -> Self {
        Self {
            from_s: 0.5,
            to_s: 3.9,
            stride_s: 0.25,
        }
    }
}

/// A trial or a stretch of rest.
#[derive(Debug)]
struct Span {
    number: usize,
    class: usize,
    from: u64,
    to: u64,
    next_end: u64,
}

impl Span {
    /// Whether a window is completely inside and due.
    fn wants(&self, end: u64, window: u64) -> bool {
        end >= self.next_end && end <= self.to && end >= self.from + window
    }

    fn take(&mut self, window: &Window<'_>, stride: u64) -> Epoch {
        self.next_end = window.end.0 + stride;
        Epoch {
            class: self.class,
            trial: self.number,
            covariances: window.covariances.to_vec(),
        }
    }
}

/// Collects the windows that are completely inside a trial or a stretch of rest.
#[derive(Debug)]
pub struct EpochCollector {
    classes: Vec<ClassMarker>,
    /// Samples from the cue to the first and the last one of a trial.
    from: u64,
    to: u64,
    rebound: u64,
    stride: u64,
    window: u64,
    /// Name of the current recording.
    recording: String,
    trial: Option<Span>,
    rest: Option<Span>,
    trials: usize,
    dataset: Dataset,
    untrusted: usize,
}

impl EpochCollector {
    /// A collector for windows of `window` samples at a rate, with covariances of `channels` and `bands`.
    #[must_use]
    pub fn new(
        classes: Vec<ClassMarker>,
        timing: TrialTiming,
        rate: Hertz,
        window: u64,
        channels: usize,
        bands: usize,
    ) -> Self {
        let samples = |secs: f64| u64::try_from(rate.samples_in_secs(secs)).unwrap_or(0);
        let dataset = Dataset {
            classes: class_names(&classes),
            channel_count: channels,
            band_count: bands,
            epochs: Vec::new(),
            rest: Vec::new(),
        };
        Self {
            classes,
            from: samples(timing.from_s),
            to: samples(timing.to_s),
            rebound: samples(REBOUND_S),
            stride: samples(timing.stride_s).max(1),
            window,
            recording: String::new(),
            trial: None,
            rest: None,
            trials: 0,
            dataset,
            untrusted: 0,
        }
    }

    /// Takes a marker: a class's cue begins a trial, a rest marker begins rest; any marker ends what came before.
    pub fn marker(&mut self, marker: &Marker) {
        let SampleIndex(at) = marker.at;
        let from = at + self.from;
        if let Some(rest) = &mut self.rest {
            rest.to = rest.to.min(at);
        }
        if let Some(class) = class_of(&self.classes, &marker.label, &self.recording) {
            let trial = Span {
                number: self.trials,
                class,
                from,
                to: at + self.to,
                next_end: from + self.window,
            };
            self.trial = Some(trial);
            self.trials += 1;
            return;
        }
        if let Some(trial) = &mut self.trial {
            trial.to = trial.to.min(at);
        }
        if REST_MARKERS.contains(&marker.label.as_str()) {
            self.rest = Some(Span {
                number: self.trials.saturating_sub(1),
                class: 0,
                from: at + self.rebound,
                to: u64::MAX,
                next_end: at + self.rebound + self.window,
            });
        }
    }

    /// Takes a window.
    pub fn window(&mut self, window: &Window<'_>) {
        let SampleIndex(end) = window.end;
        let wanted = |span: &&mut Span| span.wants(end, self.window);
        let trial = self.trial.as_mut().filter(wanted);
        let rest = self.rest.as_mut().filter(wanted);
        if (trial.is_some() || rest.is_some()) && !window.trusted {
            self.untrusted += 1;
            return;
        }
        let (stride, dataset) = (self.stride, &mut self.dataset);
        dataset
            .epochs
            .extend(trial.map(|trial| trial.take(window, stride)));
        dataset
            .rest
            .extend(rest.map(|rest| rest.take(window, REST_STRIDES * stride)));
    }

    /// Starts a recording.
    pub fn begin_recording(&mut self, name: &str) {
        name.clone_into(&mut self.recording);
    }

    /// Ends a recording: a trial that was cut off does not continue in the next one.
    pub fn end_recording(&mut self) {
        self.trial = None;
        self.rest = None;
    }

    /// Number of trials so far.
    #[must_use]
    pub fn trials(&self) -> usize {
        self.trials
    }

    /// Number of windows left out because samples were missing or unusable.
    #[must_use]
    pub fn untrusted(&self) -> usize {
        self.untrusted
    }

    /// The collected windows.
    #[must_use]
    pub fn into_dataset(self) -> Dataset {
        self.dataset
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bci_cursor_calibration::SymmetricMatrix;

    fn collector() -> EpochCollector {
        let class = |class: &str, marker: &str| ClassMarker::new(class, marker);
        let timing = TrialTiming {
            from_s: 0.5,
            to_s: 3.0,
            stride_s: 0.5,
        };
        let rate = Hertz::new(100.0).unwrap();
        EpochCollector::new(
            vec![class("left_hand", "T1"), class("right_hand", "T2")],
            timing,
            rate,
            100,
            1,
            1,
        )
    }

    fn run(
        collector: &mut EpochCollector,
        markers: &[(u64, &str)],
        ends: std::ops::Range<u64>,
    ) -> Vec<(usize, usize)> {
        let covariances = [SymmetricMatrix::identity(1)];
        for end in ends.step_by(10) {
            for (at, label) in markers
                .iter()
                .filter(|(at, _)| (end - 10..end).contains(at))
            {
                collector.marker(&Marker {
                    at: SampleIndex(*at),
                    label: (*label).into(),
                });
            }
            let trusted = end != 260;
            collector.window(&Window {
                end: SampleIndex(end),
                covariances: &covariances,
                trusted,
                faults: &[],
                clean_share: 1.0,
                restarted: false,
            });
        }
        collector
            .dataset
            .epochs
            .iter()
            .map(|epoch| (epoch.trial, epoch.class))
            .collect()
    }

    #[test]
    fn only_windows_inside_a_trial_are_taken() {
        let mut collector = collector();
        // Cue at 100: windows end between 250 and 400; the one at 260 is not trusted.
        assert_eq!(run(&mut collector, &[(100, "T1")], 10..800), [(0, 0); 4]);
        assert_eq!(collector.untrusted(), 0, "260 was not due");
    }

    #[test]
    fn several_markers_may_announce_one_class() {
        let mut collector = collector();
        collector
            .classes
            .insert(1, ClassMarker::new("left_hand", "L*"));
        assert_eq!(class_names(&collector.classes), ["left_hand", "right_hand"]);
        let markers = [(100, "T1"), (500, "Left, 2"), (900, "T2")];
        let mut found = run(&mut collector, &markers, 10..1400);
        found.dedup();
        assert_eq!(found, [(0, 0), (1, 0), (2, 1)]);
    }

    #[test]
    fn rest_belongs_to_the_trial_before_it() {
        let mut collector = collector();
        let markers = [(0, "rest"), (300, "T1"), (700, "T0"), (1100, "T2")];
        run(&mut collector, &markers, 10..1400);
        // Whole windows from the rebound after the marker on, one second apart, until the next marker.
        let rest: Vec<usize> = collector.dataset.rest.iter().map(|e| e.trial).collect();
        assert_eq!(rest, [0, 0, 0]);
        assert_eq!(collector.dataset.epochs.last().unwrap().trial, 1);
    }

    #[test]
    fn the_next_marker_ends_a_trial() {
        let mut collector = collector();
        assert_eq!(
            run(
                &mut collector,
                &[(100, "T2"), (300, "T0"), (500, "T1")],
                10..700
            ),
            [(0, 1), (0, 1), (1, 0)]
        );
    }
}
