//! Front ends.

pub mod cli;
