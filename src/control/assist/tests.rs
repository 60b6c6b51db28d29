use super::*;
use proptest::prelude::*;

const STRONG: AssistSettings = AssistSettings {
    mode: AssistMode::Strong,
    window_buttons: false,
};
const TICK_S: f64 = 0.016;

/// A pointer at 200 pixels per second among targets, always read recently.
struct Field {
    assist: Assist,
    now: HostNanos,
    place: [f64; 2],
    settings: AssistSettings,
}

fn button([x, y]: [i32; 2]) -> Target {
    Target::new(Rect::new(x, y, 80, 30), TargetKind::Button)
}

fn targets(at: HostNanos, list: &[Target]) -> Box<Targets> {
    let mut targets = Box::new(Targets::with_capacity());
    targets.set(at, list);
    targets
}

impl Field {
    fn new(list: &[Target]) -> Self {
        let mut assist = Assist::default();
        assist.see(targets(HostNanos(0), list));
        Self {
            assist,
            now: HostNanos(0),
            place: [500.0; 2],
            settings: STRONG,
        }
    }

    fn tick(&mut self, wanted: [f64; 2]) -> Assisted {
        self.now.0 += (1e9 * TICK_S) as i64;
        let list = self.assist.targets.list().to_vec();
        self.assist.see(targets(self.now, &list));
        self.tick_without_reading(wanted)
    }

    fn tick_without_reading(&mut self, wanted: [f64; 2]) -> Assisted {
        let input = AssistInput {
            now: self.now,
            secs: TICK_S,
            place: self.place,
            scale: 1.0,
        };
        let assisted = self.assist.step(wanted, 1.0, &input, &self.settings);
        for (place, v) in self.place.iter_mut().zip(assisted.velocity_px_s) {
            *place += v * assisted.speed * TICK_S;
        }
        assisted
    }

    /// Runs until a condition holds, up to a limit in seconds. Returns the time it took.
    fn go(&mut self, wanted: [f64; 2], most_s: f64, until: impl Fn(&Self) -> bool) -> Option<f64> {
        let ticks = (most_s / TICK_S) as usize;
        let took = (0..ticks).find(|_| {
            self.tick(wanted);
            until(self)
        });
        took.map(|ticks| ticks as f64 * TICK_S)
    }
}

#[test]
fn motion_past_a_target_is_led_onto_it() {
    // Straight on would pass 60 pixels above it.
    let target = button([900, 560]);
    let is_on = |field: &Field| target.rect.distance(field.place) == 0.0;
    let right = [200.0, 0.0];
    let mut field = Field::new(&[target]);
    assert!(field.go(right, 4.0, is_on).is_some());
    let mut alone = Field::new(&[target]);
    alone.settings.mode = AssistMode::Off;
    assert!(alone.go(right, 4.0, is_on).is_none());
}

#[test]
fn a_target_holds_for_a_moment_and_releases_a_steady_push() {
    for [x, y] in [[1.0, 0.0], [0.0, 1.0], [-0.7, -0.7]] {
        let push = [200.0 * x, 200.0 * y];
        let target = button([460, 485]);
        let is_off = |field: &Field| target.rect.distance(field.place) > 0.0;
        let mut field = Field::new(&[target, button([700, 485])]);
        // The user moved here, and is in its middle.
        field.place = [300.0, 500.0];
        field.go([200.0, 0.0], 3.0, |field| field.place[0] >= 500.0);
        field.go([0.0; 2], 1.0, |_| false);
        let took = field.go(push, 3.0, is_off).unwrap();
        assert!(took < 1.0, "{push:?}: {took}");
        assert!(took > 0.3, "{push:?}: {took}");
        // Nor is it pulled back.
        let far = target.rect.distance(field.place);
        field.go(push, 0.5, |_| false);
        assert!(target.rect.distance(field.place) > far + 90.0 * x.hypot(y) * 0.5);
    }
}

#[test]
fn targets_read_long_ago_have_no_effect() {
    let target = button([900, 560]);
    let right = [200.0, 0.0];
    let mut field = Field::new(&[target]);
    let before = (0..60).map(|_| field.tick(right)).last().unwrap();
    assert_eq!(before.towards, Some(target.rect));
    let mut last = 1.0;
    for _ in 0..(5.0 / TICK_S) as usize {
        field.now.0 += (1e9 * TICK_S) as i64;
        field.place = [500.0; 2];
        let aside = field.tick_without_reading(right).velocity_px_s[1] / 200.0;
        assert!(aside <= last + 0.05, "{aside} after {last}");
        last = aside;
    }
    assert_eq!(last, 0.0);
    assert_eq!(
        field.tick_without_reading(right),
        Assisted::unassisted(right)
    );
}

#[test]
fn probabilities_survive_when_targets_are_read_again() {
    let (one, other) = (button([900, 485]), button([100, 485]));
    let mut field = Field::new(&[one, other]);
    field.go([200.0, 0.0], 0.5, |_| false);
    let [likely, unlikely] = [0, 1].map(|k| field.assist.pull[k]);
    assert!(likely > 1.0 && unlikely < -1.0, "{likely} {unlikely}");
    let new = button([10, 10]);
    field.assist.see(targets(field.now, &[new, other, one]));
    assert_eq!(field.assist.pull, [0.0, unlikely, likely]);
}

proptest! {
    #[test]
    fn it_does_not_move_at_rest_and_is_never_faster_than_the_user(
        places in proptest::collection::vec((0..1900i32, 0..1000i32), 0..40),
        motions in proptest::collection::vec((-300.0..300.0f64, -300.0..300.0f64, 0..3usize), 1..100),
    ) {
        let list: Vec<Target> = places.into_iter().map(|(x, y)| button([x, y])).collect();
        let mut field = Field::new(&list);
        for (x, y, rests) in motions {
            let wanted = if rests == 0 { [0.0; 2] } else { [x, y] };
            for _ in 0..10 {
                let Assisted { velocity_px_s: [vx, vy], speed, towards, .. } = field.tick(wanted);
                prop_assert!((0.0..=1.0).contains(&speed));
                prop_assert!(vx.hypot(vy) <= wanted[0].hypot(wanted[1]) + 1e-9);
                prop_assert!(towards.is_some() || [vx, vy] == wanted);
                prop_assert!(wanted != [0.0; 2] || towards.is_none());
                // The pointer never moves backwards.
                prop_assert!(vx * wanted[0] + vy * wanted[1] >= -1e-9);
            }
        }
    }
}
