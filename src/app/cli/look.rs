use crate::app::gui::look::{Look, Theme};
use crate::app::gui::text::{CHINESE, ENGLISH, Text};
use clap::{Args, ValueEnum};

/// The appearance of a window.
#[derive(Debug, Clone, Args)]
pub(super) struct LookArgs {
    /// Language of the window [default: the system's language]
    #[arg(long, value_enum)]
    language: Option<LanguageName>,
    /// Colours of the window
    #[arg(long, value_enum, default_value_t = ThemeName::Light)]
    theme: ThemeName,
    /// Text size in the window, per cent
    #[arg(long, value_name = "100..200", default_value_t = 100, value_parser = clap::value_parser!(u8).range(100..=200))]
    text_scale: u8,
    /// Show no animation in the window, and draw traces once a second
    #[arg(long)]
    reduced_motion: bool,
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

impl LookArgs {
    /// The same options as arguments for another window.
    pub(super) fn args(&self) -> Vec<String> {
        let name = |value: clap::builder::PossibleValue| value.get_name().to_owned();
        let language = self
            .language
            .and_then(|language| language.to_possible_value());
        let chosen = [
            ("--language", language.map(name)),
            ("--theme", self.theme.to_possible_value().map(name)),
            ("--text-scale", Some(self.text_scale.to_string())),
        ];
        let written = |(flag, value): (&str, Option<String>)| Some(format!("{flag}={}", value?));
        let still = self.reduced_motion.then(|| "--reduced-motion".to_owned());
        chosen
            .into_iter()
            .filter_map(written)
            .chain(still)
            .collect()
    }

    pub(super) fn look(&self) -> Look {
        Look {
            theme: match self.theme {
                ThemeName::Light => Theme::Light,
                ThemeName::Dark => Theme::Dark,
                ThemeName::HighContrast => Theme::HighContrast,
            },
            scale: f32::from(self.text_scale) / 100.0,
            is_still: self.reduced_motion,
        }
    }

    pub(super) fn text(&self) -> &'static Text {
        let is_chinese = match self.language {
            Some(name) => name == LanguageName::Zh,
            None => std::env::var("LANG").is_ok_and(|language| language.starts_with("zh")),
        };
        if is_chinese { &CHINESE } else { &ENGLISH }
    }
}
