//! What each setting means, in a line: what `bci-cursor set` prints beside its value.

pub(super) const MEANINGS: [(&str, &str); 49] = [
    (
        "control.assist.mode",
        "buttons and links on the screen pull and hold the pointer: off, gentle, strong; or one is chosen by halves: choose",
    ),
    (
        "control.beside.eeg_moves",
        "EEG moves the pointer beside head or eyes; otherwise it only clicks",
    ),
    (
        "control.beside.hand_over",
        "EEG moves the pointer while head or eyes that would say nothing",
    ),
    ("control.click.down_ms", "a button is down for so long"),
    (
        "control.click.hold_ms",
        "the class must be meant for so long to click, where click.press is click",
    ),
    (
        "control.click.kind",
        "left, right, middle, double, drag (take hold, let go) or none",
    ),
    (
        "control.click.lock",
        "the kind stays; otherwise it goes back to left after one click",
    ),
    (
        "control.click.press",
        "hold: the class of --press holds the button down; click: it clicks",
    ),
    (
        "control.click.refractory_ms",
        "no second click within so long",
    ),
    ("control.dwell.on", "staying in a place clicks"),
    ("control.dwell.radius_px", "within this distance"),
    (
        "control.dwell.rearm_px",
        "the pointer must have moved so far since the last click",
    ),
    ("control.dwell.time_ms", "for so long"),
    (
        "control.edges",
        "of the screens: stop, or resist (slowed down before them)",
    ),
    (
        "control.gaze.least_confidence",
        "an eye tracker that is less sure says nothing, 0 to 1",
    ),
    (
        "control.gaze.moves",
        "the pointer goes near to where the eyes look",
    ),
    (
        "control.gaze.must_look",
        "dwelling counts only while the eyes are on the pointer",
    ),
    (
        "control.gaze.radius_px",
        "nearer than this the eyes move nothing, and are on the pointer",
    ),
    (
        "control.gaze.speed_per_s",
        "share of the way that is left which is gone in a second",
    ),
    (
        "control.head.dead_zone_deg_s",
        "slower than this the head is still, degrees per second",
    ),
    ("control.head.moves", "turning the head moves the pointer"),
    ("control.head.nod_clicks", "a nod clicks"),
    (
        "control.head.nod_deg_s",
        "down and up again faster than this is a nod, degrees per second",
    ),
    (
        "control.head.pitch",
        "axis of the sensor about which nodding turns it: x, y or z",
    ),
    (
        "control.head.px_per_deg_x",
        "pixels to the right for a degree of yaw; negative turns it round",
    ),
    (
        "control.head.px_per_deg_y",
        "pixels down for a degree of pitch",
    ),
    (
        "control.head.yaw",
        "axis of the sensor about which shaking the head turns it",
    ),
    (
        "control.overlay.on",
        "state, dwelling and kind of click are shown beside the pointer",
    ),
    (
        "control.overlay.size_px",
        "how high that sign is, pixels on a screen 1080 pixels high",
    ),
    (
        "control.pause.after_aimless_s",
        "pauses after so many seconds of motion that clicks, presses and chooses nothing; 0: never",
    ),
    (
        "control.pause.after_loss",
        "paused when a lost signal is back",
    ),
    (
        "control.pause.after_rest_s",
        "pauses after so many seconds of rest; 0: never",
    ),
    ("control.pause.at_start", "starts paused"),
    (
        "control.pause.resume_hold_ms",
        "two classes in turn at an even pace, each for so long, resume; 0: EEG alone does not",
    ),
    ("control.pause.resume_holds", "how many turns in all"),
    (
        "control.pause.resume_without_gate",
        "EEG alone resumes also without an idle gate fitted to this person ('fit --false-activations')",
    ),
    (
        "control.pause.takeback_ms",
        "a hand on the real mouse pauses for so long; 0: it does not",
    ),
    (
        "control.pause.takeback_px",
        "motion that counts as a hand, pixels within a tenth of a second",
    ),
    (
        "control.scroll.on",
        "what would move the pointer turns the wheel",
    ),
    (
        "control.scroll.px_per_step",
        "pixels of motion for a step of the wheel",
    ),
    (
        "control.scroll.stop_zone_px_s",
        "slower than this it stands still, pixels per second",
    ),
    (
        "control.speed.beta",
        "One Euro filter: how much sooner it follows fast changes",
    ),
    (
        "control.speed.dead_zone_px_s",
        "slower than this is standing still, pixels per second",
    ),
    (
        "control.speed.exponent",
        "acceleration: above 1 what is slow becomes slower",
    ),
    (
        "control.speed.gain_x",
        "times the decoded speed, to the sides",
    ),
    ("control.speed.gain_y", "the same, up and down"),
    (
        "control.speed.limit_px_s",
        "nothing is faster, pixels per second",
    ),
    (
        "control.speed.min_cutoff_hz",
        "One Euro filter: lower is smoother and later",
    ),
    (
        "control.speed.snap_to_stop",
        "stands still at once when confidence is lost",
    ),
];
