#![no_main]

use bci_cursor::source::lsl::EegDescription;
use libfuzzer_sys::fuzz_target;

// The XML with which a stream describes itself, as read by liblsl and then by this program.
fuzz_target!(|bytes: &[u8]| {
    let Ok(xml) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(described) = EegDescription::from_xml(xml) {
        assert_eq!(described.eeg.len(), described.layout.channel_count());
        assert!(described.eeg.iter().all(|&(place, factor)| place < described.channels && factor > 0.0));
    }
});
