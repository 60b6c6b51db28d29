//! How many frames a second a display shows.

use super::PresenterError;
use super::display::{Display, DisplayEvent};
use crate::system::clock;
use crate::time::HostNanos;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

/// Frames over which it is measured.
const FRAMES: usize = 60;
/// Rates that displays have, Hz.
const REAL_HZ: std::ops::RangeInclusive<f64> = 20.0..=1000.0;
/// Clocks that differ by more than this are different clocks, seconds.
const SAME_CLOCK_S: f64 = 1.0;

/// The display's rate, Hz, and its count of frames now.
pub(super) fn measure(display: &mut dyn Display) -> Result<(f64, u64), PresenterError> {
    let mut seen = Vec::with_capacity(FRAMES);
    let mut last = 0;
    for _ in 0..FRAMES {
        let target_msc = if last == 0 { 0 } else { last + 1 };
        display.ask_time(0, target_msc)?;
        let (msc, ust_us) = next_time(display)?;
        check_clock(ust_us)?;
        seen.push([msc as f64, ust_us as f64 / 1e6]);
        last = msc;
    }
    let found_hz = 1.0 / slope(&seen);
    if !REAL_HZ.contains(&found_hz) {
        return Err(PresenterError::Refresh { found_hz });
    }
    Ok((found_hz, last))
}

/// Waits until the display tells its time.
fn next_time(display: &mut dyn Display) -> Result<(u64, u64), PresenterError> {
    display.flush()?;
    let end = HostNanos(clock::now().0 + super::STALLED_NS);
    loop {
        if let Some(DisplayEvent::Time { msc, ust_us, .. }) = display.event()? {
            return Ok((msc, ust_us));
        }
        let left_ns = end.since(clock::now());
        if left_ns == 0 {
            return Err(display.why_stalled());
        }
        let wait = Timespec {
            tv_sec: (left_ns / 1_000_000_000) as i64,
            tv_nsec: (left_ns % 1_000_000_000) as i64,
        };
        match poll(
            &mut [PollFd::new(&display.fd(), PollFlags::IN)],
            Some(&wait),
        ) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(PresenterError::Driver(error.into())),
        }
    }
}

fn check_clock(ust_us: u64) -> Result<(), PresenterError> {
    let stamp = clock::of_monotonic_us(ust_us);
    let difference_s = (clock::now().0 - stamp.0) as f64 / 1e9;
    if difference_s.abs() > SAME_CLOCK_S {
        return Err(PresenterError::OtherClock { difference_s });
    }
    Ok(())
}

/// Slope of the line of least squares through points `[x, y]`.
fn slope(points: &[[f64; 2]]) -> f64 {
    let count = points.len().max(1) as f64;
    let mean = [0, 1].map(|axis| points.iter().map(|point| point[axis]).sum::<f64>() / count);
    let (mut square, mut product) = (0.0, 0.0);
    for [x, y] in points {
        square += (x - mean[0]) * (x - mean[0]);
        product += (x - mean[0]) * (y - mean[1]);
    }
    product / square
}

#[cfg(test)]
mod tests {
    use super::slope;

    #[test]
    fn the_rate_is_that_of_the_line_through_noisy_stamps() {
        // Stamps a third of a millisecond early or late, and two frames missing.
        let frames = (0..40).filter(|k| *k != 7 && *k != 23);
        let points: Vec<[f64; 2]> = frames
            .map(|k| {
                let late_s = [0.0, 3e-4, -3e-4][k % 3];
                [1e6 + k as f64, 5e4 + k as f64 / 59.94 + late_s]
            })
            .collect();
        let hz = 1.0 / slope(&points);
        assert!((hz - 59.94).abs() < 0.05, "{hz}");
    }
}
