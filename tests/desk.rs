//! A screen with 25 targets whose tags are looked at, with the driver's decoding and control, and without a display.

use crate::common::eeg_dir;

use bci_cursor::block::{Block, Layout};
use bci_cursor::command::Command;
use bci_cursor::control::{
    AssistMode, ControlSettings, Governor, Rect, Request, Screens, Signal, Target, TargetKind,
    Targets, TickInput,
};
use bci_cursor::looking::{CodeSet, Looking, LookingSettings, Shown};
use bci_cursor::time::{HostNanos, StreamNanos};
use bci_cursor::units::Hertz;
use std::path::PathBuf;

/// EEGMMIDB: people who rest, move and imagine, for more than two hours, and look at no tag.
pub(crate) fn people_who_look_at_nothing() -> Vec<PathBuf> {
    let mut recordings = Vec::new();
    for folder in [
        "physionet-eegmmidb",
        "physionet-eegmmidb-more",
        "physionet-eegmmidb-rest",
    ] {
        for person in std::fs::read_dir(eeg_dir().join(folder)).unwrap() {
            let person = person.unwrap().path();
            let files = std::fs::read_dir(&person).into_iter().flatten();
            recordings.extend(files.map(|file| file.unwrap().path()));
            recordings.push(person);
        }
    }
    recordings.retain(|path| path.extension().is_some_and(|kind| kind == "edf"));
    recordings.sort();
    recordings
}

/// 25 targets, the tags that the driver shows on them, and what their decoder selects.
pub(crate) struct Desk {
    looking: Looking,
    governor: Governor,
    is_paused: bool,
    /// It starts paused, and is resumed at this time, seconds.
    pub(crate) starts_at_s: f64,
    targets: Option<Box<Targets>>,
    place: [i32; 2],
    scene: u32,
    pub(crate) looks: usize,
    pub(crate) clicks: usize,
}

impl Desk {
    pub(crate) fn new(layout: &Layout, settings: &LookingSettings) -> Self {
        let mut control = ControlSettings::default();
        control.assist.mode = AssistMode::Look;
        control.look.clicks = true;
        control.pause.at_start = false;
        let screen = Rect {
            x: 0,
            y: 0,
            width: 1000,
            height: 1000,
        };
        let mut governor = Governor::new(control, Screens::new(vec![screen]));
        governor.set_tag_codes(3);
        Self {
            looking: Looking::new(layout, settings, &[60.0]).unwrap(),
            governor,
            is_paused: false,
            starts_at_s: 0.0,
            targets: Some(Box::new(Targets::with_capacity())),
            place: [500, 500],
            scene: 0,
            looks: 0,
            clicks: 0,
        }
    }

    pub(crate) fn take(&mut self, block: &Block, rate: Hertz) {
        let end = block.first.after(block.frames() as u64);
        let now = HostNanos((rate.secs_of(end.0) * 1e9) as i64);
        self.looking.take(block);
        let selection = self.looking.selection_before(end);
        self.looks += usize::from(selection.is_some());
        let target = |k: i32| Target {
            rect: Rect {
                x: k % 5 * 200 + 50,
                y: k / 5 * 200 + 50,
                width: 100,
                height: 100,
            },
            kind: TargetKind::Button,
        };
        if let Some(mut targets) = self.targets.take() {
            targets.set(now, &(0..25).map(target).collect::<Vec<_>>());
            self.targets = Some(self.governor.see(targets));
        }
        self.governor.command(Command {
            selection,
            disturbed: self.looking.disturbed().map(CodeSet::bits),
            ..Command::at_rest(end, StreamNanos(now.0), now)
        });
        if self.is_paused != (rate.secs_of(end.0) < self.starts_at_s) {
            self.is_paused = !self.is_paused;
            self.governor.request(Request::Toggle);
        }
        let input = TickInput {
            signal: Signal::Live,
            is_pointer_gone: false,
            place_px: Some(self.place),
            buttons: None,
        };
        let outcome = self.governor.tick(now, &input);
        self.place[0] += outcome.action.dx_px;
        self.place[1] += outcome.action.dy_px;
        self.clicks += usize::from(outcome.clicks);
        let (scene, tags) = self.governor.tags();
        if scene != self.scene {
            let codes = tags.fold(CodeSet::NONE, |codes, (_, code)| codes.with(code.into()));
            self.scene = scene;
            self.looking.show(Shown {
                from: end,
                scene,
                codes,
            });
        }
    }
}
