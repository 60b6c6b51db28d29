//! Writes files for packages: manual pages and shell completions, generated from the command line.

use crate::printable::printable_path;
use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct InstallFilesArgs {
    /// Write them into this folder: man/*.1 and completions/
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

pub(super) fn write(args: &InstallFilesArgs) -> anyhow::Result<ExitCode> {
    let mut command = super::Cli::command();
    let name = command.get_name().to_owned();
    for part in ["man", "completions"] {
        let folder = args.folder.join(part);
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make the folder {}", printable_path(&folder)))?;
    }
    let context = || format!("cannot write into {}", printable_path(&args.folder));
    clap_mangen::generate_to(command.clone(), args.folder.join("man")).with_context(context)?;
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        clap_complete::generate_to(shell, &mut command, &name, args.folder.join("completions"))
            .with_context(context)?;
    }
    Ok(ExitCode::SUCCESS)
}
