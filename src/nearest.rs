//! Suggests the name that was probably intended by a mistyped one.

/// The known name closest to `name`, if it is close enough to be a typing error: at most one edit (Damerau-Levenshtein) for every three
/// letters.
pub fn nearest<'a, T: AsRef<str> + ?Sized + 'a>(
    name: &str,
    known: impl IntoIterator<Item = &'a T>,
) -> Option<&'a str> {
    let name = name.to_lowercase();
    let edits = |other: &str| strsim::damerau_levenshtein(&name, &other.to_lowercase());
    let known = known
        .into_iter()
        .map(|other| (edits(other.as_ref()), other.as_ref()));
    let (edits, nearest) = known.min_by_key(|(edits, _)| *edits)?;
    (edits <= name.chars().count().div_ceil(3)).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typing_error_is_recognised_and_another_word_is_not() {
        let known = ["ada", "Björn", "maria"];
        assert_eq!(nearest("aad", &known), Some("ada"));
        assert_eq!(nearest("bjorn", &known), Some("Björn"));
        assert_eq!(nearest("zoe", &known), None);
        assert_eq!(nearest::<str>("ada", []), None);
    }
}
