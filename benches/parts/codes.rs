//! Somebody looks at tags that follow codes: EEG at any rate and with any number of channels, decoded as in a run.
#![allow(clippy::unwrap_used, unreachable_pub)] // a benchmark fails by panicking

use bci_cursor::block::{Block, Layout};
use bci_cursor::looking::{
    CodeFrame, CodeSet, Looking, LookingModel, LookingSettings, Shown, TagCodes,
};
use bci_cursor::time::SampleIndex;
use bci_cursor::units::Hertz;
use bci_cursor_calibration::Matrix;
use bci_cursor_calibration::looking::cvep::{Look, Training, Trial};

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

/// Decodes one second after another, as in a run.
pub struct Looks {
    looking: Looking,
    seconds: Vec<Block>,
    second: usize,
    frames: u64,
    state: u64,
}

/// Samples of a block.
const BLOCK: usize = 10;

impl Looks {
    pub fn of(channels: usize, rate_hz: usize, tags: usize) -> Self {
        let mut state = 7;
        let values = (0..600 * channels).map(|_| 10.0 * random(&mut state));
        let eeg = Matrix::from_values(channels, values.collect()).unwrap();
        let look = Look {
            brightness: codes(tags, 600, &mut state),
            eeg,
            lead_in: 0,
        };
        let trials = [Trial { look, target: 0 }];
        let response = Training::new(&trials).unwrap().fit().unwrap();
        let labels: Vec<String> = (0..channels).map(|k| format!("E{k}")).collect();
        let model = LookingModel::new(labels.clone(), response).unwrap();
        let layout = Layout {
            rate: Hertz::new(rate_hz as f64).unwrap(),
            labels,
        };
        let settings = LookingSettings {
            codes: TagCodes::Model(Box::new(model)),
            threshold: 1000.0,
            probability: 1.0,
            is_checked: false,
            display_delay_ms: 0.0,
            leaves_out_muscles: false,
        };
        let mut looking = Looking::new(&layout, &settings, &[50.0]).unwrap();
        looking.show(Shown {
            from: SampleIndex(0),
            scene: 1,
            codes: (0..tags).fold(CodeSet::NONE, CodeSet::with),
        });
        let block = |_| {
            let mut block = Block::with_capacity(channels, BLOCK);
            block.restart(SampleIndex(0));
            for _ in 0..BLOCK {
                let frame = block.push_frame().unwrap();
                frame.fill_with(|| 10.0 * random(&mut state));
            }
            block
        };
        Self {
            looking,
            seconds: (0..rate_hz / BLOCK).map(block).collect(),
            second: 0,
            frames: 0,
            state: 3,
        }
    }

    /// One second of EEG, and of a display of 60 Hz. Returns whether something was selected.
    pub fn advance(&mut self) -> bool {
        let blocks = self.seconds.len();
        let frame = (blocks * BLOCK) as f64 / 60.0;
        let mut is_selected = false;
        for (k, block) in self.seconds.iter_mut().enumerate() {
            let first = SampleIndex(((self.second * blocks + k) * BLOCK) as u64);
            let end = first.after(BLOCK as u64);
            while self.frames as f64 * frame < end.0 as f64 {
                random(&mut self.state);
                self.looking.show_frame(CodeFrame {
                    place: self.frames as f64 * frame,
                    bright: CodeSet::from_bits((self.state >> 32) as u32),
                    is_late: false,
                });
                self.frames += 1;
            }
            block.first = first;
            self.looking.take(block);
            is_selected |= self.looking.selection_before(end).is_some();
        }
        self.second += 1;
        is_selected
    }
}
