//! Colours and sizes in a light, a dark and a high-contrast theme. Colours that appear together have the contrast that WCAG 2.2
//! requires (4.5 for text, 3 for parts and lines; a test checks all of them). Colour-blind people can distinguish them: hues follow
//! Okabe and Ito (2008), and no information depends on colour alone.

use eframe::egui::style::{ScrollStyle, Selection, WidgetVisuals};
use eframe::egui::{self, Color32, FontId, Stroke, TextStyle, Ui, Visuals};

/// How the windows look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Dark text on a light background.
    Light,
    /// Light text on a dark background.
    Dark,
    /// White on black, with thick lines.
    HighContrast,
}

/// Colours of a theme.
#[derive(Debug, PartialEq)]
pub struct Palette {
    /// Background.
    pub ground: Color32,
    /// Text.
    pub text: Color32,
    /// Less important text.
    pub weak: Color32,
    /// Good.
    pub good: Color32,
    /// Needs attention.
    pub warning: Color32,
    /// Bad, or an error.
    pub bad: Color32,
    /// A curve, a bar.
    pub plot: Color32,
    /// Less than usual; more than usual is `warning`.
    pub less: Color32,
    /// A target that is not the current one.
    pub aside: Color32,
    /// Edges of buttons, boxes and fields, and their width.
    pub(super) border: Color32,
    pub(super) border_px: f32,
    /// The ring around the widget that has the focus.
    focus: Color32,
    /// Buttons: at rest, under the pointer, and pressed.
    pub(super) buttons: [Color32; 3],
    /// Text fields.
    field: Color32,
    /// A selection, and the text on it.
    pub(super) selected: [Color32; 2],
}

const fn grey(level: u8) -> Color32 {
    Color32::from_gray(level)
}

const LIGHT: Palette = Palette {
    ground: grey(248),
    text: grey(30),
    weak: grey(85),
    good: Color32::from_rgb(0, 110, 78),
    warning: Color32::from_rgb(130, 88, 0),
    bad: Color32::from_rgb(178, 44, 0),
    plot: Color32::from_rgb(0, 100, 160),
    less: Color32::from_rgb(0, 92, 160),
    aside: grey(110),
    border: grey(105),
    border_px: 1.0,
    focus: Color32::from_rgb(0, 80, 170),
    buttons: [grey(232), grey(220), grey(208)],
    field: grey(255),
    selected: [Color32::from_rgb(0, 80, 140), grey(255)],
};

const DARK: Palette = Palette {
    ground: grey(27),
    text: grey(225),
    weak: grey(170),
    good: Color32::from_rgb(47, 200, 150),
    warning: Color32::from_rgb(230, 159, 0),
    bad: Color32::from_rgb(245, 135, 75),
    plot: Color32::from_rgb(86, 180, 233),
    less: Color32::from_rgb(86, 170, 233),
    aside: grey(125),
    border: grey(150),
    border_px: 1.0,
    focus: Color32::from_rgb(255, 205, 90),
    buttons: [grey(55), grey(66), grey(76)],
    field: grey(10),
    selected: [Color32::from_rgb(150, 210, 245), grey(0)],
};

/// Also used on black in every theme: for cues, and for practice.
pub const HIGH_CONTRAST: Palette = Palette {
    ground: Color32::BLACK,
    text: Color32::WHITE,
    weak: Color32::WHITE,
    good: Color32::from_rgb(60, 220, 165),
    warning: Color32::from_rgb(240, 170, 10),
    bad: Color32::from_rgb(255, 140, 80),
    plot: Color32::from_rgb(100, 195, 245),
    less: Color32::from_rgb(100, 180, 245),
    aside: grey(125),
    border: Color32::WHITE,
    border_px: 2.0,
    focus: Color32::from_rgb(255, 215, 60),
    buttons: [Color32::BLACK, grey(40), grey(60)],
    field: Color32::BLACK,
    selected: [Color32::WHITE, Color32::BLACK],
};

impl Palette {
    /// The ring around the widget that has the focus.
    pub(super) fn focus(&self) -> Color32 {
        self.focus
    }
}

/// Width of the focus ring.
const FOCUS_PX: f32 = 3.0;

/// The colours of the current theme.
pub(super) fn palette(ui: &Ui) -> &'static Palette {
    let visuals = ui.visuals();
    match (visuals.dark_mode, visuals.panel_fill) {
        (false, _) => &LIGHT,
        (true, ground) if ground == HIGH_CONTRAST.ground => &HIGH_CONTRAST,
        (true, _) => &DARK,
    }
}

/// Black or white, whichever has the better contrast on a colour.
pub(super) fn readable_on(colour: Color32) -> Color32 {
    if contrast(Color32::BLACK, colour) > contrast(Color32::WHITE, colour) {
        Color32::BLACK
    } else {
        Color32::WHITE
    }
}

/// Contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio").
#[must_use]
pub fn contrast(one: Color32, other: Color32) -> f32 {
    let luminance = |colour: Color32| {
        let [red, green, blue, _] = egui::Rgba::from(colour).to_array();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

impl Theme {
    /// All themes.
    pub const ALL: [Self; 3] = [Self::Light, Self::Dark, Self::HighContrast];

    /// Its colours.
    #[must_use]
    pub fn palette(self) -> &'static Palette {
        match self {
            Self::Light => &LIGHT,
            Self::Dark => &DARK,
            Self::HighContrast => &HIGH_CONTRAST,
        }
    }

    /// Its colours in egui's form.
    #[must_use]
    pub fn visuals(self) -> Visuals {
        let own = self.palette();
        let mut visuals = match self {
            Self::Light => Visuals::light(),
            Self::Dark | Self::HighContrast => Visuals::dark(),
        };
        (visuals.panel_fill, visuals.window_fill) = (own.ground, own.ground);
        (visuals.extreme_bg_color, visuals.text_edit_bg_color) = (own.field, Some(own.field));
        visuals.faint_bg_color = own.buttons[0].lerp_to_gamma(own.ground, 0.5);
        visuals.window_stroke = Stroke::new(own.border_px, own.border);
        visuals.weak_text_color = Some(own.weak);
        visuals.hyperlink_color = own.plot;
        (visuals.warn_fg_color, visuals.error_fg_color) = (own.warning, own.bad);
        visuals.selection = Selection {
            bg_fill: own.selected[0],
            stroke: Stroke::new(FOCUS_PX, own.selected[1]),
        };
        let [rest, under, pressed] = own.buttons;
        let edge = Stroke::new(own.border_px, own.border);
        let focus = Stroke::new(FOCUS_PX, own.focus);
        let widgets = &mut visuals.widgets;
        for (widget, fill, stroke) in [
            (&mut widgets.noninteractive, own.ground, edge),
            (&mut widgets.inactive, rest, edge),
            (&mut widgets.hovered, under, Stroke::new(2.0, own.border)),
            // A widget with the focus, or pressed.
            (&mut widgets.active, pressed, focus),
            (&mut widgets.open, under, focus),
        ] {
            *widget = WidgetVisuals {
                weak_bg_fill: fill,
                bg_fill: fill,
                bg_stroke: stroke,
                fg_stroke: Stroke::new(2.0, own.text),
                ..*widget
            };
        }
        visuals
    }
}

/// Theme, text size, and whether things move.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Colours.
    pub theme: Theme,
    /// Scale of the text, 1 to 2.
    pub scale: f32,
    /// Reduced motion: no animations, and traces move once a second.
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
    /// Applies it to a window.
    pub fn apply(self, context: &egui::Context) {
        // The same for both system preferences.
        for theme in [egui::Theme::Light, egui::Theme::Dark] {
            context.set_visuals_of(theme, self.theme.visuals());
        }
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
            style.spacing.icon_width = 18.0;
            style.spacing.icon_width_inner = 11.0;
            style.spacing.icon_spacing = 6.0;
            style.spacing.scroll = ScrollStyle {
                bar_width: 10.0,
                foreground_color: true,
                dormant_handle_opacity: 1.0,
                active_handle_opacity: 1.0,
                ..ScrollStyle::solid()
            };
        });
        context.set_zoom_factor(self.scale);
    }
}

/// Inside, the frame of a text field has the colour of the focus, and not that of a selection in a list.
pub(super) fn field<R>(ui: &mut Ui, content: impl FnOnce(&mut Ui) -> R) -> R {
    let own = palette(ui);
    ui.scope(|ui| {
        let visuals = ui.visuals_mut();
        visuals.selection = field_selection(own);
        // The rail of a slider.
        visuals.widgets.inactive.bg_fill = own.border;
        content(ui)
    })
    .inner
}

fn field_selection(own: &Palette) -> Selection {
    Selection {
        // Selected text has a slight tint.
        bg_fill: own.field.lerp_to_gamma(own.focus, 0.1),
        stroke: Stroke::new(FOCUS_PX, own.focus),
    }
}

/// Whether motion is reduced.
pub(super) fn is_still(ui: &Ui) -> bool {
    ui.style().animation_time == 0.0
}

/// Shows that the user has to wait.
pub(super) fn busy(ui: &mut Ui) {
    if is_still(ui) {
        ui.label("…");
    } else {
        ui.spinner();
    }
}

#[cfg(test)]
mod tests;
