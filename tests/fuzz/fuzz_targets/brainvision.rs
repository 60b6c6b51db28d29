#![no_main]

mod shared;

use bci_cursor::source::SourceError;
use bci_cursor::source::recording::{Input, open_input};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

const BETWEEN: &[u8] = b"\n---\n";

fn split(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes
        .windows(BETWEEN.len())
        .position(|window| window == BETWEEN)
    {
        Some(at) => (&bytes[..at], &bytes[at + BETWEEN.len()..]),
        None => (bytes, &[]),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let (header, rest) = split(bytes);
    let (markers, samples) = split(rest);
    let header = [
        b"Brain Vision Data Exchange Header File Version 1.0\n",
        header,
    ]
    .concat();
    let mut beside = |path: &Path| match path.extension().and_then(|extension| extension.to_str()) {
        Some("vmrk") => Ok(Input::of_bytes("x.vmrk", markers.to_vec())),
        Some("eeg") => Ok(Input::of_bytes("x.eeg", samples.to_vec())),
        _ => Err(SourceError::Io {
            path: path.to_owned(),
            cause: std::io::ErrorKind::NotFound.into(),
        }),
    };
    shared::play(open_input(
        Input::of_bytes("x.vhdr", header),
        None,
        &mut beside,
    ));
});
