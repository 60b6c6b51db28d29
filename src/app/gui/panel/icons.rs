//! Icons of the Lucide set, as a font.

use eframe::egui::{
    Color32, Context, FontData, FontFamily, FontId, Galley, Painter,
    epaint::text::{FontInsert, FontPriority, InsertFontFamily},
};
use lucide_icons::{Icon, LUCIDE_FONT_BYTES};
use std::sync::Arc;

const FAMILY: &str = "lucide";

/// Makes the icons available.
pub(super) fn install(context: &Context) {
    context.add_font(FontInsert::new(
        FAMILY,
        FontData::from_static(LUCIDE_FONT_BYTES),
        vec![InsertFontFamily {
            family: family(),
            priority: FontPriority::Highest,
        }],
    ));
}

fn family() -> FontFamily {
    FontFamily::Name(FAMILY.into())
}

/// An icon of this size, points.
pub(super) fn galley(painter: &Painter, icon: Icon, size: f32, colour: Color32) -> Arc<Galley> {
    let text = char::from(icon).to_string();
    painter.layout_no_wrap(text, FontId::new(size, family()), colour)
}
