//! Plots: the head with its electrodes, traces, a confusion matrix, bars. Each takes the available width.

use super::look::{is_still, palette, readable_on};
use super::text::Text;
use crate::conditioning::Fault;
use crate::guided::monitor::Monitor;
use crate::montage;
use eframe::egui::{
    self, Align2, Color32, FontId, Pos2, Rect, Sense, Stroke, Ui, Vec2, pos2, vec2,
};

/// Name of a fault, and what to do about it.
pub(super) fn fault_words(fault: Fault, text: &'static Text) -> (&'static str, &'static str) {
    match fault {
        Fault::Flat => (text.flat, text.advice[0]),
        Fault::Railed => (text.railed, text.advice[1]),
        Fault::LineNoise => (text.line_noise, text.advice[2]),
        Fault::Noisy => (text.noisy, text.advice[3]),
        Fault::Unlike => (text.unlike, text.advice[4]),
    }
}

pub(super) fn area(ui: &mut Ui, size: Vec2, what: &str) -> Rect {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, what));
    rect
}

/// The head from above, nose up, with a disc for each electrode: green with its label if it is good, red with a cross if it is bad.
pub(super) fn head(ui: &mut Ui, size: f32, monitor: &Monitor, name: &str) {
    let (painter, centre, radius) = outline(ui, size, name);
    let own = palette(ui);
    let labels = &monitor.layout().labels;
    // Neighbours in a row are 18 degrees apart: a fifth of the radius.
    let disc = (0.1 * radius).clamp(4.0, 18.0);
    let is_roomy = disc > 9.0;
    for (label, fault) in labels.iter().zip(monitor.faults()) {
        let Some(at) = place(label, centre, radius) else {
            continue;
        };
        let colour = if fault.is_some() { own.bad } else { own.good };
        let ink = readable_on(colour);
        painter.circle_filled(at, disc, colour);
        if fault.is_some() {
            // A cross as well: colour alone is not enough.
            let arm = 0.7 * disc;
            for (x, y) in [(arm, arm), (arm, -arm)] {
                painter.line_segment([at - vec2(x, y), at + vec2(x, y)], Stroke::new(2.5, ink));
            }
        } else if is_roomy {
            painter.text(
                at,
                Align2::CENTER_CENTER,
                label,
                FontId::proportional(0.8 * disc),
                ink,
            );
        }
    }
}

/// Draws an empty head, nose up. Returns the painter, the centre and the radius.
fn outline(ui: &mut Ui, size: f32, name: &str) -> (egui::Painter, Pos2, f32) {
    let rect = area(ui, vec2(size, size), name);
    let painter = ui.painter_at(rect);
    let (centre, radius) = (rect.center(), 0.4 * size);
    let line = Stroke::new(2.0, ui.visuals().text_color());
    painter.circle_stroke(centre, radius, line);
    let nose = [vec2(-0.1, -0.98), vec2(0.0, -1.1), vec2(0.1, -0.98)];
    let nose = nose.map(|at| centre + radius * at);
    painter.line_segment([nose[0], nose[1]], line);
    painter.line_segment([nose[1], nose[2]], line);
    (painter, centre, radius)
}

/// A value at each electrode: orange with a plus if it is positive, blue with a minus if it is negative; `most` has the strongest
/// colour.
pub(super) fn pattern(
    ui: &mut Ui,
    size: f32,
    labels: &[String],
    values: &[f64],
    most: f64,
    name: &str,
) {
    let (painter, centre, radius) = outline(ui, size, name);
    let own = palette(ui);
    let disc = (0.11 * radius).clamp(4.0, 20.0);
    for (label, value) in labels.iter().zip(values) {
        let Some(at) = place(label, centre, radius) else {
            continue;
        };
        let share = (value.abs() / most.max(1e-9)).min(1.0) as f32;
        let colour = if *value > 0.0 { own.warning } else { own.less };
        let colour = own.ground.lerp_to_gamma(colour, 0.15 + 0.85 * share);
        painter.circle(at, disc, colour, Stroke::new(1.0, own.weak));
        if share > 0.3 {
            let arm = 0.55 * disc;
            let line = Stroke::new(2.0, readable_on(colour));
            painter.line_segment([at - vec2(arm, 0.0), at + vec2(arm, 0.0)], line);
            if *value > 0.0 {
                painter.line_segment([at - vec2(0.0, arm), at + vec2(0.0, arm)], line);
            }
        }
    }
}

/// Every trial in order: a disc if it was right, a cross if not.
pub(super) fn trials(ui: &mut Ui, right: &[bool], name: &str) {
    let step = 18.0;
    let per_row = ((ui.available_width() / step) as usize).max(1);
    let rows = right.len().div_ceil(per_row);
    let rect = area(ui, vec2(ui.available_width(), step * rows as f32), name);
    let (painter, own) = (ui.painter_at(rect), palette(ui));
    for (k, is_right) in right.iter().enumerate() {
        let (row, column) = (k / per_row, k % per_row);
        let at = rect.left_top() + step * vec2(column as f32 + 0.5, row as f32 + 0.5);
        if *is_right {
            painter.circle_filled(at, 6.0, own.good);
        } else {
            for (x, y) in [(5.0, 5.0), (5.0, -5.0)] {
                let line = Stroke::new(3.0, own.bad);
                painter.line_segment([at - vec2(x, y), at + vec2(x, y)], line);
            }
        }
    }
}

/// Where an electrode is drawn: the distance from the centre is its angle from the top of the head.
fn place(label: &str, centre: Pos2, radius: f32) -> Option<Pos2> {
    let [x, y, z] = montage::position(label)?;
    let from_top = (x.hypot(y)).atan2(z) / std::f64::consts::FRAC_PI_2;
    let around = x.hypot(y).max(1e-9);
    // The lowest row of the 10-10 system lies a little below the equator.
    let share = 1.1 * from_top / around;
    Some(centre + radius * vec2((share * x) as f32, -(share * y) as f32))
}

/// Number of channels that are drawn at most.
const MOST_TRACES: usize = 16;
/// Height of a row at least, points: otherwise labels would overlap.
const LEAST_ROW_PX: f32 = 14.0;
/// Voltage of half a row, µV.
const SPAN_UV: f32 = 40.0;
/// Width of the labels on the left and of the scale on the right, points.
const LABELS_PX: f32 = 52.0;
const SCALE_PX: f32 = 70.0;

/// The last seconds of up to [`MOST_TRACES`] channels, with a scale bar.
pub(super) fn traces(ui: &mut Ui, size: Vec2, monitor: &Monitor, name: &str) {
    // Enough for four seconds below 35 Hz.
    const POINTS: usize = 400;
    let labels = &monitor.layout().labels;
    let room = ((size.y / LEAST_ROW_PX) as usize).clamp(1, MOST_TRACES);
    let step = labels.len().div_ceil(room).max(1);
    let shown: Vec<usize> = (0..labels.len()).step_by(step).collect();
    let row = size.y / shown.len().max(1) as f32;
    let scale_uv = scale_uv(row);
    let rect = area(ui, size, &format!("{name}, {scale_uv:.0} µV"));
    let (painter, own) = (ui.painter_at(rect), palette(ui));
    for (place, &channel) in shown.iter().enumerate() {
        let middle = rect.top() + (place as f32 + 0.5) * row;
        let is_bad = monitor.faults().get(channel).is_some_and(Option::is_some);
        let colour = if is_bad { own.bad } else { own.plot };
        painter.text(
            pos2(rect.left(), middle),
            Align2::LEFT_CENTER,
            // A cross as well: colour alone is not enough.
            if is_bad {
                format!("× {}", labels[channel])
            } else {
                labels[channel].clone()
            },
            FontId::proportional(13.0),
            own.text,
        );
        let samples: Vec<f64> = monitor.trace(channel).collect();
        let samples = &samples[still_for(ui, monitor, samples.len())];
        let (left, width) = (rect.left() + LABELS_PX, rect.width() - LABELS_PX - SCALE_PX);
        let every = (samples.len() / POINTS).max(1);
        let points: Vec<Pos2> = samples
            .iter()
            .enumerate()
            .step_by(every)
            .map(|(k, sample)| {
                let x = left + width * k as f32 / samples.len().max(1) as f32;
                let swing = (*sample as f32 / SPAN_UV).clamp(-1.0, 1.0);
                pos2(x, middle - 0.5 * row * swing)
            })
            .collect();
        painter.add(trace(&points, colour));
    }
    let height = px_of_uv(scale_uv, row);
    scale_bar(
        &painter,
        rect,
        height,
        &format!("{scale_uv:.0} µV"),
        own.text,
    );
}

/// Height of a voltage in a row of this height, points.
fn px_of_uv(uv: f32, row: f32) -> f32 {
    0.5 * row * uv / SPAN_UV
}

/// Voltage of the scale bar, µV: a round number for which the bar is long enough.
fn scale_uv(row: f32) -> f32 {
    const LEAST_PX: f32 = 24.0;
    let round = [10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
    let fits = |uv: &f32| px_of_uv(*uv, row) >= LEAST_PX;
    round.into_iter().find(fits).unwrap_or(500.0)
}

/// A scale bar in the middle of the right edge.
fn scale_bar(painter: &egui::Painter, rect: Rect, height: f32, words: &str, colour: Color32) {
    let (x, middle) = (rect.right() - SCALE_PX + 10.0, rect.center().y);
    let [top, bottom] = [middle - 0.5 * height, middle + 0.5 * height];
    let line = Stroke::new(2.0, colour);
    painter.line_segment([pos2(x, top), pos2(x, bottom)], line);
    for y in [top, bottom] {
        painter.line_segment([pos2(x - 4.0, y), pos2(x + 4.0, y)], line);
    }
    let font = FontId::proportional(13.0);
    painter.text(
        pos2(x + 8.0, middle),
        Align2::LEFT_CENTER,
        words,
        font,
        colour,
    );
}

/// A circle with an arrow in the forward direction, radians clockwise from the right.
pub(super) fn heading(ui: &mut Ui, size: f32, heading_rad: f64, name: &str) {
    let degrees = heading_rad.to_degrees().round().rem_euclid(360.0);
    let rect = area(ui, vec2(size, size), &format!("{name}: {degrees:.0}°"));
    let (painter, own) = (ui.painter_at(rect), palette(ui));
    let (centre, radius) = (rect.center(), 0.46 * size);
    let (sin, cos) = heading_rad.sin_cos();
    let ahead = vec2(cos as f32, sin as f32);
    painter.circle_stroke(centre, radius, Stroke::new(1.5, own.weak));
    painter.arrow(
        centre - 0.6 * radius * ahead,
        1.4 * radius * ahead,
        Stroke::new(3.0, own.text),
    );
}

/// Which of the last samples are drawn: all; with reduced motion, the same number of samples up to the last whole second.
fn still_for(ui: &Ui, monitor: &Monitor, samples: usize) -> std::ops::Range<usize> {
    let second = monitor.layout().rate.hz() as usize;
    if !is_still(ui) || samples <= second {
        return 0..samples;
    }
    let newest = monitor.artifact_frames().0 as usize % second.max(1);
    second - newest..samples - newest
}

/// A line without antialiasing: without a graphics card, sixteen of them take a third of the time.
fn trace(points: &[Pos2], colour: Color32) -> egui::Mesh {
    const HALF_WIDTH: f32 = 0.75;
    let mut mesh = egui::Mesh::default();
    for pair in points.windows(2) {
        let along = (pair[1] - pair[0]).normalized();
        let across = HALF_WIDTH * vec2(-along.y, along.x);
        let first = mesh.vertices.len() as u32;
        for at in [
            pair[0] - across,
            pair[0] + across,
            pair[1] - across,
            pair[1] + across,
        ] {
            mesh.colored_vertex(at, colour);
        }
        mesh.add_triangle(first, first + 1, first + 2);
        mesh.add_triangle(first + 1, first + 2, first + 3);
    }
    mesh
}

/// The confusion matrix: rows are actual classes, columns are decoded ones.
pub(super) fn confusion(ui: &mut Ui, classes: &[&str], counts: &[Vec<usize>], text: &Text) {
    egui::Grid::new("confusion")
        .striped(true)
        .spacing([24.0, 6.0])
        .show(ui, |ui| {
            ui.label("");
            for class in classes {
                ui.label(format!("{} {class}", text.decoded_as));
            }
            ui.end_row();
            for (row, (class, counts)) in classes.iter().zip(counts).enumerate() {
                ui.label(format!("{} {class}", text.actual_class));
                for (column, count) in counts.iter().enumerate() {
                    let number = egui::RichText::new(format!("{count}")).size(22.0);
                    ui.label(if row == column {
                        number.strong().color(palette(ui).good)
                    } else {
                        number
                    });
                }
                ui.end_row();
            }
        });
}

/// A named bar from 0 to 1, with its value in per cent and perhaps a mark across it.
pub(super) fn bar(ui: &mut Ui, name: &str, share: f64, colour: Color32, mark: Option<f64>) {
    const PERCENT_PX: f32 = 56.0;
    ui.label(name);
    let size = vec2(ui.available_width().clamp(120.0, 260.0 + PERCENT_PX), 22.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let percent = format!("{:.0} %", 100.0 * share);
    let words = format!("{name}: {percent}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Meter, true, &words));
    let (painter, own) = (ui.painter_at(rect), palette(ui));
    let (bar, beside) = rect.split_left_right_at_x(rect.right() - PERCENT_PX);
    let edge = Stroke::new(1.0, own.text);
    painter.rect_stroke(bar, 2.0, edge, egui::StrokeKind::Inside);
    let mut filled = bar.shrink(2.0);
    filled.set_width(filled.width() * share.clamp(0.0, 1.0) as f32);
    painter.rect_filled(filled, 0.0, colour);
    if let Some(mark) = mark {
        let x = bar.left() + bar.width() * mark.clamp(0.0, 1.0) as f32;
        // Visible on the bar's colour and beside it.
        for (width, colour) in [(5.0, own.ground), (2.0, own.text)] {
            let line = Stroke::new(width, colour);
            painter.line_segment([pos2(x, bar.top()), pos2(x, bar.bottom())], line);
        }
    }
    let font = FontId::proportional(15.0);
    let at = beside.right_center();
    painter.text(at, Align2::RIGHT_CENTER, percent, font, own.text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_bar_has_a_round_voltage_and_the_right_height() {
        // A row is 80 µV: 16 rows in 160 points, or one in 400.
        for (row, expected) in [(10.0, 200.0), (20.0, 100.0), (37.0, 100.0), (400.0, 10.0)] {
            let uv = scale_uv(row);
            assert_eq!(uv, expected, "{row}");
            assert!((px_of_uv(uv, row) - row * uv / 80.0).abs() < 1e-4);
        }
    }
}
