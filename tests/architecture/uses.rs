//! Which modules each module uses, read from its source.

use crate::{Module, Uses};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use syn::visit::{self, Visit};

/// The text of every module, except files of tests.
pub(crate) fn sources(folder: &Path) -> BTreeMap<Module, String> {
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

pub(crate) fn uses(sources: &BTreeMap<Module, String>) -> Uses {
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
pub(crate) struct Paths {
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

pub(crate) fn is_test(item: &syn::Item) -> bool {
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
