#![no_main]

mod shared;

use bci_cursor::source::SourceError;
use bci_cursor::source::recording::{Input, open_input};
use libfuzzer_sys::fuzz_target;
use std::path::Path;

fuzz_target!(|bytes: &[u8]| {
    let mut data = bytes.to_vec();
    // Data that does not begin like this format belongs to another target.
    shared::begin(&mut data, b"XDF:");
    let none = |path: &Path| {
        Err(SourceError::Io {
            path: path.to_owned(),
            cause: std::io::ErrorKind::NotFound.into(),
        })
    };
    shared::play(open_input(
        Input::of_bytes("xdf", data),
        None,
        &mut |path| none(path),
    ));
});
