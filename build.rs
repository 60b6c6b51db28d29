//! Tells tests which recordings and programs are at hand: a test that needs others is ignored, and reported as such.

use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    tell("real_eeg", "BCI_CURSOR_EEG_DIR", "../shared/eeg");
    tell("shared_cases", "BCI_CURSOR_CASES_DIR", "../shared/cases");
    println!("cargo::rustc-check-cfg=cfg(sway)");
    println!("cargo::rerun-if-env-changed=PATH");
    if ["sway", "wev"].into_iter().all(is_installed) {
        println!("cargo::rustc-cfg=sway");
    }
    println!("cargo::rustc-check-cfg=cfg(kwin)");
    if ["kwin_wayland", "wev", "dbus-daemon"]
        .into_iter()
        .all(is_installed)
    {
        println!("cargo::rustc-cfg=kwin");
    }
}

fn is_installed(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Sets a `cfg` where the folder that an environment variable names, or else the usual one, is there.
fn tell(cfg: &str, variable: &str, usual: &str) {
    println!("cargo::rustc-check-cfg=cfg({cfg})");
    println!("cargo::rerun-if-env-changed={variable}");
    let folder = std::env::var_os(variable).map_or_else(|| PathBuf::from(usual), PathBuf::from);
    if folder.is_dir() {
        println!("cargo::rustc-cfg={cfg}");
    }
}
