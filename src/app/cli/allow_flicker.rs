use super::patient::PatientArgs;
use crate::app::consent::{self, Questions};
use crate::app::out::say;
use crate::patient::profile::{FlickerConsent, Profile};
use crate::patient::store::DEFAULT_PATIENT;
use crate::system::clock;
use anyhow::{bail, ensure};
use clap::{Args, ValueEnum};
use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

/// Tags to look at flicker. Flickering light can cause an epileptic seizure in some people, so this asks first, and
/// remembers the answer for this patient.
#[derive(Debug, Args)]
pub(super) struct AllowFlickerArgs {
    /// The patient who is going to look at the tags
    #[arg(long, value_name = "PATIENT", default_value = DEFAULT_PATIENT)]
    patient: String,
    /// Create this patient if there is none of this name
    #[arg(long, requires = "patient")]
    new_patient: bool,
    /// Also allow tags that exceed the thresholds for photosensitive epilepsy (WCAG 2.3.1, ITU-R BT.1702)
    #[arg(long, conflicts_with = "withdraw")]
    above_thresholds: bool,
    /// Do not ask on the terminal: the questions of this page were asked, and the answers allow it
    #[arg(long, conflicts_with = "withdraw")]
    yes_i_asked_about_epilepsy: bool,
    /// Language of the questions
    #[arg(long, value_enum, default_value_t = QuestionLanguage::En)]
    language: QuestionLanguage,
    /// No longer allow flickering tags
    #[arg(long)]
    withdraw: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum QuestionLanguage {
    /// English
    En,
    /// Simplified Chinese
    Zh,
}

/// The longest line of the page.
const WIDTH: usize = 98;

const ABOVE: &str = "\
The program refuses tags that flash more than three times a second on more than 0.006 steradian of
what is seen (WCAG 2.3.1, ITU-R BT.1702). 'exceed' means: a doctor who knows this person agrees that
tags may exceed these thresholds.";

pub(super) fn allow_flicker(args: &AllowFlickerArgs) -> anyhow::Result<ExitCode> {
    let whose = PatientArgs {
        patient: args.patient.clone(),
        new_patient: args.new_patient,
    };
    let mut profile = Profile::open(whose.name()?)?;
    if args.withdraw {
        profile.allow_flicker(None)?;
        say!(
            "flickering tags are no longer allowed for patient '{}'",
            args.patient
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let questions = match args.language {
        QuestionLanguage::En => &consent::ENGLISH,
        QuestionLanguage::Zh => &consent::CHINESE,
    };
    say!("{}\n", page(questions))?;
    confirm(args, "yes")?;
    if args.above_thresholds {
        say!("\n{ABOVE}\n")?;
        confirm(args, "exceed")?;
    }
    let now = clock::date_time();
    profile.allow_flicker(Some(FlickerConsent {
        above_thresholds: args.above_thresholds.then(|| now.clone()),
        allowed: now,
    }))?;
    say!(
        "flickering tags are allowed for patient '{}'. 'bci-cursor allow-flicker --patient {} --withdraw' takes this back",
        args.patient,
        args.patient
    )?;
    Ok(ExitCode::SUCCESS)
}

/// What is asked, and what it means to allow it.
fn page(asked: &Questions) -> String {
    let questions = (1..).zip(asked.questions);
    let questions: Vec<String> = questions
        .map(|(number, question)| wrapped(&format!("{number}. {question}"), "  ", "     "))
        .collect();
    let paragraph = |text: &str| wrapped(text, "", "");
    [
        paragraph(asked.risk),
        questions.join("\n"),
        paragraph(asked.ask_a_doctor),
        paragraph(asked.while_shown),
        paragraph(asked.meaning),
    ]
    .join("\n\n")
}

/// Breaks a text into lines at spaces. Chinese has none: the terminal breaks it. `first` begins the first line, and `others` the others.
fn wrapped(text: &str, first: &str, others: &str) -> String {
    let mut lines = String::from(first);
    let mut length = first.len();
    for (place, word) in text.split_whitespace().enumerate() {
        if place > 0 && length + 1 + word.len() > WIDTH {
            lines += "\n";
            lines += others;
            length = others.len();
        } else if place > 0 {
            lines += " ";
            length += 1;
        }
        lines += word;
        length += word.len();
    }
    lines
}

/// Waits until the word is typed.
fn confirm(args: &AllowFlickerArgs, word: &str) -> anyhow::Result<()> {
    if args.yes_i_asked_about_epilepsy {
        return Ok(());
    }
    let input = std::io::stdin();
    ensure!(
        input.is_terminal(),
        "the question must be answered on a terminal, or with --yes-i-asked-about-epilepsy"
    );
    say!("Type '{word}' to allow it, anything else to leave it as it is:")?;
    crate::app::out::flush()?;
    let mut answer = String::new();
    input.lock().read_line(&mut answer)?;
    if !answer.trim().eq_ignore_ascii_case(word) {
        bail!("nothing was changed: the answer was not '{word}'");
    }
    Ok(())
}
