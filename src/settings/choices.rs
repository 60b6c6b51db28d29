//! Settings whose value is one of a few words.

use super::setting::choices;

choices! {
    /// How targets on the screen affect the pointer.
    AssistMode {
        /// Not at all, and the screen is not read.
        Off = "off",
        /// They pull and hold it. Half of the motion stays the user's.
        Gentle = "gentle",
        /// They pull it strongly: where the goal is clear, a tenth of the motion stays the user's.
        Strong = "strong",
        /// The user chooses one of them with two classes, and the pointer goes there: see
        /// [`ChoiceLine`](crate::control::ChoiceLine).
        Choose = "choose",
        /// The user looks at flickering tags beside them, and the pointer goes to the one that was looked at.
        Look = "look",
    }

    /// What happens at the edges of the screens.
    Edges {
        /// The pointer stops there.
        Stop = "stop",
        /// It slows down shortly before them, so that targets at the edge are easier to hit.
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
        /// The first click presses, the next one releases.
        Drag = "drag",
        /// None.
        None = "none",
    }

    /// What the class for pressing does.
    PressMeaning {
        /// It holds the left button down for as long as the class lasts.
        Hold = "hold",
        /// It clicks, once the class has lasted long enough.
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

    /// How the letters of the patient's keyboard are ordered.
    KeyOrder {
        /// By the alphabet.
        Alphabet = "alphabet",
        /// As on most keyboards.
        Qwerty = "qwerty",
        /// The most frequent letters of English first.
        Frequency = "frequency",
    }

    /// What can be looked at.
    LookOffer {
        /// Targets that programs publish; parts of the screen where there are none.
        Auto = "auto",
        /// Targets that programs publish.
        Targets = "targets",
        /// Parts of the screen, which are divided again until a point is reached.
        Grid = "grid",
        /// Arrows at the edges of the screen, which move the pointer.
        Arrows = "arrows",
    }

    /// Where the tag of a target is shown.
    TagPosition {
        /// On the middle of the target.
        On = "on",
        /// To the left of it, or to the right if there is no room.
        Beside = "beside",
        /// Above it, or below if there is no room.
        Above = "above",
    }

    /// What flickers in a tag.
    TagPatch {
        /// The whole of it, between dark and bright.
        Plain = "plain",
        /// A checkerboard whose two halves change in opposite directions, so that its mean brightness stays the same.
        Textured = "textured",
    }

    /// What tags show.
    LookCodes {
        /// Pseudo-random codes if the person's response to them is known, else flicker.
        Auto = "auto",
        /// A few frequencies.
        Flicker = "flicker",
        /// Pseudo-random codes.
        Codes = "codes",
    }

    /// The colour of a tag. There is no red, because red flashes are the most dangerous ones.
    TagColour {
        /// From black to white.
        White = "white",
        /// From black to green.
        Green = "green",
        /// From black to blue.
        Blue = "blue",
    }
}
