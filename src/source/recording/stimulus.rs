//! What was shown on a screen while EEG was recorded.

/// What tags showed, frame by frame. A frame is shown until the next one.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stimulus {
    labels: Vec<String>,
    /// When each frame was shown, in order of time.
    places: Vec<f64>,
    /// Frames × tags.
    values: Vec<f32>,
}

impl Stimulus {
    /// For tags with these labels, without a frame yet.
    #[must_use]
    pub fn new(labels: Vec<String>) -> Self {
        Self {
            labels,
            ..Self::default()
        }
    }

    /// Adds a frame, unless its time is unknown. A frame from before the last one replaces it in time: places never decrease.
    pub fn push(&mut self, place: f64, values: impl IntoIterator<Item = f64>) {
        if !place.is_finite() {
            return;
        }
        let last = self.places.last().copied().unwrap_or(f64::NEG_INFINITY);
        self.places.push(place.max(last));
        let values = values.into_iter().map(|value| value as f32);
        self.values.extend(values.take(self.labels.len()));
        self.values
            .resize(self.places.len() * self.labels.len(), 0.0);
    }

    /// The same, with each frame this many samples later.
    #[must_use]
    pub fn later_by(mut self, samples: f64) -> Self {
        self.places.iter_mut().for_each(|place| *place += samples);
        self
    }

    /// Labels of the tags.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        &self.labels
    }

    /// Number of frames.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.places.len()
    }

    /// When a frame was shown, in samples of the EEG: 10.5 is halfway between the samples with the indices 10 and 11.
    #[must_use]
    pub fn place(&self, frame: usize) -> f64 {
        self.places[frame]
    }

    /// Brightness of each tag in a frame, in units of the stream.
    #[must_use]
    pub fn values(&self, frame: usize) -> &[f32] {
        &self.values[frame * self.labels.len()..(frame + 1) * self.labels.len()]
    }

    /// The frame that was shown at a place, in samples; `None` before the first one.
    #[must_use]
    pub fn frame_at(&self, place: f64) -> Option<usize> {
        self.places
            .partition_point(|at| *at <= place)
            .checked_sub(1)
    }

    /// The frames that were shown between two places, each with the number of samples for which it was.
    pub fn during(&self, from: f64, to: f64) -> impl Iterator<Item = (usize, f64)> {
        let first = self.frame_at(from).unwrap_or(0);
        let until = self.places.partition_point(|at| *at < to);
        (first..until.max(first)).map(move |frame| {
            let end = self.places.get(frame + 1).map_or(to, |next| next.min(to));
            (frame, (end - self.places[frame].max(from)).max(0.0))
        })
    }

    /// The tag that a marker names: the one with this label, or with this number at the end of its label.
    #[must_use]
    pub fn tag_called(&self, name: &str) -> Option<usize> {
        let is_it = |label: &String| label == name;
        let by_label = self.labels.iter().position(is_it);
        by_label.or_else(|| {
            let number: u64 = name.parse().ok()?;
            let is_it = |label: &String| number_at_end(label) == Some(number);
            self.labels.iter().position(is_it)
        })
    }
}

fn number_at_end(label: &str) -> Option<u64> {
    let label = label.trim_end();
    let digits = label.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    label[digits..].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(labels: &[&str]) -> Stimulus {
        Stimulus::new(labels.iter().map(|label| (*label).to_owned()).collect())
    }

    #[test]
    fn a_frame_is_shown_until_the_next() {
        let mut shown = of(&["a", "b"]);
        assert_eq!(shown.frame_at(5.0), None);
        shown.push(2.5, [1.0, 0.0]);
        shown.push(f64::NAN, [9.0, 9.0]);
        shown.push(4.0, [0.0, 1.0]);
        shown.push(3.0, [1.0, 1.0]);
        assert_eq!(shown.frame_at(2.4), None);
        assert_eq!(shown.frame_at(2.5), Some(0));
        assert_eq!(shown.frame_at(3.9), Some(0));
        assert_eq!(shown.frame_at(4.0), Some(2));
        assert_eq!((shown.frames(), shown.place(1)), (3, 4.0));
        assert_eq!(shown.values(1), [0.0, 1.0]);
    }

    #[test]
    fn a_span_is_shared_by_its_frames() {
        let mut shown = of(&["a"]);
        assert_eq!(shown.during(0.0, 1.0).count(), 0);
        for place in [1.0, 2.5, 2.75] {
            shown.push(place, [1.0]);
        }
        let found = |from, to| shown.during(from, to).collect::<Vec<_>>();
        assert_eq!(found(0.0, 1.0), []);
        assert_eq!(found(0.5, 1.5), [(0, 0.5)]);
        assert_eq!(found(2.0, 3.0), [(0, 0.5), (1, 0.25), (2, 0.25)]);
        assert_eq!(found(3.0, 4.0), [(2, 1.0)]);
    }

    #[test]
    fn tags_are_found_by_label_or_by_number() {
        let shown = of(&["object_10", "object_1", "left"]);
        assert_eq!(shown.tag_called("1"), Some(1));
        assert_eq!(shown.tag_called("10"), Some(0));
        assert_eq!(shown.tag_called("left"), Some(2));
        assert_eq!(shown.tag_called("object_10"), Some(0));
        assert_eq!((shown.tag_called("0"), shown.tag_called("x")), (None, None));
    }
}
