//! Which classes can be fitted.

use super::epochs::ClassMarker;
use super::fit::FitError;

/// Class names that the program knows what to do with.
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

/// Checks class names, so that a spelling mistake shows before a session and not in it.
///
/// # Errors
/// [`FitError::UnknownClass`], or [`FitError::MarkerOfTwoClasses`].
pub fn check_classes(classes: &[ClassMarker]) -> Result<(), FitError> {
    let is_known = |class: &&ClassMarker| KNOWN_CLASSES.contains(&class.class.as_str());
    if let Some(unknown) = classes.iter().find(|class| !is_known(class)) {
        return Err(FitError::UnknownClass {
            found: unknown.class.clone(),
        });
    }
    for (k, class) in classes.iter().enumerate() {
        let is_other = |other: &&ClassMarker| {
            other.class != class.class && other.spelling() == class.spelling()
        };
        if let Some(other) = classes[..k].iter().find(is_other) {
            return Err(FitError::MarkerOfTwoClasses {
                marker: class.spelling(),
                classes: [other.class.clone(), class.class.clone()],
            });
        }
    }
    Ok(())
}
