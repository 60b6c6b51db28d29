use crate::app::out::{note, say};
use crate::assist;
use crate::control::Target;
use crate::pointer::SystemPointer;
use crate::printable::{counted, printable};
use crate::system::clock;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// List the targets on the screen. Switches accessibility on for the desktop's session, as a screen reader does.
#[derive(Debug, Args)]
pub(super) struct TargetsArgs {
    /// Use the window at this position instead of the one under the pointer, in pixels of the desktop
    #[arg(long, value_name = "X,Y", value_parser = place, allow_hyphen_values = true)]
    at: Option<[i32; 2]>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn list(args: &TargetsArgs) -> anyhow::Result<ExitCode> {
    let place = args.at.map_or_else(pointer_place, Ok)?;
    let mut reader = assist::open()?;
    let mut found: Vec<Target> = Vec::new();
    let began = clock::now();
    reader.read(place, &mut found)?;
    let took_ms = clock::now().since(began) as f64 / 1e6;
    let names: Vec<Option<String>> = found.iter().map(|target| reader.name_of(target)).collect();
    if args.json {
        let list = found
            .iter()
            .zip(&names)
            .map(|(target, name)| json!({"rect": target.rect, "kind": target.kind, "name": name}));
        let list: Vec<serde_json::Value> = list.collect();
        let report = json!({"at": place, "took_ms": took_ms, "targets": list});
        say!("{}", serde_json::to_string_pretty(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if found.is_empty() {
        say!(
            "No target in the active window or in the one at {},{}. Programs that were started before accessibility was switched on often show nothing until they are restarted; Chromium needs --force-renderer-accessibility",
            place[0],
            place[1]
        )?;
    }
    for (Target { rect, kind, .. }, name) in found.iter().zip(&names) {
        let name = name.as_deref().map_or("-".into(), printable);
        say!(
            "{:<10} {:>5} {:>5}  {:>4} x {:<4}  {name}",
            kind.name(),
            rect.x,
            rect.y,
            rect.width,
            rect.height
        )?;
    }
    note!(
        "{}, read in {took_ms:.0} ms",
        counted(found.len(), "target")
    );
    Ok(ExitCode::SUCCESS)
}

pub(super) fn place(text: &str) -> Result<[i32; 2], String> {
    let wrong = || "expected two whole numbers, such as 640,400".to_owned();
    let (x, y) = text.split_once(',').ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse().map_err(|_| wrong());
    Ok([number(x)?, number(y)?])
}

fn pointer_place() -> anyhow::Result<[i32; 2]> {
    // Only reads the position, because a running driver owns the hot keys.
    let place = SystemPointer::open().and_then(|pointer| pointer.location_px());
    place.map_err(|error| anyhow::anyhow!("{error}. To use another position, add --at X,Y"))
}
