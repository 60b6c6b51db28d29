//! What an EEG headset, this driver and a mouse board say to each other, byte by byte. `README.md` beside this is the
//! normative description.
//!
//! `no_std`, no allocation, no unsafe code. **No input makes anything here panic**, loop without end, or read beyond its
//! bytes: whatever a wire brings is either a checked packet or a [`Malformed`].
//!
//! Three layers, as in smoltcp: a deframer finds packets in a stream of bytes; a checked view ([`openbci::cyton::Packet`],
//! [`native::samples::Packet`]) reads fields where they lie; a plain `Repr` holds what they mean, with `parse` and `emit`.
#![no_std]

pub mod counter;
mod error;
mod int24;
pub mod native;
pub mod openbci;
pub mod pointer;

pub use error::{BufferTooSmall, Malformed};
pub use int24::{from_be24, from_le24, to_be24, to_le24};
