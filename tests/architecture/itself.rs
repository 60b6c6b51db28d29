//! Tests of these checks.

use crate::options::named_options;
use crate::rules::{against, cycles, layers};
use crate::uses::uses;
use crate::{Module, Uses};

const TABLE: &str = "\
| module | what it holds |
| --- | --- |
| `time`, `source/` | |
| `control/` | |
| `app/out` | |
";

fn of(files: &[(&str, &str)]) -> Uses {
    let module = |name: &str| name.split('/').map(str::to_owned).collect::<Module>();
    uses(
        &files
            .iter()
            .map(|(name, text)| (module(name), (*text).to_owned()))
            .collect(),
    )
}

fn wrong(files: &[(&str, &str)]) -> Vec<String> {
    against(&layers(TABLE), &of(files))
}

#[test]
fn modules_above_may_be_used() {
    let files = [
        ("time", "pub struct Time;"),
        ("source", "pub mod lsl; use crate::time::Time;"),
        (
            "source/lsl",
            "use super::Source; fn now() -> crate::time::Time { todo!() }",
        ),
        ("app/out", "use crate::{control::State, time};"),
        ("control", "#[cfg(test)] mod tests { use crate::app::out; }"),
    ];
    assert_eq!(wrong(&files), [""; 0]);
    assert_eq!(cycles(&of(&files)), [""; 0]);
}

#[test]
fn a_forbidden_import_is_found_however_it_is_written() {
    let control = ("control", "pub struct State;");
    for text in [
        "use crate::control::State;",
        "use crate::{time, control::{State as Other}};",
        "use super::super::control::*;",
        "fn state() -> crate::control::State { todo!() }",
        "impl Tell for crate::control::State {}",
    ] {
        let found = wrong(&[("source/lsl", text), control, ("time", "")]);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(
            found[0].contains("control does not stand above"),
            "{found:?}"
        );
    }
    let found = wrong(&[("control", "use crate::app::out::say;"), ("app/out", "")]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn an_option_is_found_wherever_it_is_named() {
    for text in [
        "const HELP: &str = \"give --rate\";",
        "fn f() { log::warn!(\"see --unit mV\") }",
        "#[error(\"make one with 'bci-cursor fit'\")] struct NoDecoder;",
        "fn f(n: i32) -> String { format!(\"{}\", if n > 0 { \"--channels\" } else { \"\" }) }",
    ] {
        assert_eq!(named_options(text).len(), 1, "{text}");
    }
    for text in [
        "/// As --rate says.\nstruct Rate;",
        "#[cfg(test)] mod tests { const OPTION: &str = \"--rate\"; }",
        "settings! { /// See --rate.\nrate: f64 = 1.0, \"A rate\" }",
        "const LINE: &str = \"a -- b, ----\";",
    ] {
        assert_eq!(named_options(text), [""; 0], "{text}");
    }
}

#[test]
fn a_module_missing_from_the_table_is_found() {
    let found = wrong(&[("pointer", "use crate::time;"), ("time", "")]);
    assert_eq!(found, ["pointer is not in the table of ARCHITECTURE.md"]);
}

#[test]
fn a_cycle_is_found_among_files_and_among_folders() {
    let files = [
        ("source/a/one", "use crate::source::b::Two;"),
        ("source/b", "use super::c;"),
        ("source/c", "use super::a::one::One;"),
        ("source/d", "use super::c;"),
        ("source/a", ""),
    ];
    let found = cycles(&of(&files));
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(
        !found.iter().any(|used_as| used_as.contains("source/d")),
        "{found:?}"
    );
}
