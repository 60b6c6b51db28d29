//! Checks that data flows one way: a module uses only modules above it in the table of ARCHITECTURE.md, and the modules
//! of a folder form no cycle. Test code may use anything.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test fails by panicking

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};

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

/// The text of every module, except files of tests.
fn sources(folder: &Path) -> BTreeMap<Module, String> {
    fn walk(folder: &Path, module: &Module, found: &mut BTreeMap<Module, String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let mut inner = module.clone();
            if path.is_dir() {
                inner.push(name);
                walk(&path, &inner, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                if !matches!(name.as_str(), "mod" | "lib" | "main") {
                    inner.push(name);
                }
                if !inner.iter().any(|part| part == "tests") {
                    found.insert(inner, std::fs::read_to_string(&path).unwrap());
                }
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, &Vec::new(), &mut found);
    found
}

fn uses(sources: &BTreeMap<Module, String>) -> Uses {
    let mut uses = Uses::new();
    for (module, text) in sources {
        let file = syn::parse_file(text).unwrap_or_else(|error| panic!("{module:?}: {error}"));
        let mut paths = Paths {
            module: module.clone(),
            found: BTreeSet::new(),
        };
        paths.visit_file(&file);
        for path in paths.found {
            // The longest prefix of the path that is a module of this crate.
            let target = (0..=path.len())
                .rev()
                .map(|length| path[..length].to_vec())
                .find(|target| target.is_empty() || sources.contains_key(target))
                .unwrap();
            if target != *module {
                let used_as = path.join("::");
                uses.entry(module.clone())
                    .or_default()
                    .insert(target, used_as);
            }
        }
    }
    uses
}

/// Collects the paths of this crate in a file, outside of its tests.
struct Paths {
    module: Module,
    found: BTreeSet<Module>,
}

impl Paths {
    fn note(&mut self, path: &[String]) {
        let mut base = self.module.clone();
        let mut rest = path;
        match rest.first().map(String::as_str) {
            Some("crate") => (base, rest) = (Vec::new(), &rest[1..]),
            Some("self") => rest = &rest[1..],
            Some("super") => {
                while rest.first().is_some_and(|part| part == "super") {
                    base.pop();
                    rest = &rest[1..];
                }
            }
            _ => return,
        }
        base.extend_from_slice(rest);
        self.found.insert(base);
    }

    fn note_tree(&mut self, before: &[String], tree: &syn::UseTree) {
        let with = |name: &syn::Ident| {
            let mut path = before.to_vec();
            path.push(name.to_string());
            path
        };
        match tree {
            syn::UseTree::Path(path) => self.note_tree(&with(&path.ident), &path.tree),
            syn::UseTree::Name(name) if name.ident == "self" => self.note(before),
            syn::UseTree::Name(name) => self.note(&with(&name.ident)),
            syn::UseTree::Rename(rename) => self.note(&with(&rename.ident)),
            syn::UseTree::Glob(_) => self.note(before),
            syn::UseTree::Group(group) => {
                let trees = group.items.iter();
                trees.for_each(|tree| self.note_tree(before, tree));
            }
        }
    }
}

impl Visit<'_> for Paths {
    fn visit_item(&mut self, item: &syn::Item) {
        if !is_test(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, used: &syn::ItemUse) {
        self.note_tree(&[], &used.tree);
    }

    fn visit_path(&mut self, path: &syn::Path) {
        let parts: Vec<String> = path
            .segments
            .iter()
            .map(|part| part.ident.to_string())
            .collect();
        if parts.len() > 1 {
            self.note(&parts);
        }
        visit::visit_path(self, path);
    }
}

fn is_test(item: &syn::Item) -> bool {
    let attributes = match item {
        syn::Item::Mod(inner) => &inner.attrs,
        syn::Item::Use(used) => &used.attrs,
        syn::Item::Fn(function) => &function.attrs,
        syn::Item::Impl(block) => &block.attrs,
        syn::Item::Struct(own) => &own.attrs,
        syn::Item::Const(own) => &own.attrs,
        _ => return false,
    };
    attributes.iter().any(is_of_tests)
}

fn is_of_tests(attribute: &syn::Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else {
        return false;
    };
    list.path.is_ident("cfg") && matches!(list.tokens.to_string().as_str(), "test" | "doctest")
}

/// Texts of a file that contain an option (`--rate`) or a command (`'bci-cursor run'`), except in tests and documentation.
fn named_options(text: &str) -> Vec<String> {
    let mut texts = Texts(Vec::new());
    texts.visit_file(&syn::parse_file(text).unwrap());
    texts.0
}

struct Texts(Vec<String>);

impl Texts {
    /// Checks a text, or the tokens of a macro. In tokens, `--` before a letter occurs only in texts and in doc comments.
    fn note(&mut self, text: &str) {
        let mut parts = text.split("# [doc = \"");
        let mut text = parts.next().unwrap_or_default().to_owned();
        text.extend(parts.filter_map(|part| Some(part.split_once("\"]")?.1)));
        let mut options = text.split("--").skip(1);
        let is_option = options.any(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()));
        if is_option || text.contains("'bci-cursor ") {
            self.0.push(text);
        }
    }
}

impl Visit<'_> for Texts {
    fn visit_item(&mut self, item: &syn::Item) {
        if !is_test(item) {
            visit::visit_item(self, item);
        }
    }

    fn visit_attribute(&mut self, attribute: &syn::Attribute) {
        if let syn::Meta::List(list) = &attribute.meta {
            self.note(&list.tokens.to_string());
        }
    }

    fn visit_macro(&mut self, called: &syn::Macro) {
        self.note(&called.tokens.to_string());
    }

    fn visit_lit_str(&mut self, text: &syn::LitStr) {
        self.note(&text.value());
    }
}

/// The modules of the table, from the top. `app` has several layers; all other modules are one layer.
fn layers(table: &str) -> Vec<Module> {
    let rows = table
        .lines()
        .skip_while(|line| *line != "| module | what it holds |");
    let rows = rows.skip(2).take_while(|line| line.starts_with('|'));
    rows.flat_map(|row| {
        let cell = row.split('|').nth(1).unwrap();
        let names = cell.split('`').skip(1).step_by(2);
        names.map(|name| {
            name.trim_end_matches('/')
                .split('/')
                .map(str::to_owned)
                .collect()
        })
    })
    .collect()
}

/// The layer of a module.
fn layer(module: &[String]) -> Module {
    let depth = if module.first().is_some_and(|top| top == "app") {
        2
    } else {
        1
    };
    module[..depth.min(module.len())].to_vec()
}

/// Uses of modules that are not above in the table, and modules that are not in it.
fn against(table: &[Module], uses: &Uses) -> Vec<String> {
    let place = |module: &[String]| table.iter().position(|row| *row == layer(module));
    let mut wrong = Vec::new();
    for (module, targets) in uses {
        // The root and `app` only list their parts.
        if module.is_empty() || module.join("/") == "app" {
            continue;
        }
        let Some(own) = place(module) else {
            wrong.push(format!(
                "{} is not in the table of ARCHITECTURE.md",
                module.join("/")
            ));
            continue;
        };
        for (target, used_as) in targets {
            if layer(target) != layer(module) && place(target).is_none_or(|above| above >= own) {
                let (module, target) = (module.join("/"), layer(target).join("/"));
                wrong.push(format!(
                    "{module} uses {used_as}, but {target} does not stand above it"
                ));
            }
        }
    }
    wrong
}

/// Cycles among the modules of one folder, where a subfolder counts as one module. Uses between a parent and its own
/// parts are not a cycle.
fn cycles(uses: &Uses) -> Vec<String> {
    let mut folders: BTreeMap<Module, BTreeMap<String, BTreeMap<String, String>>> = BTreeMap::new();
    for (module, targets) in uses {
        for (target, used_as) in targets {
            let common = module
                .iter()
                .zip(target)
                .take_while(|(a, b)| a == b)
                .count();
            if common < module.len() && common < target.len() {
                let (own, other) = (module[common].clone(), target[common].clone());
                let used_as = format!("{} uses {used_as}", module.join("/"));
                let folder = folders.entry(module[..common].to_vec()).or_default();
                folder
                    .entry(own)
                    .or_default()
                    .entry(other)
                    .or_insert(used_as);
            }
        }
    }
    folders.values_mut().for_each(keep_cycles);
    let used_as = folders.values().flat_map(BTreeMap::values);
    used_as.flat_map(BTreeMap::values).cloned().collect()
}

/// Repeatedly removes modules without remaining uses or users, which cannot be part of a cycle.
fn keep_cycles(edges: &mut BTreeMap<String, BTreeMap<String, String>>) {
    loop {
        let users: BTreeSet<String> = edges.keys().cloned().collect();
        let used: BTreeSet<String> = edges.values().flat_map(BTreeMap::keys).cloned().collect();
        if users == used {
            return;
        }
        edges.retain(|user, targets| {
            targets.retain(|target, _| users.contains(target));
            used.contains(user) && !targets.is_empty()
        });
    }
}

/// Tests of this test.
mod itself {
    use super::*;

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
}
