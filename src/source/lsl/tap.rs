//! Any LSL stream in its original form, for recording: any type, with its own stamps and clock offsets.

use super::description::{no_answer, open_described};
use super::found::FoundStream;
use super::losses::{Counted, Losses};
use super::stamps::{LongestSlope, Slope};
use crate::source::SourceError;
use crate::units::Hertz;
use lsl::Pullable;

/// Samples that the inlet buffers while nobody pulls, seconds.
const BUFFER_S: i32 = 60;
/// Maximum time for connecting, seconds.
const CONNECT_S: f64 = 5.0;
/// Over how long the rate is measured, seconds, and by what fraction it may be off.
const MEASURE_S: f64 = 5.0;
const OFF: f64 = 0.02;
/// The same for a stream that ends earlier, and the minimum number of samples.
const MEASURE_SHORT_S: f64 = 1.0;
const OFF_SHORT: f64 = 0.1;
const LEAST_SAMPLES: f64 = 100.0;
/// Maximum time for comparing the clocks, seconds.
const COMPARE_S: f64 = 2.0;

/// Values of one sample.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pulled {
    pub(crate) numbers: Vec<f64>,
    pub(crate) integers: Vec<i64>,
    pub(crate) texts: Vec<String>,
}

/// An open stream.
pub(crate) struct Tap {
    inlet: lsl::StreamInlet,
    /// The complete header, as XML.
    pub(crate) xml: String,
    pub(crate) format: lsl::ChannelFormat,
    pub(crate) rate: Option<Hertz>,
    /// `None` for an irregular stream.
    losses: Option<Losses>,
    /// Slopes of all stamps and of the longest stretch without a loss; `None` once the rate is decided.
    slope: Option<(Slope, LongestSlope)>,
    name: String,
}

impl Tap {
    /// Connects. liblsl reconnects to a stream that was lost; samples that were lost meanwhile show in the stamps.
    pub(crate) fn open(stream: &FoundStream) -> Result<Self, SourceError> {
        let failed = |error| no_answer(&stream.name, error);
        let (inlet, info) = open_described(stream, BUFFER_S, CONNECT_S)?;
        inlet.open_stream(CONNECT_S).map_err(failed)?;
        let rate = Hertz::new(info.nominal_srate());
        Ok(Self {
            xml: info.to_xml().map_err(failed)?,
            format: info.channel_format(),
            rate,
            losses: rate.map(Losses::new),
            slope: rate.map(|rate| (Slope::default(), LongestSlope::new(rate))),
            name: stream.name.clone(),
            inlet,
        })
    }

    /// The next sample's stamp on its own clock, seconds, waiting up to `wait_s` for it; `None` if there is no sample.
    pub(crate) fn pull(
        &mut self,
        into: &mut Pulled,
        wait_s: f64,
    ) -> Result<Option<f64>, lsl::Error> {
        let pulled = match self.format {
            lsl::ChannelFormat::String => self.inlet.pull_sample(wait_s).map(|(texts, stamp_s)| {
                into.texts = texts;
                stamp_s
            }),
            // liblsl 1.13 never returns from pulling 64-bit integers on Linux. As text, they arrive complete.
            lsl::ChannelFormat::Int64 => {
                Pullable::<String>::pull_sample(&self.inlet, wait_s).map(|(texts, stamp_s)| {
                    into.integers.clear();
                    into.integers
                        .extend(texts.iter().map(|text| text.parse::<i64>().unwrap_or(0)));
                    stamp_s
                })
            }
            _ => self.inlet.pull_sample_buf(&mut into.numbers, wait_s),
        };
        match pulled {
            Ok(0.0) | Err(lsl::Error::Timeout) => Ok(None),
            Ok(stamp_s) => {
                if let Some(losses) = &mut self.losses {
                    losses.note(stamp_s);
                }
                self.check_rate(stamp_s);
                Ok(Some(stamp_s))
            }
            Err(error) => Err(error),
        }
    }

    /// Measures the rate from the first stamps, and reports a rate that is not the declared one.
    fn check_rate(&mut self, stamp_s: f64) {
        let (Some((slope, longest)), Some(declared)) = (&mut self.slope, self.rate) else {
            return;
        };
        slope.add(stamp_s);
        longest.add(stamp_s);
        if slope.span_s(stamp_s) >= MEASURE_S {
            let hz = slope.hz();
            self.settle_rate(hz.filter(|hz| (hz / declared.hz() - 1.0).abs() > OFF));
        }
    }

    /// Nothing more will be pulled: checks the rate of a stream that was read for less than five seconds.
    pub(crate) fn finish(&mut self) {
        let (Some((_, longest)), Some(declared)) = (&self.slope, self.rate) else {
            return;
        };
        let samples = longest.samples();
        let is_enough = |hz: f64| samples >= LEAST_SAMPLES && samples / hz >= MEASURE_SHORT_S;
        let is_off = |hz: f64| (hz / declared.hz() - 1.0).abs() > OFF_SHORT;
        let hz = longest.hz().filter(|hz| is_enough(*hz) && is_off(*hz));
        self.settle_rate(hz);
    }

    /// Decides the rate, and reports once if it is not the declared one.
    fn settle_rate(&mut self, hz: Option<f64>) {
        if let Some(losses) = &mut self.losses {
            losses.settle(hz);
        }
        if let (Some(hz), Some(declared)) = (hz, self.rate) {
            log::warn!(
                "LSL stream '{}' declares {declared}, and its time stamps say {hz:.1} Hz; it is recorded as it is",
                self.name
            );
        }
        self.slope = None;
    }

    /// Lost samples, clock resets and invalid stamps so far.
    pub(crate) fn counted(&self) -> Counted {
        self.losses
            .as_ref()
            .map(Losses::counted)
            .unwrap_or_default()
    }

    /// A time on the stream's clock and the offset to this computer's clock, seconds; `None` while the stream is lost.
    pub(crate) fn clock_offset(&self, now_s: f64) -> Option<(f64, f64)> {
        let offset_s = self.inlet.time_correction(COMPARE_S).ok()?;
        Some((now_s - offset_s, offset_s))
    }
}
