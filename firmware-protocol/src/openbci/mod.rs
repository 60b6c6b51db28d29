//! The OpenBCI boards: Cyton, Cyton with Daisy, Ganglion.

pub mod cyton;
pub mod daisy;
pub mod ganglion;
