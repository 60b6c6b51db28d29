//! The `bci-cursor` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    bci_cursor::app::cli::main()
}
