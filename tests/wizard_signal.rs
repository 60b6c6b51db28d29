//! The wizard with bad electrodes and a lost signal.
#![cfg(feature = "gui")]

use crate::common;
use crate::common::wizard_window;

use bci_cursor::app::gui::text::ENGLISH;
use bci_cursor::block::{Block, Layout};
use bci_cursor::runtime::feed::{Feed, FeedError, PatientFeed};
use bci_cursor::source::synthetic::Spec;
use bci_cursor::time::HostNanos;
use common::is_apart;
use eframe::egui::Key;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use wizard_window::{Window, files};

/// A headset whose signal can be lost, and whose first electrodes are off.
struct FadingHeadset {
    patient: PatientFeed,
    is_gone: Arc<AtomicBool>,
    off: usize,
    layout: Layout,
}

impl FadingHeadset {
    fn new(patient: PatientFeed, off: usize) -> Self {
        Self {
            layout: patient.layout().clone(),
            patient,
            is_gone: Arc::default(),
            off,
        }
    }
}

impl Feed for FadingHeadset {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn describe(&self) -> &str {
        self.patient.describe()
    }

    fn drain(&mut self, now: HostNanos, take: &mut dyn FnMut(&Block)) -> Result<(), FeedError> {
        let is_gone = self.is_gone.load(Ordering::Relaxed);
        let off = self.off;
        self.patient.drain(now, &mut |block| {
            let mut block = block.clone();
            let channels = block.channels();
            for frame in block.samples_mut().chunks_exact_mut(channels) {
                frame[..off].fill(0.0);
            }
            if !is_gone {
                take(&block);
            }
        })
    }

    fn imagine(&mut self, class: Option<&str>) {
        self.patient.imagine(class);
    }
}

#[test]
fn bad_electrodes_are_listed_with_advice() {
    if !is_apart(module_path!(), "bad_electrodes_are_listed_with_advice") {
        return;
    }
    let spec = Spec::parse("seed=7,channels=9").unwrap();
    let watch = |off: usize, first: &str| {
        let mut window = Window::new("fay", 0, "seed=7,channels=9");
        let mut feed = FadingHeadset::new(PatientFeed::new(&spec).unwrap(), off);
        feed.layout.labels[0] = first.into();
        window.harness.state_mut().0.use_feed(Box::new(feed));
        window.run(10.0);
        window
    };
    let one = watch(1, "FC3");
    assert!(one.shows(ENGLISH.signal_some));
    assert!(one.shows("FC3: flat; is its wire connected?"));
    assert!(one.shows(&format!("{} FC3", ENGLISH.bad_made)));
    let unplaced = watch(1, "X7");
    assert!(unplaced.shows(&format!("{} X7", ENGLISH.bad_left_out)));
    assert!(!unplaced.shows(ENGLISH.bad_made));
    let many = watch(3, "FC3");
    assert!(many.shows(ENGLISH.signal_too_many) && many.shows("FC4: flat"));
}

#[test]
fn a_lost_signal_pauses_the_cues_and_too_few_trials_replace_no_decoder() {
    if !is_apart(
        module_path!(),
        "a_lost_signal_pauses_the_cues_and_too_few_trials_replace_no_decoder",
    ) {
        return;
    }
    let mut window = Window::new("di", 0, "seed=7,channels=9");
    let spec = Spec::parse("seed=7,channels=9").unwrap();
    let feed = FadingHeadset::new(PatientFeed::new(&spec).unwrap(), 0);
    let is_gone = feed.is_gone.clone();
    window.harness.state_mut().0.use_feed(Box::new(feed));
    window.run(8.0);
    window.click(ENGLISH.next);
    window.click(ENGLISH.begin);
    window.run(10.0);
    is_gone.store(true, Ordering::Relaxed);
    window.run(2.0);
    assert!(window.shows(ENGLISH.signal_lost));
    // It does not continue without a signal.
    window.harness.key_press(Key::Space);
    window.run(3.0);
    assert!(window.shows(ENGLISH.signal_lost));
    is_gone.store(false, Ordering::Relaxed);
    window.run(1.0);
    assert!(window.shows(ENGLISH.paused));
    window.harness.key_press(Key::Space);
    window.run(2.5);
    assert!(window.shows("left hand") || window.shows("right hand"));
    window.click(ENGLISH.end_now);
    window.wait_for_fit(ENGLISH.fitting);
    window.frame(16);
    assert!(window.shows(ENGLISH.cannot_fit) && window.shows("at least 3 are needed"));
    assert!(!window.shows(ENGLISH.save) && window.shows(ENGLISH.kept_recording));
    assert!(files("di/models").is_empty() && files("di/sessions").len() == 1);
}
