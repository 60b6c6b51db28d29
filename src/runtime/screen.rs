//! What the display showed, brought from its clock to places in the stream of EEG.

use crate::block::Block;
use crate::command::MOST_CODES;
use crate::looking::{CodeFrame, CodeSet, Shown};
use crate::pipeline::Pipeline;
use crate::time::{HostNanos, SampleIndex};
use crate::units::Hertz;
use crossbeam_channel::{Receiver, Sender};

/// What the display showed, in order of time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ScreenReport {
    Codes(CodesShown),
    Frame(FrameShown),
}

/// From a time on, other codes are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CodesShown {
    pub(crate) at: HostNanos,
    pub(super) scene: u32,
    pub(crate) codes: CodeSet,
}

/// A frame was shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct FrameShown {
    pub(crate) at: HostNanos,
    /// Codes that are bright in it, whether a tag shows them or not.
    pub(super) bright: CodeSet,
    /// Brightness of each code from 0 to 1, and -1 where no tag shows it.
    pub(crate) levels: [f32; MOST_CODES],
    /// No frame between the last reported one and this one was lost.
    pub(crate) follows: bool,
}

/// A frame at its place in the stream, as it was decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PlacedFrame {
    pub(super) frame: CodeFrame,
    /// The place of the display's stamp, without the display's delay.
    pub(super) stamped: f64,
    pub(super) levels: [f32; MOST_CODES],
}

/// Announces what was shown to the pipeline, before each block.
pub(crate) struct Screen {
    reports: Receiver<ScreenReport>,
    /// If the session is recorded.
    frames: Option<Sender<PlacedFrame>>,
    clock: StreamClock,
    /// Time from the display's stamp of a frame to its light, nanoseconds.
    delay_ns: i64,
    /// Place of the last frame.
    last: f64,
    /// A frame could not be recorded, and that was reported.
    is_behind: bool,
}

impl Screen {
    pub(crate) fn new(
        reports: Receiver<ScreenReport>,
        frames: Option<Sender<PlacedFrame>>,
        rate: Hertz,
        display_delay_ms: f64,
    ) -> Self {
        Self {
            reports,
            frames,
            clock: StreamClock::new(rate),
            delay_ns: (1e6 * display_delay_ms) as i64,
            last: f64::NEG_INFINITY,
            is_behind: false,
        }
    }

    /// Announces everything that was reported before a block; calls `shown` with each change of codes.
    pub(crate) fn announce(
        &mut self,
        pipeline: &mut Pipeline,
        block: &Block,
        mut shown: impl FnMut(Shown),
    ) {
        self.clock.follow(block);
        while pipeline.has_room_for_scene()
            && let Ok(report) = self.reports.try_recv()
        {
            match report {
                ScreenReport::Codes(codes) => {
                    let delay = pipeline.looking().map_or(0, |looking| looking.delay());
                    let change = Shown {
                        from: self.clock.sample(self.light(codes.at), block.first, delay),
                        scene: codes.scene,
                        codes: codes.codes,
                    };
                    pipeline.show(change);
                    shown(change);
                }
                ScreenReport::Frame(frame) => self.frame(frame, pipeline, block.first),
            }
        }
    }

    /// When the light of a frame with this stamp reaches the samples.
    fn light(&self, stamp: HostNanos) -> HostNanos {
        HostNanos(stamp.0.saturating_add(self.delay_ns))
    }

    fn frame(&mut self, shown: FrameShown, pipeline: &mut Pipeline, next: SampleIndex) {
        let looking = pipeline.looking();
        let is_late = looking.is_some_and(|looking| looking.is_late(self.last, next));
        let place = self.clock.place(self.light(shown.at)).max(self.last);
        let frame = CodeFrame {
            place,
            bright: shown.bright,
            is_late: is_late || !shown.follows,
        };
        self.last = place;
        pipeline.show_frame(frame);
        let placed = PlacedFrame {
            frame,
            stamped: self.clock.place(shown.at),
            levels: shown.levels,
        };
        let is_full = |frames: &Sender<PlacedFrame>| frames.try_send(placed).is_err();
        let was_behind = std::mem::replace(
            &mut self.is_behind,
            self.frames.as_ref().is_some_and(is_full),
        );
        if self.is_behind && !was_behind {
            log::warn!("frames of the display are not recorded: the disk is too slow");
        }
    }
}

/// A stream whose stamps differ from our clock by more than this is on another clock, nanoseconds.
const OTHER_CLOCK_NS: u64 = 1_000_000_000;
/// Stamps jitter by several tens of milliseconds at most; what differs by more is another clock, nanoseconds.
const JUMP_NS: f64 = 1e8;
/// Jitter of stamps is averaged over about this time, nanoseconds.
const FOLLOW_NS: f64 = 2e9;

/// Follows the stamps of a stream, and tells which sample was taken at a time.
#[derive(Debug)]
struct StreamClock {
    period_ns: f64,
    /// When sample 0 was taken.
    origin_ns: Option<f64>,
}

impl StreamClock {
    fn new(rate: Hertz) -> Self {
        Self {
            period_ns: 1e9 / rate.hz(),
            origin_ns: None,
        }
    }

    fn follow(&mut self, block: &Block) {
        let (acquired, received) = (block.acquired().0, block.received.0);
        let is_other_clock = acquired.abs_diff(received) > OTHER_CLOCK_NS;
        let newest = if is_other_clock { received } else { acquired };
        let frames = block.frames();
        let newest_sample = block.first.0 + frames.saturating_sub(1) as u64;
        let found = newest as f64 - newest_sample as f64 * self.period_ns;
        let share = (frames as f64 * self.period_ns / FOLLOW_NS).min(1.0);
        self.origin_ns = Some(match self.origin_ns {
            Some(origin) if (found - origin).abs() < JUMP_NS => origin + share * (found - origin),
            _ => found,
        });
    }

    /// Where a time lies between samples: a sample index with a fraction.
    fn place(&self, at: HostNanos) -> f64 {
        (at.0 as f64 - self.origin_ns.unwrap_or(0.0)) / self.period_ns
    }

    /// The first sample that was taken at a time or later, but none that was decoded before the sample `next` is taken, if decoding is late by
    /// `delay` samples.
    fn sample(&self, at: HostNanos, next: SampleIndex, delay: u64) -> SampleIndex {
        let found = SampleIndex(self.place(at).ceil().max(0.0) as u64);
        found.max(SampleIndex(next.0.saturating_sub(delay)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::StreamNanos;

    fn ms(ms: i64) -> HostNanos {
        HostNanos(5_000_000_000 + ms * 1_000_000)
    }

    /// Ten samples at 250 Hz, of which the newest was taken at a time.
    fn block(first: u64, newest_ms: i64) -> Block {
        let mut block = Block::with_capacity(1, 10);
        block.restart(SampleIndex(first));
        (0..10).for_each(|_| block.push_frame().unwrap()[0] = 0.0);
        block.set_acquired(StreamNanos(ms(newest_ms).0));
        block.received = ms(newest_ms + 8);
        block
    }

    #[test]
    fn a_time_becomes_the_sample_that_was_taken_then() {
        let rate = Hertz::new(250.0).unwrap();
        let mut clock = StreamClock::new(rate);
        let mut block = block(1000, 0);
        clock.follow(&block);
        let at = |clock: &StreamClock, when| clock.sample(ms(when), SampleIndex(1000), 0).0;
        // 4 ms a sample; the newest is 1009.
        assert_eq!(
            [-8, -5, 0, 4, 12].map(|when| at(&clock, when)),
            [1007, 1008, 1009, 1010, 1012]
        );
        assert_eq!(clock.place(ms(2)), 1009.5);
        // What was before this block cannot change any more, unless it is decoded late.
        assert_eq!(at(&clock, -500), 1000);
        assert_eq!(clock.sample(ms(-500), SampleIndex(1000), 25).0, 975);
        // Stamps of another clock tell nothing: the newest sample counts from its arrival.
        block.set_acquired(StreamNanos(77));
        let mut clock = StreamClock::new(rate);
        clock.follow(&block);
        assert_eq!([8, 12].map(|when| at(&clock, when)), [1009, 1010]);
    }

    #[test]
    fn light_comes_after_the_stamp_of_the_display() {
        let layout = crate::block::Layout {
            rate: Hertz::new(250.0).unwrap(),
            labels: vec!["Oz".into()],
        };
        let announced = |delay_ms: f64| {
            let mut settings = crate::settings::Settings::default();
            settings.control.assist.mode = crate::settings::AssistMode::Look;
            let settings = crate::pipeline::PipelineSettings::of(&settings);
            let mut pipeline = Pipeline::for_looking(&layout, &settings).unwrap();
            let (reports, reports_rx) = crossbeam_channel::bounded(4);
            let (placed, placed_rx) = crossbeam_channel::bounded(4);
            let mut screen = Screen::new(reports_rx, Some(placed), layout.rate, delay_ms);
            let codes = CodeSet::NONE.with(1);
            let (at, scene) = (ms(100), 3);
            let change = CodesShown { at, scene, codes };
            let frame = FrameShown {
                at,
                bright: codes,
                levels: [0.0; MOST_CODES],
                follows: true,
            };
            reports.send(ScreenReport::Codes(change)).unwrap();
            reports.send(ScreenReport::Frame(frame)).unwrap();
            let mut from = None;
            screen.announce(&mut pipeline, &block(1000, 0), |shown| {
                from = Some(shown.from.0)
            });
            let placed = placed_rx.recv().unwrap();
            (from.unwrap(), placed.frame.place, placed.stamped)
        };
        // 4 ms a sample, and sample 1009 was taken at 0 ms.
        assert_eq!(announced(0.0), (1034, 1034.0, 1034.0));
        assert_eq!(announced(22.0), (1040, 1039.5, 1034.0));
        assert_eq!(announced(-8.0), (1032, 1032.0, 1034.0));
    }

    #[test]
    fn jitter_is_averaged_and_a_jump_is_followed() {
        let mut clock = StreamClock::new(Hertz::new(250.0).unwrap());
        for k in 0..500 {
            let jitter = [0, 9, 3][k % 3];
            clock.follow(&block(10 * k as u64, 40 * k as i64 + 36 + jitter));
        }
        let expected = (1000.0 - 4.0) / 4.0;
        let found = clock.place(ms(1000));
        assert!((found - expected).abs() < 0.3, "{found} {expected}");
        clock.follow(&block(5000, 100_036));
        assert_eq!(clock.place(ms(100_000)), 5000.0);
    }
}
