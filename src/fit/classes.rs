//! Classes, and the markers that announce them in recordings.

/// Class names that the program understands.
pub const KNOWN_CLASSES: [&str; 10] = [
    "left_hand",
    "right_hand",
    "both_hands",
    "feet",
    "tongue",
    "rest",
    "left",
    "right",
    "up",
    "down",
];

/// Markers for rest.
pub const REST_MARKERS: [&str; 3] = ["T0", "rest", "Rest"];

/// A class with its marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassMarker {
    /// Class name.
    pub class: String,
    /// Text of the marker. If it ends with `*`, every text with this beginning.
    pub marker: String,
    /// The marker counts only in recordings whose file names contain one of these; empty: in all.
    pub only_in: Vec<String>,
}

impl ClassMarker {
    /// A class and its marker, in all recordings.
    #[must_use]
    pub fn new(class: impl Into<String>, marker: impl Into<String>) -> Self {
        Self {
            class: class.into(),
            marker: marker.into(),
            only_in: Vec::new(),
        }
    }

    /// The marker as spelled on the command line: `T2@R06+R10`.
    #[must_use]
    pub fn spelling(&self) -> String {
        if self.only_in.is_empty() {
            return self.marker.clone();
        }
        format!("{}@{}", self.marker, self.only_in.join("+"))
    }

    /// Whether a marker of a recording announces the class.
    #[must_use]
    pub fn is_announced(&self, label: &str, recording: &str) -> bool {
        let file = recording.rsplit(['/', '\\']).next().unwrap_or(recording);
        let is_here = |part: &String| file.contains(part.as_str());
        let begins = |start: &str| label.starts_with(start);
        let matches = self.marker == label || self.marker.strip_suffix('*').is_some_and(begins);
        matches && (self.only_in.is_empty() || self.only_in.iter().any(is_here))
    }
}

/// Names of the classes, each once, in the order of first use, because several markers may announce one class.
#[must_use]
pub fn class_names(classes: &[ClassMarker]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for class in classes {
        if !names.contains(&class.class) {
            names.push(class.class.clone());
        }
    }
    names
}

/// The class that a marker of a recording announces, as an index into [`class_names`].
#[must_use]
pub fn class_of(classes: &[ClassMarker], label: &str, recording: &str) -> Option<usize> {
    let class = classes
        .iter()
        .find(|class| class.is_announced(label, recording))?;
    class_names(classes)
        .iter()
        .position(|name| *name == class.class)
}
