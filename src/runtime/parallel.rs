//! Distributes evaluation and fitting over all cores. Not used on the live path.

use super::progress::{OnProgress, Progress};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Like [`map`], and reports progress after each item.
pub fn map_with_progress<'a, T: Sync, R: Send>(
    items: &'a [T],
    what: &'static str,
    on_progress: OnProgress<'_>,
    work: impl Fn(&'a T) -> R + Sync,
) -> Vec<R> {
    let (done, of) = (AtomicUsize::new(0), items.len());
    on_progress(Progress { what, done: 0, of });
    map(items, |item| {
        let result = work(item);
        let done = 1 + done.fetch_add(1, Ordering::Relaxed);
        on_progress(Progress { what, done, of });
        result
    })
}

/// The results of `work` for every item, in order, computed on as many threads as there are cores. Which thread
/// computes which item differs from run to run; the results do not.
pub fn map<'a, T: Sync, R: Send>(items: &'a [T], work: impl Fn(&'a T) -> R + Sync) -> Vec<R> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(items.len()) {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(place) else { break };
                    let result = work(item);
                    if let Ok(mut slot) = results[place].lock() {
                        *slot = Some(result);
                    }
                }
            });
        }
    });
    // A panic in a thread was passed on when the scope ended.
    results
        .into_iter()
        .filter_map(|slot| slot.into_inner().ok().flatten())
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn each_item_is_reported_once() {
        let reported = std::sync::Mutex::new(Vec::new());
        let on_progress = |progress: super::Progress| reported.lock().unwrap().push(progress.done);
        let items: Vec<usize> = (0..20).collect();
        super::map_with_progress(&items, "items", &on_progress, |k| k * k);
        let mut reported = reported.into_inner().unwrap();
        reported.sort_unstable();
        assert_eq!(reported, (0..=20).collect::<Vec<_>>());
    }

    #[test]
    fn results_keep_their_order() {
        let items: Vec<usize> = (0..1000).collect();
        let squares = super::map(&items, |k| k * k);
        assert!(
            squares
                .iter()
                .enumerate()
                .all(|(k, square)| *square == k * k)
        );
    }
}
