//! Somebody looks at tags that follow codes: EEG at any rate and with any number of channels, decoded as in a run.
#![allow(clippy::unwrap_used, unreachable_pub)] // a benchmark fails by panicking

use bci_cursor::looking::grid::CodeGrid;
use bci_cursor::units::Hertz;
use bci_cursor_calibration::Matrix;
use bci_cursor_calibration::looking::cvep::{CvepDecoder, Look, Training, Trial};

/// A pseudo-random number from -1 to 1.
fn random(state: &mut u64) -> f64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1);
    (*state >> 33) as f64 / f64::from(1u32 << 30) - 1.0
}

/// Codes of 60 frames a second, two samples of the grid each.
fn codes(tags: usize, samples: usize, state: &mut u64) -> Matrix {
    let mut codes = Matrix::with_columns(samples);
    for _ in 0..tags {
        let mut code = vec![0.0; samples];
        for frame in code.chunks_mut(2) {
            frame.fill(f64::from(random(state) > 0.0));
        }
        codes.push_row(&code);
    }
    codes
}

/// Decodes one second after another.
pub struct Looks {
    grid: CodeGrid,
    decoder: CvepDecoder,
    eeg: Matrix,
    codes: Matrix,
    brightness: Vec<f64>,
    index: u64,
}

impl Looks {
    pub fn of(channels: usize, rate_hz: usize, tags: usize) -> Self {
        let mut state = 7;
        let mut noise = |rows: usize| {
            let values = (0..rows * channels).map(|_| 10.0 * random(&mut state));
            Matrix::from_values(channels, values.collect()).unwrap()
        };
        let (eeg, trial_eeg) = (noise(rate_hz), noise(600));
        let look = Look {
            brightness: codes(tags, 600, &mut state),
            eeg: trial_eeg,
            lead_in: 0,
        };
        let trial = Trial { look, target: 0 };
        let trials = [trial];
        let model = Training::new(&trials).unwrap().fit().unwrap();
        let mut decoder = CvepDecoder::new(&model, tags);
        decoder.begin(tags).unwrap();
        Self {
            grid: CodeGrid::new(Hertz::new(rate_hz as f64).unwrap(), channels).unwrap(),
            decoder,
            eeg,
            codes: codes(tags, 120, &mut state),
            brightness: vec![0.0; tags],
            index: 0,
        }
    }

    /// One second. The posterior is asked for sixty times, at each frame of a display. Returns the probability of no tag.
    pub fn advance(&mut self) -> f64 {
        let mut none = 0.0;
        for frame in self.eeg.iter() {
            self.grid.push(self.index, frame, |number, point| {
                let column = (number % 120) as usize;
                for (now, code) in self.brightness.iter_mut().zip(self.codes.iter()) {
                    *now = code[column];
                }
                self.decoder.push(point, &self.brightness);
                if number % 2 == 0 {
                    none = self.decoder.posterior(0.5).last().copied().unwrap_or(1.0);
                }
            });
            self.index += 1;
        }
        none
    }
}
