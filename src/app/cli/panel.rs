use super::look::LookArgs;
use crate::app::gui;
use crate::app::gui::panel::{PanelOptions, PanelUpdate};
use crate::app::panel::{Calls, Panel, Services};
use crate::app::programs::Program;
use crate::app::typist::Typist;
use crate::patient::words;
use crate::pointer::PointerName;
use crate::rect::Edge;
use crate::settings::Settings;
use anyhow::Context;
use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

/// The patient's panel, which reads what to show from standard input. 'run --panel' opens it.
#[derive(Debug, Args)]
pub(super) struct PanelArgs {
    /// The edge of the screen
    #[arg(long, value_enum)]
    edge: EdgeName,
    /// The name of a program that the patient can start
    #[arg(long, value_name = "NAME")]
    program: Vec<String>,
    /// The file with the words that the patient has written
    #[arg(long, value_name = "FILE")]
    words: Option<PathBuf>,
    #[command(flatten)]
    look: LookArgs,
}

/// The panel of a run.
#[derive(Debug, Args)]
pub(super) struct RunPanelArgs {
    /// Show large buttons for the patient along an edge of the screen: kinds of click, scrolling, a keyboard, programs, pausing, settings, a
    /// call for help
    #[arg(long, value_name = "EDGE", value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "right")]
    panel: Option<EdgeName>,
    /// With --panel: also run this command when the patient calls; the wish is in the variable BCI_CURSOR_CALL
    #[arg(long, value_name = "COMMAND", requires = "panel")]
    call_command: Option<String>,
    /// With --panel: a program that the patient can start, by the name of its .desktop file, or a page as NAME=ADDRESS. Give it once for each
    /// [default: browsers and video players of the desktop's menu]
    #[arg(long, value_name = "PROGRAM", requires = "panel")]
    program: Vec<String>,
}

impl RunPanelArgs {
    /// Shows the panel, if it is asked for.
    pub(super) fn open(
        &self,
        look: &LookArgs,
        (pointer, is_seen): (PointerName, bool),
        patient: &str,
        settings: &Settings,
        has_tags: bool,
    ) -> anyhow::Result<Option<Panel>> {
        let Some(edge) = self.panel else {
            return Ok(None);
        };
        anyhow::ensure!(
            is_seen,
            "the panel needs a pointer whose place is seen, to know when it is on a button: --pointer x11 in an X session, or --pointer wlr \
             under Wayland (sway and others that build on wlroots). Leave out --panel with other pointers"
        );
        let programs = if self.program.is_empty() {
            Program::usual()
        } else {
            let named = self.program.iter().map(|name| Program::named(name));
            named.collect::<Result<Vec<_>, _>>()?
        };
        let mut args = edge.args(look);
        let names = programs.iter();
        args.extend(names.map(|program| format!("--program={}", program.name)));
        // Without a folder for patients, nothing is kept.
        let path = words::path(patient).ok();
        if let Some(path) = path.as_ref().and_then(|path| path.to_str()) {
            args.push(format!("--words={path}"));
        }
        let calls = Calls::new(look.args(), self.call_command.clone());
        let services = Services::new(calls, Typist::new(pointer), programs);
        let first = PanelUpdate::first(settings, has_tags);
        let panel = Panel::start(args, services, first);
        panel
            .map(Some)
            .context("the panel cannot be shown; without --panel the run needs none")
    }
}

/// An edge of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EdgeName {
    Left,
    Right,
    Top,
    Bottom,
}

impl EdgeName {
    fn edge(self) -> Edge {
        match self {
            Self::Left => Edge::Left,
            Self::Right => Edge::Right,
            Self::Top => Edge::Top,
            Self::Bottom => Edge::Bottom,
        }
    }

    /// The arguments that open the panel.
    fn args(self, look: &LookArgs) -> Vec<String> {
        let name = self.to_possible_value();
        let name = name.map_or_else(String::new, |name| name.get_name().to_owned());
        let mut args = vec!["panel".to_owned(), format!("--edge={name}")];
        args.extend(look.args());
        args
    }
}

pub(super) fn panel(args: &PanelArgs) -> anyhow::Result<ExitCode> {
    let input = std::io::stdin();
    anyhow::ensure!(
        !input.is_terminal(),
        "this window is opened by a run: use 'bci-cursor run --panel'"
    );
    // Called before any thread starts, so that all of them inherit it.
    gui::step_back();
    let options = PanelOptions {
        edge: args.edge.edge(),
        text: args.look.text(),
        look: args.look.look(),
        programs: args.program.clone(),
        words: args.words.clone(),
    };
    gui::panel::panel(input, std::io::stdout(), options)?;
    Ok(ExitCode::SUCCESS)
}
