//! Electrodes of the 10-10 system: standard spelling and position on the head.

mod labels;

pub use labels::{Labels, canonical_label, labels_of};

/// A point on the unit sphere: x towards the right ear, y towards the nose, z up through the vertex (Cz).
pub type Position = [f64; 3];

/// Midline electrodes from front to back, with their angle from the vertex towards the nose, in degrees.
const ROWS: [(&str, f64); 11] = [
    ("N", 108.0),
    ("FP", 72.0),
    ("AF", 54.0),
    ("F", 36.0),
    ("FC", 18.0),
    ("C", 0.0),
    ("CP", -18.0),
    ("P", -36.0),
    ("PO", -54.0),
    ("O", -72.0),
    ("I", -90.0),
];

/// Position of an electrode; `None` if the label is not part of the 10-10 system.
#[must_use]
pub fn position(label: &str) -> Option<Position> {
    position_of_upper(&canonical_label(label).to_ascii_uppercase())
}

fn position_of_upper(label: &str) -> Option<Position> {
    let split = label.find(|c: char| c.is_ascii_digit() || c == 'Z')?;
    let (letters, place) = label.split_at(split);
    // The ends of the central rows are called T: T7 ends row C, FT7 ends row FC, TP7 ends row CP.
    let row = match letters {
        "T" => "C",
        "FT" => "FC",
        "TP" => "CP",
        other => other,
    };
    let (row_number, midline) = ROWS
        .iter()
        .enumerate()
        .find(|(_, (name, _))| *name == row)
        .map(|(k, (_, angle))| (k, *angle))?;
    if place == "Z" {
        return Some(on_midline(midline));
    }
    let number: u32 = place
        .parse()
        .ok()
        .filter(|number| (1..=10).contains(number) && place.len() <= 2)?;
    if matches!(row, "N" | "I") {
        return None;
    }
    let left = number % 2 == 1;
    // Along the row from the midline: 1, 3, 5 and 7 are a quarter apart; 9 is one quarter further, below the ring.
    let quarters = f64::from(number.div_ceil(2));
    let ring_azimuth = 18.0 * (row_number as f64);
    let end = on_ring(ring_azimuth);
    let short_row = matches!(row, "FP" | "O");
    let fraction = if short_row {
        quarters.min(1.0)
    } else {
        quarters / 4.0
    };
    if short_row && number > 2 {
        return None;
    }
    let [x, y, z] = along_arc(on_midline(midline), end, fraction);
    Some(if left { [-x, y, z] } else { [x, y, z] })
}

fn on_midline(angle_degrees: f64) -> Position {
    let angle = angle_degrees.to_radians();
    [0.0, libm::sin(angle), libm::cos(angle)]
}

/// The ring through Fpz, T8 and Oz, 72° from the vertex; azimuth from Fpz (0°) over the right ear (90°) to Oz.
fn on_ring(azimuth_degrees: f64) -> Position {
    let (azimuth, polar) = ((azimuth_degrees).to_radians(), 72f64.to_radians());
    [
        libm::sin(polar) * libm::sin(azimuth),
        libm::sin(polar) * libm::cos(azimuth),
        libm::cos(polar),
    ]
}

/// The point at a fraction of the great-circle arc from `a` to `b` (above 1: beyond `b`).
fn along_arc(a: Position, b: Position, fraction: f64) -> Position {
    let cosine = (a[0] * b[0] + a[1] * b[1] + a[2] * b[2]).clamp(-1.0, 1.0);
    let angle = libm::acos(cosine);
    let (wa, wb) = (
        libm::sin((1.0 - fraction) * angle),
        libm::sin(fraction * angle),
    );
    let sine = libm::sin(angle);
    [0, 1, 2].map(|k| (wa * a[k] + wb * b[k]) / sine)
}

/// Straight-line distance between two positions, in radii of the head.
#[must_use]
pub fn distance(a: Position, b: Position) -> f64 {
    let square = |k: usize| (a[k] - b[k]) * (a[k] - b[k]);
    (square(0) + square(1) + square(2)).sqrt()
}

/// Electrodes of the montages of a synthetic patient, by number: 9 central electrodes, 21 around the motor cortex, or
/// the 64 of EEGMMIDB.
/// EEGMMIDB.
#[must_use]
pub fn named(channels: usize) -> Option<Vec<String>> {
    let labels: &[&str] = match channels {
        8 => &["FC3", "FC4", "C3", "Cz", "C4", "CP3", "CPz", "CP4"],
        9 => &["FC3", "FC4", "C3", "C1", "C2", "C4", "Cz", "CP3", "CP4"],
        21 => &[
            "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "C5", "C3", "C1", "Cz", "C2", "C4",
            "C6", "CP5", "CP3", "CP1", "CPz", "CP2", "CP4", "CP6",
        ],
        32 => &[
            "Fp1", "Fp2", "AF3", "AF4", "F7", "F3", "Fz", "F4", "F8", "FC5", "FC1", "FC2", "FC6",
            "T7", "C3", "Cz", "C4", "T8", "CP5", "CP1", "CP2", "CP6", "P7", "P3", "Pz", "P4", "P8",
            "PO3", "PO4", "O1", "Oz", "O2",
        ],
        64 => &[
            "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "C5", "C3", "C1", "Cz", "C2", "C4",
            "C6", "CP5", "CP3", "CP1", "CPz", "CP2", "CP4", "CP6", "Fp1", "Fpz", "Fp2", "AF7",
            "AF3", "AFz", "AF4", "AF8", "F7", "F5", "F3", "F1", "Fz", "F2", "F4", "F6", "F8",
            "FT7", "FT8", "T7", "T8", "T9", "T10", "TP7", "TP8", "P7", "P5", "P3", "P1", "Pz",
            "P2", "P4", "P6", "P8", "PO7", "PO3", "POz", "PO4", "PO8", "O1", "Oz", "O2", "Iz",
        ],
        _ => return None,
    };
    Some(labels.iter().map(|label| (*label).to_owned()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_electrodes_are_on_the_head_and_distinct() {
        let labels = named(64).unwrap();
        for (i, a) in labels.iter().enumerate() {
            let p = position(a).unwrap_or_else(|| panic!("{a}"));
            assert!((distance(p, [0.0; 3]) - 1.0).abs() < 1e-9, "{a}");
            for b in &labels[i + 1..] {
                assert!(distance(p, position(b).unwrap()) > 0.1, "{a} {b}");
            }
        }
    }

    #[test]
    fn left_and_right_are_symmetric_and_rows_are_ordered() {
        let at = |label| position(label).unwrap();
        assert!(at("C3")[0] < 0.0 && at("C4")[0] > 0.0);
        assert!(
            (at("C3")[0] + at("C4")[0]).abs() < 1e-12 && (at("C3")[1] - at("C4")[1]).abs() < 1e-12
        );
        assert!(
            at("F3")[1] > at("FC3")[1] && at("FC3")[1] > at("C3")[1] && at("C3")[1] > at("CP3")[1]
        );
        assert!(at("Fp1")[1] > at("AF3")[1] && at("O1")[1] < at("PO3")[1]);
        assert_eq!(at("Cz"), [0.0, 0.0, 1.0]);
    }
}
