//! What files call things, in words for people.

use crate::recording::session::SessionEvent;
use crate::session::practice::Task;

/// A class of a decoder.
pub(super) fn class(id: &str) -> String {
    match id {
        "clench" => "clench the jaw".into(),
        "blinks" => "blink three times".into(),
        other => other.replace('_', " "),
    }
}

/// Several of them.
pub(super) fn classes(ids: &[String]) -> String {
    let names: Vec<String> = ids.iter().map(|id| class(id)).collect();
    names.join(", ")
}

/// A task of practice.
pub(super) fn task(id: &str) -> String {
    match Task::of_id(id) {
        Some(Task::Bars) => "Bars, left and right".into(),
        Some(Task::CentreOut) => "Centre-out".into(),
        Some(Task::Grid) => "Grid".into(),
        Some(Task::Tapping) => "Tapping (ISO 9241-411)".into(),
        Some(Task::Rest) => "Rest".into(),
        None => id.replace('_', " "),
    }
}

/// What is wrong with a channel.
pub(super) fn fault(id: &str) -> String {
    match id {
        "railed" => "at its limit".into(),
        "unlike" => "no contact".into(),
        other => other.replace('_', " "),
    }
}

/// What a session was for, by what it tells of itself.
pub(super) fn purpose(events: &[SessionEvent]) -> String {
    let of_event = |event: &SessionEvent| match event {
        SessionEvent::Start { .. } => Some("Driving the pointer".into()),
        SessionEvent::Calibration { classes: ids, .. } => {
            Some(format!("Calibration: {}", classes(ids)))
        }
        SessionEvent::PracticeBegins { task: id, .. } => Some(format!("Practice: {}", task(id))),
        SessionEvent::Converted { .. } => Some("Converted".into()),
        _ => None,
    };
    let told = events.iter().find_map(of_event);
    told.unwrap_or_else(|| "Recording".into())
}

/// A value of a setting.
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
    use crate::session::practice::TASKS;

    #[test]
    fn no_identifier_is_left() {
        let is_plain = |words: &str| !words.contains('_') && words != words.to_lowercase();
        for known in TASKS {
            assert!(is_plain(&task(known.id())), "{}", task(known.id()));
        }
        assert_eq!(task("centreout"), "Centre-out");
        for known in crate::session::fit::KNOWN_CLASSES {
            assert!(!class(known).contains('_'));
        }
        assert_eq!(class("left_hand"), "left hand");
        assert_eq!([value("true"), value("\"drag\"")], ["on", "drag"]);
    }
}
