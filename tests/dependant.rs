//! A program outside of the workspace that depends on the library builds with only the dependency, and runs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

use std::path::Path;
use std::process::Command;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

const PROGRAM: &str = r#"
use bci_cursor::{PipelineSettings, Trace, open_recording, starters};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let recording = "synthetic:seed=7,channels=8,trials=2";
    let decoder = starters::for_layout(open_recording(recording)?.layout())?.ok_or("none")?;
    let trace = Trace::of(recording, &decoder, &PipelineSettings::default())?;
    println!("{} steps", trace.steps.len());
    Ok(())
}
"#;

/// Cargo reads `.cargo/config.toml` of every parent folder, so the program must not be inside this one. Build results
/// stay in `target/`, so that only the program itself is rebuilt next time.
#[test]
fn it_builds_and_runs_without_flags() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = format!(
        "[package]\nname = \"dependant\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
         [dependencies]\nbci-cursor = {{ path = {ROOT:?}, default-features = false }}\n\n\
         [profile.dev]\ndebug = false\n\n[workspace]\n"
    );
    std::fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    std::fs::create_dir(folder.path().join("src")).unwrap();
    std::fs::write(folder.path().join("src/main.rs"), PROGRAM).unwrap();
    // The same versions, which are already downloaded.
    let lock = Path::new(ROOT).join("Cargo.lock");
    std::fs::copy(lock, folder.path().join("Cargo.lock")).unwrap();

    let mut run = Command::new(env!("CARGO"));
    run.args(["run", "--quiet", "--offline"])
        .current_dir(folder.path());
    // Remove what Cargo has set for this test, which includes our own flags.
    for (name, _) in std::env::vars_os() {
        let is_ours = |name: &str| name.starts_with("CARGO_PKG") || name == "CXXFLAGS";
        if name.to_str().is_some_and(is_ours) {
            run.env_remove(name);
        }
    }
    let target = Path::new(ROOT).join("target/dependant");
    let output = run.env("CARGO_TARGET_DIR", target).output().unwrap();
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
    let steps = String::from_utf8_lossy(&output.stdout);
    let steps = steps.strip_suffix(" steps\n").unwrap().parse::<u32>();
    assert!(steps.unwrap() > 100);
}
