//! What the table allows, and cycles.

use crate::{Module, Uses};
use std::collections::{BTreeMap, BTreeSet};

/// The modules of the table, from the top. `app` has several layers; all other modules are one layer.
pub(crate) fn layers(table: &str) -> Vec<Module> {
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
pub(crate) fn layer(module: &[String]) -> Module {
    let depth = if module.first().is_some_and(|top| top == "app") {
        2
    } else {
        1
    };
    module[..depth.min(module.len())].to_vec()
}

/// Uses of modules that are not above in the table, and modules that are not in it.
pub(crate) fn against(table: &[Module], uses: &Uses) -> Vec<String> {
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
pub(crate) fn cycles(uses: &Uses) -> Vec<String> {
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
pub(crate) fn keep_cycles(edges: &mut BTreeMap<String, BTreeMap<String, String>>) {
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
