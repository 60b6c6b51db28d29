//! The second part: the synthetic patient chooses buttons of a page by looking at them.

use super::page::{Page, PageTargets};
use super::retina::{Retina, SeenDisplay};
use super::{WAIT_S, demo_settings, progress_bar, start_publisher};
use crate::app::cli::guard::system_pointer;
use crate::app::cli::run::presenter_program;
use crate::app::out::note;
use crate::looking::LookingSettings;
use crate::pipeline::PipelineSettings;
use crate::runtime::presenter::Presenter;
use crate::runtime::{Driver, LiveSource, RunSettings, StopFlag};
use crate::settings::{AssistMode, LookOffer, Settings};
use crate::source::synthetic::{Imagination, SeeingPatient, Spec, SyntheticPatient};
use crate::source::{LslSpec, SourceSpec};
use crate::stimulus::protocol::Setup;
use crate::system::clock;
use crate::time::HostNanos;
use anyhow::{Context, ensure};
use serde::Serialize;

/// Electrodes over the visual cortex.
const ELECTRODES: [&str; 8] = ["Oz", "O1", "O2", "POz", "PO3", "PO4", "PO7", "PO8"];
/// The order in which the patient wants the buttons.
const WANTED: [usize; 10] = [3, 8, 0, 5, 9, 2, 6, 1, 7, 4];
/// The decoder first learns what is usual while the patient looks at nothing, seconds.
const SETTLE_S: f64 = 12.0;
/// A button that is not clicked is given up after this, seconds.
const LIMIT_S: f64 = 30.0;
/// Time between two looks at the page, nanoseconds.
const LOOK_NS: i64 = 20_000_000;

/// The results of the task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct LookingFigures {
    /// Buttons that the patient wanted.
    pub(super) targets: usize,
    /// Buttons that were clicked while they were wanted.
    pub(super) hits: usize,
    /// Clicks elsewhere.
    pub(super) wrong: usize,
    /// Time that it took, seconds.
    pub(super) seconds: f64,
}

/// Lets the patient choose the buttons one after another; none if the user stopped it.
pub(super) fn run(seed: u64, stop: &StopFlag) -> anyhow::Result<Option<LookingFigures>> {
    let spec = Spec {
        seed,
        trials: 0,
        labels: ELECTRODES.map(str::to_owned).to_vec(),
        ..Spec::default()
    };
    let settings = settings();
    let looking = LookingSettings::of(&settings).context("looking is not switched on")?;
    let page = Page::open()?;
    let retina = Retina::default();
    let setup = Setup {
        codes: looking.code_book(),
        look: settings.control.look,
        // Nobody sees this display.
        may_exceed: true,
        publishes: false,
    };
    let presenter = Presenter::start(&presenter_program()?, setup)?;
    let sight = retina.sight(looking.code_book(), presenter.refresh_hz());
    let name = format!("bci-cursor-demo-eyes-{}", std::process::id());
    note!(
        "5. The patient looks at {} buttons of a page, one after another, with {} electrodes and without calibration.",
        page.buttons().len(),
        ELECTRODES.len()
    );
    let patient = SyntheticPatient::new(&spec)?.then_live(Imagination::rest());
    let patient = SeeingPatient::new(&spec, patient, sight);
    let published = StopFlag::default();
    let publisher = start_publisher(patient, &name, published.clone());
    let display = SeenDisplay {
        presenter,
        retina: retina.clone(),
    };
    let figures =
        start_driver(&name, &settings, looking, &page, display).and_then(|(driver, driving)| {
            let figures = choose(&page, &retina, &driver, stop);
            driving.stop();
            driver.join()?;
            figures
        });
    published.stop();
    publisher
        .join()
        .map_err(|_| anyhow::anyhow!("the synthetic patient's thread failed"))??;
    figures
}

fn start_driver(
    stream: &str,
    settings: &Settings,
    looking: LookingSettings,
    page: &Page,
    display: SeenDisplay,
) -> anyhow::Result<(Driver, StopFlag)> {
    let targets = page.buttons().to_vec();
    let run = RunSettings {
        trace: None,
        open_targets: Some(Box::new(move || Ok(Box::new(PageTargets(targets.clone()))))),
        open_tags: Some(Box::new(move || Ok(Box::new(display)))),
        source: LiveSource::open(SourceSpec::Lsl(LslSpec::named(stream, WAIT_S)))?,
        open_pointer: system_pointer()?,
        decoder: None,
        pipeline: PipelineSettings {
            looking: Some(looking),
            ..PipelineSettings::default()
        },
        control: settings.control,
        auxiliary: Vec::new(),
        open_recording: None,
        shows_signal: false,
    };
    let driving = StopFlag::default();
    Ok((Driver::start(run, driving.clone())?, driving))
}

fn settings() -> Settings {
    let mut settings = Settings {
        control: demo_settings(),
        ..Settings::default()
    };
    settings.control.assist.mode = AssistMode::Look;
    settings.control.look.clicks = true;
    settings.control.look.offer = LookOffer::Targets;
    settings
}

fn choose(
    page: &Page,
    retina: &Retina,
    driver: &Driver,
    stop: &StopFlag,
) -> anyhow::Result<Option<LookingFigures>> {
    let bar = progress_bar(WANTED.len() as u64, "   {bar:40} {pos}/{len} {msg}");
    let mut figures = LookingFigures {
        targets: 0,
        hits: 0,
        wrong: 0,
        seconds: 0.0,
    };
    bar.set_message("the decoder learns what is usual");
    let settled = after(clock::now(), SETTLE_S);
    while clock::now() < settled {
        if !goes_on(driver, stop)? {
            return Ok(None);
        }
        figures.wrong += usize::from(page.next_click()?.is_some());
    }
    let start = clock::now();
    for wanted in WANTED {
        retina.look_at(page.buttons().get(wanted).copied());
        let limit = after(clock::now(), LIMIT_S);
        let mut is_hit = false;
        while !is_hit && clock::now() < limit {
            if !goes_on(driver, stop)? {
                return Ok(None);
            }
            match page.next_click()? {
                Some(hit) if hit == Some(wanted) => is_hit = true,
                Some(_) => figures.wrong += 1,
                None => {}
            }
        }
        retina.look_at(None);
        figures.targets += 1;
        figures.hits += usize::from(is_hit);
        bar.inc(1);
        bar.set_message(format!("{} clicked", figures.hits));
    }
    bar.finish_and_clear();
    figures.seconds = clock::now().since(start) as f64 / 1e9;
    Ok(Some(figures))
}

/// Waits a little. Returns false if the user has stopped it.
fn goes_on(driver: &Driver, stop: &StopFlag) -> anyhow::Result<bool> {
    ensure!(!driver.finished(), "the driver ended unexpectedly");
    clock::wait_until(HostNanos(clock::now().0 + LOOK_NS));
    Ok(!stop.stopped())
}

fn after(time: HostNanos, secs: f64) -> HostNanos {
    HostNanos(time.0 + (secs * 1e9) as i64)
}
