//! The command line.

mod allow_flicker;
mod ask;
#[cfg(target_os = "linux")]
mod board;
mod bridge;
#[cfg(feature = "gui")]
mod calibrate;
#[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
mod call;
#[cfg(all(unix, not(target_os = "macos")))]
mod check_display;
mod classes;
#[cfg(feature = "gui")]
mod console;
mod control_args;
mod convert;
mod decoders;
mod demo;
mod doctor;
#[cfg(unix)]
mod dongle;
mod evaluate;
mod fit;
mod fit_looking;
mod fit_switch;
mod forget_words;
mod guard;
mod inspect;
mod install_files;
mod logging;
#[cfg(feature = "gui")]
mod look;
mod look_codes;
#[cfg(all(unix, not(target_os = "macos")))]
mod own_display;
#[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
mod panel;
mod patient;
mod pointer;
mod ports;
#[cfg(feature = "gui")]
mod practice;
mod progress;
mod reading;
mod record;
mod replay;
mod report;
mod run;
mod settings_page;
#[cfg(unix)]
mod simulate;
mod stats;
mod streams;
#[cfg(all(unix, not(target_os = "macos")))]
mod tags;
mod targets;
#[cfg(all(unix, not(target_os = "macos")))]
mod write;

use crate::app::advice::explained;
use crate::app::out::{self, OutputError, note};
use crate::printable::printable;
use clap::Parser;
use std::io::Write;
use std::process::ExitCode;

const ABOUT: &str = "Move and click the ordinary mouse pointer with EEG.

Research software, not a medical device: do not rely on it for anything that must not fail.";

const EXAMPLES: &str = "Examples:
  bci-cursor demo                      try everything without hardware
  bci-cursor streams                   list the LSL streams on the network
  bci-cursor fit A.edf B.edf --classes left_hand=T1,right_hand=T2 --out model.json
  bci-cursor replay C.edf --model model.json
  bci-cursor run --model model.json    control the pointer

Exit status: 0 success; 1 failure; 2 wrong arguments; 3 'fit' or 'fit-looking' found nothing that can be used (NO-GO).";

/// Exit status of a fit that is no better than guessing.
const NO_GO: u8 = 3;

/// The whole command line.
#[derive(Debug, Parser)]
#[command(name = "bci-cursor", version, about = ABOUT, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Subcommand,
    /// Show more messages (-v), or all of them (-vv)
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    verbose: u8,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Try everything without hardware: a synthetic patient is calibrated and moves the pointer to targets
    Demo(demo::DemoArgs),
    /// Check the signal, calibrate a patient and practise, in a window
    #[cfg(feature = "gui")]
    Calibrate(calibrate::CalibrateArgs),
    /// Check the signal and practise in a window: move a pointer, or copy targets by looking at them
    #[cfg(feature = "gui")]
    #[command(alias = "practise")]
    Practice(practice::PracticeArgs),
    #[cfg(feature = "gui")]
    #[command(hide = true)]
    Console(console::ConsoleArgs),
    #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
    #[command(hide = true)]
    Panel(panel::PanelArgs),
    #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
    #[command(hide = true)]
    Call(call::CallArgs),
    #[cfg(not(target_os = "macos"))]
    #[command(hide = true)]
    Guard(guard::GuardArgs),
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Board(board::BoardArgs),
    #[cfg(all(unix, not(target_os = "macos")))]
    #[command(hide = true)]
    Tags(tags::TagsArgs),
    /// List the LSL streams on the network
    Streams(streams::StreamsArgs),
    /// List the serial ports of this computer
    Ports(ports::PortsArgs),
    /// Publish a headset on a serial port as LSL streams: EEG, markers, motion
    Bridge(bridge::BridgeArgs),
    /// Simulate a mouse board, to try 'run --pointer dongle' without one
    #[cfg(unix)]
    Dongle(dongle::DongleArgs),
    /// Simulate a headset on a pseudo-terminal that sends a recording
    #[cfg(unix)]
    Simulate(simulate::SimulateArgs),
    /// Fit a decoder to recordings
    Fit(fit::FitArgs),
    /// Fit a switch that clicks when the jaw is clenched or the eyes blink
    FitSwitch(fit_switch::FitSwitchArgs),
    /// Fit a person's response to tags that each follow a code of their own
    FitLooking(fit_looking::FitLookingArgs),
    /// Run a recording through the live pipeline, or publish it as an LSL stream
    Replay(replay::ReplayArgs),
    /// Record LSL streams as they are into one XDF file
    Record(record::RecordArgs),
    /// Show what is in a recording: streams, channels, events, gaps, signal quality
    Inspect(inspect::InspectArgs),
    /// Convert a recording's EEG and markers to XDF, EDF+ or BDF+
    Convert(convert::ConvertArgs),
    /// Control the pointer with EEG
    Run(Box<run::RunArgs>),
    /// Pause the pointer, in every running driver of this user
    Pause(ask::AskArgs),
    /// Resume the pointer after a pause
    Resume(ask::AskArgs),
    /// Stop every running driver of this user; all buttons are released
    Stop(ask::AskArgs),
    /// Show the state of a running driver
    Status(ask::StatusArgs),
    /// Change how the pointer moves and clicks, now and for later runs; or list all settings
    Set(ask::SetArgs),
    /// Ask about photosensitive epilepsy, and allow flickering tags for a patient
    AllowFlicker(allow_flicker::AllowFlickerArgs),
    /// Erase the words that a patient has written with the panel's keyboard
    ForgetWords(forget_words::ForgetWordsArgs),
    /// Write a text in the program that has the keyboard focus, to try the panel's keyboard
    #[cfg(all(unix, not(target_os = "macos")))]
    Write(write::WriteArgs),
    /// List the targets on the screen that control.assist finds
    Targets(targets::TargetsArgs),
    /// Write a report on a patient or a session as one HTML page
    Report(report::ReportArgs),
    /// Measure how well recorded people are decoded
    Evaluate(evaluate::EvaluateArgs),
    /// Check how exactly the display shows tags, by reading their pixels
    #[cfg(all(unix, not(target_os = "macos")))]
    CheckDisplay(check_display::CheckDisplayArgs),
    #[cfg(all(unix, not(target_os = "macos")))]
    #[command(hide = true)]
    WatchPixel(check_display::WatchPixelArgs),
    /// Check what a run needs, and explain how to fix what is missing
    Doctor(doctor::DoctorArgs),
    /// Write manual pages and shell completions for a package
    #[command(hide = true)]
    InstallFiles(install_files::InstallFilesArgs),
}

impl Subcommand {
    /// Whether it reads the same files several times, so that identical warnings should be shown once.
    fn repeats_warnings(&self) -> bool {
        matches!(
            self,
            Self::Fit(_)
                | Self::FitSwitch(_)
                | Self::FitLooking(_)
                | Self::Replay(_)
                | Self::Inspect(_)
                | Self::Convert(_)
                | Self::Report(_)
                | Self::Evaluate(_)
        )
    }
}

/// Parses the command line, runs the command, and reports errors.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return explain(&error),
    };
    logging::start(cli.verbose, cli.command.repeats_warnings());
    end(carry_out(cli.command))
}

/// Prints help, or an error in the arguments. Arguments can contain text that would control the terminal.
fn explain(error: &clap::Error) -> ExitCode {
    let code = u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, Into::into);
    if error.use_stderr() {
        // clap quotes the arguments, so parse them again with control characters escaped.
        let args = std::env::args_os().map(|arg| printable(&arg.to_string_lossy()).into_owned());
        let quoted = Cli::try_parse_from(args).err();
        let text = quoted.as_ref().unwrap_or(error).render().to_string();
        note!("{}", text.trim_end());
        return code;
    }
    match error.print().and_then(|()| std::io::stdout().flush()) {
        Ok(()) => code,
        Err(cause) => end(Err(OutputError::from(cause).into())),
    }
}

/// Returns the exit status, and reports an error.
fn end(result: anyhow::Result<ExitCode>) -> ExitCode {
    let result = result.and_then(|code| {
        out::flush()?;
        Ok(code)
    });
    match result {
        Ok(_) if !out::are_messages_whole() => ExitCode::FAILURE,
        Ok(code) => code,
        Err(error) if is_reader_gone(&error) => ExitCode::SUCCESS,
        Err(error) => {
            note!("error: {}", explained(&error));
            ExitCode::FAILURE
        }
    }
}

fn is_reader_gone(error: &anyhow::Error) -> bool {
    let output = error.downcast_ref::<OutputError>();
    output.is_some_and(OutputError::is_reader_gone)
}

fn carry_out(command: Subcommand) -> anyhow::Result<ExitCode> {
    match command {
        Subcommand::Demo(args) => demo::demo(&args),
        #[cfg(feature = "gui")]
        Subcommand::Calibrate(args) => calibrate::calibrate(&args),
        #[cfg(feature = "gui")]
        Subcommand::Practice(args) => practice::practise(&args),
        #[cfg(feature = "gui")]
        Subcommand::Console(args) => console::console(&args),
        #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
        Subcommand::Panel(args) => panel::panel(&args),
        #[cfg(all(feature = "gui", unix, not(target_os = "macos")))]
        Subcommand::Call(args) => call::call(&args),
        #[cfg(not(target_os = "macos"))]
        Subcommand::Guard(args) => guard::guard(&args),
        #[cfg(target_os = "linux")]
        Subcommand::Board(args) => board::board(&args),
        #[cfg(all(unix, not(target_os = "macos")))]
        Subcommand::Tags(args) => tags::tags(&args),
        Subcommand::Streams(args) => streams::streams(&args),
        Subcommand::Targets(args) => targets::list(&args),
        Subcommand::Ports(args) => ports::list(&args),
        Subcommand::Bridge(args) => bridge::bridge(&args),
        #[cfg(unix)]
        Subcommand::Dongle(args) => dongle::dongle(&args),
        #[cfg(unix)]
        Subcommand::Simulate(args) => simulate::simulate(&args),
        Subcommand::Fit(args) => fit::fit(&args),
        Subcommand::FitLooking(args) => fit_looking::fit(&args),
        Subcommand::FitSwitch(args) => fit_switch::fit_switch(&args),
        Subcommand::Replay(args) => replay::replay(&args),
        Subcommand::Record(args) => record::record(&args),
        Subcommand::Inspect(args) => inspect::inspect(&args),
        Subcommand::Convert(args) => convert::convert(&args),
        Subcommand::Run(args) => run::run(&args),
        Subcommand::Pause(_) => ask::ask_drivers("pause"),
        Subcommand::Resume(_) => ask::ask_drivers("resume"),
        Subcommand::Stop(_) => ask::ask_drivers("stop"),
        Subcommand::Status(args) => ask::status(&args),
        Subcommand::Set(args) => ask::set(&args),
        Subcommand::AllowFlicker(args) => allow_flicker::allow_flicker(&args),
        Subcommand::ForgetWords(args) => forget_words::forget_words(&args),
        #[cfg(all(unix, not(target_os = "macos")))]
        Subcommand::Write(args) => write::write(&args),
        Subcommand::Report(args) => report::report(&args),
        Subcommand::Evaluate(args) => evaluate::evaluate(&args),
        #[cfg(all(unix, not(target_os = "macos")))]
        Subcommand::CheckDisplay(args) => check_display::check_display(&args),
        #[cfg(all(unix, not(target_os = "macos")))]
        Subcommand::WatchPixel(args) => check_display::watch(&args),
        Subcommand::Doctor(args) => doctor::doctor(&args),
        Subcommand::InstallFiles(args) => install_files::write(&args),
    }
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
