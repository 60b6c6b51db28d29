use super::*;
use proptest::prelude::*;
use std::sync::LazyLock;

static MODEL: LazyLock<LanguageModel> = LazyLock::new(|| LanguageModel::new(OwnWords::default()));

fn words(text: &str, count: usize) -> Vec<String> {
    let predicted = MODEL.predict(text, count).words;
    predicted.into_iter().map(|(word, _)| word).collect()
}

#[test]
fn words_are_completed_and_follow_each_other() {
    assert!(
        words("hel", 5).contains(&"hello".to_owned()),
        "{:?}",
        words("hel", 5)
    );
    assert!(words("I am thir", 3).contains(&"thirsty".to_owned()));
    // A word is offered only while a letter is missing.
    assert!(!words("the", 5).contains(&"the".to_owned()));
    // A pair of words is known.
    assert_eq!(words("I do ", 1), ["not"]);
    // The capital letter belongs to the word.
    assert!(
        words("i'", 9).contains(&"I'm".to_owned()),
        "{:?}",
        words("i'", 9)
    );
}

#[test]
fn letters_are_likely_where_words_have_them() {
    let of = |text: &str, letter| MODEL.predict(text, 0).of(letter);
    assert!(of("q", 'u') > 0.95);
    assert!(of("", 't') > of("", 'x'));
    assert!(of("th", 'e') > 0.5);
    // The end of a word is a symbol, too.
    assert!(of("the", ' ') > of("th", ' '));
    assert!(
        of("zzq", 'e') > 0.0,
        "words that nobody knows can be written"
    );
    assert_eq!(of("th", '7'), 0.0);
}

#[test]
fn the_patients_own_words_come_first_and_mistakes_do_not_stay() {
    let mut model = LanguageModel::new(OwnWords::default());
    let first = |model: &LanguageModel, text: &str| model.predict(text, 1).words.remove(0).0;
    for text in ["please ", "please call ", "please call Ottoline "] {
        model.learn(text);
    }
    assert_ne!(first(&model, "please call O"), "Ottoline");
    model.learn("please call Ottoline.");
    assert_eq!(first(&model, "please call "), "Ottoline");
    assert_eq!(first(&model, "ott"), "Ottoline");
    // They are kept as a text, and come back from it.
    let text = serde_json::to_string(model.own()).unwrap();
    let model = LanguageModel::new(serde_json::from_str(&text).unwrap());
    assert_eq!(first(&model, "please call "), "Ottoline");
}

/// A text in which each key costs the same, one key at a time: what a person needs who always takes the offered word as soon as it is there.
fn keys_needed(text: &str, offered: usize) -> usize {
    let (mut written, mut keys) = (String::new(), 0);
    while written.len() < text.len() {
        let rest = &text[written.len()..];
        let end = rest.find(|c| !is_in_word(c)).unwrap_or(rest.len());
        let begun = written.rsplit(|c| !is_in_word(c)).next().unwrap().len();
        let word = &text[written.len() - begun..written.len() + end];
        let is_offered = end > 0 && words(&written, offered).iter().any(|offer| offer == word);
        keys += 1;
        if is_offered {
            written.push_str(&rest[..end]);
            // The space comes with the word.
            if rest[end..].starts_with(' ') {
                written.push(' ');
            }
        } else {
            written.extend(rest.chars().next());
        }
    }
    keys
}

/// Sentences of daily life, written for this test and for nothing else.
const DAILY: [&str; 12] = [
    "I am thirsty and would like some water",
    "please turn me to the other side",
    "could you open the window a little",
    "my left leg hurts when I lie like this",
    "what time are you coming home tonight",
    "I want to watch the film we talked about",
    "the light is too bright for me",
    "thank you for your help today",
    "can we go outside when the rain stops",
    "tell the doctor that I did not sleep well",
    "I love you very much",
    "please write to my sister that I miss her",
];

#[test]
fn predictions_save_four_keys_of_ten() {
    let letters: usize = DAILY.iter().map(|text| text.len()).sum();
    let keys: usize = DAILY.iter().map(|text| keys_needed(text, 5)).sum();
    let saved = 1.0 - keys as f64 / letters as f64;
    println!(
        "{keys} keys for {letters} letters: {:.0} % saved",
        100.0 * saved
    );
    assert!(saved > 0.4, "{saved:.3}");
}

/// Shannon's entropy of the next letter on average: 4.8 bits without a model.
#[test]
fn letters_need_two_bits() {
    let mut bits = 0.0;
    for text in DAILY {
        for (at, letter) in text.char_indices() {
            bits -= MODEL.predict(&text[..at], 0).of(letter).log2();
        }
    }
    let letters: usize = DAILY.iter().map(|text| text.len()).sum();
    let per_letter = bits / letters as f64;
    println!("{per_letter:.2} bits per letter");
    assert!(per_letter < 2.1, "{per_letter:.2}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// Whatever was written, the symbols' probabilities add up to one, and words begin as what was written.
    #[test]
    fn any_text_can_be_continued(text in "[ -~\n]{0,40}") {
        let predicted = MODEL.predict(&text, 5);
        prop_assert!((predicted.symbols.iter().sum::<f64>() - 1.0).abs() < 1e-6, "{:?}", predicted.symbols);
        let begun = text.rsplit(|c| !is_in_word(c)).next().unwrap().to_lowercase();
        for (word, probability) in predicted.words {
            prop_assert!(word.to_lowercase().starts_with(&begun) && word.len() > begun.len());
            prop_assert!((0.0..=1.0).contains(&probability));
        }
    }
}
