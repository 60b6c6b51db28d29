use super::look::LookArgs;
use crate::app::gui;
use crate::app::gui::panel::PanelOptions;
use crate::rect::Edge;
use clap::{Args, ValueEnum};
use std::io::IsTerminal;
use std::process::ExitCode;

/// The patient's panel, which reads what to show from standard input. 'run --panel' opens it.
#[derive(Debug, Args)]
pub(super) struct PanelArgs {
    /// The edge of the screen
    #[arg(long, value_enum)]
    edge: EdgeName,
    #[command(flatten)]
    look: LookArgs,
}

/// An edge of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EdgeName {
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
    pub(super) fn args(self, look: &LookArgs) -> Vec<String> {
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
    };
    gui::panel::panel(input, std::io::stdout(), options)?;
    Ok(ExitCode::SUCCESS)
}
