#[cfg(not(target_os = "macos"))]
use crate::pointer::GuardedDisplay;
use crate::pointer::{PointerName, PointerOpener, PointerOptions, PointerProcess};
use clap::Args;

/// Release buttons that a driver at the other end of standard input leaves down. 'run' starts it.
#[cfg(not(target_os = "macos"))]
#[derive(Debug, Args)]
pub(super) struct GuardArgs {
    /// Where buttons are released
    #[arg(value_enum, default_value_t = GuardedDisplay::DESKTOP)]
    display: GuardedDisplay,
}

#[cfg(not(target_os = "macos"))]
pub(super) fn guard(args: &GuardArgs) -> anyhow::Result<std::process::ExitCode> {
    crate::pointer::guard(args.display)
        .map_err(|error| anyhow::anyhow!("the guard cannot work: {error}"))?;
    Ok(std::process::ExitCode::SUCCESS)
}

/// How to start this program as a guard, on systems that have one.
pub(super) fn guard_process() -> std::io::Result<Option<PointerProcess>> {
    if cfg!(target_os = "macos") {
        return Ok(None);
    }
    Ok(Some(PointerProcess {
        program: std::env::current_exe()?,
        args: vec!["guard".into()],
    }))
}

/// Opens the desktop's pointer, with a guard if there is one.
pub(super) fn system_pointer() -> std::io::Result<PointerOpener> {
    Ok(PointerName::DESKTOP.opener(PointerOptions {
        guard: guard_process()?,
        ..PointerOptions::default()
    }))
}
