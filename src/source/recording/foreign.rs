//! Files of other programs that are not supported: what they are, and how to convert them.

/// Recognizes a file by its first bytes. Returns what it is and how to convert it.
pub(super) fn advice(start: &[u8]) -> Option<(&'static str, &'static str)> {
    const EXPORT_FIF: &str = "a recording in a supported format; MNE-Python exports it: \
                              mne.io.read_raw('x.fif').export('x.edf')";
    let is_fif = start.starts_with(&[0, 0, 0, 100, 0, 0, 0, 31]);
    let kinds: [(bool, &str, &str); 6] = [
        (is_fif, "a FIF file (MNE, MEGIN)", EXPORT_FIF),
        (
            start.starts_with(b"MATLAB 5.0 MAT-file"),
            "a MATLAB file",
            "a recording in a supported format; EEGLAB exports a .set file under File > Export > Data to EDF/BDF/GDF",
        ),
        (
            start.starts_with(b"\x89HDF\r\n"),
            "an HDF5 file (MATLAB 7.3, NWB)",
            "a recording in a supported format; export it as EDF or BDF from the program that wrote it",
        ),
        (
            start.starts_with(b"%OpenBCI Raw"),
            "a text file of the OpenBCI GUI",
            "a recording in a supported format; choose BDF+ in the OpenBCI GUI, or record its LSL stream",
        ),
        (
            start.starts_with(b"Version 3.0"),
            "a Neuroscan file (.cnt)",
            "a recording in a supported format; MNE-Python exports it: mne.io.read_raw('x.cnt').export('x.edf')",
        ),
        (
            start.starts_with(b"PK\x03\x04"),
            "a ZIP archive",
            "an unpacked recording: unpack it with 'unzip'",
        ),
    ];
    let known = kinds.into_iter().find(|(is_it, ..)| *is_it)?;
    Some((known.1, known.2))
}
