//! Notices a hand on the real mouse: the pointer is not where we put it.

/// Compares where the pointer is with where our own motion would have brought it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ManualOverride {
    /// All motion of ours, pixels: now, a tick ago and two ticks ago.
    ours: [[i64; 2]; 3],
    /// Where the pointer was seen, less our motion; none where it was not looked at yet.
    theirs: Option<[i64; 2]>,
    /// How others have moved it of late, pixels.
    foreign_px: [f64; 2],
}

/// What lies back longer than this counts little, milliseconds.
const MEMORY_MS: f64 = 100.0;

impl ManualOverride {
    /// The pointer is seen at a place, `ms` after it was last looked at; whether others have moved it by more than `limit_px`.
    ///
    /// The server may carry out what we asked for a tick or two later: what explains the place best counts.
    pub(super) fn look(&mut self, place: [i32; 2], ms: f64, limit_px: u32) -> bool {
        let theirs = self.ours.map(|ours| minus(place.map(i64::from), ours));
        let known = self.theirs.unwrap_or(theirs[0]);
        let far = |theirs: &[i64; 2]| minus(*theirs, known).iter().map(|d| d.abs()).sum::<i64>();
        let best = theirs.into_iter().min_by_key(far).unwrap_or(known);
        self.theirs = Some(best);
        let keep = libm::exp(-ms / MEMORY_MS);
        for (sum, foreign) in self.foreign_px.iter_mut().zip(minus(best, known)) {
            *sum = *sum * keep + foreign as f64;
        }
        let [x, y] = self.foreign_px;
        let is_foreign = x.hypot(y) > f64::from(limit_px);
        if is_foreign {
            self.foreign_px = [0.0; 2];
        }
        is_foreign
    }

    /// We move it, at every tick.
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
    fn our_own_motion_is_no_hand_however_fast_and_however_late_it_is_seen() {
        // Looked at every so many ticks, carried out so many ticks late.
        for (every, delay) in [(1, 0), (1, 1), (2, 0), (2, 1), (3, 0), (3, 1), (3, 2)] {
            let mut manual_override = ManualOverride::default();
            let mut places = vec![[100, 100]; 3];
            for k in 0..1000 {
                let seen = places[places.len() - 1 - delay];
                if k % every == 0 {
                    assert!(!manual_override.look(seen, 16.0, 12), "{k} {every} {delay}");
                }
                let d = if k % 100 < 50 { [40, 13] } else { [-40, -13] };
                manual_override.moved(d);
                let last = places[places.len() - 1];
                places.push([last[0] + d[0], last[1] + d[1]]);
            }
        }
    }

    #[test]
    fn a_hand_is_noticed_at_once_and_trembling_of_the_desk_is_not() {
        let mut manual_override = ManualOverride::default();
        let mut at = [500, 500];
        assert!(!manual_override.look(at, 16.0, 12));
        // A pixel to and fro.
        for k in 0..1000 {
            at[0] += if k % 2 == 0 { 1 } else { -1 };
            manual_override.moved([0; 2]);
            assert!(!manual_override.look(at, 16.0, 12));
        }
        // Three pixels a tick are less than 200 in a second: a slow hand.
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
