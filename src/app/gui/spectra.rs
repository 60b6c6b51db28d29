//! Power against frequency.

use super::look::palette;
use super::plots::area;
use eframe::egui::{self, Align2, Color32, FontId, Pos2, Rect, Stroke, Ui, Vec2, pos2, vec2};

/// Unit of the vertical axis.
const UNIT: &str = "dB re 1 µV²/Hz";
/// Room for the unit above, for frequencies below, and for decibels on the left, points.
const ABOVE_PX: f32 = 20.0;
const BELOW_PX: f32 = 18.0;
const LEFT_PX: f32 = 34.0;
/// Height of the plot at most, dB: below that, filters leave nothing.
const MOST_DB: f64 = 60.0;
const SMALL: f32 = 13.0;

/// Draws one or several named curves: a value for each hertz from 1 Hz on, dB re 1 µV²/Hz.
pub(super) fn spectra(ui: &mut Ui, size: Vec2, curves: &[(&str, &[f64])], name: &str) {
    let own = palette(ui);
    let rect = area(ui, size, &format!("{name}, {UNIT}"));
    let painter = ui.painter_at(rect);
    let plot = Rect::from_min_max(
        rect.min + vec2(LEFT_PX, ABOVE_PX),
        rect.max - vec2(0.0, BELOW_PX),
    );
    let small = FontId::proportional(SMALL);
    let unit = rect.left_top();
    painter.text(unit, Align2::LEFT_TOP, UNIT, small.clone(), own.text);
    let all = curves.iter().flat_map(|(_, db)| db.iter().copied());
    let Some(range) = Range::of(all) else {
        return;
    };
    let count = curves.iter().map(|(_, db)| db.len()).max().unwrap_or(0);
    let x = |hz: usize| plot.left() + plot.width() * (hz as f32 - 0.5) / count.max(1) as f32;
    let y = |db: f64| plot.bottom() - plot.height() * range.share(db);
    for db in range.marks(plot.height()) {
        let line = Stroke::new(1.0, own.ground.lerp_to_gamma(own.weak, 0.4));
        painter.hline(plot.x_range(), y(db), line);
        let at = pos2(plot.left() - 4.0, y(db));
        let words = format!("{db:.0}").replace('-', "−");
        painter.text(at, Align2::RIGHT_CENTER, words, small.clone(), own.text);
    }
    for hz in (10..=count).step_by(10) {
        let words = if hz + 10 > count {
            format!("{hz} Hz")
        } else {
            format!("{hz}")
        };
        let line = Stroke::new(1.0, own.text);
        painter.vline(x(hz), plot.bottom()..=plot.bottom() + 3.0, line);
        let galley = painter.layout_no_wrap(words, small.clone(), own.text);
        let left = (x(hz) - 0.5 * galley.size().x).min(rect.right() - galley.size().x);
        painter.galley(
            pos2(left, rect.bottom() - galley.size().y),
            galley,
            own.text,
        );
    }
    painter.hline(plot.x_range(), plot.bottom(), Stroke::new(1.0, own.text));
    let colours = [own.plot, own.warning, own.good, own.bad];
    for (place, (class, db)) in curves.iter().enumerate() {
        let points = (1..).zip(*db).map(|(hz, db)| pos2(x(hz), y(*db)));
        let colour = colours[place % colours.len()];
        curve(&painter, points.collect(), colour, place);
        if curves.len() > 1 {
            let sign = if is_dashed(place) { "- -" } else { "—" };
            let at = pos2(rect.right() - 4.0, rect.top() + 18.0 * place as f32);
            let words = format!("{sign} {class}");
            let galley = painter.layout_no_wrap(words, FontId::proportional(15.0), colour);
            let room = Align2::RIGHT_TOP.anchor_size(at, galley.size());
            // No curve crosses the name.
            painter.rect_filled(room, 0.0, own.ground);
            painter.galley(room.min, galley, colour);
        }
    }
}

/// Every other curve is dashed, so that colour alone does not distinguish them.
fn is_dashed(place: usize) -> bool {
    place % 2 == 1
}

fn curve(painter: &egui::Painter, points: Vec<Pos2>, colour: Color32, place: usize) {
    let stroke = Stroke::new(2.5, colour);
    if is_dashed(place) {
        painter.add(egui::Shape::dashed_line(&points, stroke, 8.0, 4.0));
    } else {
        painter.line(points, stroke);
    }
}

/// The range of the vertical axis, in steps of 10 dB.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Range {
    low: f64,
    high: f64,
}

impl Range {
    /// The range of all values, except those far below the highest; none if there is no value.
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let finite = values.filter(|db| db.is_finite());
        let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), db| {
            (low.min(db), high.max(db))
        });
        if low > high {
            return None;
        }
        let high = 10.0 * (high / 10.0).ceil();
        let low = 10.0 * (low / 10.0).floor();
        Some(Self {
            low: low.max(high - MOST_DB).min(high - 10.0),
            high,
        })
    }

    /// Position of a value, 0 at the bottom, 1 at the top.
    fn share(self, db: f64) -> f32 {
        ((db - self.low) / (self.high - self.low)).clamp(0.0, 1.0) as f32
    }

    /// Values with a line and a number, far enough apart to be read.
    fn marks(self, height: f32) -> impl Iterator<Item = f64> {
        let room = |step: &f64| f64::from(height) * step / (self.high - self.low) > 18.0;
        let step = [5.0, 10.0, 20.0, 30.0].into_iter().find(room);
        let step = step.unwrap_or(self.high - self.low);
        let count = ((self.high - self.low) / step) as usize;
        (0..=count).map(move |k| self.low + step * k as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_holds_what_can_be_seen_in_whole_tens() {
        let of =
            |values: &[f64]| Range::of(values.iter().copied()).map(|range| (range.low, range.high));
        assert_eq!(of(&[-3.0, 17.0]), Some((-10.0, 20.0)));
        // A flat channel, and one value.
        assert_eq!(of(&[-60.0, 32.0]), Some((-20.0, 40.0)));
        assert_eq!(of(&[f64::NEG_INFINITY, 0.0]), Some((-10.0, 0.0)));
        assert_eq!(of(&[f64::NAN]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn marks_are_round_and_can_be_read() {
        let range = Range {
            low: -10.0,
            high: 20.0,
        };
        let marks = |height| range.marks(height).collect::<Vec<_>>();
        assert_eq!(marks(60.0), [-10.0, 0.0, 10.0, 20.0]);
        assert_eq!(marks(40.0), [-10.0, 10.0]);
        assert_eq!(marks(10.0), [-10.0, 20.0]);
        assert_eq!(marks(200.0).len(), 7);
        assert_eq!(
            [-10.0, 5.0, 20.0].map(|db| range.share(db)),
            [0.0, 0.5, 1.0]
        );
    }
}
