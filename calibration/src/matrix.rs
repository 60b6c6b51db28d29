//! Matrices that know their shape. The shape is checked once, when a matrix is made, so no function needs a slice and a number of
//! columns that may not fit together.

use crate::vectors::axpy;
use std::ops::{Deref, Index};

/// Rows of equal length, stored one after another: a feature vector per epoch (a feature matrix), a spatial filter per row, or the
/// weights of each class.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    values: Vec<f64>,
}

/// Numbers that do not form a matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ShapeError {
    /// The last row is not complete.
    #[error("{values} numbers, expected whole rows of {columns}")]
    Columns {
        /// How many numbers there are.
        values: usize,
        /// Length of a row.
        columns: usize,
    },
    /// Rows of different lengths.
    #[error("row {row} has {found} numbers, expected {expected} as in the first row")]
    Ragged {
        /// Which row, counted from 1.
        row: usize,
        /// Its length.
        found: usize,
        /// Length of the first row.
        expected: usize,
    },
    /// Not as many rows as columns.
    #[error("{values} numbers, expected a square matrix")]
    Square {
        /// How many numbers there are.
        values: usize,
    },
}

impl Matrix {
    /// All zero.
    #[must_use]
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self {
            rows,
            columns,
            values: vec![0.0; rows * columns],
        }
    }

    /// From its numbers, row by row.
    ///
    /// # Errors
    /// [`ShapeError::Columns`] if the last row is not complete.
    pub fn from_values(columns: usize, values: Vec<f64>) -> Result<Self, ShapeError> {
        let error = ShapeError::Columns {
            values: values.len(),
            columns,
        };
        if columns == 0 || !values.len().is_multiple_of(columns) {
            return Err(error);
        }
        Ok(Self {
            rows: values.len() / columns,
            columns,
            values,
        })
    }

    /// From rows of equal length.
    ///
    /// # Errors
    /// [`ShapeError::Ragged`] if a row is longer or shorter than the first.
    pub fn from_rows<R: AsRef<[f64]>>(
        rows: impl IntoIterator<Item = R>,
    ) -> Result<Self, ShapeError> {
        let mut matrix = Self::default();
        for row in rows {
            let row = row.as_ref();
            if matrix.rows == 0 {
                matrix.columns = row.len();
            }
            if row.len() != matrix.columns {
                return Err(ShapeError::Ragged {
                    row: matrix.rows + 1,
                    found: row.len(),
                    expected: matrix.columns,
                });
            }
            matrix.values.extend_from_slice(row);
            matrix.rows += 1;
        }
        Ok(matrix)
    }

    /// No rows yet; [`push_row`](Self::push_row) adds them.
    #[must_use]
    pub fn with_columns(columns: usize) -> Self {
        Self::zeros(0, columns)
    }

    /// Adds a row at the end.
    ///
    /// # Panics
    /// If the row does not have one value per column.
    pub fn push_row(&mut self, row: &[f64]) {
        assert_eq!(row.len(), self.columns, "a row has a value per column");
        self.values.extend_from_slice(row);
        self.rows += 1;
    }

    /// Adds the rows of another matrix at the end.
    ///
    /// # Panics
    /// If that matrix has another number of columns.
    pub fn extend_rows(&mut self, other: &Self) {
        other.iter().for_each(|row| self.push_row(row));
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns: the length of each row.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// One row.
    #[must_use]
    pub fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// One row, mutable.
    pub fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.values[row * self.columns..(row + 1) * self.columns]
    }

    /// The rows, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &[f64]> + ExactSizeIterator + Clone {
        // A chunk of length zero would panic.
        self.values.chunks_exact(self.columns.max(1))
    }

    /// The rows, in order, mutable.
    pub fn iter_mut(&mut self) -> impl ExactSizeIterator<Item = &mut [f64]> {
        self.values.chunks_exact_mut(self.columns.max(1))
    }

    /// All numbers, row by row.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All numbers, row by row, mutable.
    pub fn values_mut(&mut self) -> &mut [f64] {
        &mut self.values
    }

    /// The matrix product `A B`.
    ///
    /// # Panics
    /// If `other` does not have one row per column of this matrix.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        assert_eq!(self.columns, other.rows, "a row for each column");
        let mut product = Self::zeros(self.rows, other.columns);
        for (row, weights) in product.iter_mut().zip(self.iter()) {
            for (weight, other_row) in weights.iter().zip(other.iter()) {
                axpy(*weight, other_row, row);
            }
        }
        product
    }
}

impl Index<(usize, usize)> for Matrix {
    type Output = f64;

    /// The number at a row and a column.
    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        &self.row(row)[column]
    }
}

/// A square matrix that equals its transpose, such as a covariance. It can be read like any [`Matrix`]. Both triangles are stored, so
/// each row is contiguous.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SymmetricMatrix(Matrix);

impl SymmetricMatrix {
    /// All zero.
    #[must_use]
    pub fn zeros(order: usize) -> Self {
        Self(Matrix::zeros(order, order))
    }

    /// Ones on the diagonal.
    #[must_use]
    pub fn identity(order: usize) -> Self {
        let mut identity = Self::zeros(order);
        identity.add_to_diagonal(1.0);
        identity
    }

    /// From its numbers, row by row. Only the upper triangle is read; it is mirrored onto the lower one.
    ///
    /// # Errors
    /// [`ShapeError::Square`] if there are not as many rows as columns.
    pub fn from_values(values: Vec<f64>) -> Result<Self, ShapeError> {
        let order = values.len().isqrt();
        if order * order != values.len() {
            return Err(ShapeError::Square {
                values: values.len(),
            });
        }
        let mut matrix = Self(Matrix {
            rows: order,
            columns: order,
            values,
        });
        matrix.mirror();
        Ok(matrix)
    }

    /// Number of rows, which is the number of columns too.
    #[must_use]
    pub fn order(&self) -> usize {
        self.0.rows
    }

    /// The diagonal, from the top left.
    pub fn diagonal(&self) -> impl Iterator<Item = f64> {
        self.values().iter().step_by(self.order() + 1).copied()
    }

    /// Sum of the diagonal.
    #[must_use]
    pub fn trace(&self) -> f64 {
        self.diagonal().sum()
    }

    /// Adds a value to each element of the diagonal.
    pub fn add_to_diagonal(&mut self, value: f64) {
        let step = self.order() + 1;
        let diagonal = self.0.values.iter_mut().step_by(step);
        diagonal.for_each(|own| *own += value);
    }

    /// Overwrites the matrix: `fill` is called with the index of each row and with the part of that row from the diagonal on. The lower
    /// triangle is mirrored afterwards.
    pub fn fill_upper(&mut self, mut fill: impl FnMut(usize, &mut [f64])) {
        for row in 0..self.order() {
            fill(row, &mut self.0.row_mut(row)[row..]);
        }
        self.mirror();
    }

    /// Applies a function to each element.
    pub fn map_values(&mut self, f: impl Fn(f64) -> f64) {
        self.0
            .values
            .iter_mut()
            .for_each(|value| *value = f(*value));
    }

    /// Adds `factor` times another matrix of the same order.
    pub fn add(&mut self, factor: f64, other: &Self) {
        axpy(factor, other.values(), &mut self.0.values);
    }

    /// The submatrix of these rows and columns, in this order.
    #[must_use]
    pub fn part(&self, places: &[usize]) -> Self {
        let mut part = Self::zeros(places.len());
        part.fill_upper(|row, tail| {
            let own = self.row(places[row]);
            for (value, &place) in tail.iter_mut().zip(&places[row..]) {
                *value = own[place];
            }
        });
        part
    }

    /// All numbers, mutable. The caller writes the upper triangle and then calls [`mirror`](Self::mirror).
    pub(crate) fn values_mut(&mut self) -> &mut [f64] {
        &mut self.0.values
    }

    /// Copies the upper triangle onto the lower one.
    pub(crate) fn mirror(&mut self) {
        let order = self.order();
        let values = self.values_mut();
        for i in 0..order {
            for j in i + 1..order {
                values[j * order + i] = values[i * order + j];
            }
        }
    }
}

impl From<SymmetricMatrix> for Matrix {
    fn from(matrix: SymmetricMatrix) -> Self {
        matrix.0
    }
}

impl Deref for SymmetricMatrix {
    type Target = Matrix;

    fn deref(&self) -> &Matrix {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_another_shape_are_refused() {
        let said = |error: ShapeError| error.to_string();
        assert_eq!(
            Matrix::from_values(3, vec![0.0; 7]).map_err(said),
            Err("7 numbers, expected whole rows of 3".into())
        );
        assert!(Matrix::from_values(0, Vec::new()).is_err());
        assert_eq!(
            Matrix::from_rows([vec![1.0, 2.0], vec![3.0]]).map_err(said),
            Err("row 2 has 1 numbers, expected 2 as in the first row".into())
        );
        assert_eq!(
            SymmetricMatrix::from_values(vec![0.0; 8]).map_err(said),
            Err("8 numbers, expected a square matrix".into())
        );
    }

    #[test]
    fn rows_are_stored_one_after_another() {
        let mut matrix = Matrix::from_rows([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).unwrap();
        matrix.push_row(&[7.0, 8.0, 9.0]);
        assert_eq!((matrix.rows(), matrix.columns()), (3, 3));
        assert_eq!(matrix.row(2), [7.0, 8.0, 9.0]);
        assert_eq!(matrix[(1, 2)], 6.0);
        let firsts: Vec<f64> = matrix.iter().map(|row| row[0]).collect();
        assert_eq!(firsts, [1.0, 4.0, 7.0]);
        let same = Matrix::from_values(3, matrix.values().to_vec());
        assert_eq!(same, Ok(matrix));
    }

    #[test]
    fn a_product_sums_over_the_inner_dimension() {
        let a = Matrix::from_rows([[1.0, 2.0, 0.0], [0.0, 1.0, -1.0]]).unwrap();
        let b = Matrix::from_rows([[1.0, 0.0], [2.0, 1.0], [3.0, 5.0]]).unwrap();
        assert_eq!(a.times(&b).values(), [5.0, 2.0, -1.0, -4.0]);
    }

    #[test]
    fn only_the_upper_triangle_is_read() {
        let matrix = SymmetricMatrix::from_values(vec![1.0, 2.0, -7.0, 3.0]).unwrap();
        assert_eq!(matrix.values(), [1.0, 2.0, 2.0, 3.0]);
        assert_eq!((matrix.order(), matrix.trace()), (2, 4.0));
        let mut other = SymmetricMatrix::identity(2);
        other.add(2.0, &matrix);
        assert_eq!(other.values(), [3.0, 4.0, 4.0, 7.0]);
    }

    #[test]
    fn a_part_has_the_given_rows_and_columns() {
        let mut matrix = SymmetricMatrix::zeros(3);
        matrix.fill_upper(|row, tail| {
            (row..)
                .zip(tail)
                .for_each(|(column, value)| *value = (10 * row + column) as f64);
        });
        assert_eq!(matrix.part(&[0, 2]).values(), [0.0, 2.0, 2.0, 22.0]);
        assert_eq!(matrix.part(&[2, 1]).values(), [22.0, 12.0, 12.0, 11.0]);
    }
}
