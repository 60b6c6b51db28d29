//! A custom pointer, which prints its position instead of moving anything.
//!
//! `cargo run --example custom_pointer [RECORDING]` plays ten seconds of a recording in real time.

use bci_cursor::{Action, Driver, LiveSource, Pointer, PointerError, RunSettings, RunStats};
use bci_cursor::{SourceSpec, StopFlag, starters, system::clock};
use std::error::Error;
use std::time::Duration;

#[derive(Default)]
struct Printed {
    place_px: [i32; 2],
}

impl Pointer for Printed {
    /// Called 60 times a second. A pointer must release its buttons if an action says so, and must not block.
    fn apply(&mut self, action: Action) -> Result<(), PointerError> {
        if [action.dx_px, action.dy_px] != [0, 0] {
            self.place_px[0] += action.dx_px;
            self.place_px[1] += action.dy_px;
            println!(
                "at {:?}, left button {}",
                self.place_px, action.buttons.left
            );
        }
        Ok(())
    }
}

fn run(recording: String) -> Result<RunStats, Box<dyn Error>> {
    let source = LiveSource::open(SourceSpec::recording(recording))?;
    let decoder = starters::for_layout(source.layout())?.ok_or("no starter fits")?;
    let mut settings = RunSettings::new(source, decoder, || Ok(Printed::default()));
    settings.control.pause.at_start = false;
    let stop = StopFlag::default();
    let driver = Driver::start(settings, stop.clone())?;
    let start = clock::now();
    while !driver.finished() && clock::now().since(start) < 10_000_000_000 {
        std::thread::park_timeout(Duration::from_millis(50));
    }
    stop.stop();
    Ok(driver.join()?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let synthetic = || "synthetic:seed=7,channels=8,erd=0.8".to_owned();
    println!(
        "{:#?}",
        run(std::env::args().nth(1).unwrap_or_else(synthetic))?
    );
    Ok(())
}

#[test]
fn it_is_moved() {
    let stats = run("synthetic:seed=7,channels=8,trials=4,rest=1,erd=0.8".into()).unwrap();
    assert!(stats.commands > 100, "{stats:?}");
}
