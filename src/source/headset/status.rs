//! Reports loose electrodes and a low battery, once each time.

/// Charge below which the battery is reported, per cent, and charge at which it counts as recovered.
const LOW_PERCENT: u8 = 10;
const WELL_PERCENT: u8 = 20;
/// Number of consecutive packets with the same state before it is reported, because a loose electrode flickers.
const STABLE_PACKETS: u32 = 50;

/// What was reported.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Status {
    lead_off: u64,
    /// The newest state of the electrodes, and for how many packets it has been the same.
    next: u64,
    repeats: u32,
    is_low: bool,
}

impl Status {
    /// Takes the state from a packet and returns a message if something changed.
    pub(super) fn note(
        &mut self,
        lead_off: Option<u64>,
        battery_percent: Option<u8>,
        labels: &[String],
    ) -> Option<String> {
        let leads = lead_off.and_then(|bits| self.leads(bits, labels));
        let battery = battery_percent.and_then(|percent| self.battery(percent));
        match (leads, battery) {
            (Some(leads), Some(battery)) => Some(format!("{leads}; {battery}")),
            (one, other) => one.or(other),
        }
    }

    fn leads(&mut self, bits: u64, labels: &[String]) -> Option<String> {
        self.repeats = if bits == self.next {
            self.repeats + 1
        } else {
            0
        };
        self.next = bits;
        if self.repeats != STABLE_PACKETS || bits == self.lead_off {
            return None;
        }
        self.lead_off = bits;
        let off = labels.iter().enumerate();
        let off = off.filter(|(channel, _)| *channel < 64 && bits >> channel & 1 == 1);
        let off: Vec<&str> = off.map(|(_, label)| label.as_str()).collect();
        Some(if off.is_empty() {
            "all electrodes touch the skin again".into()
        } else {
            format!("electrodes that do not touch the skin: {}", off.join(", "))
        })
    }

    fn battery(&mut self, percent: u8) -> Option<String> {
        let was_low = self.is_low;
        self.is_low = percent <= LOW_PERCENT || (was_low && percent < WELL_PERCENT);
        (self.is_low && !was_low).then(|| format!("the battery has {percent} %: charge it soon"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_reported_once() {
        let labels = ["C3".to_owned(), "C4".to_owned()];
        let mut status = Status::default();
        let mut messages = |bits: u64, percent: u8, packets: u32| -> Vec<String> {
            let note = |_| status.note(Some(bits), Some(percent), &labels);
            (0..packets).filter_map(note).collect()
        };
        assert_eq!(messages(0, 90, 200), [""; 0]);
        // The state flickers, then stays.
        assert_eq!(messages(0b10, 90, 10), [""; 0]);
        assert_eq!(messages(0b00, 90, 10), [""; 0]);
        assert_eq!(
            messages(0b10, 90, 300),
            ["electrodes that do not touch the skin: C4"]
        );
        assert_eq!(
            messages(0b11, 90, 300),
            ["electrodes that do not touch the skin: C3, C4"]
        );
        assert_eq!(
            messages(0, 90, 300),
            ["all electrodes touch the skin again"]
        );
        assert_eq!(
            messages(0, 10, 300),
            ["the battery has 10 %: charge it soon"]
        );
        assert_eq!(messages(0, 11, 300), [""; 0]);
    }
}
