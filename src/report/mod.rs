//! A report for clinicians on a patient or a session: one HTML page without external resources.

mod gather;
mod looking;
mod markup;
mod names;
mod page;
mod svg;

pub use gather::{
    Kept, Maps, PatientReport, Practised, ReportError, SessionLine, SignalOf, of_patient,
    of_session,
};
pub use page::page;
