//! Plots as SVG.

use super::markup::escaped;
use crate::evaluate::quality::ChannelQuality;
use crate::montage;
use bci_cursor_calibration::Figures;
use std::fmt::Write;

/// Colours that colour-blind people can tell apart (hues of Okabe and Ito 2008), dark enough for white letters on them
/// and for coloured letters on white (WCAG 2.2: 4.5).
const GOOD: &str = "#006e4e";
const WARNING: &str = "#825800";
const BAD: &str = "#b22c00";
const PLOT: &str = "#0064a0";
/// Colours for less and more power: red, green and blue.
const LESS: [f64; 3] = [0.0, 92.0, 160.0];
const MORE: [f64; 3] = [190.0, 110.0, 0.0];

/// Up to the first fraction of bad time a channel is called good; above the second it is called bad.
const GOOD_SHARE: f64 = 0.02;
const FAIR_SHARE: f64 = 0.2;

/// Fraction of the time in which a channel had a fault.
pub(super) fn bad_share(quality: &ChannelQuality) -> f64 {
    // An empty sum is -0.
    quality.faults.values().sum::<f64>().clamp(0.0, 1.0) + 0.0
}

/// Begins a drawing of the head from above, nose up, with the given width in pixels.
fn outline(width: u32, name: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 240 250\" width=\"{width}\" role=\"img\" aria-label=\"{name}\">\
         <circle cx=\"120\" cy=\"130\" r=\"100\" fill=\"none\" stroke=\"#333\" stroke-width=\"1.5\"/>\
         <path d=\"M110 32 L120 18 L130 32\" fill=\"none\" stroke=\"#333\" stroke-width=\"1.5\"/>"
    )
}

/// Where an electrode is drawn; `None` if its position is unknown.
fn place(label: &str) -> Option<[f64; 2]> {
    let [x, y, z] = montage::position(label)?;
    let around = x.hypot(y).max(1e-9);
    let share = 110.0 * around.atan2(z) / std::f64::consts::FRAC_PI_2 / around;
    Some([120.0 + share * x, 130.0 - share * y])
}

/// Radius of the discs, which depends on their number.
fn radius(electrodes: usize) -> f64 {
    if electrodes > 40 { 8.0 } else { 10.0 }
}

/// A head with each electrode coloured by how often it was bad; bad ones have a cross.
pub(super) fn head(quality: &[ChannelQuality]) -> String {
    let mut out = outline(220, "Electrodes on the head");
    let r = radius(quality.len());
    for channel in quality {
        let Some([cx, cy]) = place(&channel.label) else {
            continue;
        };
        let (bad, label) = (bad_share(channel), escaped(&channel.label));
        let colour = match bad {
            bad if bad <= GOOD_SHARE => GOOD,
            bad if bad <= FAIR_SHARE => WARNING,
            _ => BAD,
        };
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"{r}\" fill=\"{colour}\"><title>{label}: bad in {:.0} %</title></circle>\
             <text x=\"{cx:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"{}\" fill=\"#fff\">{}</text>",
            100.0 * bad,
            cy + 3.0,
            0.8 * r,
            if bad > FAIR_SHARE { "✖" } else { &label },
        );
    }
    out + "</svg>"
}

/// Change of power at each electrode: orange with a plus for more, blue with a minus for less, in stronger colours for
/// larger changes. `most` is the largest change that is drawn.
pub(super) fn pattern(
    channels: &[String],
    values: &[f64],
    most: f64,
    unit: &str,
    name: &str,
) -> String {
    let mut out = outline(150, &escaped(name));
    let r = 1.2 * radius(channels.len());
    for (label, value) in channels.iter().zip(values) {
        let Some([cx, cy]) = place(label) else {
            continue;
        };
        let share = (value.abs() / most.max(1e-9)).min(1.0);
        let full = if *value > 0.0 { MORE } else { LESS };
        let mixed = full.map(|part| 255.0 + share * (part - 255.0));
        let [red, green, blue] = mixed.map(|part| part.round() as u8);
        let ink = if share > 0.7 && *value <= 0.0 {
            "#fff"
        } else {
            "#000"
        };
        let sign = match share {
            share if share < 0.3 => "",
            _ if *value > 0.0 => "+",
            _ => "−",
        };
        let _ = write!(
            out,
            "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"{r:.1}\" fill=\"#{red:02x}{green:02x}{blue:02x}\" stroke=\"#777\" stroke-width=\"0.7\">\
             <title>{label}: {value:+.2}{unit}</title></circle>\
             <text x=\"{cx:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" font-size=\"16\" fill=\"{ink}\">{sign}</text>",
            y = cy + 5.0,
            label = escaped(label),
        );
    }
    out + "</svg>"
}

/// Accuracy of successive models, each with its date or name, with 95 % intervals and the chance level.
pub(super) fn history(figures: &[(String, &Figures)]) -> String {
    /// More names would overlap.
    const MOST_NAMES: usize = 6;
    let (width, height) = (560.0, 180.0);
    let y = |share: f64| 10.0 + (height - 30.0) * (1.0 - share);
    let mut out = format!(
        "<svg viewBox=\"0 0 {width} {height}\" width=\"{width}\" role=\"img\" aria-label=\"Accuracy of each model\">"
    );
    for percent in [0, 25, 50, 75, 100] {
        let at = y(f64::from(percent) / 100.0);
        let _ = write!(
            out,
            "<line x1=\"40\" x2=\"{width}\" y1=\"{at:.1}\" y2=\"{at:.1}\" stroke=\"#ddd\"/>\
             <text x=\"34\" y=\"{:.1}\" text-anchor=\"end\" font-size=\"11\">{percent} %</text>",
            at + 4.0
        );
    }
    let step = (width - 60.0) / figures.len().max(1) as f64;
    for (place, (name, model)) in figures.iter().enumerate() {
        let x = 50.0 + (place as f64 + 0.5) * step;
        let words = match figures.len() {
            // The day is enough.
            ..=MOST_NAMES => name.chars().take(10).collect(),
            _ => format!("{}", place + 1),
        };
        let [low, high] = model.interval.map(y);
        let chance = y(model.chance);
        let _ = write!(
            out,
            "<line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{chance:.1}\" y2=\"{chance:.1}\" stroke=\"{WARNING}\" stroke-dasharray=\"4 3\"/>\
             <line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{low:.1}\" y2=\"{high:.1}\" stroke=\"{PLOT}\" stroke-width=\"2\"/>\
             <circle cx=\"{x:.1}\" cy=\"{:.1}\" r=\"5\" fill=\"{PLOT}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"11\">{}</text>",
            x - 0.45 * step,
            x + 0.45 * step,
            y(model.accuracy),
            height - 4.0,
            escaped(&words)
        );
    }
    out + "</svg>"
}
