use crate::pointer::{Pointer, SystemPointer};
use crate::runtime::PointerOpener;
use clap::Args;

/// Release what a driver at the other end of standard input leaves down: 'run' starts it.
#[cfg(all(unix, not(target_os = "macos")))]
#[derive(Debug, Args)]
pub(super) struct GuardArgs {}

#[cfg(all(unix, not(target_os = "macos")))]
pub(super) fn guard(_: &GuardArgs) -> anyhow::Result<std::process::ExitCode> {
    crate::pointer::guard()
        .map_err(|error| anyhow::anyhow!("the guard cannot do its work: {error}"))?;
    Ok(std::process::ExitCode::SUCCESS)
}

/// Opens the system's pointer, with a guard where there is one for this system.
pub(super) fn system_pointer() -> std::io::Result<PointerOpener> {
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        let program = crate::pointer::GuardProgram {
            program: std::env::current_exe()?,
            args: vec!["guard".into()],
        };
        Ok(Box::new(move || {
            Ok(Box::new(SystemPointer::open_guarded(&program)?) as Box<dyn Pointer>)
        }))
    }
    #[cfg(not(all(unix, not(target_os = "macos"))))]
    Ok(Box::new(|| {
        Ok(Box::new(SystemPointer::open()?) as Box<dyn Pointer>)
    }))
}
