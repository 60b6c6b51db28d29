use crate::app::out::say;
use crate::patient::files::write_atomically;
use crate::printable::printable_path;
use crate::report::{of_patient, of_session, page};
use crate::system::clock;
use anyhow::Context;
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Write a report on a patient or a session as one HTML page.
#[derive(Debug, Args)]
pub(super) struct ReportArgs {
    /// A patient's name, or the file of a session
    #[arg(value_name = "PATIENT|SESSION.xdf")]
    of: String,
    /// Where to write the page
    #[arg(long, value_name = "FILE.html")]
    out: PathBuf,
}

pub(super) fn report(args: &ReportArgs) -> anyhow::Result<ExitCode> {
    super::patient::close_to_others();
    let date_time = clock::date_time();
    let path = Path::new(&args.of);
    let report = if path.is_file() {
        of_session(path, &date_time)?
    } else {
        of_patient(&args.of, &date_time)?
    };
    let text = page(&report);
    write_atomically(&args.out, text.as_bytes())
        .with_context(|| format!("{} cannot be written", printable_path(&args.out)))?;
    say!("written to  {}", printable_path(&args.out))?;
    Ok(ExitCode::SUCCESS)
}
