//! The page with the keyboard: a line with what was written, and rows of keys.

use super::button::{Face, show};
use super::layout::{grid, keyboard_thickness};
use super::protocol::PanelRequest;
use super::{Does, Page, Panel, Rect, icons};
use crate::app::gui::look::palette;
use crate::control::Prior;
use crate::settings::{KeyOrder, Value};
use crate::writing::{Key, Layer, Pressed, Shortcut, columns};
use eframe::egui::{Align2, FontId, Role, Sense, Ui, WidgetInfo, pos2};
use lucide_icons::Icon;

/// Size of what was written, of the state before it, and the space between them, points.
const WRITTEN: f32 = 18.0;
const STATE: f32 = 20.0;
const SPACE: f32 = 8.0;

impl Panel {
    /// How far the panel reaches from its edge while it shows the keyboard, points.
    pub(super) fn keyboard_thickness(&self) -> f32 {
        let columns = columns(self.keyboard_settings().order, self.is_upright);
        keyboard_thickness(
            self.is_upright,
            columns,
            self.screen[1],
            self.tag,
            self.scale,
        )
    }

    /// Draws the keyboard. Returns what the pressed key does, and where all are.
    pub(super) fn keyboard_frame(
        &mut self,
        ui: &mut Ui,
        whole: Rect,
    ) -> (Option<Does>, Vec<(Rect, Prior)>) {
        let settings = self.keyboard_settings();
        let Some(keyboard) = &self.keyboard else {
            return (Some(Does::Open(Page::Main)), Vec::new());
        };
        let rows = keyboard.rows(settings.order, self.is_upright);
        let all = columns(settings.order, self.is_upright);
        let lengths: Vec<Vec<u8>> = rows
            .iter()
            .map(|row| row.iter().map(|cell| cell.columns).collect())
            .collect();
        let (line, cells) = grid(whole, all, &lengths);
        let keys: Vec<(&Key, Rect)> = rows
            .iter()
            .flatten()
            .zip(cells)
            .filter_map(|(cell, rect)| Some((cell.key.as_ref()?, rect)))
            .collect();
        let named: Vec<&Key> = keys.iter().map(|(key, _)| *key).collect();
        let priors = keyboard.priors(&named, &settings);
        self.written(ui, line, keyboard.written());
        let (mut pressed, mut targets) = (None, Vec::new());
        for (number, ((key, rect), prior)) in keys.into_iter().zip(priors).enumerate() {
            let shown = self.shown(rect);
            targets.push((shown.target(), prior));
            if show(ui, number, &self.key_face(key), shown) {
                pressed = Some(key.clone());
            }
        }
        let does = pressed.and_then(|key| self.press_key(&key));
        (does, targets)
    }

    fn press_key(&mut self, key: &Key) -> Option<Does> {
        let settings = self.keyboard_settings();
        match self.keyboard.as_mut()?.press(key, &settings) {
            Pressed::Nothing => None,
            Pressed::Keys(keys) => Some(Does::Ask(PanelRequest::Keys(keys))),
            Pressed::Speaks(text) => Some(Does::Ask(PanelRequest::Speak(text))),
            Pressed::Orders(order) => {
                let request = format!("set control.keyboard.order={}", order.text());
                Some(Does::Ask(PanelRequest::Control(request)))
            }
            Pressed::Closes => Some(Does::Open(Page::Main)),
        }
    }

    /// The state, and the end of what was written, or why something was refused.
    fn written(&self, ui: &mut Ui, line: Rect, written: &str) {
        let own = palette(ui);
        let (icon, colour) = self.state_icon(own);
        let icon = icons::galley(ui.painter(), icon, STATE, colour);
        let (place, line) = line.split_left_right_at_x(line.left() + icon.size().x + SPACE);
        let at = pos2(place.left(), line.center().y - icon.size().y / 2.0);
        ui.painter().galley(at.round(), icon, colour);
        let refused = self.update.refused.as_ref();
        let text = refused.map_or_else(
            || format!("{}|", written.replace('\n', " \u{23ce} ")),
            |message| message.text(self.text).to_owned(),
        );
        let colour = if refused.is_some() { own.bad } else { own.text };
        let painter = ui.painter().with_clip_rect(line);
        let font = FontId::proportional(WRITTEN);
        let galley = painter.layout_no_wrap(text.clone(), font, colour);
        let is_long = galley.size().x > line.width() && refused.is_none();
        let (x, from) = if is_long {
            (line.right(), Align2::RIGHT_CENTER)
        } else {
            (line.left(), Align2::LEFT_CENTER)
        };
        let place = from.anchor_size(pos2(x, line.center().y), galley.size());
        painter.galley(place.min, galley, colour);
        let response = ui.interact(line, ui.scope_id().with("written"), Sense::hover());
        let (state, _) = self.text.state(self.update.state);
        let name = format!("{}: {text} ({state})", self.text.panel.written);
        response.widget_info(|| WidgetInfo::labeled(Role::Status, true, name.clone()));
    }

    /// What a key shows: a character, a word, or an icon with a name for screen readers.
    fn key_face(&self, key: &Key) -> Face {
        let words = self.text.panel;
        let icon = |icon, name: &'static str| Face::key(Some(icon), name.to_owned());
        match key {
            Key::Write(character) => Face::key(None, character.to_string()),
            Key::Word(word) => Face::key(None, word.clone()),
            Key::Space => icon(Icon::Space, words.space),
            Key::Backspace => icon(Icon::Delete, words.backspace),
            Key::EraseWord => icon(Icon::Eraser, words.erase_word),
            Key::Shift => {
                let mut face = icon(Icon::ArrowBigUp, words.shift);
                face.is_on = self.keyboard.as_ref().is_some_and(|own| own.is_upper());
                face
            }
            Key::Layer(Layer::Symbols) => Face::key(None, words.symbols.to_owned()),
            Key::Layer(Layer::Letters) => Face::key(None, words.letters.to_owned()),
            Key::Order(order) => {
                let letters = match order {
                    KeyOrder::Alphabet => "abc",
                    KeyOrder::Qwerty => "qwe",
                    KeyOrder::Frequency => "eta",
                };
                Face::key(None, format!("\u{2192} {letters}"))
            }
            Key::Speak => icon(Icon::Volume2, words.speak),
            Key::Close => icon(Icon::X, words.close),
            Key::Press(shortcut) => match shortcut {
                Shortcut::Enter => icon(Icon::CornerDownLeft, words.enter),
                Shortcut::Tab => icon(Icon::ArrowRightToLine, words.tab),
                Shortcut::Left => icon(Icon::ArrowLeft, words.left_key),
                Shortcut::Right => icon(Icon::ArrowRight, words.right_key),
                // No key of the keyboard does anything else.
                _ => icon(Icon::X, words.close),
            },
        }
    }
}
