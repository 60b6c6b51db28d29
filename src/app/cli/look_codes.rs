//! What tags show in a run: a few frequencies, or a code of their own.

use crate::app::out::note;
use crate::block::Layout;
use crate::looking::{Looking, LookingModel, LookingSettings};
use crate::patient::looking;
use crate::pipeline::PipelineSettings;
use crate::printable::{printable, printable_path};
use crate::settings::{LookCodes, Settings};

/// Gives tags codes of their own if the settings and the patient's response allow it, and says what they show and why. Nothing happens
/// unless targets are chosen by looking.
pub(super) fn choose(
    pipeline: &mut PipelineSettings,
    settings: &Settings,
    patient: &str,
    stream: &Layout,
) -> anyhow::Result<()> {
    if pipeline.looking.is_none() {
        return Ok(());
    }
    let wanted = settings.control.look.codes;
    if wanted == LookCodes::Flicker {
        note!("tags     three frequencies, as control.look.codes=flicker asks");
        return Ok(());
    }
    let Some((path, model)) = looking::load(patient)? else {
        anyhow::ensure!(
            wanted == LookCodes::Auto,
            "control.look.codes is codes, but looking was never calibrated for patient '{}'. Fit a response with 'bci-cursor fit-looking', or \
             use three frequencies with control.look.codes=flicker",
            printable(patient)
        );
        note!("tags     three frequencies: looking was never calibrated for this patient");
        return Ok(());
    };
    let expected = in_words(&model);
    let delay_ms = settings.decoding.display_delay_ms;
    if delay_ms.is_some() && model.display_delay_ms.is_none() {
        note!(
            "tags     the response was fitted before the delay of the display was measured, and contains it: decoding.display_delay_ms is not \
             used. Calibrate looking again, or fit again with 'bci-cursor fit-looking', to use it"
        );
    }
    let codes = LookingSettings::on_display(model, delay_ms);
    match Looking::new(stream, &codes, &[]) {
        Ok(_) => {
            note!(
                "tags     {} codes, with the response in {}{expected}",
                codes.code_count(),
                printable_path(&path),
            );
            pipeline.looking = Some(codes);
        }
        Err(error) if wanted == LookCodes::Auto => {
            note!("tags     three frequencies: {error}");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// How well looks were recognised when the response was fitted.
fn in_words(model: &LookingModel) -> String {
    model.figures.as_ref().map_or_else(String::new, |figures| {
        format!(
            ": about {:.0} choices a minute when it was fitted",
            figures.choices_per_min()
        )
    })
}
