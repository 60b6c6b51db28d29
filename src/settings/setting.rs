//! One setting of any type, and the macros that turn the table of settings into structs.

use std::fmt::Write;

/// The fixed part of a setting. Its value is a [`Value`]; its default is that of [`Settings`](super::Settings).
#[derive(Debug, PartialEq)]
pub struct Setting {
    /// Its name, such as `control.dwell.time_ms`.
    pub path: &'static str,
    /// What it does, in one line.
    pub meaning: &'static str,
    /// Unit of a number; empty if it has none.
    pub unit: &'static str,
    /// Least and greatest value of a number.
    pub range: Option<[f64; 2]>,
    /// When a new value takes effect.
    pub takes_effect: TakesEffect,
}

/// When a new value takes effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TakesEffect {
    /// At once, also in a run in progress.
    Live,
    /// At the next start. How EEG is decoded does not change during a run, so that a session can be verified.
    AtStart,
}

/// The kind of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Switch,
    /// A whole number.
    Whole,
    /// A number.
    Number,
    /// A number, or `auto`.
    NumberOrAuto,
    /// One of these words.
    Word(&'static [&'static str]),
}

/// The word for "not set, the program decides".
pub const AUTO: &str = "auto";

/// The value of a setting, independent of its type.
pub trait Value {
    /// Its kind.
    fn kind(&self) -> Kind;
    /// The value as text that [`take`](Value::take) accepts.
    fn text(&self) -> String;
    /// Sets the value from text. Returns `false` and changes nothing if the text is of another kind.
    #[must_use]
    fn take(&mut self, text: &str) -> bool;
    /// The value as a number, if it is one.
    fn number(&self) -> Option<f64> {
        None
    }
}

/// A group of settings. Visits every setting of the group with its value, in the order of the table.
pub trait Group {
    /// Visits all settings.
    fn each(&self, visit: &mut dyn FnMut(&'static Setting, &dyn Value));
    /// Visits all settings and may change them.
    fn each_mut(&mut self, visit: &mut dyn FnMut(&'static Setting, &mut dyn Value));
}

impl Setting {
    /// The group of the setting, such as `control.dwell`.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(group, _)| group)
    }

    /// What the setting does, with its unit.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut text = self.meaning.to_owned();
        if !self.unit.is_empty() {
            let _ = write!(text, ", {}", self.unit);
        }
        if self.takes_effect == TakesEffect::AtStart {
            text.push_str(" (takes effect at the next start)");
        }
        text
    }

    /// The values that a setting of this kind may have, without the unit: `200 to 10000`, `left, right or none`.
    #[must_use]
    pub fn allowed(&self, kind: Kind) -> String {
        let [least, most] = self.range.unwrap_or([f64::MIN, f64::MAX]);
        match kind {
            Kind::Switch => "true or false".to_owned(),
            Kind::Whole | Kind::Number => format!("{least} to {most}"),
            Kind::NumberOrAuto => format!("{least} to {most}, or {AUTO}"),
            Kind::Word([words @ .., last]) if !words.is_empty() => {
                format!("{} or {last}", words.join(", "))
            }
            Kind::Word(words) => words.concat(),
        }
    }

    /// The same with the unit, for error messages.
    pub(crate) fn expected(&self, kind: Kind) -> String {
        let mut text = self.allowed(kind);
        if !self.unit.is_empty() {
            let _ = write!(text, " {}", self.unit);
        }
        if kind == Kind::Whole {
            text.push_str(" (a whole number)");
        }
        text
    }
}

/// Parses a number, which may have underscores between digits.
fn number(text: &str) -> Option<f64> {
    text.replace('_', "").parse().ok()
}

impl Value for bool {
    fn kind(&self) -> Kind {
        Kind::Switch
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn take(&mut self, text: &str) -> bool {
        match text {
            "true" | "on" => *self = true,
            "false" | "off" => *self = false,
            _ => return false,
        }
        true
    }
}

impl Value for u32 {
    fn kind(&self) -> Kind {
        Kind::Whole
    }

    fn text(&self) -> String {
        self.to_string()
    }

    fn take(&mut self, text: &str) -> bool {
        match number(text) {
            Some(number)
                if number.fract() == 0.0 && (0.0..=f64::from(Self::MAX)).contains(&number) =>
            {
                *self = number as Self;
                true
            }
            _ => false,
        }
    }

    fn number(&self) -> Option<f64> {
        Some(f64::from(*self))
    }
}

impl Value for f64 {
    fn kind(&self) -> Kind {
        Kind::Number
    }

    fn text(&self) -> String {
        format!("{self:?}")
    }

    fn take(&mut self, text: &str) -> bool {
        number(text).inspect(|number| *self = *number).is_some()
    }

    fn number(&self) -> Option<f64> {
        Some(*self)
    }
}

impl Value for Option<f64> {
    fn kind(&self) -> Kind {
        Kind::NumberOrAuto
    }

    fn text(&self) -> String {
        self.map_or_else(|| AUTO.to_owned(), |number| number.text())
    }

    fn take(&mut self, text: &str) -> bool {
        if text == AUTO {
            *self = None;
            return true;
        }
        number(text)
            .inspect(|number| *self = Some(*number))
            .is_some()
    }

    fn number(&self) -> Option<f64> {
        *self
    }
}

/// Declares settings that are one of several words, as enums. The first word is the default.
macro_rules! choices {
    ($($(#[$about:meta])* $name:ident { $(#[$first_about:meta])* $first:ident = $first_word:literal, $($(#[$other_about:meta])* $other:ident = $word:literal,)* })*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[$first_about])*
            #[default]
            #[serde(rename = $first_word)]
            $first,
            $($(#[$other_about])* #[serde(rename = $word)] $other,)*
        }

        impl $name {
            /// All of them, with the word for each.
            pub const ALL: &'static [(Self, &'static str)] =
                &[(Self::$first, $first_word), $((Self::$other, $word)),*];
        }

        impl $crate::settings::setting::Value for $name {
            fn kind(&self) -> $crate::settings::setting::Kind {
                $crate::settings::setting::Kind::Word(&[$first_word, $($word),*])
            }

            fn text(&self) -> String {
                match self {
                    Self::$first => $first_word,
                    $(Self::$other => $word,)*
                }
                .to_owned()
            }

            fn take(&mut self, text: &str) -> bool {
                let known = Self::ALL.iter().find(|(_, word)| *word == text);
                known.inspect(|(choice, _)| *self = *choice).is_some()
            }
        }
    )*};
}

/// Declares groups of settings. Each group has its path in a profile, when changes take effect, the groups inside it,
/// and its own settings as `name: type = default, meaning`, followed for numbers by the range and the unit.
macro_rules! settings {
    ($(
        $(#[$about:meta])*
        $name:ident at $path:literal, $effect:ident
        $(, groups { $($(#[$inner_about:meta])* $inner:ident: $inner_type:ident,)* })? {
            $($(#[$more:meta])* $field:ident: $kind:ty = $default:expr, $meaning:literal $(, $least:literal to $most:literal, $unit:literal)?;)*
        }
    )*) => {$(
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $($($(#[$inner_about])* pub $inner: $inner_type,)*)?
            $(
                #[doc = concat!($meaning $(, ", ", $unit)?, ".")]
                $(#[$more])*
                pub $field: $kind,
            )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self {
                    $($($inner: Default::default(),)*)?
                    $($field: $default,)*
                }
            }
        }

        impl $crate::settings::setting::Group for $name {
            fn each(&self, visit: &mut dyn FnMut(&'static Setting, &dyn $crate::settings::setting::Value)) {
                $($(self.$inner.each(visit);)*)?
                $(visit(setting!($path, $field, $effect, $meaning $(, $least, $most, $unit)?), &self.$field);)*
            }

            fn each_mut(&mut self, visit: &mut dyn FnMut(&'static Setting, &mut dyn $crate::settings::setting::Value)) {
                $($(self.$inner.each_mut(visit);)*)?
                $(visit(setting!($path, $field, $effect, $meaning $(, $least, $most, $unit)?), &mut self.$field);)*
            }
        }
    )*};
}

/// One setting of the table.
macro_rules! setting {
    ($path:literal, $field:ident, $effect:ident, $meaning:literal) => {
        setting!(@ $path, $field, $effect, $meaning, None, "")
    };
    ($path:literal, $field:ident, $effect:ident, $meaning:literal, $least:literal, $most:literal, $unit:literal) => {
        setting!(@ $path, $field, $effect, $meaning, Some([$least, $most]), $unit)
    };
    (@ $path:literal, $field:ident, $effect:ident, $meaning:literal, $range:expr, $unit:literal) => {
        const {
            &Setting {
                path: concat!($path, ".", stringify!($field)),
                meaning: $meaning,
                unit: $unit,
                range: $range,
                takes_effect: TakesEffect::$effect,
            }
        }
    };
}

pub(super) use {choices, setting, settings};
