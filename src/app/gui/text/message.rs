//! An error in each language of the windows. It is made where the error still has its type, because the type decides on the Chinese
//! sentence.

use super::{CHINESE, ENGLISH, Text};
use serde::{Deserialize, Serialize};
use std::fmt::Display;

/// An error with a Chinese sentence beside the English one of its [`Display`].
pub trait InChinese: Display {
    /// The sentence, without a full stop at its end.
    fn chinese(&self) -> String;
}

/// An error in each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    english: String,
    chinese: String,
}

impl<T: InChinese> From<T> for Message {
    fn from(error: T) -> Self {
        Self::of(&error)
    }
}

impl Message {
    /// A sentence in both languages.
    #[must_use]
    pub fn new(english: String, chinese: String) -> Self {
        Self { english, chinese }
    }

    /// Of an error that is still needed.
    pub fn of(error: &(impl InChinese + ?Sized)) -> Self {
        Self {
            english: error.to_string(),
            chinese: error.chinese(),
        }
    }

    /// Of a sentence that the windows have in each language.
    #[must_use]
    pub fn said(sentence: impl Fn(&'static Text) -> &'static str) -> Self {
        Self {
            english: sentence(&ENGLISH).to_owned(),
            chinese: sentence(&CHINESE).to_owned(),
        }
    }

    /// In the language of a window.
    #[must_use]
    pub fn text(&self, text: &Text) -> &str {
        if text.language == CHINESE.language {
            &self.chinese
        } else {
            &self.english
        }
    }
}
