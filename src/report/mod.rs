//! What a clinician reads and files: one HTML page without anything from elsewhere, of a patient or of one session.

mod gather;
mod markup;
mod names;
mod page;
mod svg;

pub use gather::{
    Kept, Maps, PatientReport, Practised, ReportError, SessionLine, SignalOf, of_patient,
    of_session,
};
pub use page::page;
