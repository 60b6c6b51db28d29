//! The protocols between an EEG headset, this driver and a mouse board. `README.md` in this crate is the normative
//! description.
//!
//! The crate is `no_std`, allocates nothing and has no unsafe code. **No input makes it panic**, loop forever, or read
//! beyond the given bytes: any input is either a checked packet or a [`Malformed`].
//!
//! It has three layers, like smoltcp: a deframer finds packets in a stream of bytes; a checked view
//! ([`openbci::cyton::Packet`], [`native::samples::Packet`]) reads fields in place; a plain `Repr` holds their values,
//! with `parse` and `emit`.
#![no_std]

pub mod counter;
mod error;
mod int24;
pub mod native;
pub mod openbci;
pub mod pen;
pub mod pointer;

pub use error::{BufferTooSmall, Malformed};
pub use int24::{from_be24, from_le24, to_be24, to_le24};
