//! A source in which chosen electrodes fail at chosen times, to test how a run responds.

use super::{Source, SourceError, SourceEvent};
use crate::block::{Block, Layout};
use std::f64::consts::PI;
use std::str::FromStr;

/// How an electrode fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Constant zero.
    Flat,
    /// Clipped at the limit of the amplifier's range.
    Railed,
    /// 50 Hz line noise of 200 µV.
    Line,
    /// Noise of 500 µV.
    Noisy,
    /// A slow wave unlike its neighbours, of the amplitude of EEG.
    Unlike,
    /// NaN instead of samples.
    Nan,
    /// A blink of 200 µV for 0.3 s, every four seconds.
    Blink,
    /// A clenched jaw: fast noise of 100 µV for half a second, every five seconds.
    Jaw,
}

/// An electrode that fails for a while.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Which electrode.
    pub label: String,
    /// How it fails.
    pub failure: Failure,
    /// Start, seconds of the recording,
    pub from_s: f64,
    /// and end.
    pub to_s: f64,
}

/// The text does not describe a fault.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error(
    "'{found}' describes no fault; expected LABEL=KIND or LABEL=KIND@FROM..TO in seconds, such as C3=flat@20..60; \
     kinds are flat, railed, line, noisy, unlike, nan, blink, jaw"
)]
pub struct NotAFault {
    found: String,
}

impl FromStr for Fault {
    type Err = NotAFault;

    fn from_str(text: &str) -> Result<Self, NotAFault> {
        let parse = || {
            let (label, rest) = text.split_once('=')?;
            let (kind, when) = rest.split_once('@').unwrap_or((rest, "0..inf"));
            let (from, to) = when.split_once("..")?;
            let failure = match kind {
                "flat" => Failure::Flat,
                "railed" => Failure::Railed,
                "line" => Failure::Line,
                "noisy" => Failure::Noisy,
                "unlike" => Failure::Unlike,
                "nan" => Failure::Nan,
                "blink" => Failure::Blink,
                "jaw" => Failure::Jaw,
                _ => return None,
            };
            let (from_s, to_s): (f64, f64) = (from.parse().ok()?, to.parse().ok()?);
            (from_s >= 0.0 && to_s > from_s && !label.is_empty()).then(|| Self {
                label: label.into(),
                failure,
                from_s,
                to_s,
            })
        };
        parse().ok_or_else(|| NotAFault { found: text.into() })
    }
}

/// Wraps a source. A sample depends only on its index, and not on block sizes.
pub struct FaultInjector {
    inner: Box<dyn Source + Send>,
    /// Each fault, with the place of its channel.
    faults: Vec<(usize, Fault)>,
}

impl FaultInjector {
    /// Makes some electrodes of a source fail.
    ///
    /// # Errors
    /// [`SourceError::NoSuchChannel`] if the source lacks one of them.
    pub fn new(inner: Box<dyn Source + Send>, faults: &[Fault]) -> Result<Self, SourceError> {
        let layout = inner.layout();
        let place = |fault: &Fault| match layout.position(&fault.label) {
            Some(place) => Ok((place, fault.clone())),
            None => Err(SourceError::NoSuchChannel {
                wanted: fault.label.clone(),
                found: layout.labels.clone(),
            }),
        };
        let faults = faults.iter().map(place).collect::<Result<_, _>>()?;
        Ok(Self { inner, faults })
    }
}

impl Source for FaultInjector {
    fn layout(&self) -> &Layout {
        self.inner.layout()
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        let event = self.inner.next(into)?;
        if event == SourceEvent::Samples {
            let (rate, first, channels) = (self.layout().rate, into.first, into.channels());
            for (offset, frame) in into.samples_mut().chunks_exact_mut(channels).enumerate() {
                let index = first.after(offset as u64).0;
                let time_s = rate.secs_of(index);
                for (place, fault) in &self.faults {
                    if (fault.from_s..fault.to_s).contains(&time_s) {
                        frame[*place] = spoilt(fault.failure, frame[*place], index, time_s);
                    }
                }
            }
        }
        Ok(event)
    }
}

fn spoilt(failure: Failure, sample: f64, index: u64, time_s: f64) -> f64 {
    let sine = |hz: f64| libm::sin(2.0 * PI * hz * time_s);
    match failure {
        Failure::Flat => 0.0,
        Failure::Railed => (sample + 400.0 * sine(3.0)).clamp(-100.0, 100.0),
        Failure::Line => sample + 200.0 * sine(50.0),
        Failure::Noisy => sample + 1000.0 * uniform(index),
        Failure::Unlike => 30.0 * sine(7.3) + 30.0 * sine(11.7),
        Failure::Nan => f64::NAN,
        Failure::Blink => match time_s % 4.0 {
            since if since < 0.3 => sample + 200.0 * libm::sin(PI * since / 0.3),
            _ => sample,
        },
        Failure::Jaw => match time_s % 5.0 {
            since if since < 0.5 => sample + 100.0 * uniform(index),
            _ => sample,
        },
    }
}

/// A number from -1 to 1 that depends only on an index (splitmix64, Steele et al. 2014).
fn uniform(index: u64) -> f64 {
    let mut z = index.wrapping_add(1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::open_recording;

    #[test]
    fn faults_are_read_and_refused() {
        let fault: Fault = "C3=flat@20..60".parse().unwrap();
        assert_eq!((fault.label.as_str(), fault.failure), ("C3", Failure::Flat));
        assert_eq!((fault.from_s, fault.to_s), (20.0, 60.0));
        assert_eq!("C3=nan".parse::<Fault>().unwrap().to_s, f64::INFINITY);
        for text in ["C3", "C3=dead", "C3=flat@60..20", "=flat", "C3=flat@x..y"] {
            assert!(
                text.parse::<Fault>()
                    .unwrap_err()
                    .to_string()
                    .contains(text)
            );
        }
    }

    #[test]
    fn only_the_named_electrode_fails_and_only_at_the_named_time() {
        let samples = |faults: &[Fault]| {
            let patient = open_recording("synthetic:channels=9,trials=2").unwrap();
            let mut source = FaultInjector::new(patient, faults).unwrap();
            let mut block = Block::with_capacity(9, 100);
            let mut all = Vec::new();
            loop {
                match source.next(&mut block).unwrap() {
                    SourceEvent::Samples => all.extend_from_slice(block.samples()),
                    SourceEvent::End => return all,
                    _ => {}
                }
            }
        };
        let (clean, spoilt) = (samples(&[]), samples(&["Cz=flat@1..2".parse().unwrap()]));
        for (k, (a, b)) in clean.iter().zip(&spoilt).enumerate() {
            let fails = k % 9 == 6 && (250..500).contains(&(k / 9));
            assert_eq!(*b, if fails { 0.0 } else { *a });
        }
    }

    #[test]
    fn an_unknown_electrode_is_refused() {
        let patient = open_recording("synthetic:channels=9,trials=1").unwrap();
        let error = FaultInjector::new(patient, &["Oz=flat".parse().unwrap()])
            .err()
            .unwrap();
        assert!(
            error.to_string().starts_with("there is no channel 'Oz'"),
            "{error}"
        );
    }
}
