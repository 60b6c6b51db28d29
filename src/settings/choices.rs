//! Settings that are one of a few words.

use super::setting::choices;

choices! {
    /// What targets on the screen do with the pointer.
    AssistMode {
        /// Nothing, and the screen is not read.
        Off = "off",
        /// They pull and hold it: half of the way is the user's.
        Gentle = "gentle",
        /// A tenth of the way is the user's, where it is clear what they mean.
        Strong = "strong",
        /// One of them is chosen with two classes, and the pointer goes there: see [`ChoiceLine`](crate::control::ChoiceLine).
        Choose = "choose",
    }

    /// What happens at the edges of the screens.
    Edges {
        /// The pointer stops there.
        Stop = "stop",
        /// It is slowed down on its last pixels before them, so that what lies there is hit more easily.
        Resist = "resist",
    }

    /// Which button a click presses.
    ClickKind {
        /// The left one.
        Left = "left",
        /// The right one.
        Right = "right",
        /// The middle one.
        Middle = "middle",
        /// The left one, twice.
        Double = "double",
        /// The first click takes hold, the next one lets go.
        Drag = "drag",
        /// None.
        None = "none",
    }

    /// What the class that presses does.
    PressMeaning {
        /// The left button is down for as long as it is meant.
        Hold = "hold",
        /// It clicks, once it has been meant for long enough.
        Click = "click",
    }

    /// An axis of a sensor.
    HeadAxis {
        /// The first channel.
        X = "x",
        /// The second.
        Y = "y",
        /// The third.
        Z = "z",
    }
}
