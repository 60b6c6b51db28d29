//! Errors in Chinese. The library writes its errors in English; the windows translate those that they are likely to show, and give the
//! English text of the others after a Chinese sentence.

/// Errors in English and in Chinese, with `{}` for the parts that vary. The first one that matches is used, so special ones come first.
const CHINESE: &[(&str, &str)] = &[
    // Settings.
    (
        "{} and {} are the same axis, expected two",
        "{} 和 {} 是同一个轴，应为两个不同的轴",
    ),
    (
        "{} is {}, expected at least {}, which is {}: it would click again and again",
        "{} 为 {}，不应小于 {}（{}），否则会反复点击",
    ),
    (
        "{} is {}, expected less than {}, which is {}: nothing would move",
        "{} 为 {}，应小于 {}（{}），否则指针不会移动",
    ),
    ("{} is '{}', expected {}", "{} 为“{}”，允许的值：{}"),
    ("{} is {}, expected {}", "{} 为 {}，允许的值：{}"),
    (
        "there is no setting '{}'. Did you mean '{}'?",
        "没有名为“{}”的设置。您是指“{}”吗？",
    ),
    ("there is no setting '{}'. {}", "没有名为“{}”的设置。{}"),
    ("there is nothing to go back to", "没有可以撤销的更改"),
    (
        "{} cannot be written: {}. The change is not kept",
        "无法写入 {}：{}。更改没有保存",
    ),
    (
        "{} is no usable profile: {}. Correct it, or delete it: then every setting has its default value",
        "{} 不是可用的设置文件：{}。请改正或删除它；删除后使用默认设置",
    ),
    // A run.
    (
        "the driver is too busy: ask again",
        "驱动程序正忙，请再试一次",
    ),
    ("this program cannot be found", "找不到本程序"),
    // Patients and their files.
    (
        "'{}' is no usable name for a patient: {}",
        "“{}”不能用作患者名：只能使用字母、数字、“-”、“_”和“.”，且不能以“.”开头",
    ),
    (
        "there is no patient '{}'. Did you mean '{}'?",
        "没有名为“{}”的患者。您是指“{}”吗？",
    ),
    (
        "there is no patient '{}'. There are: {}",
        "没有名为“{}”的患者。已有：{}",
    ),
    (
        "there is no patient '{}'. There is none yet",
        "没有名为“{}”的患者。还没有任何患者",
    ),
    ("there is no patient '{}'. {}", "没有名为“{}”的患者。{}"),
    (
        "there is no folder for the patients' data: set XDG_DATA_HOME or HOME",
        "没有存放患者数据的文件夹：请设置 XDG_DATA_HOME 或 HOME",
    ),
    ("{} cannot be made: {}", "无法创建 {}：{}"),
    (
        "{} exists already, and nothing is overwritten: name another file",
        "{} 已存在，不会覆盖：请使用另一个文件名",
    ),
    // Signal and recordings.
    ("cannot read {}: {}", "无法读取 {}：{}"),
    (
        "{} is not a usable recording: at byte {}: found {}, expected {}",
        "{} 不是可用的记录：第 {} 字节处为 {}，应为 {}",
    ),
    (
        "{} is cut: it has {} bytes, but its header announces {}. {}",
        "{} 不完整：只有 {} 字节，文件头说明有 {} 字节。请重新复制该文件",
    ),
    (
        "{} has no EEG channel. It has {}. {}",
        "{} 没有脑电通道。它有：{}。{}",
    ),
    (
        "there is no channel '{}'; there are: {}",
        "没有名为“{}”的通道；现有：{}",
    ),
    (
        "no LSL stream {} was found within {} s. {}",
        "在 {} 秒内没有找到 LSL 数据流 {}。{}",
    ),
    // Results.
    (
        "not saved: it is no better than guessing",
        "没有保存：它不比猜测好",
    ),
    (
        "not saved: the decoder in use is better",
        "没有保存：目前使用的解码器更好",
    ),
    // Sound.
    (
        "no sound can be heard here ({}). Is there a loudspeaker? Cues come without tones",
        "这里无法播放声音（{}）。接了扬声器吗？提示将没有声音",
    ),
];

/// Words in the values that a setting can have. Longer ones come before those that they contain.
const VALUES: [(&str, &str); 10] = [
    (" milliseconds", " 毫秒"),
    (" pixels per second", " 像素/秒"),
    (" degrees per second", " 度/秒"),
    (" pixels", " 像素"),
    (" seconds", " 秒"),
    (" hertz", " 赫兹"),
    (" (a whole number)", "（整数）"),
    (", or ", "，或 "),
    (" to ", " 至 "),
    (" or ", " 或 "),
];

/// Before an error that is not translated.
const OTHER: &str = "出现错误，原文为：";

/// An error as the Chinese windows show it. Text that is Chinese already stays as it is; several lines are translated one by one.
pub(super) fn chinese(error: &str) -> String {
    if error
        .chars()
        .any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
    {
        return error.to_owned();
    }
    let lines = error.lines().map(translated).collect::<Option<Vec<_>>>();
    lines
        .map(|lines| lines.join("\n"))
        .or_else(|| translated(error))
        .unwrap_or_else(|| format!("{OTHER}{error}"))
}

fn translated(error: &str) -> Option<String> {
    CHINESE.iter().find_map(|(english, chinese)| {
        let mut parts = parts(english, error)?;
        // Chinese names the time before the stream.
        if english.starts_with("no LSL stream") {
            parts.swap(0, 1);
        }
        let mut parts = parts.into_iter();
        let mut text = String::new();
        for (place, literal) in chinese.split("{}").enumerate() {
            if place > 0 {
                text.push_str(parts.next().unwrap_or_default());
            }
            text.push_str(literal);
        }
        if let Some((start, values)) = text.rsplit_once("允许的值：") {
            let translate = |text: String, (from, to): &(&str, &str)| text.replace(from, to);
            let values = VALUES.iter().fold(values.to_owned(), translate);
            return Some(format!("{start}允许的值：{values}"));
        }
        Some(text)
    })
}

/// What stands in place of each `{}`, if the error has this form.
fn parts<'a>(form: &str, error: &'a str) -> Option<Vec<&'a str>> {
    let mut literals = form.split("{}");
    let mut left = error.strip_prefix(literals.next()?)?;
    let mut parts = Vec::new();
    let mut literals = literals.peekable();
    while let Some(literal) = literals.next() {
        let at = if literals.peek().is_some() {
            left.find(literal)?
        } else {
            left.len()
                .checked_sub(literal.len())
                .filter(|_| left.ends_with(literal))?
        };
        parts.push(&left[..at]);
        left = &left[at + literal.len()..];
    }
    left.is_empty().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::gui::text::{CHINESE as WINDOW, ENGLISH};
    use crate::patient::store::StoreError;
    use crate::settings::Settings;

    fn refusal(assignment: &str) -> String {
        Settings::default()
            .with([assignment])
            .unwrap_err()
            .to_string()
    }

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
                "control.dwell.rearm_px=10",
                "control.dwell.rearm_px 为 10，不应小于 control.dwell.radius_px（20），否则会反复点击",
            ),
            (
                "control.head.yaw=y",
                "control.head.yaw 和 control.head.pitch 是同一个轴，应为两个不同的轴",
            ),
        ] {
            let english = refusal(assignment);
            assert_eq!(WINDOW.error(&english), expected);
            assert_eq!(ENGLISH.error(&english), english);
        }
        let mut wrong = Settings::default();
        (wrong.control.speed.gain_x, wrong.steering.turn_deg_s) = (f64::NAN, -1.0);
        let both = WINDOW.error(&wrong.check().unwrap_err().to_string());
        assert_eq!(both.matches("允许的值").count(), 2, "{both}");
    }

    #[test]
    fn other_errors_begin_in_chinese_and_none_loses_its_details() {
        let store = StoreError::Patient {
            found: "a/b".into(),
        }
        .to_string();
        assert!(
            WINDOW.error(&store).contains("“a/b”不能用作患者名"),
            "{store}"
        );
        let unknown = "the amplifier caught fire";
        assert_eq!(WINDOW.error(unknown), format!("{OTHER}{unknown}"));
        assert_eq!(WINDOW.error(WINDOW.signal_lost), WINDOW.signal_lost);
    }

    #[test]
    fn every_form_matches_itself_and_has_as_many_parts_in_both_languages() {
        for (english, chinese) in CHINESE {
            let count = |text: &str| text.matches("{}").count();
            assert!(count(chinese) <= count(english), "{english}");
            assert!(
                translated(&english.replace("{}", "7")).is_some(),
                "{english}"
            );
        }
    }
}
