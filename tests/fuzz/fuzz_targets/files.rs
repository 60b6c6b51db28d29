#![no_main]

use bci_cursor::settings::Settings;
use bci_cursor_calibration::{Decoder, FaceSwitch, SymmetricMatrix};
use libfuzzer_sys::fuzz_target;

// The program's own files: a decoder, a face switch, a patient's settings, a change of one setting. Whatever is read
// can be written, and is the same when read again.
fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(decoder) = Decoder::from_json(text) {
        if let Ok(mut scorer) = decoder.scorer() {
            let identity = SymmetricMatrix::identity(decoder.channels.len());
            let _ = scorer.score(&vec![identity; decoder.features.bands_hz.len()]);
        }
        let again = decoder.to_json().unwrap();
        assert_eq!(Decoder::from_json(&again).unwrap().to_json().unwrap(), again);
    }
    if let Ok(switch) = FaceSwitch::from_json(text) {
        let again = switch.to_json().unwrap();
        assert_eq!(FaceSwitch::from_json(&again).unwrap().to_json().unwrap(), again);
    }
    if let Ok(settings) = toml::from_str::<Settings>(text) {
        let _ = settings.check();
    }
    if let Ok(settings) = Settings::default().with([text]) {
        settings.check().unwrap();
    }
});
