use super::patient::PatientArgs;
use crate::app::out::say;
use crate::patient::profile::{FlickerConsent, Profile};
use crate::patient::store::DEFAULT_PATIENT;
use crate::system::clock;
use anyhow::{bail, ensure};
use clap::Args;
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
    /// No longer allow flickering tags
    #[arg(long)]
    withdraw: bool,
}

/// What is asked, and what "yes" means.
const QUESTIONS: &str = "\
Tags to look at are small patches of the screen that flicker.

Flickering light can cause an epileptic seizure in people with photosensitive epilepsy: about 3 in
10,000, most of them children and young adults. Some do not know that they have it. Ask the person
who is going to look at the tags, or somebody who knows them well:

  1. Have you ever had an epileptic seizure, or fainted for an unknown reason?
  2. Has flickering light, television or a computer game ever made you feel unwell: twitching,
     confusion, disturbed vision, migraine?
  3. Does anybody in your close family have epilepsy?
  4. Do you have an injury or a disease of the brain, or take or have you just stopped medicine that
     affects seizures?

If an answer is yes or unknown, ask a doctor first. Many diseases for which people use this program,
such as a stroke, make seizures more likely.

While tags are shown: keep the room lit, keep the distance of control.look.distance_mm from the
screen, and stop at once at any discomfort. Ctrl+Alt+P or 'bci-cursor pause' hides all tags.";

const MEANING: &str = "\
'yes' means: these questions were asked, and every answer was no, or a doctor agrees. From now on
tags may flicker in runs of this patient in which control.assist.mode is look.";

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
    say!("{QUESTIONS}\n\n{MEANING}\n")?;
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
