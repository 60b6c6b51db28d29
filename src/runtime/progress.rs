//! Progress of long work, for the code that shows it.

/// A stage of long work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is counted, such as "recordings read".
    pub what: &'static str,
    /// How many are done.
    pub done: usize,
    /// The total.
    pub of: usize,
}

/// Called at each step, from several threads and in any order.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Sync);

/// Reports to nobody.
pub const NO_PROGRESS: OnProgress<'static> = &|_| {};
