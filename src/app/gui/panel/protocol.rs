//! The lines between a run and its panel, each a JSON text.

use crate::app::gui::text::Message;
use crate::app::running::Running;
use crate::control::{ClickKind, Rect, State, Target};
use crate::settings::Settings;
use crate::writing::Keys;
use serde::{Deserialize, Serialize};

/// What a run tells its panel, whenever it changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PanelUpdate {
    /// The driver's state.
    pub state: State,
    /// The kind of the next click.
    pub kind: ClickKind,
    /// Fraction of the dwell time that has passed, 0 to 1, in steps that can be seen.
    pub dwell: f32,
    /// Tags to look at are shown: their buttons leave room for them.
    pub has_tags: bool,
    /// The settings in use, or why they cannot be used.
    pub settings: Result<Box<Settings>, Message>,
    /// Why the last request was refused.
    pub refused: Option<Message>,
}

/// What a panel tells its run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelLine {
    /// Where it is, and which of its buttons can be pressed, pixels of the desktop.
    Place {
        /// The panel.
        panel: Rect,
        /// Its buttons.
        buttons: Vec<Target>,
    },
    /// What the patient asks for.
    Request(PanelRequest),
}

/// What a patient asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PanelRequest {
    /// Something about the pointer or its settings, as [`Running::execute`] understands it.
    Control(String),
    /// Somebody is called: one of the wishes.
    Call(String),
    /// Keys are pressed in the program that has the focus.
    Keys(Keys),
    /// A text is spoken.
    Speak(String),
    /// A program is started, by its number.
    Start(usize),
}

/// Steps in which the dwell time is shown.
const DWELL_STEPS: f64 = 40.0;

impl PanelUpdate {
    /// Before the run has started.
    #[must_use]
    pub fn first(settings: &Settings, has_tags: bool) -> Self {
        Self {
            state: State::Starting,
            kind: settings.control.click.kind,
            dwell: 0.0,
            has_tags,
            settings: Ok(Box::new(*settings)),
            refused: None,
        }
    }

    /// The current state of a run.
    #[must_use]
    pub fn of(running: &Running, refused: Option<Message>) -> Self {
        let driver = running.driver();
        let pointer = driver.shown().pointer();
        Self {
            state: pointer.state,
            kind: pointer.kind,
            dwell: ((DWELL_STEPS * pointer.dwell).floor() / DWELL_STEPS) as f32,
            has_tags: driver.has_tags(),
            settings: running.settings().map(Box::new).map_err(Message::from),
            refused,
        }
    }
}
