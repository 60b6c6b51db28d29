//! Display names for identifiers in files.

use crate::practice::{COPY, Task};
use crate::recording::session::SessionEvent;

/// The name of a class.
pub(super) fn class(id: &str) -> String {
    match id {
        "clench" => "clench the jaw".into(),
        "blinks" => "blink three times".into(),
        other => other.replace('_', " "),
    }
}

/// The names of several classes.
pub(super) fn classes(ids: &[String]) -> String {
    let names: Vec<String> = ids.iter().map(|id| class(id)).collect();
    names.join(", ")
}

/// The name of a practice task.
pub(super) fn task(id: &str) -> String {
    match Task::of_id(id) {
        Some(Task::Bars) => "Bars, left and right".into(),
        Some(Task::CentreOut) => "Centre-out".into(),
        Some(Task::Grid) => "Grid".into(),
        Some(Task::Tapping) => "Tapping (ISO 9241-411)".into(),
        Some(Task::Rest) => "Rest".into(),
        None if id == COPY => "Copying targets by looking".into(),
        None => id.replace('_', " "),
    }
}

/// The name of a channel's fault.
pub(super) fn fault(id: &str) -> String {
    match id {
        "railed" => "at its limit".into(),
        "unlike" => "no contact".into(),
        other => other.replace('_', " "),
    }
}

/// What a session was for, according to its events.
pub(super) fn purpose(events: &[SessionEvent]) -> String {
    let of_event = |event: &SessionEvent| match event {
        SessionEvent::Start { .. } => Some("Driving the pointer".into()),
        SessionEvent::Calibration { classes: ids, .. } => {
            Some(format!("Calibration: {}", classes(ids)))
        }
        SessionEvent::LooksBegin { .. } => Some("Calibration: looking".into()),
        SessionEvent::PracticeBegins { task: id, .. } => Some(format!("Practice: {}", task(id))),
        SessionEvent::Converted { .. } => Some("Converted recording".into()),
        _ => None,
    };
    let purpose = events.iter().find_map(of_event);
    purpose.unwrap_or_else(|| "Recording".into())
}

/// The time at which a session or model was made, from its file's name. Other names are returned unchanged.
pub(super) fn moment(file: &str) -> String {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let Some((date, time)) = stem.split_once('T') else {
        return file.to_owned();
    };
    let (time, number) = time.split_once("Z-").unwrap_or((time, ""));
    let time = time.trim_end_matches('Z').replace('-', ":");
    let is_digits = |text: &str, sign: char, shape: [usize; 3]| {
        let parts: Vec<&str> = text.split(sign).collect();
        let lengths = parts.iter().map(|part| part.len());
        let is_number = |part: &&str| part.bytes().all(|byte| byte.is_ascii_digit());
        lengths.eq(shape) && parts.iter().all(is_number)
    };
    if !is_digits(date, '-', [4, 2, 2]) || !is_digits(&time, ':', [2, 2, 2]) {
        return file.to_owned();
    }
    match number {
        "" => format!("{date} {time} UTC"),
        // A second file of the same time, or one for a gesture.
        other => format!("{date} {time} UTC ({other})"),
    }
}

/// The display form of a setting's value.
pub(super) fn value(text: &str) -> String {
    match text {
        "true" => "on".into(),
        "false" => "off".into(),
        other => other.trim_matches('"').replace('_', " "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::practice::TASKS;

    #[test]
    fn a_file_name_becomes_a_time() {
        assert_eq!(
            moment("2026-11-20T10-00-05Z.xdf"),
            "2026-11-20 10:00:05 UTC"
        );
        assert_eq!(
            moment("2026-11-20T10-00-05Z-2.xdf"),
            "2026-11-20 10:00:05 UTC (2)"
        );
        for other in [
            "good.json",
            "2026-01-02.xdf",
            "Trial-7.xdf",
            "aTb.xdf",
            "2026-11-20Tx-y-zZ.xdf",
        ] {
            assert_eq!(moment(other), other);
        }
        assert_eq!(moment("2026-11-29T00:22:16Z"), "2026-11-29 00:22:16 UTC");
    }

    #[test]
    fn no_identifier_is_left() {
        let is_plain = |words: &str| !words.contains('_') && words != words.to_lowercase();
        for known in TASKS {
            assert!(is_plain(&task(known.id())), "{}", task(known.id()));
        }
        assert!(is_plain(&task(COPY)));
        assert_eq!(task("centreout"), "Centre-out");
        for known in crate::fit::classes::KNOWN_CLASSES {
            assert!(!class(known).contains('_'));
        }
        assert_eq!(class("left_hand"), "left hand");
        assert_eq!([value("true"), value("\"drag\"")], ["on", "drag"]);
    }
}
