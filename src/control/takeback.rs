//! Notices a hand on the real mouse: the pointer is not where we put it.

/// Compares how the pointer moved with how we moved it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Takeback {
    /// Where it was last seen; none where it was not looked at yet.
    seen: Option<[i32; 2]>,
    /// How we moved it since then, and before that.
    ours: [i32; 2],
    before: [i32; 2],
    /// How others have moved it of late, pixels.
    foreign_px: [f64; 2],
}

/// What lies back longer than this counts little, milliseconds.
const MEMORY_MS: f64 = 100.0;

impl Takeback {
    /// The pointer is seen at a place a further `ms` later; whether others have moved it by more than `limit_px`.
    pub(super) fn look(&mut self, place: [i32; 2], ms: f64, limit_px: u32) -> bool {
        let from = self.seen.replace(place).unwrap_or(place);
        let moved = minus(place, from);
        // The server may carry out what we asked for a look later.
        let both = [
            self.ours[0].saturating_add(self.before[0]),
            self.ours[1].saturating_add(self.before[1]),
        ];
        let foreign = [self.ours, self.before, both, [0; 2]]
            .map(|own| minus(moved, own))
            .into_iter()
            .min_by_key(|[x, y]| x.unsigned_abs().saturating_add(y.unsigned_abs()))
            .unwrap_or_default();
        (self.before, self.ours) = (self.ours, [0; 2]);
        let keep = libm::exp(-ms / MEMORY_MS);
        for (sum, foreign) in self.foreign_px.iter_mut().zip(foreign) {
            *sum = *sum * keep + f64::from(foreign);
        }
        let [x, y] = self.foreign_px;
        let is_foreign = x.hypot(y) > f64::from(limit_px);
        if is_foreign {
            self.foreign_px = [0.0; 2];
        }
        is_foreign
    }

    /// We move it from where it was seen.
    pub(super) fn moved(&mut self, by: [i32; 2]) {
        self.ours = by;
    }
}

fn minus(one: [i32; 2], other: [i32; 2]) -> [i32; 2] {
    [
        one[0].saturating_sub(other[0]),
        one[1].saturating_sub(other[1]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_motion_is_no_hand_even_when_it_is_seen_late() {
        for delay in [0, 1] {
            let mut takeback = Takeback::default();
            let mut places = vec![[100, 100]; 2];
            for k in 0..1000 {
                let seen = places[places.len() - 1 - delay];
                assert!(!takeback.look(seen, 16.0, 12), "{k}");
                let d = if k % 100 < 50 { [8, 3] } else { [-8, -3] };
                takeback.moved(d);
                let last = places[places.len() - 1];
                places.push([last[0] + d[0], last[1] + d[1]]);
            }
        }
    }

    #[test]
    fn a_hand_is_noticed_at_once_and_trembling_of_the_desk_is_not() {
        let mut takeback = Takeback::default();
        let mut at = [500, 500];
        assert!(!takeback.look(at, 16.0, 12));
        // A pixel to and fro.
        for k in 0..1000 {
            at[0] += if k % 2 == 0 { 1 } else { -1 };
            assert!(!takeback.look(at, 16.0, 12));
        }
        // Two pixels a tick are 125 in a second: a slow hand.
        let ticks = (1..).find(|_| {
            at[1] += 3;
            takeback.look(at, 16.0, 12)
        });
        assert!(ticks <= Some(6), "{ticks:?}");
        // Against our own motion.
        takeback.moved([3, 0]);
        at[0] -= 20;
        assert!(takeback.look(at, 16.0, 12));
    }
}
