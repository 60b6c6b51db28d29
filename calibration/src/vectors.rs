//! Basic loops over slices of numbers, in a fixed order: the same input gives the same bits on every run.

/// The inner product, with eight running sums, which a processor can add in parallel.
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 8];
    let (a_eight, b_eight) = (a.chunks_exact(8), b.chunks_exact(8));
    let tail: f64 = a_eight
        .remainder()
        .iter()
        .zip(b_eight.remainder())
        .map(|(x, y)| x * y)
        .sum();
    for (x, y) in a_eight.zip(b_eight) {
        for k in 0..8 {
            sums[k] += x[k] * y[k];
        }
    }
    let [s0, s1, s2, s3, s4, s5, s6, s7] = sums;
    ((s0 + s4) + (s2 + s6)) + ((s1 + s5) + (s3 + s7)) + tail
}

/// `y += factor * x`.
pub fn axpy(factor: f64, x: &[f64], y: &mut [f64]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += factor * x;
    }
}

/// `y += Σ factors[k] * x[k]`: one pass over `y` for four vectors of its length.
pub(crate) fn axpy4(factors: [f64; 4], [a, b, c, d]: [&[f64]; 4], y: &mut [f64]) {
    let length = y.len();
    let (a, b, c, d) = (&a[..length], &b[..length], &c[..length], &d[..length]);
    for (k, y) in y.iter_mut().enumerate() {
        *y += (factors[0] * a[k] + factors[1] * b[k]) + (factors[2] * c[k] + factors[3] * d[k]);
    }
}
