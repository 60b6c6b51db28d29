//! Windows.

pub mod look;
mod plots;
pub mod text;
pub mod wizard;

use crate::runtime::clock;
use eframe::egui;
use look::Look;
use wizard::Wizard;

/// A window that cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error(
    "no window can be opened ({cause}). Is there a display? Everything works on the command line, too: see 'bci-cursor fit'"
)]
pub struct WindowError {
    cause: String,
}

struct Window {
    wizard: Wizard,
    is_old: bool,
    title: String,
}

impl eframe::App for Window {
    fn ui(&mut self, ui: &mut egui::Ui, _: &mut eframe::Frame) {
        if !std::mem::replace(&mut self.is_old, true) {
            // Some window managers do not hear it before the window is there.
            ui.ctx()
                .send_viewport_cmd(egui::ViewportCommand::Maximized(true));
        }
        self.wizard.frame(ui, clock::now());
        // Which step it is, for whoever hears the window instead of seeing it.
        let title = self.wizard.title();
        if title != self.title {
            ui.ctx()
                .send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
        if self.wizard.wants_to_close() {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Close);
        }
    }
}

/// Opens the clinician's window, and waits until it is closed.
///
/// # Errors
/// [`WindowError`] where there is no display, or it cannot be drawn on.
pub fn calibrate(wizard: Wizard, look: Look) -> Result<(), WindowError> {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(wizard.title())
            .with_inner_size([1280.0, 720.0])
            .with_min_inner_size([800.0, 560.0]),
        ..eframe::NativeOptions::default()
    };
    let start = move |context: &eframe::CreationContext<'_>| {
        look.apply(&context.egui_ctx);
        let window = Window {
            wizard,
            is_old: false,
            title: String::new(),
        };
        Ok(Box::new(window) as Box<dyn eframe::App>)
    };
    eframe::run_native("bci-cursor", options, Box::new(start)).map_err(|error| WindowError {
        cause: error.to_string(),
    })
}
