#![no_main]

use bci_cursor::settings::Settings;
use bci_cursor_calibration::{Decoder, FaceSwitch};
use libfuzzer_sys::fuzz_target;

// The program's own files: a decoder, a face switch, a patient's settings, a change of one setting. Whatever is read
// can be written, and is the same when read again.
fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Ok(decoder) = Decoder::from_json(text) {
        if let Ok(mut scorer) = decoder.scorer() {
            let channels = decoder.channels.len();
            let identity: Vec<f64> = (0..channels * channels)
                .map(|k| if k % (channels + 1) == 0 { 1.0 } else { 0.0 })
                .collect();
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
