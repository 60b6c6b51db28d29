//! Checks that data flows one way: a module uses only modules above it in the table of ARCHITECTURE.md, and the modules
//! of a folder form no cycle. Test code may use anything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

mod itself;
mod options;
mod rules;
mod uses;

use options::named_options;
use rules::{against, cycles, layers};
use std::collections::BTreeMap;
use std::path::Path;
use uses::{sources, uses};

/// A module's path within its crate, such as `source/lsl/inlet`; empty for the crate's root.
type Module = Vec<String>;
/// For each module, the modules that it uses, each with the path in the source.
type Uses = BTreeMap<Module, BTreeMap<Module, String>>;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

#[test]
fn modules_use_only_modules_above_them() {
    let table = std::fs::read_to_string(Path::new(ROOT).join("ARCHITECTURE.md")).unwrap();
    let uses = uses(&sources(&Path::new(ROOT).join("src")));
    let wrong = against(&layers(&table), &uses);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_folder_contains_a_cycle() {
    for folder in ["src", "calibration/src", "firmware-protocol/src"] {
        let wrong = cycles(&uses(&sources(&Path::new(ROOT).join(folder))));
        assert!(wrong.is_empty(), "{folder}:\n{}", wrong.join("\n"));
    }
}

/// Texts of the library contain no options or commands of the program: `app/advice` adds them.
#[test]
fn only_app_names_options_and_commands() {
    for folder in ["src", "calibration/src", "firmware-protocol/src"] {
        let sources = sources(&Path::new(ROOT).join(folder)).into_iter();
        for (module, text) in sources.filter(|(module, _)| !module.starts_with(&["app".into()])) {
            let named = named_options(&text);
            assert!(named.is_empty(), "{folder}/{}: {named:?}", module.join("/"));
        }
    }
}

/// Test discovery (`autotests`) is off, so a file that is not listed would never run.
#[test]
fn every_file_of_tests_is_run() {
    let read = |path: &str| std::fs::read_to_string(Path::new(ROOT).join(path)).unwrap();
    let (manifest, program) = (read("Cargo.toml"), read("tests/end_to_end.rs"));
    for entry in std::fs::read_dir(Path::new(ROOT).join("tests")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if let Some(name) = name.strip_suffix(".rs") {
            assert!(
                manifest.contains(&format!("[[test]]\nname = \"{name}\""))
                    || program.contains(&format!("\nmod {name};")),
                "tests/{name}.rs is part of no test program: name it in tests/end_to_end.rs"
            );
        }
    }
}
