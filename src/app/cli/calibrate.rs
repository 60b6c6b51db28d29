use crate::app::gui::look::{Look, Theme};
use crate::app::gui::wizard::{Finder, Wizard, WizardOptions};
use crate::app::gui::{calibrate as open_window, text::LANGUAGES};
use crate::source::synthetic::Spec;
use clap::{Args, ValueEnum};
use std::process::ExitCode;

/// Take a patient from the cap on their head to a decoder, in a window.
#[derive(Debug, Args)]
pub(super) struct CalibrateArgs {
    /// Whose session it is
    #[arg(long, value_name = "PATIENT", default_value = "default")]
    patient: String,
    /// Trials of each class [default: 15]
    #[arg(long, value_name = "6..40", value_parser = clap::value_parser!(u8).range(6..=40))]
    trials: Option<u8>,
    /// Language of the window [default: as the system's]
    #[arg(long, value_enum)]
    language: Option<LanguageName>,
    /// Colours of the window
    #[arg(long, value_enum, default_value_t = ThemeName::Light)]
    theme: ThemeName,
    /// Size of the letters, in per cent of the usual
    #[arg(long, value_name = "100..200", default_value_t = 100, value_parser = clap::value_parser!(u8).range(100..=200))]
    text_scale: u8,
    /// What the synthetic patient is like, such as seed=7,channels=64
    #[arg(long, value_name = "KEY=VALUE,...", default_value = "channels=21")]
    synthetic: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LanguageName {
    /// English
    En,
    /// Simplified Chinese
    Zh,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ThemeName {
    Light,
    Dark,
    HighContrast,
}

pub(super) fn calibrate(args: &CalibrateArgs) -> anyhow::Result<ExitCode> {
    let is_chinese = match args.language {
        Some(name) => name == LanguageName::Zh,
        None => std::env::var("LANG").is_ok_and(|language| language.starts_with("zh")),
    };
    let look = Look {
        theme: match args.theme {
            ThemeName::Light => Theme::Light,
            ThemeName::Dark => Theme::Dark,
            ThemeName::HighContrast => Theme::HighContrast,
        },
        scale: f32::from(args.text_scale) / 100.0,
    };
    let options = WizardOptions {
        patient: args.patient.clone(),
        trials: args.trials.map(usize::from),
        synthetic: Spec::parse(&args.synthetic)?,
        language: usize::from(is_chinese).min(LANGUAGES.len() - 1),
        look,
    };
    open_window(Wizard::new(options, Some(Finder::start())), look)?;
    Ok(ExitCode::SUCCESS)
}
