use super::{Action, Pointer, PointerError};

/// A pointer that records its actions, for tests and replay.
#[derive(Debug, Clone, Default)]
pub struct TracePointer {
    actions: Vec<Action>,
    position_px: [i64; 2],
}

impl TracePointer {
    /// All actions, in order.
    #[must_use]
    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    /// The position of the pointer if it started at (0, 0) on a screen without edges.
    #[must_use]
    pub fn position_px(&self) -> [i64; 2] {
        self.position_px
    }
}

impl Pointer for TracePointer {
    fn apply(&mut self, action: Action) -> Result<(), PointerError> {
        self.position_px[0] += i64::from(action.dx_px);
        self.position_px[1] += i64::from(action.dy_px);
        self.actions.push(action);
        Ok(())
    }
}
