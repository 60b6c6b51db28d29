//! How strong the signal is at each tag's frequency while the tag is dark: a disturbance goes on, and a response does not.

/// A response has ended this long after its tag became dark, seconds.
const ECHO_S: f64 = 0.25;
/// Half-life of both running means, seconds.
const HALF_LIFE_S: f64 = 2.0;
/// A level below this, in units of what white noise gives, is no disturbance: rest reaches it, too.
const USUAL: f64 = 2.0;

/// For each tag how strong the signal was without it.
///
/// A level counts until the tag is dark again. While it is shown, the level can only fall: a response adds to a disturbance.
#[derive(Debug, Clone)]
pub(super) struct DarkLevels {
    tags: Vec<Tag>,
    /// Length of the windows that are measured, samples, and their share of a second.
    window: u64,
    window_s: f64,
    echo: u64,
}

#[derive(Debug, Clone, Copy)]
struct Tag {
    /// The sample since which it is dark; none while it is shown.
    dark_since: Option<u64>,
    dark: Mean,
    recent: Mean,
}

/// A running mean.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    fn add(&mut self, value: f64, decay: f64, weight: f64) {
        self.sum = decay * self.sum + weight * value;
        self.weight = decay * self.weight + weight;
    }

    fn get(&self) -> f64 {
        if self.weight > 0.0 {
            self.sum / self.weight
        } else {
            0.0
        }
    }
}

impl DarkLevels {
    /// For this many tags, which are all shown, and windows of this length.
    pub(super) fn new(tags: usize, window_s: f64, rate_hz: f64) -> Self {
        let samples = |seconds: f64| libm::ceil(seconds * rate_hz) as u64;
        let shown = Tag {
            dark_since: None,
            dark: Mean::default(),
            recent: Mean::default(),
        };
        Self {
            tags: vec![shown; tags],
            window: samples(window_s),
            window_s,
            echo: samples(ECHO_S),
        }
    }

    /// From the sample `now` on, a tag is shown or dark.
    pub(super) fn set(&mut self, tag: usize, is_shown: bool, now: u64) {
        let Some(tag) = self.tags.get_mut(tag) else {
            return;
        };
        tag.dark_since = if is_shown {
            None
        } else {
            tag.dark_since.or(Some(now))
        };
    }

    /// Takes the score of a tag's last window, in units of what white noise gives; `seconds` after the one before.
    pub(super) fn add(&mut self, tag: usize, score: f64, now: u64, seconds: f64) {
        let decay = libm::exp2(-seconds / HALF_LIFE_S);
        let settled = self.window + self.echo;
        let tag = &mut self.tags[tag];
        tag.recent.add(score, decay, seconds);
        if tag.dark_since.is_some_and(|since| now >= since + settled) {
            tag.dark.add(score, decay, seconds);
        } else if tag.recent.get() < tag.dark.get() {
            tag.dark.sum = tag.recent.get() * tag.dark.weight;
        }
    }

    /// What a window of this length scores without the tag, in units of what white noise gives: 1 if there is no disturbance.
    pub(super) fn of(&self, tag: usize, window_s: f64) -> f64 {
        let excess = (self.tags[tag].dark.get() / USUAL - 1.0).max(0.0);
        1.0 + excess * window_s / self.window_s
    }
}

#[cfg(test)]
mod tests {
    use super::DarkLevels;

    const RATE_HZ: f64 = 80.0;
    const FRAME: u64 = 10;

    /// Adds scores for some frames of an eighth of a second.
    fn add(levels: &mut DarkLevels, now: &mut u64, frames: usize, score: f64) {
        for _ in 0..frames {
            *now += FRAME;
            levels.add(0, score, *now, 0.125);
        }
    }

    #[test]
    fn only_what_goes_on_in_the_dark_is_a_disturbance() {
        let (mut levels, mut now) = (DarkLevels::new(1, 1.0, RATE_HZ), 0);
        add(&mut levels, &mut now, 40, 20.0);
        assert_eq!(levels.of(0, 2.0), 1.0, "it is shown");
        levels.set(0, false, now);
        add(&mut levels, &mut now, 9, 20.0);
        assert_eq!(levels.of(0, 2.0), 1.0, "the response ends in the dark");
        add(&mut levels, &mut now, 40, 1.2);
        assert_eq!(levels.of(0, 2.0), 1.0, "rest");
        add(&mut levels, &mut now, 200, 20.0);
        assert!((levels.of(0, 1.0) - 10.0).abs() < 0.01);
        assert!((levels.of(0, 3.0) - 28.0).abs() < 0.1);
    }

    #[test]
    fn a_level_falls_and_does_not_rise_while_the_tag_is_shown() {
        let (mut levels, mut now) = (DarkLevels::new(1, 1.0, RATE_HZ), 0);
        levels.set(0, false, now);
        add(&mut levels, &mut now, 100, 20.0);
        levels.set(0, true, now);
        let level = levels.of(0, 2.0);
        add(&mut levels, &mut now, 100, 60.0);
        assert_eq!(levels.of(0, 2.0), level);
        // The disturbance has ended.
        add(&mut levels, &mut now, 200, 1.2);
        assert_eq!(levels.of(0, 2.0), 1.0);
    }
}
