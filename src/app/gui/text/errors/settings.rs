//! Settings that are refused.

use super::{listed, quoted};
use crate::app::gui::text::message::InChinese;
use crate::settings::{AUTO, Kind, Setting, SettingsError, WrongValue, groups};

impl InChinese for SettingsError {
    fn chinese(&self) -> String {
        match self {
            Self::Values(wrong) => {
                let lines: Vec<String> = wrong.iter().map(WrongValue::chinese).collect();
                lines.join("\n")
            }
            Self::Unknown { path, similar } => {
                let meant = match similar.as_slice() {
                    [] => format!("设置名以这些开头：{}", listed(&groups())),
                    [one] => format!("您是指 {one} 吗？"),
                    several => format!("您是指其中之一吗：{}", listed(several)),
                };
                format!("没有名为{}的设置。{meant}", quoted(path))
            }
            Self::Kind {
                setting,
                kind,
                found,
            } => {
                let (path, found) = (setting.path, quoted(found));
                format!("{path} 为{found}，允许的值：{}", allowed(setting, *kind))
            }
            Self::Form(found) => format!(
                "{}不是设置：应为“名称=值”，例如 control.dwell.time_ms=900",
                quoted(found)
            ),
        }
    }
}

impl InChinese for WrongValue {
    fn chinese(&self) -> String {
        match self {
            Self::Range {
                name,
                setting,
                kind,
                found,
            } => format!("{name} 为 {found}，允许的值：{}", allowed(setting, *kind)),
            Self::SameAxis => {
                "control.head.yaw 和 control.head.pitch 是同一个轴，应为两个不同的轴".to_owned()
            }
            Self::Rearm {
                rearm_px,
                radius_px,
            } => format!(
                "control.dwell.rearm_px 为 {rearm_px}，不应小于 control.dwell.radius_px（{radius_px}），否则会反复点击"
            ),
            Self::DeadZone {
                dead_zone_px_s,
                limit_px_s,
            } => format!(
                "control.speed.dead_zone_px_s 为 {dead_zone_px_s}，应小于 control.speed.limit_px_s（{limit_px_s}），否则指针不会移动"
            ),
        }
    }
}

/// Which values a setting can have, with the unit.
fn allowed(setting: &Setting, kind: Kind) -> String {
    let [least, most] = setting.range.unwrap_or([f64::MIN, f64::MAX]);
    let unit = unit(setting.unit);
    match kind {
        Kind::Switch => "true 或 false".to_owned(),
        Kind::Whole => format!("{least} 至 {most}{unit}（整数）"),
        Kind::Number => format!("{least} 至 {most}{unit}"),
        Kind::NumberOrAuto => format!("{least} 至 {most}{unit}，或 {AUTO}"),
        Kind::Word([words @ .., last]) if !words.is_empty() => {
            format!("{} 或 {last}", words.join("、"))
        }
        Kind::Word(words) => words.concat(),
    }
}

/// A unit of the table of settings; a test finds one that is missing.
fn unit(unit: &str) -> &'static str {
    match unit {
        "pixels" => " 像素",
        "pixels per second" => " 像素/秒",
        "milliseconds" => " 毫秒",
        "millimetres" => " 毫米",
        "seconds" => " 秒",
        "per minute" => "次/分钟",
        "hertz" => " 赫兹",
        "degrees per second" => " 度/秒",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::gui::text::message::Message;
    use crate::app::gui::text::{CHINESE, ENGLISH};
    use crate::settings::Settings;

    #[test]
    fn refused_settings_are_chinese_with_the_setting_and_its_range() {
        for (assignment, expected) in [
            (
                "control.dwell.time_ms=20",
                "control.dwell.time_ms 为 20，允许的值：200 至 10000 毫秒（整数）",
            ),
            (
                "control.dwell.radius_px=wide",
                "control.dwell.radius_px 为“wide”，允许的值：1 至 500 像素",
            ),
            (
                "control.edges=bounce",
                "control.edges 为“bounce”，允许的值：stop 或 resist",
            ),
            (
                "decoding.rest_threshold=2",
                "decoding.rest_threshold 为 2，允许的值：0 至 0.999，或 auto",
            ),
            (
                "control.dwell.rearm_px=10",
                "control.dwell.rearm_px 为 10，不应小于 control.dwell.radius_px（20），否则会反复点击",
            ),
            (
                "control.head.yaw=y",
                "control.head.yaw 和 control.head.pitch 是同一个轴，应为两个不同的轴",
            ),
            (
                "control.dwel.time_ms=900",
                "没有名为“control.dwel.time_ms”的设置。您是指 control.dwell.time_ms 吗？",
            ),
        ] {
            let error = Settings::default().with([assignment]).unwrap_err();
            let message = Message::of(&error);
            assert_eq!(message.text(&CHINESE), expected);
            assert_eq!(message.text(&ENGLISH), error.to_string());
        }
        let mut wrong = Settings::default();
        (wrong.control.speed.gain_x, wrong.steering.turn_deg_s) = (f64::NAN, -1.0);
        let both = wrong.check().unwrap_err().chinese();
        assert_eq!(both.matches("允许的值").count(), 2, "{both}");
    }

    #[test]
    fn every_unit_of_the_table_has_a_word() {
        for (setting, _) in Settings::default().list() {
            assert!(setting.unit.is_empty() || !unit(setting.unit).is_empty());
        }
    }
}
