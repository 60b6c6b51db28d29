//! The codes that tags show if the person's response to codes is known.

use crate::command::MOST_CODES;
use crate::stimulus::CodeBook;
use bci_cursor_calibration::looking::codes::Code;
use bci_cursor_calibration::looking::codes::sequences::{correlation, gold_codes, modulated};

/// Degree of the Gold codes: 63 bits, and 126 after modulation, which take 2.1 s at 60 Hz.
const DEGREE: u32 = 6;
/// Responses come up to this many bits earlier or later than expected.
const MOST_SHIFT: usize = 2;

/// The [`MOST_CODES`] modulated Gold codes that are least alike, always the same ones. Beginning with the first Gold code, each next one is
/// that whose largest correlation with those before, also when shifted a little, is smallest.
#[must_use]
pub fn code_book() -> CodeBook {
    let all = gold_codes(DEGREE).unwrap_or_default();
    let all: Vec<Vec<bool>> = all.iter().map(|code| modulated(code)).collect();
    // The largest likeness of each code to those that are taken; none for one that is taken itself.
    let mut likeness = vec![Some((0, 0)); all.len()];
    let mut codes = Vec::with_capacity(MOST_CODES);
    while codes.len() < MOST_CODES {
        let free = likeness.iter().enumerate();
        let free = free.filter_map(|(place, likeness)| Some(((*likeness)?, place)));
        let Some((_, best)) = free.min() else { break };
        likeness[best] = None;
        for (other, likeness) in all.iter().zip(&mut likeness) {
            if let Some((most, sum)) = likeness {
                let with_best = alike(&all[best], other);
                (*most, *sum) = ((*most).max(with_best), *sum + with_best);
            }
        }
        codes.push(Code::Bits(all[best].clone()));
    }
    CodeBook { codes }
}

/// The largest correlation of two codes in bits, whatever its sign, if one is shifted by up to [`MOST_SHIFT`].
fn alike(a: &[bool], b: &[bool]) -> u32 {
    let shifts = (0..=MOST_SHIFT).flat_map(|shift| [shift, a.len() - shift]);
    let correlations = shifts.map(|shift| correlation(a, b, shift).unsigned_abs());
    correlations.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_all_different_and_equally_bright() {
        let codes = code_book().codes;
        assert_eq!(codes.len(), MOST_CODES);
        let bits: Vec<&Vec<bool>> = codes
            .iter()
            .map(|code| match code {
                Code::Bits(bits) => bits,
                Code::Sine { .. } => panic!("bits"),
            })
            .collect();
        let mut most = 0;
        for (k, code) in bits.iter().enumerate() {
            assert_eq!(code.len(), 126);
            assert_eq!(code.iter().filter(|bit| **bit).count(), 63);
            most = bits[..k]
                .iter()
                .map(|other| alike(code, other))
                .fold(most, u32::max);
        }
        // Gold codes have correlations of up to 17 of 63 bits.
        assert!(most <= 34, "{most}");
        assert_eq!(code_book().codes, codes);
    }
}
