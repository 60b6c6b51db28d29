//! A simulated user in front of targets: the loop from EEG to clicks.

use super::super::Order;
use super::super::field::Shape;
use super::super::user::{ClassMeaning, View};
use super::super::{LoopError, LoopSpec, task::median};
use super::hands::Hands;
use crate::block::{Block, Layout};
use crate::command::Command;
use crate::control::{
    AssistMode, ControlSettings, Governor, Prior, Rect, Screens, Signal, Target, TargetKind,
    Targets, TickInput,
};
use crate::looking::{CodeSet, Looking, LookingSettings, Shown};
use crate::settings::Settings;
use crate::time::{HostNanos, SampleIndex, StreamNanos};

/// Time from the appearance of a tag until the user looks at it, seconds.
const REACT_S: f64 = 0.5;
/// The user first looks at nothing, while the decoders learn what is usual, seconds.
const SETTLE_S: f64 = 30.0;
const SETTLE_WITH_HANDS_S: f64 = 40.0;
/// Where staying clicks, it does so after this time, milliseconds.
const DWELLS_MS: u32 = 500;
/// A target that is not clicked is given up after this, seconds.
const LIMIT_S: f64 = 60.0;
/// Side of the field, pixels.
const SIDE_PX: i32 = 1000;
/// Time between two ticks, milliseconds.
const TICK_MS: u32 = 40;

/// A person whose EEG was recorded.
pub(super) trait Eyes {
    /// Channels and rate.
    fn layout(&self) -> &Layout;

    /// Gives the stage the next EEG while the person looks at a tag with this code, or at none, and what the codes show meanwhile.
    fn look(&mut self, code: Option<usize>, block: &mut Block, samples: usize, to: &mut Looking);
}

/// Clicks that were counted.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Tally {
    /// Time that each hit took, seconds.
    pub(super) took_s: Vec<f64>,
    /// Clicks elsewhere.
    pub(super) wrong: u32,
    pub(super) minutes: f64,
}

impl Tally {
    pub(super) fn add(&mut self, other: Self) {
        self.took_s.extend(other.took_s);
        self.wrong += other.wrong;
        self.minutes += other.minutes;
    }

    pub(super) fn hits_per_min(&self) -> f64 {
        self.took_s.len() as f64 / self.minutes
    }

    pub(super) fn wrong_per_min(&self) -> f64 {
        f64::from(self.wrong) / self.minutes
    }

    pub(super) fn time_to_target_s(&self) -> Option<f64> {
        median(self.took_s.clone())
    }
}

/// What a user chooses with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// Looks at tags. A look that chooses also clicks.
    Looks,
    /// Imagined sides of a line. Staying on the target clicks.
    Imagery,
    /// Both. A look that chooses also clicks; `dwells`: so does staying on a target.
    Both { dwells: bool },
}

impl Means {
    fn control(self) -> ControlSettings {
        let mut control = Settings::default().control;
        control.assist.mode = match self {
            Self::Imagery => AssistMode::Choose,
            Self::Looks | Self::Both { .. } => AssistMode::Look,
        };
        control.look.clicks = true;
        control.look.imagery = matches!(self, Self::Both { .. });
        control.dwell.on = matches!(self, Self::Imagery | Self::Both { dwells: true });
        control.dwell.time_ms = DWELLS_MS;
        control.pause.at_start = false;
        (control.pause.after_rest_s, control.pause.after_aimless_s) = (0, 0);
        control
    }
}

/// A part of what a person recorded while looking, and how it is played.
pub(super) struct RecordedLooks<'a> {
    pub(super) subject: &'a str,
    /// Starts playing it from the beginning.
    pub(super) eyes: &'a dyn Fn() -> Box<dyn Eyes + 'a>,
    pub(super) settings: &'a LookingSettings,
    pub(super) spec: &'a LoopSpec,
    /// Whether there is EEG of looking at nothing.
    pub(super) has_rest: bool,
}

impl<'a> RecordedLooks<'a> {
    /// The person in front of targets, with the hands of the same or another one.
    pub(super) fn room<'h>(
        &self,
        means: Means,
        hands: Option<Hands<'h>>,
    ) -> Result<Room<'a, 'h>, LoopError> {
        let failed = |error| LoopError::Looking {
            subject: self.subject.to_owned(),
            error,
        };
        let eyes = (self.eyes)();
        let layout = eyes.layout();
        let hop = layout.rate.samples_in_ms(TICK_MS);
        let field = Rect {
            x: 0,
            y: 0,
            width: SIDE_PX,
            height: SIDE_PX,
        };
        let mut governor = Governor::new(means.control(), Screens::new(vec![field]));
        governor.set_tag_codes(self.settings.code_count());
        let shapes = self.spec.field.shapes(false);
        Ok(Room {
            looking: Looking::new(layout, self.settings, &[]).map_err(failed)?,
            governor,
            priors: vec![Prior::USUAL; shapes.len()],
            shapes,
            targets: Some(Box::new(Targets::with_capacity())),
            block: Block::with_capacity(layout.channel_count(), hop as usize),
            hop_s: layout.rate.secs_of(hop),
            eyes,
            hands,
            hop,
            step: 0,
            place: [SIDE_PX / 2; 2],
            scene: 0,
            since_s: 0.0,
        })
    }
}

/// A person in front of targets.
pub(super) struct Room<'a, 'h> {
    eyes: Box<dyn Eyes + 'a>,
    hands: Option<Hands<'h>>,
    looking: Looking,
    governor: Governor,
    /// The targets, and how likely each is.
    shapes: Vec<Shape>,
    priors: Vec<Prior>,
    targets: Option<Box<Targets>>,
    block: Block,
    hop: u64,
    hop_s: f64,
    step: u64,
    place: [i32; 2],
    /// The scene that is shown, and since when.
    scene: u32,
    since_s: f64,
}

impl Room<'_, '_> {
    pub(super) fn now_s(&self) -> f64 {
        self.step as f64 * self.hop_s
    }

    /// Offers other targets, each as likely as this.
    #[cfg(feature = "cli")]
    pub(super) fn offer(&mut self, shapes: Vec<Shape>, priors: Vec<Prior>) {
        (self.shapes, self.priors) = (shapes, priors);
    }

    /// Waits until the decoders know what is usual. Returns until when it counts as waiting, seconds.
    pub(super) fn settle(&mut self) -> f64 {
        let until_s = match self.hands {
            Some(_) => SETTLE_WITH_HANDS_S,
            None => SETTLE_S,
        };
        while self.now_s() < until_s {
            if let Some(hands) = &mut self.hands {
                hands.take_turns();
            }
            self.advance(None);
        }
        until_s
    }

    /// Reaches targets one after another.
    pub(super) fn choose(mut self, spec: &LoopSpec) -> Tally {
        let mut order = Order::new(self.shapes.clone(), spec);
        let settled_s = self.settle();
        let mut tally = Tally {
            minutes: spec.minutes,
            ..Tally::default()
        };
        let end_s = settled_s + 60.0 * spec.minutes;
        while self.now_s() < end_s {
            let ((wanted, _), since_s) = (order.next(), self.now_s());
            while self.now_s() < end_s.min(since_s + LIMIT_S) {
                let Some(place) = self.advance(Some(wanted)) else {
                    continue;
                };
                if self.shapes[wanted].contains(place) {
                    tally.took_s.push(self.now_s() - since_s);
                    break;
                }
                tally.wrong += 1;
            }
        }
        tally
    }

    /// Looks at nothing.
    pub(super) fn rest(mut self, minutes: f64) -> Tally {
        let settled_s = self.settle();
        let mut tally = Tally {
            minutes,
            ..Tally::default()
        };
        while self.now_s() < settled_s + 60.0 * minutes {
            tally.wrong += u32::from(self.advance(None).is_some());
        }
        tally
    }

    /// One step, in which the user looks at the tag of a target if it has one, and imagines its side of the line. Returns where a click
    /// happened, as fractions of the field.
    pub(super) fn advance(&mut self, wanted: Option<usize>) -> Option<[f64; 2]> {
        let code = wanted.and_then(|wanted| self.code_of(wanted));
        let is_found = self.now_s() - self.since_s >= REACT_S;
        let samples = usize::try_from(self.hop).unwrap_or(0);
        let code = code.filter(|_| is_found);
        self.eyes
            .look(code, &mut self.block, samples, &mut self.looking);
        self.looking.take(&self.block);
        self.step += 1;
        let now = HostNanos((self.now_s() * 1e9) as i64);
        let end = self.block.first.after(self.hop);
        let selection = self.looking.selection_before(end);
        let rest = Command::at_rest(end, StreamNanos(now.0), now);
        let view = wanted.and_then(|wanted| self.view(wanted));
        let now_s = self.now_s();
        let imagined = self.hands.as_mut().map(|hands| {
            hands.advance(now_s, view.as_ref());
            hands.command(rest)
        });
        self.governor.command(Command {
            selection,
            ..imagined.unwrap_or(rest)
        });
        if let Some(mut targets) = self.targets.take() {
            let shapes = self.shapes.iter().zip(&self.priors);
            let found: Vec<Target> = shapes
                .map(|(shape, prior)| Target {
                    prior: *prior,
                    ..target(shape)
                })
                .collect();
            targets.set(now, &found);
            self.targets = Some(self.governor.see(targets));
        }
        let outcome = self.governor.tick(
            now,
            &TickInput {
                signal: Signal::Live,
                is_pointer_gone: false,
                hand_px: None,
                place_px: Some(self.place),
                buttons: None,
            },
        );
        self.place[0] += outcome.action.dx_px;
        self.place[1] += outcome.action.dy_px;
        self.show(end);
        let place = self.place.map(|px| f64::from(px) / f64::from(SIDE_PX));
        outcome.clicks.then_some(place)
    }

    /// Announces a new scene.
    fn show(&mut self, from: SampleIndex) {
        let (scene, tags) = self.governor.tags();
        if scene != self.scene {
            let codes = tags.fold(CodeSet::NONE, |codes, (_, code)| {
                codes.with(usize::from(code))
            });
            (self.scene, self.since_s) = (scene, self.step as f64 * self.hop_s);
            self.looking.show(Shown { from, scene, codes });
        }
    }

    /// What somebody sees who wants a target, while a line divides the targets.
    fn view(&self, wanted: usize) -> Option<View> {
        let line = self.governor.choice_line()?;
        let shape = &self.shapes[wanted];
        let at = self.place.map(|px| f64::from(px) / f64::from(SIDE_PX));
        let [x, y] = target(shape).rect.middle();
        Some(View {
            at,
            target: shape.aim(at),
            radius: shape.radius(),
            meaning: ClassMeaning::Side(line.is_second([x, y])),
        })
    }

    fn code_of(&self, wanted: usize) -> Option<usize> {
        let rect = target(&self.shapes[wanted]).rect;
        let (_, mut tags) = self.governor.tags();
        let found = tags.find(|(own, _)| *own == rect);
        found.map(|(_, code)| usize::from(code))
    }
}

fn target(shape: &Shape) -> Target {
    let (middle, half) = shape.bounds();
    let px = |share: f64| (share * f64::from(SIDE_PX)).round() as i32;
    Target::new(
        Rect::new(
            px(middle[0] - half[0]),
            px(middle[1] - half[1]),
            px(2.0 * half[0]),
            px(2.0 * half[1]),
        ),
        TargetKind::Button,
    )
}
