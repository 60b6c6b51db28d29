//! Error messages of JSON and TOML parsers, in words for people who do not program.

/// Rewrites a message of `serde`, `serde_json` or `toml`: what was found, what is expected, and where.
///
/// ```
/// use bci_cursor_calibration::parse_words::in_words;
///
/// let said = "invalid type: string \"fast\", expected f64 at line 3 column 8";
/// assert_eq!(in_words(said), "line 3, column 8: found \"fast\", expected a number");
/// ```
#[must_use]
pub fn in_words(message: &str) -> String {
    let message = message.trim();
    let (message, place) = match message.rsplit_once(" at line ") {
        Some((message, place)) => (message, place.split_once(" column ")),
        None => (message, None),
    };
    let words = words_of(message);
    match place {
        Some((line, column)) => format!("line {line}, column {column}: {words}"),
        None => words,
    }
}

fn words_of(message: &str) -> String {
    let rest_of = |start: &str| message.strip_prefix(start);
    let of_kind = ["invalid type: ", "invalid value: "];
    let of_kind = of_kind.iter().find_map(|start| rest_of(start));
    if let Some((found, expected)) = of_kind.and_then(|rest| rest.rsplit_once(", expected ")) {
        return format!("found {}, expected {}", thing(found), kind(expected));
    }
    if let Some((length, expected)) =
        rest_of("invalid length ").and_then(|rest| rest.split_once(", expected "))
    {
        let plural = if length == "1" { "" } else { "s" };
        return format!("found {length} value{plural}, expected {}", kind(expected));
    }
    let of_name = |start: &str, found: fn(&str) -> String| {
        let (name, known) = rest_of(start)?.split_once("`, ")?;
        Some(format!("{}; {}", found(name), plain(known)))
    };
    let of_variant = of_name("unknown variant `", |name| format!("found \"{name}\""));
    let of_field = of_name("unknown field `", |name| {
        format!("\"{name}\" is not known here")
    });
    if let Some(words) = of_variant.or(of_field) {
        return words;
    }
    let of_quoted = |start: &str| rest_of(start).map(|name| name.trim_end_matches('`'));
    if let Some(name) = of_quoted("missing field `") {
        return format!("\"{name}\" is missing");
    }
    if let Some(name) = of_quoted("duplicate field `") {
        return format!("\"{name}\" is given twice");
    }
    if message.starts_with("EOF while parsing") {
        return "the text ends too early".into();
    }
    match message {
        "expected value" => "found something that is not a value".into(),
        "expected ident" => "found a word without quotes".into(),
        "trailing characters" => "more text follows after the end".into(),
        other => plain(other),
    }
}

/// The value that was found, without the name of its type.
fn thing(found: &str) -> String {
    match found {
        "null" | "unit value" | "Option value" => "no value".into(),
        "map" => "a group of values".into(),
        "sequence" => "a list".into(),
        "newtype variant" | "tuple variant" | "struct variant" => "a group of values".into(),
        found => {
            let names = [
                "string ",
                "integer ",
                "floating point ",
                "boolean ",
                "character ",
                "unit variant ",
            ];
            let named = names.iter().find_map(|name| found.strip_prefix(name));
            plain(named.unwrap_or(found))
        }
    }
}

/// The expected value, without terms of a programming language.
fn kind(expected: &str) -> String {
    let whole = |least: i128, most: u128| format!("a whole number from {least} to {most}");
    match expected {
        "f64" | "f32" => "a number".into(),
        "u8" => whole(0, u8::MAX.into()),
        "u16" => whole(0, u16::MAX.into()),
        "u32" => whole(0, u32::MAX.into()),
        "u64" | "usize" => "a whole number that is not below zero".into(),
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number".into(),
        "a boolean" => "true or false".into(),
        "a string" | "str" | "string" => "a text".into(),
        "a sequence" => "a list".into(),
        "string or map" | "enum" | "variant identifier" => "a word".into(),
        other => {
            let list = [
                "an array of length ",
                "a tuple of size ",
                "a tuple of length ",
            ];
            let length = list.iter().find_map(|start| other.strip_prefix(start));
            let is_group = other == "a map" || other.starts_with("struct ");
            match length {
                Some("1") => "a list of 1 value".into(),
                Some(length) => format!("a list of {length} values"),
                None if is_group => "a group of values".into(),
                None => plain(other),
            }
        }
    }
}

/// The text without backquotes.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Mode {
        Cross,
        Steer,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Settings {
        gain: f64,
        count: u32,
        on: bool,
        name: String,
        range: [f64; 2],
        mode: Mode,
    }

    const RIGHT: &str =
        r#"{"gain":1.5,"count":3,"on":true,"name":"n","range":[1,2],"mode":"cross"}"#;

    #[test]
    fn no_term_of_a_parser_is_left() {
        serde_json::from_str::<Settings>(RIGHT).unwrap();
        for (right, wrong, said) in [
            ("1.5", "\"fast\"", "found \"fast\", expected a number"),
            ("1.5", "null", "found no value, expected a number"),
            (
                "3",
                "-3",
                "found -3, expected a whole number from 0 to 4294967295",
            ),
            (
                "3",
                "3.5",
                "found 3.5, expected a whole number from 0 to 4294967295",
            ),
            ("true", "1", "found 1, expected true or false"),
            ("\"n\"", "[1]", "found a list, expected a text"),
            ("[1,2]", "[1]", "found 1 value, expected a list of 2 values"),
            (
                "[1,2]",
                "{}",
                "found a group of values, expected a list of 2 values",
            ),
            (
                "\"cross\"",
                "\"left\"",
                "found \"left\"; expected cross or steer",
            ),
            (
                "\"gain\"",
                "\"gian\"",
                "\"gian\" is not known here; expected one of gain, count, on, name, range, mode",
            ),
            ("\"gain\":1.5,", "", "\"gain\" is missing"),
            (
                "\"gain\":1.5,",
                "\"gain\":1,\"gain\":2,",
                "\"gain\" is given twice",
            ),
            ("\"n\"", "n", "found a word without quotes"),
            ("\"n\"", "", "found something that is not a value"),
            ("\"cross\"}", "\"cross\"", "the text ends too early"),
            (
                "\"cross\"}",
                "\"cross\"}}",
                "more text follows after the end",
            ),
        ] {
            let text = RIGHT.replacen(right, wrong, 1);
            let error = serde_json::from_str::<Settings>(&text).unwrap_err();
            let words = in_words(&error.to_string());
            let (place, words) = words.split_once(": ").unwrap();
            assert!(place.starts_with("line 1, column "), "{place}");
            assert_eq!(words, said, "{error}");
        }
    }
}
