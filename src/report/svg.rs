//! Plots as SVG.

use crate::evaluate::quality::ChannelQuality;
use crate::montage;
use bci_cursor_calibration::Figures;
use std::fmt::Write;

/// Colours that colour-blind people can tell apart (Okabe and Ito 2008).
const GOOD: &str = "#009e73";
const WARNING: &str = "#e69f00";
const BAD: &str = "#d55e00";
const PLOT: &str = "#0072b2";

/// Share of the time in which a channel may be bad and is still called good, and below which it is not yet called bad.
const GOOD_SHARE: f64 = 0.02;
const FAIR_SHARE: f64 = 0.2;

/// Share of the time in which anything was wrong with a channel.
pub(super) fn bad_share(quality: &ChannelQuality) -> f64 {
    // An empty sum is -0.
    quality.faults.values().sum::<f64>().clamp(0.0, 1.0) + 0.0
}

/// The head from above, nose up; each electrode in the colour of how often it was bad, bad ones with a cross.
pub(super) fn head(quality: &[ChannelQuality]) -> String {
    let mut out = String::from(
        "<svg viewBox=\"0 0 240 250\" width=\"280\" role=\"img\" aria-label=\"Electrodes on the head\">\
         <circle cx=\"120\" cy=\"130\" r=\"100\" fill=\"none\" stroke=\"#333\" stroke-width=\"1.5\"/>\
         <path d=\"M110 32 L120 18 L130 32\" fill=\"none\" stroke=\"#333\" stroke-width=\"1.5\"/>",
    );
    for channel in quality {
        let Some([x, y, z]) = montage::position(&channel.label) else {
            continue;
        };
        let (bad, around) = (bad_share(channel), x.hypot(y).max(1e-9));
        let share = 110.0 * around.atan2(z) / std::f64::consts::FRAC_PI_2 / around;
        let (cx, cy) = (120.0 + share * x, 130.0 - share * y);
        let colour = match bad {
            bad if bad <= GOOD_SHARE => GOOD,
            bad if bad <= FAIR_SHARE => WARNING,
            _ => BAD,
        };
        // Writing to a string does not fail.
        let _ = write!(
            out,
            "<circle cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"10\" fill=\"{colour}\"><title>{}: bad in {:.0} %</title></circle>\
             <text x=\"{cx:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"8\" fill=\"#fff\">{}</text>",
            channel.label,
            100.0 * bad,
            cy + 3.0,
            if bad > FAIR_SHARE {
                "✖"
            } else {
                &channel.label
            }
        );
    }
    out + "</svg>"
}

/// Accuracy of models one after another, with 95 % intervals and the chance level.
pub(super) fn history(figures: &[&Figures]) -> String {
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
    for (place, figures) in figures.iter().enumerate() {
        let x = 50.0 + (place as f64 + 0.5) * step;
        let [low, high] = figures.interval.map(y);
        let chance = y(figures.chance);
        let _ = write!(
            out,
            "<line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{chance:.1}\" y2=\"{chance:.1}\" stroke=\"{WARNING}\" stroke-dasharray=\"4 3\"/>\
             <line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{low:.1}\" y2=\"{high:.1}\" stroke=\"{PLOT}\" stroke-width=\"2\"/>\
             <circle cx=\"{x:.1}\" cy=\"{:.1}\" r=\"5\" fill=\"{PLOT}\"/>\
             <text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\" font-size=\"11\">{}</text>",
            x - 0.45 * step,
            x + 0.45 * step,
            y(figures.accuracy),
            height - 4.0,
            place + 1
        );
    }
    out + "</svg>"
}
