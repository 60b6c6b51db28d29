//! Pseudo-random sequences of bits whose correlations are known.

/// Exponents of a primitive polynomial over GF(2) without its constant term, the highest first (Zierler and Brillhart 1968).
fn primitive(degree: u32) -> Option<&'static [u32]> {
    Some(match degree {
        5 => &[5, 2],
        6 => &[6, 1],
        7 => &[7, 3],
        8 => &[8, 6, 5, 4],
        9 => &[9, 4],
        10 => &[10, 3],
        _ => return None,
    })
}

/// A second polynomial whose sequence has three-valued correlations with the first one's (Gold 1967,
/// doi:10.1109/TIT.1967.1054048). There is none for a degree that four divides.
fn preferred(degree: u32) -> Option<&'static [u32]> {
    Some(match degree {
        5 => &[5, 4, 3, 2],
        6 => &[6, 5, 2, 1],
        7 => &[7, 3, 2, 1],
        9 => &[9, 6, 4, 3],
        10 => &[10, 8, 3, 2],
        _ => return None,
    })
}

/// The sequence of a linear feedback shift register: `2^degree - 1` bits for a primitive polynomial.
fn register(exponents: &[u32]) -> Vec<bool> {
    let degree = exponents.first().copied().unwrap_or(0) as usize;
    let length = (1_usize << degree) - 1;
    let mut bits = vec![true; degree];
    while bits.len() < length {
        // x^degree = Σ x^exponent + 1 gives s(n) = Σ s(n - degree + exponent) + s(n - degree).
        let from = bits.len() - degree;
        let lower = exponents[1..]
            .iter()
            .map(|exponent| bits[from + *exponent as usize]);
        let next = lower.fold(bits[from], |sum, bit| sum ^ bit);
        bits.push(next);
    }
    bits
}

/// A maximal-length sequence of `2^degree - 1` bits, for degrees of 5 to 10: its correlation with every shift of itself is -1 bit.
#[must_use]
pub fn m_sequence(degree: u32) -> Option<Vec<bool>> {
    Some(register(primitive(degree)?))
}

/// The `2^degree + 1` Gold codes of `2^degree - 1` bits, for degrees 5, 6, 7, 9 and 10. Correlations, also between shifts, take the values -1, -t and
/// t - 2 bits, with `t = 1 + 2^⌊(degree + 2) / 2⌋`.
#[must_use]
pub fn gold_codes(degree: u32) -> Option<Vec<Vec<bool>>> {
    let (first, second) = (register(primitive(degree)?), register(preferred(degree)?));
    let length = first.len();
    let sum = |shift: usize| {
        (0..length)
            .map(|n| first[n] ^ second[(n + shift) % length])
            .collect()
    };
    let sums: Vec<Vec<bool>> = (0..length).map(sum).collect();
    Some([vec![first.clone(), second.clone()], sums].concat())
}

/// The code at twice its rate, added to a clock of alternating bits (Thielen et al. 2015, doi:10.1371/journal.pone.0133797): never more than two
/// equal bits in a row, and bright for exactly half of the time.
#[must_use]
pub fn modulated(code: &[bool]) -> Vec<bool> {
    code.iter().flat_map(|bit| [!bit, *bit]).collect()
}

/// The circular correlation of two codes of one length, in bits: those that agree less those that differ, with `b` moved to the left by `shift`.
#[must_use]
pub fn correlation(a: &[bool], b: &[bool], shift: usize) -> i32 {
    let moved = b.iter().cycle().skip(shift % b.len().max(1));
    a.iter()
        .zip(moved)
        .map(|(a, b)| if a == b { 1 } else { -1 })
        .sum()
}

/// The most equal bits in a row, where the code is repeated.
#[must_use]
pub fn longest_run(code: &[bool]) -> usize {
    let (mut longest, mut run) = (0, 0);
    let mut last = None;
    for bit in code.iter().chain(code) {
        run = if last == Some(bit) { run + 1 } else { 1 };
        longest = longest.max(run.min(code.len()));
        last = Some(bit);
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::{correlation, gold_codes, longest_run, m_sequence, modulated};

    #[test]
    fn a_maximal_sequence_is_unlike_every_shift_of_itself() {
        for degree in 5..=10 {
            let code = m_sequence(degree).unwrap();
            assert_eq!(code.len(), (1 << degree) - 1);
            assert_eq!(
                code.iter().filter(|bit| **bit).count(),
                1 << (degree - 1),
                "degree {degree}"
            );
            assert_eq!(longest_run(&code), degree as usize);
            for shift in 1..code.len() {
                assert_eq!(
                    correlation(&code, &code, shift),
                    -1,
                    "degree {degree}, shift {shift}"
                );
            }
        }
        assert_eq!(m_sequence(4), None);
    }

    #[test]
    fn gold_codes_have_three_correlations() {
        for degree in [5, 6, 7] {
            let codes = gold_codes(degree).unwrap();
            assert_eq!(codes.len(), (1 << degree) + 1);
            let t = 1 + (1 << ((degree + 2) / 2));
            for (k, one) in codes.iter().enumerate() {
                for (other, shift) in codes[k..]
                    .iter()
                    .flat_map(|code| (0..one.len()).map(move |shift| (code, shift)))
                {
                    let found = correlation(one, other, shift);
                    let is_itself = std::ptr::eq(one, other) && shift == 0;
                    assert!(
                        is_itself || [-1, -t, t - 2].contains(&found),
                        "degree {degree}: {found}"
                    );
                }
            }
        }
        assert_eq!(gold_codes(8), None);
    }

    #[test]
    fn longer_gold_codes_keep_the_bound() {
        for degree in [9, 10] {
            let codes = gold_codes(degree).unwrap();
            let t = 1 + (1 << ((degree + 2) / 2));
            for (one, other) in codes.iter().zip(&codes[1..]).step_by(97) {
                for shift in 0..one.len() {
                    assert!([-1, -t, t - 2].contains(&correlation(one, other, shift)));
                }
            }
        }
    }

    #[test]
    fn modulation_shortens_runs_and_evens_brightness() {
        for code in gold_codes(6).unwrap() {
            let code = modulated(&code);
            assert_eq!(code.len(), 126);
            assert!(longest_run(&code) <= 2);
            assert_eq!(code.iter().filter(|bit| **bit).count(), 63);
        }
    }

    #[test]
    fn runs_continue_where_a_code_begins_again() {
        assert_eq!(longest_run(&[true, false, true, true]), 3);
        assert_eq!(longest_run(&[true, true]), 2);
        assert_eq!(longest_run(&[]), 0);
    }
}
