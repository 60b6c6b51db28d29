//! The one table of settings. To add a setting, add a line here and use the field. Its default, its range, `set`,
//! `--set`, the profile, the help, the manual page, the console and `docs/settings.md` follow. The console also needs
//! its sentence in Chinese, in `src/app/gui/text/settings.rs`.

use super::choices::{
    AssistMode, ClickKind, Edges, HeadAxis, KeyOrder, LookCodes, LookOffer, PressMeaning,
    TagColour, TagPatch, TagPosition,
};
use super::setting::{Setting, TakesEffect, setting, settings};

/// Prefixes of names that settings had in earlier versions, each with the current one. Profiles, `set` and `--set`
/// still accept the old names; session files accept them through a serde alias in the table.
pub(super) const RENAMED: [(&str, &str); 2] = [
    ("control.beside.", "control.auxiliary."),
    ("control.pause.takeback_", "control.pause.manual_override_"),
];

settings! {
    /// How the pointer moves and clicks. With the defaults, nothing clicks, and nothing moves before the user resumes.
    ControlSettings at "control", Live, groups {
        /// How fast, and how smoothly.
        speed: SpeedSettings,
        /// Clicks by dwelling.
        dwell: DwellSettings,
        /// What a click is.
        click: ClickSettings,
        /// Scrolling instead of moving.
        scroll: ScrollSettings,
        /// How EEG and other sources share the pointer.
        #[serde(alias = "beside")]
        auxiliary: AuxiliarySettings,
        /// A head sensor, in addition to EEG (`run --head`).
        head: HeadSettings,
        /// An eye tracker, in addition to EEG (`run --gaze`).
        gaze: GazeSettings,
        /// Help with reaching targets on the screen.
        assist: AssistSettings,
        /// Tags to look at.
        look: LookSettings,
        /// When the pointer pauses.
        pause: PauseSettings,
        /// What is shown next to the pointer.
        overlay: OverlaySettings,
        /// The keyboard of the patient's panel.
        keyboard: KeyboardSettings,
    } {
        edges: Edges = Edges::Stop, "At the edges of the screens: stop, or resist (slow down in front of them)";
    }

    /// How fast, and how smoothly. All speeds and distances are for a screen 1080 pixels high.
    SpeedSettings at "control.speed", Live {
        gain_x: f64 = 1.0, "Factor for horizontal speed", 0.0 to 20.0, "";
        gain_y: f64 = 1.0, "Factor for vertical speed", 0.0 to 20.0, "";
        limit_px_s: f64 = 1000.0, "Maximum speed", 1.0 to 10_000.0, "pixels per second";
        dead_zone_px_s: f64 = 0.0, "The pointer ignores speeds below this", 0.0 to 1000.0, "pixels per second";
        exponent: f64 = 1.0, "Acceleration: above 1, slow motion becomes slower; below 1, faster", 0.2 to 5.0, "";
        min_cutoff_hz: f64 = 1.2, "One Euro filter: cut-off frequency at rest (lower is smoother but lags more)", 0.05 to 100.0, "hertz";
        /// In hertz per (pixel per second per second).
        beta: f64 = 0.0, "One Euro filter: how much the cut-off rises with changes of speed", 0.0 to 10.0, "";
        snap_to_stop: bool = true, "Stop at once when confidence is lost, instead of slowing down smoothly";
    }

    /// Clicks by dwelling.
    DwellSettings at "control.dwell", Live {
        on: bool = false, "Click by holding the pointer still (dwelling)";
        time_ms: u32 = 1200, "How long the pointer must dwell to click", 200.0 to 10_000.0, "milliseconds";
        radius_px: f64 = 20.0, "Dwell radius", 1.0 to 500.0, "pixels";
        rearm_px: f64 = 60.0, "How far the pointer must move from the last click before dwelling can click again", 1.0 to 2000.0, "pixels";
    }

    /// What a click is.
    ClickSettings at "control.click", Live {
        kind: ClickKind = ClickKind::Left, "What a click does; drag: the first click takes hold, the next one lets go";
        lock: bool = false, "Keep the kind of click; otherwise it returns to left after one click";
        press: PressMeaning = PressMeaning::Hold, "What the class that presses does: hold the left button down, or click";
        hold_ms: u32 = 600, "How long that class must last to click, if control.click.press is click", 0.0 to 10_000.0, "milliseconds";
        down_ms: u32 = 60, "How long a click holds the button down", 10.0 to 500.0, "milliseconds";
        refractory_ms: u32 = 1000, "Minimum time between two clicks", 0.0 to 60_000.0, "milliseconds";
    }

    /// Scrolling instead of moving.
    ScrollSettings at "control.scroll", Live {
        on: bool = false, "Turn the wheel instead of moving the pointer";
        px_per_step: f64 = 40.0, "Motion that turns the wheel by one step", 1.0 to 1000.0, "pixels";
        stop_zone_px_s: f64 = 60.0, "Motion slower than this does not scroll", 0.0 to 1000.0, "pixels per second";
    }

    /// How EEG and other sources share the pointer.
    AuxiliarySettings at "control.auxiliary", Live {
        eeg_moves: bool = false, "EEG moves the pointer together with head or eyes; otherwise it only clicks";
        hand_over: bool = false, "EEG moves the pointer while the head sensor or the eye tracker is silent";
    }

    /// A head sensor used together with EEG. The axes are those of a sensor on top of the head: x forward, y left, z
    /// up.
    HeadSettings at "control.head", Live {
        moves: bool = true, "Turning the head moves the pointer";
        nod_clicks: bool = false, "A nod clicks";
        nod_deg_s: f64 = 60.0, "Moving down and up again faster than this is a nod", 10.0 to 500.0, "degrees per second";
        yaw: HeadAxis = HeadAxis::Z, "Axis of the sensor about which shaking the head turns it";
        pitch: HeadAxis = HeadAxis::Y, "Axis of the sensor about which nodding turns it";
        px_per_deg_x: f64 = -25.0, "Motion to the right for each degree of yaw (negative because turning left is positive)", -500.0 to 500.0, "pixels";
        px_per_deg_y: f64 = 25.0, "Motion down for each degree of pitch", -500.0 to 500.0, "pixels";
        dead_zone_deg_s: f64 = 3.0, "Turning slower than this counts as holding the head still", 0.0 to 100.0, "degrees per second";
    }

    /// An eye tracker used together with EEG.
    GazeSettings at "control.gaze", Live {
        moves: bool = true, "The pointer goes near to where the eyes look";
        must_look: bool = false, "Dwelling counts only while the eyes are on the pointer";
        radius_px: f64 = 120.0, "Eyes within this distance are on the pointer and do not move it", 1.0 to 1000.0, "pixels";
        speed_per_s: f64 = 4.0, "Fraction of the remaining distance covered per second", 0.1 to 50.0, "";
        least_confidence: f64 = 0.6, "Ignore the eye tracker when it is less confident than this", 0.0 to 1.0, "";
    }

    /// Help with reaching targets on the screen: buttons, links, menu items and the like, as programs publish them for
    /// assistive technology.
    AssistSettings at "control.assist", Live {
        mode: AssistMode = AssistMode::Off, "Help from buttons and links on the screen: none (off), they pull the pointer (gentle, strong), two classes choose one (choose), or looking at flickering tags does (look)";
        window_buttons: bool = false, "The buttons that close, minimise and maximise a window are targets, too";
    }

    /// Tags to look at: patches on the screen that flicker, each with a code of its own. They are shown while
    /// `control.assist.mode` is `look`.
    LookSettings at "control.look", Live {
        position: TagPosition = TagPosition::On, "Where a tag is shown: on its target, beside it or above it";
        /// On a screen 1080 pixels high.
        size_px: u32 = 48, "Width and height of a tag", 12.0 to 400.0, "pixels";
        contrast: f64 = 1.0, "How much of the range from black to white a tag uses (less disturbs less, and is harder to decode)", 0.02 to 1.0, "";
        patch: TagPatch = TagPatch::Plain, "What flickers: the whole tag (plain), or the fields of a checkerboard against each other, which disturbs less (textured)";
        colour: TagColour = TagColour::White, "Colour of the tags";
        distance_mm: f64 = 600.0, "Distance of the eyes from the screen; with the size of the screen it tells how large a tag looks", 200.0 to 5000.0, "millimetres";
        clicks: bool = false, "Click a target when the pointer has reached it after a look";
        confirms: bool = false, "Before that click, wait for a second look at the same place";
        offer: LookOffer = LookOffer::Auto, "What can be looked at: buttons and links as programs publish them (targets), parts of the screen that are divided again (grid), or arrows that move the pointer (arrows); auto: targets, and the grid where there are none";
        imagery: bool = false, "Imagined movement counts beside looks: a line divides the targets that have tags, and the imagined class tells on which side the wanted one lies; needs a decoder of two classes";
        cells: u32 = 3, "Cells in a row of the grid", 3.0 to 4.0, "";
        codes: LookCodes = LookCodes::Auto, "What tags show: three frequencies, which need no calibration (flicker), or a code of its own for each of up to 32 tags, which needs one (codes); auto: codes if looking was calibrated. A new value takes effect at the next start";
    }

    /// When the pointer pauses.
    PauseSettings at "control.pause", Live {
        at_start: bool = true, "Start paused";
        after_loss: bool = true, "Stay paused when a lost signal is back";
        after_rest_s: u32 = 300, "Pause after this much rest (0: never)", 0.0 to 86_400.0, "seconds";
        /// Rests shorter than ten seconds count as motion.
        after_aimless_s: u32 = 300, "Pause after this much motion without a click, a press or a choice (0: never)", 0.0 to 86_400.0, "seconds";
        /// A pause that was requested ends only on request. How often rest and noise look like two classes in turn:
        /// `make standby`.
        resume_hold_ms: u32 = 1500, "Two classes in turn, each for at least this long, resume (0: EEG alone does not)", 0.0 to 10_000.0, "milliseconds";
        resume_holds: u32 = 10, "How many turns it takes to resume", 3.0 to 16.0, "";
        /// Starters have no idle gate of this person.
        resume_without_gate: bool = false, "EEG alone resumes even if no idle gate was fitted to this person";
        #[serde(alias = "takeback_ms")]
        manual_override_ms: u32 = 5000, "How long a hand on the real mouse pauses the driver (0: it does not)", 0.0 to 600_000.0, "milliseconds";
        #[serde(alias = "takeback_px")]
        manual_override_px: u32 = 12, "Motion within a tenth of a second that counts as a hand on the real mouse", 1.0 to 1000.0, "pixels";
    }

    /// The status badge next to the pointer: state, dwelling, kind of click.
    OverlaySettings at "control.overlay", Live {
        on: bool = true, "Show the status badge beside the pointer (state, dwelling, kind of click)";
        size_px: u32 = 60, "Height of the status badge", 16.0 to 200.0, "pixels";
    }

    /// The keyboard of the patient's panel (`run --panel`).
    KeyboardSettings at "control.keyboard", Live {
        order: KeyOrder = KeyOrder::Alphabet, "Order of the letters: by the alphabet, as on most keyboards (qwerty), or the most frequent ones first (frequency)";
        learns: bool = true, "Keep the patient's words on this computer, to offer them later";
        prior: bool = true, "Likely letters and words need less evidence when they are looked at or chosen";
    }

    /// How fast intents move the pointer, before [`SpeedSettings`] change it.
    SteeringSettings at "steering", AtStart {
        max_speed_px_s: f64 = 200.0, "Speed at full confidence", 1.0 to 10_000.0, "pixels per second";
        turn_deg_s: f64 = 90.0, "How fast the heading turns at full confidence, in mode steer", 1.0 to 720.0, "degrees per second";
    }

    /// How easily evidence becomes intent.
    IntentSettings at "decoding", AtStart {
        rest_threshold: Option<f64> = None, "Confidence (0 at chance, 1 at certainty) below which the pointer rests; auto: the decoder's idle gate", 0.0 to 0.999, "";
        /// Measured on sixteen people who looked at no tag. A click takes several looks that agree where there are more targets than
        /// flickers, so clicks are far less frequent.
        false_looks_per_min: f64 = 0.6, "How often a tag that flickers at a frequency may be selected while none is looked at; fewer need longer looks", 0.1 to 2.0, "per minute";
        /// `check-display` measures it.
        display_delay_ms: Option<f64> = None, "For looking: time from the display's stamp of a frame until its light shows in the samples, as a light sensor on the screen measures it; auto: not measured", -50.0 to 250.0, "milliseconds";
    }
}
