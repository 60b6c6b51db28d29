//! Detects a hand on the real mouse: the pointer is not where we put it.

/// Compares the pointer's position with the position that our own motion would have given it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ManualOverride {
    /// Sum of our own motion, pixels: now, one tick ago and two ticks ago.
    ours: [[i64; 2]; 3],
    /// Position minus our own motion; none if it was not read yet.
    theirs: Option<[i64; 2]>,
    /// Recent motion by others, pixels.
    foreign_px: [f64; 2],
}

/// Time constant with which motion by others is forgotten, milliseconds.
const MEMORY_MS: f64 = 100.0;

impl ManualOverride {
    /// Takes the position of the pointer, `ms` after it was last read. Returns whether others have moved it by more than `limit_px`.
    ///
    /// The server may carry out our motion one or two ticks late, so the delay that explains the position best is used.
    pub(super) fn look(&mut self, place: [i32; 2], ms: f64, limit_px: u32) -> bool {
        let by_px = self.learn(place);
        self.add(by_px, ms, limit_px)
    }

    /// Takes the position of the pointer where real mice are felt, so that it is no evidence of a hand. Returns how far others have moved it.
    pub(super) fn learn(&mut self, place: [i32; 2]) -> [i64; 2] {
        let theirs = self.ours.map(|ours| minus(place.map(i64::from), ours));
        let known = self.theirs.unwrap_or(theirs[0]);
        let far = |theirs: &[i64; 2]| minus(*theirs, known).iter().map(|d| d.abs()).sum::<i64>();
        let best = theirs.into_iter().min_by_key(far).unwrap_or(known);
        self.theirs = Some(best);
        minus(best, known)
    }

    /// Takes the motion of real mice, `ms` after it was last read. Returns whether it is more than `limit_px`.
    pub(super) fn feel(&mut self, by_px: [i32; 2], ms: f64, limit_px: u32) -> bool {
        self.add(by_px.map(i64::from), ms, limit_px)
    }

    /// Adds motion by others to what is remembered of it. Returns whether it is more than `limit_px`.
    fn add(&mut self, by_px: [i64; 2], ms: f64, limit_px: u32) -> bool {
        let keep = libm::exp(-ms / MEMORY_MS);
        for (sum, foreign) in self.foreign_px.iter_mut().zip(by_px) {
            *sum = *sum * keep + foreign as f64;
        }
        let [x, y] = self.foreign_px;
        let is_foreign = x.hypot(y) > f64::from(limit_px);
        if is_foreign {
            self.foreign_px = [0.0; 2];
        }
        is_foreign
    }

    /// Records our own motion, at every tick.
    pub(super) fn moved(&mut self, by: [i32; 2]) {
        let [now, before, _] = self.ours;
        let after = [now[0] + i64::from(by[0]), now[1] + i64::from(by[1])];
        self.ours = [after, now, before];
    }
}

fn minus(one: [i64; 2], other: [i64; 2]) -> [i64; 2] {
    [one[0] - other[0], one[1] - other[1]]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_motion_never_counts_as_a_hand() {
        // Read at a fixed interval and carried out with a fixed delay, both in ticks.
        for (every, delay) in [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)] {
            let mut manual_override = ManualOverride::default();
            let mut places = vec![[100, 100]; 3];
            for k in 0..1000 {
                let place = places[places.len() - 1 - delay];
                if k % every == 0 {
                    assert!(
                        !manual_override.look(place, 16.0, 12),
                        "{k} {every} {delay}"
                    );
                }
                let d = if k % 100 < 50 { [40, 13] } else { [-40, -13] };
                manual_override.moved(d);
                let last = places[places.len() - 1];
                places.push([last[0] + d[0], last[1] + d[1]]);
            }
        }
    }

    #[test]
    fn motion_of_a_real_mouse_is_a_hand_without_a_position() {
        let mut manual_override = ManualOverride::default();
        // A desk that trembles, and our own motion, which no real mouse makes.
        for k in 0..1000 {
            let by = if k % 2 == 0 { 1 } else { -1 };
            manual_override.moved([40, 0]);
            assert!(!manual_override.feel([by, 0], 16.0, 12));
        }
        let looks = (1..).find(|_| manual_override.feel([0, 5], 20.0, 12));
        assert!(looks <= Some(4), "{looks:?}");
    }

    #[test]
    fn a_hand_that_was_felt_is_no_hand_again_when_the_place_is_seen() {
        let mut manual_override = ManualOverride::default();
        manual_override.learn([500, 500]);
        assert!(manual_override.feel([300, 0], 16.0, 12));
        // Seconds later the place is seen, by chance with a trembling desk.
        assert_eq!(manual_override.learn([800, 500]), [300, 0]);
        assert!(!manual_override.feel([1, 0], 16.0, 12));
        assert_eq!(manual_override.learn([800, 500]), [0, 0]);
    }

    #[test]
    fn a_hand_is_detected_at_once_and_a_trembling_desk_is_ignored() {
        let mut manual_override = ManualOverride::default();
        let mut at = [500, 500];
        assert!(!manual_override.look(at, 16.0, 12));
        // One pixel back and forth.
        for k in 0..1000 {
            at[0] += if k % 2 == 0 { 1 } else { -1 };
            manual_override.moved([0; 2]);
            assert!(!manual_override.look(at, 16.0, 12));
        }
        // Three pixels a tick are less than 200 pixels per second: a slow hand.
        let ticks = (1..).find(|_| {
            at[1] += 3;
            manual_override.moved([0; 2]);
            manual_override.look(at, 16.0, 12)
        });
        assert!(ticks <= Some(6), "{ticks:?}");
        // Along with our own motion, and against it.
        for by in [3, -20] {
            let ticks = (1..).find(|_| {
                at[0] += 15 + by;
                manual_override.moved([15, 0]);
                manual_override.look(at, 16.0, 12)
            });
            assert!(ticks <= Some(8), "{ticks:?}");
        }
    }
}
