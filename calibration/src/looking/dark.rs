//! How strong the signal is at each tag's frequency while the tag is dark: a disturbance goes on, and a response does not.

/// A response has ended this long after its tag became dark, seconds.
const ECHO_S: f64 = 0.25;
/// Half-life of what is measured in the dark, and of what is measured while the tag is shown, seconds.
const DARK_HALF_LIFE_S: f64 = 2.0;
const SHOWN_HALF_LIFE_S: f64 = 8.0;
/// What was measured in an earlier dark time weighs at most as much as this when a new one begins, seconds.
const EARLIER_S: f64 = 0.25;
/// What rest scores in units of the score that white noise is expected to have, on average; and what is beyond the usual.
const REST: f64 = 1.2;
const BEYOND_USUAL: f64 = 2.5;

/// For each tag how strong the signal was without it.
///
/// A level counts until the tag is dark again. While it is shown, the level can only fall: a response adds to a disturbance.
#[derive(Debug, Clone)]
pub(super) struct DarkLevels {
    rate_hz: f64,
    tags: Vec<Tag>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Tag {
    /// The sample since which it is dark; none while it is shown.
    dark_since: Option<u64>,
    dark: Mean,
    shown: Mean,
}

/// A running mean of the score that exceeds rest, for each second of window; and of the length of the windows.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    excess: f64,
    window_s: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, score: f64, window_s: f64, decay: f64, weight: f64) {
        self.weight = decay * self.weight + weight;
        let share = weight / self.weight;
        self.excess += share * ((score - REST) / window_s - self.excess);
        self.window_s += share * (window_s - self.window_s);
    }
}

impl DarkLevels {
    /// For this many tags, which are all shown.
    pub(super) fn new(tags: usize, rate_hz: f64) -> Self {
        Self {
            rate_hz,
            tags: vec![Tag::default(); tags],
        }
    }

    /// From the sample `now` on, a tag is shown or dark.
    pub(super) fn set(&mut self, tag: usize, is_shown: bool, now: u64) {
        let Some(tag) = self.tags.get_mut(tag) else {
            return;
        };
        if is_shown {
            tag.dark_since = None;
            tag.shown = Mean::default();
        } else if tag.dark_since.is_none() {
            tag.dark_since = Some(now);
            tag.dark.weight = tag.dark.weight.min(EARLIER_S);
        }
    }

    /// How long a tag has been dark, without the end of its response, seconds; none while it is shown.
    pub(super) fn dark_s(&self, tag: usize, now: u64) -> Option<f64> {
        let since = self.tags[tag].dark_since?;
        Some(now.saturating_sub(since) as f64 / self.rate_hz - ECHO_S)
    }

    /// Takes the score of a tag's last window, in units of what white noise is expected to score; `seconds` after the one before. All of the
    /// window was dark, or the tag is shown.
    pub(super) fn add(&mut self, tag: usize, score: f64, window_s: f64, seconds: f64) {
        let tag = &mut self.tags[tag];
        if tag.dark_since.is_some() {
            let decay = libm::exp2(-seconds / DARK_HALF_LIFE_S);
            return tag.dark.add(score, window_s, decay, seconds);
        }
        let decay = libm::exp2(-seconds / SHOWN_HALF_LIFE_S);
        tag.shown.add(score, window_s, decay, seconds);
        if tag.shown.weight > SHOWN_HALF_LIFE_S {
            tag.dark.excess = tag.dark.excess.min(tag.shown.excess);
        }
    }

    /// By how much a disturbance multiplies the score of a window: 1 if there is none.
    pub(super) fn of(&self, tag: usize, window_s: f64) -> f64 {
        let dark = &self.tags[tag].dark;
        if dark.window_s == 0.0 {
            return 1.0;
        }
        let beyond = (REST + dark.excess * dark.window_s) / BEYOND_USUAL - 1.0;
        1.0 + beyond.max(0.0) * window_s / dark.window_s
    }
}

#[cfg(test)]
mod tests {
    use super::DarkLevels;

    const RATE_HZ: f64 = 80.0;

    fn add(levels: &mut DarkLevels, frames: usize, score: f64) {
        (0..frames).for_each(|_| levels.add(0, score, 2.0, 0.125));
    }

    #[test]
    fn only_what_is_there_in_the_dark_is_a_disturbance() {
        let mut levels = DarkLevels::new(1, RATE_HZ);
        assert_eq!(levels.dark_s(0, 500), None);
        add(&mut levels, 40, 20.0);
        assert_eq!(levels.of(0, 2.0), 1.0, "it is shown");
        levels.set(0, false, 100);
        assert_eq!(levels.dark_s(0, 200), Some(1.0));
        add(&mut levels, 40, 1.2);
        assert_eq!(levels.of(0, 2.0), 1.0, "rest");
        add(&mut levels, 200, 25.2);
        assert!((levels.of(0, 2.0) - 10.08).abs() < 0.1);
        assert!((levels.of(0, 4.0) - 19.16).abs() < 0.1);
    }

    #[test]
    fn a_level_falls_and_does_not_rise_while_the_tag_is_shown() {
        let mut levels = DarkLevels::new(1, RATE_HZ);
        levels.set(0, false, 0);
        add(&mut levels, 100, 20.0);
        levels.set(0, true, 0);
        let level = levels.of(0, 2.0);
        add(&mut levels, 100, 60.0);
        assert_eq!(levels.of(0, 2.0), level);
        // The disturbance has ended.
        add(&mut levels, 400, 1.2);
        assert_eq!(levels.of(0, 2.0), 1.0);
        // And begins again: a short dark time shows it.
        levels.set(0, false, 0);
        add(&mut levels, 2, 20.0);
        assert!(levels.of(0, 2.0) > 4.0);
    }
}
