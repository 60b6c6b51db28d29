//! Recorded EEG, simulated headsets, and tests in a process of their own.

use super::{Lab, Running};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

/// Folder of real EEG: `$BCI_CURSOR_EEG_DIR`, or a folder beside the project. Fails if there is none.
pub fn eeg_dir() -> PathBuf {
    find_eeg().expect("no recorded EEG: set BCI_CURSOR_EEG_DIR")
}

/// The same folder, or `None` if there is none.
pub fn find_eeg() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/eeg");
    let folder = std::env::var_os("BCI_CURSOR_EEG_DIR").map_or(beside, PathBuf::from);
    folder.join("physionet-eegmmidb").is_dir().then_some(folder)
}

/// Path of one EEGMMIDB run, as text.
pub fn eegmmidb(folder: &Path, subject: &str, run: u32) -> String {
    let file = format!("physionet-eegmmidb/{subject}/{subject}R{run:02}.edf");
    folder.join(file).to_string_lossy().into_owned()
}

/// A simulated headset: its process, its port, and its output.
pub fn simulate(lab: &Lab, args: &[&str]) -> (Running, String, mpsc::Receiver<String>) {
    let mut headset = lab.spawn(&[&["simulate"], args].concat(), None);
    let lines = headset.lines();
    let first = lines.recv_timeout(Duration::from_secs(20)).unwrap();
    let port = first.strip_prefix("port ").unwrap().to_owned();
    (headset, port, lines)
}

/// Runs this test of a module (`module_path!()`) again in a process of its own, with its own data folder. Returns true
/// in that process.
pub fn is_apart(module: &str, name: &str) -> bool {
    if std::env::var_os("BCI_CURSOR_TEST_APART").is_some() {
        return true;
    }
    // The name of the test program is not part of the test's name.
    let name = match module.split_once("::") {
        Some((_, module)) => format!("{module}::{name}"),
        None => name.to_owned(),
    };
    let lab = Lab::new();
    let output = lab
        .command(std::env::current_exe().unwrap())
        .args(["--include-ignored", "--exact", &name, "--nocapture"])
        .env("BCI_CURSOR_TEST_APART", "1")
        .env("XDG_DATA_HOME", lab.path("data"))
        // No sound, whatever this computer has.
        .env("ALSA_CONFIG_PATH", "/dev/null")
        .output()
        .unwrap();
    let report = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{report}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // Without this check, a name that matches no test would pass.
    assert!(report.contains("1 passed"), "{name}: {report}");
    print!("{report}");
    false
}
