//! Looks at flicker and at codes.

use assert_no_alloc::assert_no_alloc;
use bci_cursor::block::{Block, Layout};
use bci_cursor::looking::grid::CodeGrid;
use bci_cursor::looking::{
    CodeFrame, CodeSet, Looking, LookingModel, LookingSettings, Shown, TagCodes,
};
use bci_cursor::time::SampleIndex;
use bci_cursor::units::Hertz;
use bci_cursor_calibration::Matrix;
use bci_cursor_calibration::looking::cvep::{CvepDecoder, CvepModel, Look, Training, Trial};

#[test]
fn looks_are_decoded_without_allocation() {
    let layout = Layout {
        rate: Hertz::new(250.0).unwrap(),
        labels: ["Oz", "O1", "O2", "POz"].map(str::to_owned).to_vec(),
    };
    let settings = LookingSettings::with_flicker(vec![13.0, 16.0, 19.0], 2.0);
    let mut looking = Looking::new(&layout, &settings, &[50.0]).unwrap();
    let all = (0..3).fold(CodeSet::NONE, CodeSet::with);
    let (mut seed, mut selections, mut block) = (1_u64, 0, Block::with_capacity(4, 10));
    for k in 0..1500_u64 {
        // A gap now and then.
        let first = SampleIndex(10 * k + k / 400 * 7);
        block.restart(first);
        for n in 0..10 {
            let t = (10 * k + n) as f64 / 250.0;
            let light = 5.0 * (2.0 * std::f64::consts::PI * 13.0 * t).sin();
            for value in block.push_frame().unwrap() {
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *value = 10.0 * ((seed >> 33) as f64 / 2f64.powi(30) - 1.0) + light;
            }
        }
        assert_no_alloc(|| {
            if k % 100 == 0 && looking.has_room() {
                looking.show(Shown {
                    from: first.after(5),
                    scene: k as u32,
                    codes: all,
                });
            }
            looking.take(&block);
            selections += usize::from(looking.selection_before(first.after(10)).is_some());
        });
    }
    assert!(selections > 3, "{selections}");
}

/// Samples at 250 Hz from one frame of the display to the next.
const FRAME: f64 = 250.0 / 60.0;

/// The codes that are bright in a frame.
fn bright(frame: u64) -> CodeSet {
    let mixed = (frame + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    CodeSet::from_bits((mixed >> 32) as u32)
}

/// EEG of a person who looks at the first code, and answers to it after 100 ms.
fn look_at_first_code(seed: &mut u64, sample: u64, eeg: &mut [f64]) {
    let seen = bright((sample.saturating_sub(25) as f64 / FRAME) as u64).has(0);
    for value in eeg {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let noise = (*seed >> 33) as f64 / 2f64.powi(30) - 1.0;
        *value = 5.0 * noise + 10.0 * f64::from(u8::from(seen));
    }
}

/// A response that was fitted to a look of twenty seconds at the first code.
fn fitted_response(channels: usize) -> CvepModel {
    let mut grid = CodeGrid::new(Hertz::new(250.0).unwrap(), channels).unwrap();
    let (mut seed, mut frame) = (7, vec![0.0; channels]);
    let mut eeg = Matrix::with_columns(channels);
    for sample in 0..5000 {
        look_at_first_code(&mut seed, sample, &mut frame);
        grid.push(sample, &frame, |_, point| eeg.push_row(point));
    }
    let shown = |k: usize| {
        let (tag, point) = (k / eeg.rows(), k % eeg.rows());
        f64::from(u8::from(
            bright(point.saturating_sub(1) as u64 / 2).has(tag),
        ))
    };
    let look = Look {
        brightness: Matrix::from_values(eeg.rows(), (0..32 * eeg.rows()).map(shown).collect())
            .unwrap(),
        eeg,
        lead_in: 0,
    };
    let trials = [Trial { look, target: 0 }];
    Training::new(&trials).unwrap().fit().unwrap()
}

#[test]
fn looks_at_codes_are_decoded_without_allocation() {
    let layout = Layout {
        rate: Hertz::new(250.0).unwrap(),
        labels: ["Oz", "O1", "O2", "POz"].map(str::to_owned).to_vec(),
    };
    let model = LookingModel::new(layout.labels.clone(), fitted_response(4)).unwrap();
    let settings = LookingSettings {
        codes: TagCodes::Model(Box::new(model)),
        threshold: 4.0,
        probability: 0.95,
        is_checked: true,
        display_delay_ms: 0.0,
        leaves_out_muscles: true,
    };
    let mut looking = Looking::new(&layout, &settings, &[50.0]).unwrap();
    let (mut next, mut last) = (0_u64, f64::NEG_INFINITY);
    let (mut late, mut seed, mut selections) = (0, 1_u64, 0);
    let mut block = Block::with_capacity(4, 10);
    for k in 0..3000_u64 {
        // A gap, and frames that are late, now and then.
        let first = SampleIndex(10 * k + k / 400 * 7);
        block.restart(first);
        for n in 0..10 {
            look_at_first_code(&mut seed, first.0 + n, block.push_frame().unwrap());
        }
        let reported = if k % 150 < 20 { 0 } else { first.0 };
        assert_no_alloc(|| {
            if k % 50 == 0 && looking.has_room() {
                looking.show(Shown {
                    from: first,
                    scene: k as u32,
                    codes: CodeSet::from_bits(u32::MAX),
                });
            }
            while next as f64 * FRAME < reported as f64 && looking.has_room() {
                let place = next as f64 * FRAME;
                let is_late = looking.is_late(last, first);
                late += usize::from(is_late);
                looking.show_frame(CodeFrame {
                    place,
                    bright: bright(next),
                    is_late,
                });
                (next, last) = (next + 1, place);
            }
            looking.take(&block);
            selections += usize::from(looking.selection_before(first.after(10)).is_some());
        });
    }
    assert!(selections > 3 && late > 20, "{selections} {late}");
}

#[test]
fn codes_are_decoded_without_allocation() {
    let (channels, tags) = (8, 32);
    let model = fitted_response(channels);
    let mut grid = CodeGrid::new(Hertz::new(250.0).unwrap(), channels).unwrap();
    let mut decoder = CvepDecoder::new(&model, tags);
    let (mut frame, mut brightness) = (vec![0.0; channels], vec![0.0; tags]);
    let mut points = 0;
    assert_no_alloc(|| {
        decoder.begin(tags).unwrap();
        for n in 0..2500 {
            // A gap of a tenth of a second, and a bad sample.
            if (1000..1025).contains(&n) {
                continue;
            }
            (0..channels).for_each(|k| frame[k] = libm::sin((n * (k + 3)) as f64 * 0.37));
            if n == 500 {
                frame[3] = f64::NAN;
            }
            grid.push(n as u64, &frame, |number, point| {
                (0..tags).for_each(|tag| {
                    brightness[tag] = f64::from(u8::from(bright(number / 2).has(tag)));
                });
                decoder.push(point, &brightness);
                let sum: f64 = decoder.posterior(0.5).iter().sum();
                assert!((sum - 1.0).abs() < 1e-9);
                points += 1;
            });
        }
        decoder.push_missing(&brightness);
        decoder.forget_doubt();
        decoder.push_unjudged(&frame, &brightness);
        decoder.restart();
    });
    assert!((1180..1200).contains(&points), "{points}");
}
