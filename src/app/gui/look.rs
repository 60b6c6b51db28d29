//! Colours and sizes: light, dark and high contrast, with colours that colour-blind people can tell apart (Okabe and Ito 2008).

use eframe::egui::{self, Color32, FontId, TextStyle, Ui, Visuals};

/// What a colour says.
pub const GOOD: Color32 = Color32::from_rgb(0, 158, 115);
/// See to it.
pub const WARNING: Color32 = Color32::from_rgb(230, 159, 0);
/// It does not work.
pub const BAD: Color32 = Color32::from_rgb(213, 94, 0);
/// A curve, a bar.
pub const PLOT: Color32 = Color32::from_rgb(86, 180, 233);

/// Less than usual.
pub const LESS: Color32 = Color32::from_rgb(0, 114, 178);

/// How the windows look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark letters on a light ground.
    Light,
    /// The other way round.
    Dark,
    /// White on black, thick lines.
    HighContrast,
}

/// Theme, size of the letters, and what moves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Colours.
    pub theme: Theme,
    /// Times the usual size, 1 to 2.
    pub scale: f32,
    /// Nothing slides, fades or turns, and traces go on once a second.
    pub is_still: bool,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            theme: Theme::Light,
            scale: 1.0,
            is_still: false,
        }
    }
}

impl Look {
    /// Puts it in force.
    pub fn apply(self, context: &egui::Context) {
        let mut visuals = match self.theme {
            Theme::Light => Visuals::light(),
            Theme::Dark | Theme::HighContrast => Visuals::dark(),
        };
        if self.theme == Theme::HighContrast {
            visuals.override_text_color = Some(Color32::WHITE);
            visuals.panel_fill = Color32::BLACK;
            visuals.window_fill = Color32::BLACK;
            visuals.extreme_bg_color = Color32::BLACK;
            visuals.widgets.inactive.bg_stroke = egui::Stroke::new(2.0, Color32::WHITE);
            visuals.widgets.noninteractive.bg_stroke = egui::Stroke::new(2.0, Color32::WHITE);
        }
        // Who works by keyboard must see where they are.
        visuals.selection.stroke = egui::Stroke::new(3.0, WARNING);
        context.set_visuals(visuals);
        context.all_styles_mut(|style| {
            style.text_styles = [
                (TextStyle::Heading, FontId::proportional(30.0)),
                (TextStyle::Body, FontId::proportional(18.0)),
                (TextStyle::Button, FontId::proportional(20.0)),
                (TextStyle::Monospace, FontId::monospace(16.0)),
                (TextStyle::Small, FontId::proportional(14.0)),
            ]
            .into();
            let usual = egui::Style::default();
            style.animation_time = if self.is_still {
                0.0
            } else {
                usual.animation_time
            };
            style.scroll_animation = if self.is_still {
                egui::style::ScrollAnimation::none()
            } else {
                usual.scroll_animation
            };
            style.spacing.button_padding = egui::vec2(16.0, 10.0);
            style.spacing.item_spacing = egui::vec2(10.0, 10.0);
            style.spacing.interact_size.y = 40.0;
        });
        context.set_zoom_factor(self.scale);
    }
}

/// Whether nothing is to move that need not.
pub(super) fn is_still(ui: &Ui) -> bool {
    ui.style().animation_time == 0.0
}

/// Something is being waited for.
pub(super) fn busy(ui: &mut Ui) {
    if is_still(ui) {
        ui.label("…");
    } else {
        ui.spinner();
    }
}
