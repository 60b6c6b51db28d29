//! A simulated user looks at tags, and the driver receives EEG that a person recorded while looking at that flicker.
//!
//! Nothing of the person is known before. Limits: the recorded person looked for five seconds at a light, so that a longer look is put
//! together from several, and the phase jumps where they meet; the user needs half a second to find a tag, and does not tire.

use super::bank::{Bank, Cut, Playing};
use super::field::Shape;
use super::{LoopError, LoopSpec, Order};
use crate::block::Block;
use crate::command::Command;
use crate::control::{
    AssistMode, Governor, Rect, Screens, Signal, Target, TargetKind, Targets, TickInput,
};
use crate::fit::classes::ClassMarker;
use crate::looking::channels::labels_over_visual_cortex;
use crate::looking::cue::frequency_hz;
use crate::looking::{CodeSet, Looking, LookingSettings, Shown, TagCodes, threshold_for};
use crate::runtime::parallel;
use crate::runtime::progress::OnProgress;
use crate::settings::Settings;
use crate::source;
use crate::source::channels::ReadAs;
use crate::source::walk::{Passed, Walk};
use crate::starters::people::Subject;
use crate::time::{HostNanos, SampleIndex, StreamNanos};
use serde::Serialize;
use std::collections::BTreeMap;

/// Time from the appearance of a tag until the user looks at it, seconds.
const REACT_S: f64 = 0.5;
/// The user first looks at nothing, while the decoder learns what is usual, seconds.
const SETTLE_S: f64 = 30.0;
/// A target that is not clicked is given up after this, seconds.
const LIMIT_S: f64 = 60.0;
/// A recorded look begins this long after its cue, seconds: the person first finds the light.
const CUT: Cut = Cut {
    from_s: 2.0,
    rest_from_s: 1.0,
};
/// Side of the field, pixels.
const SIDE_PX: i32 = 1000;
/// Time between two ticks, milliseconds.
const TICK_MS: u32 = 40;

/// The results of one person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LookingFigures {
    /// Number of targets.
    pub targets: usize,
    /// Clicks on the wanted target per minute.
    pub hits_per_min: f64,
    /// Clicks on others per minute.
    pub false_clicks_per_min: f64,
    /// Median time to a hit, seconds; `None` without hits.
    pub time_to_target_s: Option<f64>,
    /// Clicks per minute while the person looks at nothing; `None` without recorded rest.
    pub rest_clicks_per_min: Option<f64>,
}

/// Evaluates every person for `spec.minutes` of choosing, and as long of looking at nothing. Decoys are not shown.
///
/// # Errors
/// [`LoopError`] for the first person who cannot be evaluated.
pub fn evaluate(
    people: &[Subject],
    spec: &LoopSpec,
    false_looks_per_min: f64,
    read_as: &ReadAs,
    on_progress: OnProgress<'_>,
) -> Result<BTreeMap<String, LookingFigures>, LoopError> {
    let played = parallel::map_with_progress(people, "people played", on_progress, |person| {
        let figures = play(person, spec, false_looks_per_min, read_as)?;
        Ok((person.name.clone(), figures))
    });
    played.into_iter().collect()
}

fn play(
    person: &Subject,
    spec: &LoopSpec,
    false_looks_per_min: f64,
    read_as: &ReadAs,
) -> Result<LookingFigures, LoopError> {
    let subject = || person.name.clone();
    let failed = |error| LoopError::Source {
        subject: subject(),
        error,
    };
    let (labels, frequencies_hz) = looks_of(person, read_as).map_err(failed)?;
    if frequencies_hz.is_empty() {
        return Err(LoopError::NoLook { subject: subject() });
    }
    let class = |hz: &f64| {
        let marker = format!("ssvep_{hz}hz");
        ClassMarker::new(marker.clone(), marker)
    };
    let classes: Vec<ClassMarker> = frequencies_hz.iter().map(class).collect();
    let channels = labels_over_visual_cortex(&labels);
    let bank = Bank::read(&person.imagery, &classes, &channels, read_as, CUT).map_err(failed)?;
    let settings = LookingSettings {
        threshold: threshold_for(false_looks_per_min),
        codes: TagCodes::Flicker(frequencies_hz),
    };
    for (class, count) in classes.iter().zip(bank.counts()) {
        if count == 0 {
            return Err(LoopError::Class {
                subject: subject(),
                class: class.class.clone(),
            });
        }
    }
    let start = || {
        Room::new(&bank, &settings, spec).map_err(|error| LoopError::Looking {
            subject: subject(),
            error,
        })
    };
    let mut figures = start()?.choose(spec);
    let has_rest = bank.counts().last().is_some_and(|count| *count > 0);
    if has_rest {
        figures.rest_clicks_per_min = Some(start()?.rest(spec.minutes));
    }
    Ok(figures)
}

/// The electrodes of the first recording, and the frequencies that were looked at, in order.
fn looks_of(
    person: &Subject,
    read_as: &ReadAs,
) -> Result<(Vec<String>, Vec<f64>), source::SourceError> {
    let (mut labels, mut found) = (None, Vec::new());
    for path in &person.imagery {
        let mut source = source::open_to_decode(&path.to_string_lossy(), read_as)?;
        labels.get_or_insert_with(|| source.layout().labels.clone());
        let mut walk = Walk::new(&mut *source);
        while let Some(passed) = walk.advance()? {
            if let Passed::Marker(marker) = passed {
                found.extend(frequency_hz(&marker.label));
            }
        }
    }
    found.sort_by(f64::total_cmp);
    found.dedup();
    Ok((labels.unwrap_or_default(), found))
}

/// A person in front of targets.
struct Room<'a> {
    playing: Playing<'a>,
    looking: Looking,
    governor: Governor,
    shapes: Vec<Shape>,
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

impl<'a> Room<'a> {
    fn new(
        bank: &'a Bank,
        settings: &LookingSettings,
        spec: &LoopSpec,
    ) -> Result<Self, crate::looking::LookingError> {
        let layout = bank.layout();
        let hop = layout.rate.samples_in_ms(TICK_MS);
        let mut control = Settings::default().control;
        control.assist.mode = AssistMode::Look;
        control.look.clicks = true;
        control.pause.at_start = false;
        (control.pause.after_rest_s, control.pause.after_aimless_s) = (0, 0);
        let field = Rect {
            x: 0,
            y: 0,
            width: SIDE_PX,
            height: SIDE_PX,
        };
        let mut governor = Governor::new(control, Screens::new(vec![field]));
        governor.set_tag_codes(settings.code_count());
        Ok(Self {
            playing: bank.play(spec.seed),
            looking: Looking::new(layout, settings, &[])?,
            governor,
            shapes: spec.field.shapes(false),
            targets: Some(Box::new(Targets::with_capacity())),
            block: Block::with_capacity(layout.channel_count(), hop as usize),
            hop,
            hop_s: layout.rate.secs_of(hop),
            step: 0,
            place: [SIDE_PX / 2; 2],
            scene: 0,
            since_s: 0.0,
        })
    }

    fn now_s(&self) -> f64 {
        self.step as f64 * self.hop_s
    }

    /// Reaches targets one after another.
    fn choose(mut self, spec: &LoopSpec) -> LookingFigures {
        let mut order = Order::new(self.shapes.clone(), spec);
        while self.now_s() < SETTLE_S {
            self.advance(None);
        }
        let (mut took, mut wrong) = (Vec::new(), 0);
        let end_s = SETTLE_S + 60.0 * spec.minutes;
        while self.now_s() < end_s {
            let ((wanted, _), since_s) = (order.next(), self.now_s());
            while self.now_s() < end_s.min(since_s + LIMIT_S) {
                let Some(place) = self.advance(Some(wanted)) else {
                    continue;
                };
                if self.shapes[wanted].contains(place) {
                    took.push(self.now_s() - since_s);
                    break;
                }
                wrong += 1;
            }
        }
        LookingFigures {
            targets: self.shapes.len(),
            hits_per_min: took.len() as f64 / spec.minutes,
            false_clicks_per_min: f64::from(wrong) / spec.minutes,
            time_to_target_s: super::task::median(took),
            rest_clicks_per_min: None,
        }
    }

    /// Looks at nothing. Returns the clicks per minute.
    fn rest(mut self, minutes: f64) -> f64 {
        while self.now_s() < SETTLE_S {
            self.advance(None);
        }
        let mut clicks = 0;
        while self.now_s() < SETTLE_S + 60.0 * minutes {
            clicks += u32::from(self.advance(None).is_some());
        }
        f64::from(clicks) / minutes
    }

    /// One step, in which the user looks at the tag of a target if it has one. Returns where a click happened, as fractions of the field.
    fn advance(&mut self, wanted: Option<usize>) -> Option<[f64; 2]> {
        let code = wanted.and_then(|wanted| self.code_of(wanted));
        let is_found = self.now_s() - self.since_s >= REACT_S;
        self.playing.imagine(code.filter(|_| is_found));
        self.playing
            .fill(&mut self.block, usize::try_from(self.hop).unwrap_or(0));
        self.looking.take(&self.block);
        self.step += 1;
        let now = HostNanos((self.now_s() * 1e9) as i64);
        let end = self.block.first.after(self.hop);
        let selection = self.looking.selection_before(end);
        self.governor.command(Command {
            selection,
            ..Command::at_rest(end, StreamNanos(now.0), now)
        });
        if let Some(mut targets) = self.targets.take() {
            let found: Vec<Target> = self.shapes.iter().map(target).collect();
            targets.set(now, &found);
            self.targets = Some(self.governor.see(targets));
        }
        let outcome = self.governor.tick(
            now,
            &TickInput {
                signal: Signal::Live,
                is_pointer_gone: false,
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
    Target {
        rect: Rect {
            x: px(middle[0] - half[0]),
            y: px(middle[1] - half[1]),
            width: px(2.0 * half[0]),
            height: px(2.0 * half[1]),
        },
        kind: TargetKind::Button,
    }
}
