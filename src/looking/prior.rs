//! What other people's visual cortex answers to flicker at each electrode: where a decoder of looks starts.

use crate::montage;
use bci_cursor_calibration::matrix::SymmetricMatrix;
use serde::Deserialize;

/// Fitted on V01 to V04 of Kalunga et al. (2016, doi:10.1016/j.neucom.2016.01.007): for each harmonic the mean covariance of the whitened
/// response, in windows of two seconds, less what rest has.
const SHIPPED: &str = include_str!("ssvep.json");

/// Electrodes of the table.
const ELECTRODES: [&str; 8] = ["Oz", "O1", "O2", "PO3", "POz", "PO7", "PO8", "PO4"];

#[derive(Debug, Deserialize)]
struct Table {
    labels: Vec<String>,
    harmonics: Vec<Vec<Vec<f64>>>,
}

/// The shipped table cannot be read. A test reads it.
#[derive(Debug, thiserror::Error)]
#[error("the shipped table of visual responses is damaged: {0}")]
pub struct PriorError(#[from] serde_json::Error);

/// Whether other people's response at this electrode is known.
#[must_use]
pub fn responds(label: &str) -> bool {
    let label = montage::canonical_label(label);
    ELECTRODES.contains(&label.as_str())
}

/// The expected covariance of each harmonic's response for these electrodes.
///
/// Electrodes elsewhere on the head are expected to show nothing. A channel whose place is unknown, and every channel if none is over the visual
/// cortex, is expected to show what the table's electrodes do on average, independently of the others.
///
/// # Errors
/// [`PriorError`] if the shipped table is damaged.
pub fn response_prior(labels: &[String]) -> Result<Vec<SymmetricMatrix>, PriorError> {
    let table: Table = serde_json::from_str(SHIPPED)?;
    let place = |label: &String| {
        table
            .labels
            .iter()
            .position(|own| *own == montage::canonical_label(label))
    };
    let places: Vec<Option<usize>> = labels.iter().map(place).collect();
    let none_is_known = places.iter().all(Option::is_none);
    let of_harmonic = |matrix: &Vec<Vec<f64>>| {
        let mean = (0..matrix.len()).map(|k| matrix[k][k]).sum::<f64>() / matrix.len() as f64;
        let mut prior = SymmetricMatrix::zeros(labels.len());
        prior.fill_upper(|i, row| {
            for (j, value) in (i..).zip(row) {
                *value = match (places[i], places[j]) {
                    (Some(one), Some(other)) => matrix[one][other],
                    (None, None)
                        if i == j && (none_is_known || montage::position(&labels[i]).is_none()) =>
                    {
                        mean
                    }
                    _ => 0.0,
                };
            }
        });
        prior
    };
    Ok(table.harmonics.iter().map(of_harmonic).collect())
}

#[cfg(test)]
mod tests {
    use super::{ELECTRODES, SHIPPED, Table, response_prior};

    #[test]
    fn the_table_has_these_electrodes() {
        let table: Table = serde_json::from_str(SHIPPED).unwrap();
        assert_eq!(table.labels, ELECTRODES);
    }

    fn first(labels: &[&str]) -> Vec<f64> {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        response_prior(&labels).unwrap()[0].values().to_vec()
    }

    #[test]
    fn electrodes_are_found_by_name() {
        let both = first(&["POz", "Oz"]);
        assert_eq!(both, [12.0617, 3.0261, 3.0261, 3.343]);
        assert_eq!(first(&["OZ", "poz"]), [3.343, 3.0261, 3.0261, 12.0617]);
    }

    #[test]
    fn electrodes_elsewhere_show_nothing_and_unknown_ones_the_mean() {
        assert_eq!(first(&["Oz", "C3"]), [3.343, 0.0, 0.0, 0.0]);
        let unknown = first(&["Oz", "Ch2"]);
        assert!(unknown[3] > 1.0 && unknown[1] == 0.0, "{unknown:?}");
        let nowhere = first(&["C3", "C4"]);
        assert_eq!(nowhere, [unknown[3], 0.0, 0.0, unknown[3]]);
    }
}
