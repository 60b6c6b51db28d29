//! The patient whose files a command uses.

use crate::app::out::note;
use crate::patient::store::{self, DEFAULT_PATIENT, StoreError};
use anyhow::bail;
use clap::Args;

/// The patient whose session, settings and decoder are used.
#[derive(Debug, Clone, Args)]
pub(super) struct PatientArgs {
    /// The patient whose settings and decoder are used, and to whom the session belongs
    #[arg(long, value_name = "PATIENT", default_value = DEFAULT_PATIENT)]
    pub(super) patient: String,
    /// Create this patient if there is none of this name
    #[arg(long, requires = "patient")]
    pub(super) new_patient: bool,
}

impl PatientArgs {
    /// The patient's name, if there is such a patient or one may be created.
    pub(super) fn name(&self) -> anyhow::Result<&str> {
        close_to_others();
        if self.new_patient {
            store::patient(&self.patient)?;
        } else if let Err(error) = store::existing(&self.patient) {
            return match error {
                // Without a home directory, there are no files of any patient.
                StoreError::NoHome => Ok(&self.patient),
                StoreError::Unknown { .. } => {
                    bail!("{error}\nTo create a new patient, add --new-patient")
                }
                other => Err(other.into()),
            };
        }
        Ok(&self.patient)
    }
}

/// Removes other users' permissions that earlier versions left on patients' files, and reports it once.
pub(super) fn close_to_others() {
    match store::make_private() {
        Ok(0) => {}
        Ok(count) => note!(
            "privacy  {count} files and folders of patients were open to other users of this computer; now only you can read them"
        ),
        Err(error) => log::warn!("{error}"),
    }
}
