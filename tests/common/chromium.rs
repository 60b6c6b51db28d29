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
        let page = format!("file://{}/tests/pages/{page}", env!("CARGO_MANIFEST_DIR"));
        let profile = lab.path("profile");
        let mut command = lab.command("chromium");
        command
            // These also allow running as root, and without a graphics card.
            .args(["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(["--kiosk", "--force-renderer-accessibility"])
            // No prompts (not even for a password of a key ring), and no network traffic.
            .arg("--password-store=basic")
            .args(["--no-first-run", "--disable-background-networking"])
            .args(["--disable-component-update", "--disable-sync"])
            .arg(format!("--user-data-dir={}", profile.to_string_lossy()))
            .arg(format!("--app={page}"))
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

/// Whether the page's title, which is the title of its window, contains a text.
pub fn page_reports(desktop: &Desktop, what: &str) -> bool {
    let titles = desktop.screen.titles();
    titles.iter().any(|title| title.contains(what))
}
