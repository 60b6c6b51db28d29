//! A browser with one page.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used)] // as in `common`

use crate::common::Lab;
use crate::common::desktop::Desktop;
use std::process::{Child, Stdio};

/// Chromium in kiosk mode: only the page.
pub struct Browser(Child);

impl Browser {
    /// Opens a page of `tests/pages`.
    pub fn open(lab: &Lab, desktop: &Desktop, page: &str) -> Self {
        let mut command = lab.command("chromium");
        command
            .args(arguments(lab, page))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let started = desktop.on(&mut command).spawn();
        Self(started.expect("chromium is needed: run the tests with 'make test'"))
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The arguments that open a page of `tests/pages`.
pub fn arguments(lab: &Lab, page: &str) -> Vec<String> {
    // A profile for each page, so that each has a process of its own.
    let profile = lab.path(&format!("profile-{page}"));
    let page = format!("file://{}/tests/pages/{page}", env!("CARGO_MANIFEST_DIR"));
    // The first line also allows running as root, and without a graphics card.
    let mut all: Vec<String> = "--no-sandbox --disable-gpu --disable-dev-shm-usage \
        --kiosk --force-renderer-accessibility \
        --password-store=basic --no-first-run --disable-background-networking \
        --disable-component-update --disable-sync"
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    // No prompts (not even for a password of a key ring), and no network traffic.
    all.push(format!("--user-data-dir={}", profile.to_string_lossy()));
    all.push(format!("--app={page}"));
    all
}

/// Whether the page's title, which is the title of its window, contains a text.
pub fn page_reports(desktop: &Desktop, what: &str) -> bool {
    let titles = desktop.screen.titles();
    titles.iter().any(|title| title.contains(what))
}
