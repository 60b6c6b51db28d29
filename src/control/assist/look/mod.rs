//! Choosing by looking: what is offered to be looked at, and what follows when something was.

mod arrows;
mod chooser;
mod grid;
mod tick;

use super::belief::{Belief, Candidate};
use super::{AssistInput, MOST_TARGETS, Prior, THERE_PX, Target, TargetKind};
use crate::rect::Rect;
use crate::settings::LookOffer;
use arrows::{Arrows, Direction};
use chooser::LookChooser;
use grid::{Grid, around, far_from};
pub(super) use tick::{LookInput, Looked};

/// After a place that was looked at has been reached, tags are shown again after this, seconds: longer where dwelling may click it.
const RESTS_S: f64 = 1.0;
/// `auto` offers the grid if programs publish no targets for this long, seconds.
const NO_TARGETS_S: f64 = 5.0;

/// A click stays this far away from the edges of a target, pixels on a screen 1080 pixels high, or a quarter of its length if that is less.
const EDGE_PX: f64 = 4.0;

/// What the tags stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offer {
    /// Targets that programs publish.
    Targets,
    /// Parts of the screen.
    Grid,
    /// Directions.
    Arrows,
    /// A click where the pointer is, or none.
    Confirm,
}

/// What happens when a tag was looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Meaning {
    /// The pointer goes there, and has then arrived.
    Goal(Rect),
    /// This part of the screen is divided.
    Divide(Rect),
    /// The last choice is taken back.
    Back,
    /// The pointer moves by a step.
    Step(Direction),
    /// The pointer clicks where it is.
    Click,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Tag {
    at: Rect,
    means: Meaning,
    prior: Prior,
    /// It is on the patient's panel.
    is_panel: bool,
}

impl Tag {
    /// A tag that is as likely as others.
    fn new(at: Rect, means: Meaning) -> Self {
        Self {
            at,
            means,
            prior: Prior::USUAL,
            is_panel: false,
        }
    }

    /// The tag of a target.
    fn of(target: &Target) -> Self {
        Self {
            prior: target.prior,
            is_panel: target.kind == TargetKind::Panel,
            ..Self::new(target.rect, Meaning::Goal(target.rect))
        }
    }
}

/// A place that waits for a second look before it is clicked.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Unconfirmed {
    rect: Rect,
    /// It is a target that a program publishes, which may move or go.
    is_target: bool,
}

/// Offers something to look at, and follows the looks.
#[derive(Debug, Clone)]
pub(super) struct LookAssist {
    offer: Offer,
    /// What the places of the belief are, in its order.
    tags: Vec<Tag>,
    chooser: LookChooser,
    grid: Grid,
    arrows: Arrows,
    /// Where the pointer moves after a look at an arrow.
    step_to: Option<Rect>,
    /// What will be clicked if it is looked at once more.
    unconfirmed: Option<Unconfirmed>,
    /// How long the pointer has been where it was to go, seconds.
    reached_s: f64,
    /// How long there have been no targets, seconds.
    without_targets_s: f64,
}

impl LookAssist {
    /// With nothing to look at, and memory for the largest possible number of tags.
    pub(super) fn new() -> Self {
        Self {
            offer: Offer::Targets,
            tags: Vec::with_capacity(MOST_TARGETS),
            chooser: LookChooser::new(1),
            grid: Grid::new(),
            arrows: Arrows::default(),
            step_to: None,
            unconfirmed: None,
            reached_s: 0.0,
            without_targets_s: 0.0,
        }
    }

    /// Sets how many codes tags can show.
    pub(super) fn set_codes(&mut self, codes: usize) {
        self.chooser.set_codes(codes);
    }

    /// Whether the belief is about targets that programs publish, and not about something else that can be looked at.
    pub(super) fn offers_targets(&self) -> bool {
        self.offer == Offer::Targets
    }

    /// Whether targets have tags now, and none has been chosen by looking.
    pub(super) fn asks_for_targets(&self) -> bool {
        self.offer == Offer::Targets && self.chooser.is_shown() && self.chooser.goal().is_none()
    }

    /// Follows a belief in targets that was renewed: each target names the old one that it continues, if any, and keeps its code. `is_same`:
    /// no target has come or gone.
    pub(super) fn renew(
        &mut self,
        belief: &mut Belief,
        targets: &[Target],
        before: &[Option<usize>],
        is_same: bool,
    ) {
        self.chooser.renew(belief, before, is_same);
        self.offer_targets(targets);
    }

    /// Forgets what was looked at, and everything else that the belief contains.
    pub(super) fn forget(&mut self, belief: &mut Belief) {
        self.chooser.restart(belief);
        if self.grid.area().is_some() {
            self.grid.restart(self.grid.screen());
            self.tags.clear();
        }
        (self.step_to, self.unconfirmed) = (None, None);
        (self.reached_s, self.arrows) = (0.0, Arrows::default());
    }

    /// No tags are shown.
    pub(super) fn hide(&mut self, belief: &mut Belief) {
        self.chooser.step(belief, false, 0.0, false);
    }

    /// Nothing can be looked at for now: the belief is about these targets.
    pub(super) fn leave(&mut self, belief: &mut Belief, targets: &[Target]) {
        self.hide(belief);
        if self.offer != Offer::Targets {
            self.forget(belief);
            self.offer = Offer::Targets;
            self.offer_targets(targets);
            self.fill_chooser(belief);
        }
    }

    /// What was looked at: the pointer goes there or has arrived, it waits to be clicked, or it is divided.
    pub(super) fn chosen(&self) -> Option<Rect> {
        let goal = self.goal().and_then(|means| match means {
            Meaning::Goal(rect) => Some(rect),
            _ => None,
        });
        let grid = self.grid.area().filter(|_| self.offer == Offer::Grid);
        let unconfirmed = self.unconfirmed.map(|unconfirmed| unconfirmed.rect);
        unconfirmed.or(goal).or(grid)
    }

    /// Number of the scene of tags, and each tag: where it belongs, and its code.
    pub(super) fn tags(&self) -> (u32, impl Iterator<Item = (Rect, u8)>) {
        let tags = self.chooser.tags();
        let tags = tags.filter_map(|(place, code)| Some((self.tags.get(place)?.at, code)));
        (self.chooser.scene(), tags)
    }

    /// Advances by a tick.
    pub(super) fn step(&mut self, input: &LookInput, belief: &mut Belief) -> Looked {
        self.change_offer(input, belief);
        let is_offered = self.offer != Offer::Targets || !input.targets.is_empty();
        let has_imagery = input.has_imagery && self.offer == Offer::Targets;
        if let Some(selection) = input.selection.filter(|_| is_offered) {
            self.chooser
                .look(belief, selection, input.gaze.as_ref(), has_imagery);
        }
        let goal = self.goal().filter(|_| is_offered);
        let mut looked = self.act(goal, input, belief);
        let goes_away = matches!(goal, Some(Meaning::Goal(_)));
        let is_shown = is_offered && !goes_away && !self.tags.is_empty();
        if self
            .chooser
            .step(belief, is_shown, input.at.secs, has_imagery)
        {
            self.give_up(belief);
        }
        if goes_away && looked.is_reached {
            self.arrive(&mut looked, input, belief);
        }
        looked.disarms_dwell = looked.asks_click || self.unconfirmed.is_some();
        looked
    }

    fn goal(&self) -> Option<Meaning> {
        let goal = self.chooser.goal()?;
        self.tags.get(goal).map(|tag| tag.means)
    }

    /// Does what the tag means that was looked at, and says where the pointer goes.
    fn act(&mut self, goal: Option<Meaning>, input: &LookInput, belief: &mut Belief) -> Looked {
        let mut looked = Looked::default();
        match goal {
            Some(Meaning::Goal(rect)) => {
                looked.goes_to = Some(rect);
                looked.is_reached = is_on(&rect, input.at);
                looked.may_dwell = looked.is_reached && !input.settings.confirms;
                return looked;
            }
            Some(Meaning::Divide(area)) => {
                self.grid.enter(area);
                self.offer_grid(input, belief);
            }
            Some(Meaning::Back) if self.offer == Offer::Confirm => self.unconfirmed = None,
            Some(Meaning::Back) => {
                self.grid.leave();
                self.offer_grid(input, belief);
            }
            Some(Meaning::Step(direction)) => {
                let way = self.arrows.step(direction, input.at.scale);
                let place = input.at.place.map(|px| px.round() as i32);
                let [x, y] = input.screens.cut(place, way.map(|px| px.round() as i32));
                self.step_to = Some(around([place[0] + x, place[1] + y].map(f64::from)));
                self.chooser.restart(belief);
            }
            Some(Meaning::Click) => {
                looked.asks_click = true;
                self.forget(belief);
            }
            None => {}
        }
        match self.offer {
            Offer::Grid => looked.goes_to = self.grid.area(),
            Offer::Arrows => {
                looked.goes_to = self.step_to;
                self.step_to
                    .take_if(|to| to.distance(input.at.place) <= THERE_PX);
            }
            Offer::Targets | Offer::Confirm => {}
        }
        looked.may_dwell = match self.offer {
            Offer::Targets => true,
            Offer::Grid => self.grid.area().is_none(),
            Offer::Arrows | Offer::Confirm => false,
        };
        looked
    }

    /// The pointer is where it was to go: it clicks, asks whether to, or waits for others to click.
    fn arrive(&mut self, looked: &mut Looked, input: &LookInput, belief: &mut Belief) {
        let is_new = self.reached_s == 0.0;
        self.reached_s += input.at.secs.max(f64::MIN_POSITIVE);
        if is_new && input.settings.clicks {
            if input.settings.confirms {
                self.unconfirmed = looked.goes_to.map(|rect| Unconfirmed {
                    rect,
                    // A button of the panel, too, may show something else by then.
                    is_target: self.offer == Offer::Targets || self.is_on_panel(rect),
                });
            } else {
                looked.asks_click = true;
            }
        }
        if self.reached_s > RESTS_S + input.dwells_s {
            self.forget(belief);
        }
    }

    /// The user has looked at nothing for a while.
    fn give_up(&mut self, belief: &mut Belief) {
        if self.offer != Offer::Targets {
            self.forget(belief);
        }
    }

    /// Offers something else if the settings, the targets, or an arrival ask for it.
    fn change_offer(&mut self, input: &LookInput, belief: &mut Belief) {
        // The panel is always there.
        let mut kinds = input.targets.iter().map(|target| target.kind);
        let has_targets = kinds.any(|kind| kind != TargetKind::Panel);
        self.without_targets_s = if has_targets {
            0.0
        } else {
            self.without_targets_s + input.at.secs
        };
        let is_alone = self.without_targets_s > NO_TARGETS_S;
        let is_there = |rect: Rect| input.targets.iter().any(|target| target.rect == rect);
        // A target that has moved or gone must not be clicked.
        self.unconfirmed
            .take_if(|at| at.is_target && !is_there(at.rect));
        let offer = match input.settings.offer {
            _ if self.unconfirmed.is_some() => Offer::Confirm,
            LookOffer::Auto if is_alone => Offer::Grid,
            // A short gap in the list of targets does not bring the grid, and does not end it.
            LookOffer::Auto if !has_targets && self.offer == Offer::Grid => Offer::Grid,
            LookOffer::Auto | LookOffer::Targets => Offer::Targets,
            LookOffer::Grid => Offer::Grid,
            LookOffer::Arrows => Offer::Arrows,
        };
        let is_other = offer != self.offer;
        let is_elsewhere = self.offer == Offer::Grid
            && (self.has_other_screen(input) || self.has_other_panel(input));
        // An empty list is filled again, except that of targets, which may be empty.
        let is_empty = self.tags.is_empty() && offer != Offer::Targets;
        if !(is_other || is_elsewhere || is_empty) {
            return;
        }
        self.offer = offer;
        self.reached_s = 0.0;
        if offer != Offer::Confirm {
            self.step_to = None;
        }
        match offer {
            Offer::Targets => {
                self.offer_targets(input.targets);
                self.fill_chooser(belief);
            }
            Offer::Grid => {
                self.grid
                    .restart(input.screen().unwrap_or(self.grid.screen()));
                self.offer_grid(input, belief);
            }
            Offer::Arrows => self.offer_arrows(input, belief),
            Offer::Confirm => self.offer_click(input, belief),
        }
    }

    /// The pointer was moved to another screen by hand. Within a division, the old screen stays.
    fn has_other_screen(&self, input: &LookInput) -> bool {
        self.grid.area().is_none()
            && input
                .screen()
                .is_some_and(|screen| screen != self.grid.screen())
    }

    fn is_on_panel(&self, rect: Rect) -> bool {
        self.tags.iter().any(|tag| tag.is_panel && tag.at == rect)
    }

    /// The panel, which is offered beside the whole grid, has changed.
    fn has_other_panel(&self, input: &LookInput) -> bool {
        let own = self.tags.iter().filter(|tag| tag.is_panel);
        self.grid.area().is_none() && own.copied().ne(input.panel().map(Tag::of))
    }

    fn offer_targets(&mut self, targets: &[Target]) {
        self.tags.clear();
        self.tags.extend(targets.iter().map(Tag::of));
    }

    fn offer_grid(&mut self, input: &LookInput, belief: &mut Belief) {
        let side = i32::try_from(input.settings.cells).unwrap_or(3);
        let cells = self.grid.cells(side, input.tag_px(), input.at.scale);
        self.tags.clear();
        self.tags.extend(cells.map(|cell| {
            let means = if cell.is_point {
                Meaning::Goal(cell.area)
            } else {
                Meaning::Divide(cell.area)
            };
            Tag::new(cell.tag, means)
        }));
        if let Some(area) = self.grid.area() {
            let at = far_from(&area, &self.grid.screen(), input.tag_px());
            self.tags.push(Tag::new(at, Meaning::Back));
        } else {
            self.tags.extend(input.panel().map(Tag::of));
        }
        self.fill_chooser(belief);
    }

    fn offer_arrows(&mut self, input: &LookInput, belief: &mut Belief) {
        self.tags.clear();
        let Some(screen) = input.screen() else { return };
        self.tags.extend(Direction::ALL.map(|direction| {
            let at = direction.tag(&screen, input.tag_px());
            Tag::new(at, Meaning::Step(direction))
        }));
        if input.settings.clicks {
            let corner = [screen.x, screen.y].map(|from| f64::from(from) + input.tag_px());
            self.tags.push(Tag::new(around(corner), Meaning::Click));
        }
        self.fill_chooser(belief);
    }

    fn offer_click(&mut self, input: &LookInput, belief: &mut Belief) {
        self.tags.clear();
        let Some(Unconfirmed { rect, .. }) = self.unconfirmed else {
            return;
        };
        self.tags.push(Tag::new(rect, Meaning::Click));
        let screen = input.screen().unwrap_or(rect);
        let away = far_from(&rect, &screen, input.tag_px());
        self.tags.push(Tag::new(away, Meaning::Back));
        self.fill_chooser(belief);
    }

    fn fill_chooser(&mut self, belief: &mut Belief) {
        let candidates = self.tags.iter().map(|tag| Candidate {
            middle: tag.at.middle(),
            prior: tag.prior.factor(),
        });
        self.chooser.replace(belief, candidates);
    }
}

/// Whether a click would hit a target, and not only its edge.
fn is_on(rect: &Rect, at: &AssistInput) -> bool {
    let (lengths, middle) = ([rect.width, rect.height], rect.middle());
    (0..2).all(|axis: usize| {
        let length = f64::from(lengths[axis]);
        let edge_px = (EDGE_PX * at.scale).min(0.25 * length);
        // The middle of a single pixel lies half a pixel from its place.
        (at.place[axis] - middle[axis]).abs() <= (0.5 * length - edge_px).max(0.5)
    })
}
