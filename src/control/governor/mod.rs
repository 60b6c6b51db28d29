//! Decides about motion and clicks at every tick of the pointer.

mod clicks;
mod hand;
mod looks;
mod panel;
mod types;

pub use types::{Outcome, Request, TickInput};

use super::assist::{self, Assist, Assisted};
use super::auxiliary::{Auxiliary, AuxiliaryKind, AuxiliarySample};
use super::clicker::Clicker;
use super::dwell::Dwell;
use super::dynamics::Dynamics;
use super::gesture::Gesture;
use super::manual_override::ManualOverride;
use super::state::StateMachine;
use super::{AssistMode, ClickKind, ControlSettings, PauseReason, Screens, State, Targets};
use crate::command::{Action, Buttons, Command, Selection};
use crate::time::HostNanos;
use panel::Panel;

/// A late tick moves no further than a tick of this length, seconds.
const LONGEST_TICK_S: f64 = 0.05;

/// Decides at every tick what the pointer does. Allocates nothing.
#[derive(Debug, Clone)]
pub struct Governor {
    settings: ControlSettings,
    screens: Screens,
    machine: StateMachine,
    dynamics: Dynamics,
    dwell: Dwell,
    clicker: Clicker,
    manual_override: ManualOverride,
    gesture: Gesture,
    auxiliary: Auxiliary,
    assist: Assist,
    panel: Panel,
    /// Tags to look at are shown.
    has_tags: bool,
    command: Option<Command>,
    /// The face switch was activated since the last tick.
    face: bool,
    /// A tag was looked at since the last tick.
    selection: Option<Selection>,
    last_tick: Option<HostNanos>,
    /// How long the class that presses has been decoded, milliseconds; none if it began while nothing could be pressed.
    press_ms: Option<f64>,
    /// Buttons that we hold down, and those that we held at the previous tick.
    held: Buttons,
    held_before: Buttons,
    /// Last known position of the pointer, updated with our own motion, and its age in milliseconds. None if it was never read.
    place: Option<[i32; 2]>,
    looked_ms: f64,
    /// Position according to our own motion, if the pointer's position cannot be read.
    own_px: [f64; 2],
    could_move: bool,
}

impl Governor {
    /// A governor that has received no input yet.
    #[must_use]
    pub fn new(settings: ControlSettings, screens: Screens) -> Self {
        Self {
            machine: StateMachine::new(&settings.pause),
            settings,
            screens,
            dynamics: Dynamics::default(),
            dwell: Dwell::default(),
            clicker: Clicker::default(),
            manual_override: ManualOverride::default(),
            gesture: Gesture::default(),
            auxiliary: Auxiliary::default(),
            assist: Assist::default(),
            panel: Panel::default(),
            has_tags: false,
            command: None,
            face: false,
            selection: None,
            last_tick: None,
            press_ms: None,
            held: Buttons::UP,
            held_before: Buttons::UP,
            place: None,
            looked_ms: 0.0,
            own_px: [0.0; 2],
            could_move: false,
        }
    }

    /// Takes a decoded command, which applies from the next tick on.
    pub fn command(&mut self, command: Command) {
        self.face |= command.face;
        self.selection = command.selection.or(self.selection);
        self.command = Some(command);
    }

    /// Declares an auxiliary input, whether or not it has sent anything yet.
    pub fn expect(&mut self, kind: AuxiliaryKind) {
        self.auxiliary.expect(kind);
    }

    /// Takes a sample of an auxiliary input, which applies from the next tick on.
    pub fn receive_auxiliary(&mut self, sample: AuxiliarySample) {
        self.auxiliary.receive(sample, &self.settings);
    }

    /// Takes the targets found on the screen, which apply from the next tick on; returns the previous list.
    pub fn see(&mut self, targets: Box<Targets>) -> Box<Targets> {
        self.assist.see(targets)
    }

    /// Whether targets are needed.
    #[must_use]
    pub fn wants_targets(&self) -> bool {
        self.mode() != AssistMode::Off
    }

    /// Whether the buttons that close or minimise a window are targets.
    #[must_use]
    pub fn wants_window_buttons(&self) -> bool {
        self.settings.assist.window_buttons
    }

    /// Forgets which target is likely.
    pub fn forget_target(&mut self) {
        self.assist.forget();
    }

    /// Last known position of the pointer, with our own motion since then, pixels.
    #[must_use]
    pub fn last_place_px(&self) -> Option<[i32; 2]> {
        self.place
    }

    /// Takes a request, which applies from the next tick on.
    pub fn request(&mut self, request: Request) {
        match request {
            Request::Pause => self.machine.pause(PauseReason::Asked),
            Request::Rest => self.machine.begin_rest(),
            Request::EndRest => self.machine.end_rest(),
            Request::Resume => self.machine.resume(),
            Request::Toggle if self.machine.is_paused() => self.machine.resume(),
            Request::Toggle => self.machine.pause(PauseReason::Asked),
            Request::Settings(settings) => {
                if settings.click.kind != self.settings.click.kind {
                    self.clicker.forget_kind();
                }
                self.settings = settings;
            }
            Request::NextClick(kind) => self.clicker.set_kind(kind),
            // What is dragged stays where it is.
            Request::Scroll(_) if self.clicker.is_dragging() => {}
            Request::Scroll(steps) => self.panel.scroll(steps),
            Request::Panel(rect) => self.panel.set_rect(rect),
        }
    }

    /// Changes the screens.
    pub fn set_screens(&mut self, screens: Screens) {
        self.screens = screens;
    }

    /// The driver's state.
    #[must_use]
    pub fn state(&self) -> State {
        match self.machine.state() {
            State::Idle if self.held != Buttons::UP => State::Active,
            state => state,
        }
    }

    /// The kind of the next click.
    #[must_use]
    pub fn click_kind(&self) -> ClickKind {
        self.clicker.kind(&self.settings.click)
    }

    /// Height of the badge, pixels of the screen under the pointer; 0 if there is no badge.
    #[must_use]
    pub fn overlay_px(&self) -> u16 {
        let overlay = &self.settings.overlay;
        let size = f64::from(overlay.size_px) * self.screens.scale(self.place);
        if overlay.on { size as u16 } else { 0 }
    }

    /// Advances to a time.
    pub fn tick(&mut self, now: HostNanos, input: &TickInput) -> Outcome {
        let elapsed_s = self
            .last_tick
            .map_or(0.0, |last| now.since(last) as f64 / 1e9);
        let secs = elapsed_s.min(LONGEST_TICK_S);
        self.last_tick = Some(now);
        self.watch_hand(now, 1e3 * elapsed_s, input);
        let place = self.place();
        let wanted_velocity = self.wanted_velocity(now, secs, place);
        let command = self.command;
        let presses = command.is_some_and(|command| command.buttons != Buttons::UP);
        let has_looked = self.mode() == AssistMode::Look
            && (self.selection.is_some() || self.assist.looked_at().is_some());
        let has_answered =
            self.is_answering() && command.is_some_and(|command| command.class.is_some());
        let is_chosen = has_looked || has_answered;
        let has_motion = wanted_velocity != [0.0; 2] || is_chosen;
        let wants = presses || self.face || has_motion || self.is_turning();
        if let Some(command) = command {
            let pause = &self.settings.pause;
            self.machine.look_like_eeg(command.is_eeg, pause);
            if command.has_fault {
                self.machine.forbid_clicks();
            }
        }
        self.machine.update(
            now,
            input.signal,
            input.is_pointer_gone,
            wants,
            &self.settings.pause,
        );
        self.watch_gesture(secs);
        if !self.machine.may_move() {
            let outcome = self.rest(now, secs, place, presses);
            return outcome.unwrap_or_else(|| self.stand_still(place, presses));
        }
        if !self.could_move {
            self.clicker.let_go();
            self.dwell.restart(place);
            self.could_move = true;
        }
        let ms = 1e3 * secs;
        if let Some(action) = self.errand() {
            self.machine.select();
            return Outcome {
                action,
                state: self.state(),
                dwell: 0.0,
                may_dwell: false,
                clicks: false,
                assisted: None,
            };
        }
        let assisted = self.assisted(now, wanted_velocity, secs, place);
        let mut action = self.motion(&assisted, secs);
        let (dwell, wants_click) = self.wants_click(now, place, ms, presses, &assisted);
        let is_activated = std::mem::take(&mut self.face) | self.auxiliary.take_nod(&self.settings);
        let face = is_activated && self.machine.may_click(now);
        let look = assisted.asks_click && self.machine.may_click(now);
        let clicks = (wants_click || face || look) && self.click();
        self.panel.follow(self.place, ms, clicks);
        if clicks {
            // The action is done; the next target is not known yet.
            self.assist.forget();
        }
        if assisted.disarms_dwell {
            self.dwell.restart(place);
        }
        action.buttons = self.buttons(ms, presses);
        self.held = action.buttons;
        if clicks || self.held != Buttons::UP || assisted.is_reached {
            self.machine.select();
        }
        Outcome {
            action,
            state: self.state(),
            dwell,
            may_dwell: assisted.may_dwell,
            clicks,
            assisted: assisted.towards,
        }
    }

    /// Begins a click. On the panel it is always a left one.
    fn click(&mut self) -> bool {
        let settings = &self.settings.click;
        if self.panel.contains(self.place) {
            self.clicker.click_left(settings)
        } else {
            self.clicker.click(settings)
        }
    }

    /// No motion, and all buttons up.
    fn stand_still(&mut self, place: [f64; 2], presses: bool) -> Outcome {
        self.dynamics.stop();
        if self.machine.state() == State::Paused(PauseReason::ManualOverride) {
            // A helper who chooses the next click with a mouse keeps it.
            self.clicker.let_go();
        } else {
            self.clicker.release();
        }
        self.dwell.restart(place);
        self.manual_override.moved([0; 2]);
        self.assist.forget();
        self.assist.hide_tags();
        self.panel.forget();
        (self.held, self.could_move, self.face) = (Buttons::UP, false, false);
        self.selection = None;
        self.auxiliary.take_nod(&self.settings);
        // A press that began here is not carried out later.
        self.press_ms = (!presses).then_some(0.0);
        Outcome {
            action: Action::default(),
            state: self.state(),
            dwell: 0.0,
            may_dwell: false,
            clicks: false,
            assisted: None,
        }
    }

    /// Combined velocity of EEG and auxiliary inputs.
    fn wanted_velocity(&mut self, now: HostNanos, secs: f64, place: [f64; 2]) -> [f64; 2] {
        let command = self.command;
        // While the user looks, imagery would only disturb.
        let eeg = command
            .filter(|_| self.mode() != AssistMode::Look)
            .map_or([0.0; 2], |command| command.velocity_px_s);
        let (screens, settings) = (&self.screens, &self.settings);
        self.auxiliary
            .velocity(eeg, now, secs, place, screens, settings)
    }

    /// Two classes in turn end a pause that nobody requested, if the decoder knows this person's rest.
    fn watch_gesture(&mut self, secs: f64) {
        let pause = &self.settings.pause;
        let may = match self.machine.state() {
            State::Paused(reason) => {
                !matches!(reason, PauseReason::Asked | PauseReason::ManualOverride)
            }
            _ => false,
        };
        let command = self
            .command
            .filter(|command| command.has_gate || pause.resume_without_gate);
        let Some(command) = command.filter(|_| may && pause.resume_hold_ms > 0) else {
            return self.gesture.forget();
        };
        let hold_s = f64::from(pause.resume_hold_ms) / 1000.0;
        if self
            .gesture
            .step(&command, secs, hold_s, pause.resume_holds)
        {
            // Applies from the next tick on.
            self.machine.resume();
        }
    }

    /// Position of the pointer, or the position according to our own motion.
    fn place(&self) -> [f64; 2] {
        self.place.map_or(self.own_px, |place| place.map(f64::from))
    }

    /// The velocity with help from targets. While scrolling, or if the pointer's position is unknown, it is the user's own velocity.
    fn assisted(
        &mut self,
        now: HostNanos,
        wanted_velocity: [f64; 2],
        secs: f64,
        place: [f64; 2],
    ) -> Assisted {
        let selection = self.selection.take();
        if self.mode() != AssistMode::Look {
            self.assist.leave_looking();
        }
        if self.place.is_none() || self.settings.scroll.on {
            self.assist.forget();
            self.assist.hide_tags();
            return Assisted::unassisted(wanted_velocity);
        }
        let by_eeg = self
            .command
            .filter(|command| command.velocity_px_s == wanted_velocity);
        // Motion from head and eyes counts with full confidence.
        let confidence = by_eeg.map_or(1.0, |command| command.confidence);
        let input = assist::AssistInput {
            now,
            secs,
            place,
            scale: self.screens.scale(self.place),
        };
        if self.mode() == AssistMode::Look {
            return self.look(wanted_velocity, selection.as_ref(), &input);
        }
        match by_eeg {
            Some(command) if self.mode() == AssistMode::Choose => {
                self.assist.choose(&command, &input)
            }
            _ => self
                .assist
                .step(wanted_velocity, confidence, &input, &self.settings.assist),
        }
    }

    /// The heading turns: an intent is detected, although the pointer does not move.
    fn is_turning(&self) -> bool {
        self.command.is_some_and(|command| command.is_turning)
    }

    fn motion(&mut self, assisted: &Assisted, secs: f64) -> Action {
        let settings = &self.settings;
        let wanted_velocity = assisted.velocity_px_s;
        if settings.scroll.on {
            let wheel =
                self.dynamics
                    .wheel(wanted_velocity, secs, &settings.speed, &settings.scroll);
            self.manual_override.moved([0; 2]);
            return Action {
                wheel,
                ..Action::default()
            };
        }
        // A target slows the pointer down at once; smoothing does not delay this.
        let slowed_s = assisted.speed * secs;
        let (speed, edges) = (&settings.speed, settings.edges);
        let [dx_px, dy_px] = self.dynamics.pointer(
            wanted_velocity,
            [secs, slowed_s],
            speed,
            edges,
            &self.screens,
            self.place,
        );
        self.moved([dx_px, dy_px]);
        Action {
            dx_px,
            dy_px,
            ..Action::default()
        }
    }

    /// Takes note of our own motion.
    fn moved(&mut self, [dx_px, dy_px]: [i32; 2]) {
        self.manual_override.moved([dx_px, dy_px]);
        if let Some([x, y]) = &mut self.place {
            (*x, *y) = (x.saturating_add(dx_px), y.saturating_add(dy_px));
        }
        self.own_px[0] += f64::from(dx_px);
        self.own_px[1] += f64::from(dy_px);
    }
}

#[cfg(test)]
mod tests;
