use super::reading::seconds;
use super::run::presenter_program;
use crate::app::out::{note, say};
use crate::block::Block;
use crate::evaluate::display::{
    DisplayTiming, LightCurve, PixelChange, compare, inverted, watch_pixel,
};
use crate::patient::profile::Profile;
use crate::patient::store;
use crate::rect::Rect;
use crate::runtime::StopFlag;
use crate::runtime::presenter::Presenter;
use crate::settings::LookSettings;
use crate::source::channels::ReadAs;
use crate::source::lsl::{self, LslSource, StreamQuery};
use crate::source::{Source, SourceEvent};
use crate::stimulus::protocol::Setup;
use crate::stimulus::{CodeBook, Scene, SceneTag, ShownFrame};
use crate::system::clock;
use crate::time::HostNanos;
use anyhow::{Context, bail, ensure};
use bci_cursor_calibration::looking::codes::Code;
use bci_cursor_calibration::looking::codes::sequences::m_sequence;
use clap::Args;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, ExitCode, Stdio};

const HELP: &str = "\
A small tag flickers at --at (by default in the middle of the screen). Another process reads one
of its pixels from the X server as fast as it can. The offset is the time from the display's stamp
of a change until that process sees it; the jitter is how much single offsets differ from their
median.

With --photodiode, a light sensor on an auxiliary channel of an amplifier is read instead, over
LSL. Put it on the tag. This measures the whole delay, with that of the monitor and of the
amplifier. --patient keeps it in the profile: from then on, looks are fitted and decoded with it.

Without --photodiode, this tells what reaches the picture of the X server or compositor. A monitor, and a program that composes
windows, can show it later: only a light sensor on the screen measures that.";

/// How long to look for the stream of a light sensor, seconds, and how many of its samples to take at once.
const RESOLVE_S: f64 = 10.0;
const SENSOR_FRAMES: usize = 4096;

/// Check how exactly this display keeps its time, which tags to look at depend on. A tag flickers meanwhile.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(super) struct CheckDisplayArgs {
    /// How long to measure, seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds, allow_negative_numbers = true)]
    seconds: f64,
    /// Where the tag is shown, pixels of the desktop [default: the middle]
    #[arg(long, value_name = "X,Y", value_parser = super::targets::place, allow_hyphen_values = true)]
    at: Option<[i32; 2]>,
    /// Show this many tags, spread over the main monitor, to load the display as a run does. One of them is measured
    #[arg(long, value_name = "1..60", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=60))]
    tags: u16,
    /// Read the light from this channel of an LSL stream: a sensor on the tag
    #[arg(long, value_name = "CHANNEL")]
    photodiode: Option<String>,
    /// The stream of that channel [default: the only EEG stream]
    #[arg(long, value_name = "NAME", requires = "photodiode")]
    stream: Option<String>,
    /// Keep the measured delay in this patient's profile, as decoding.display_delay_ms
    #[arg(long, value_name = "PATIENT", requires = "photodiode")]
    patient: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Watch one pixel. 'check-display' starts it.
#[derive(Debug, Args)]
pub(super) struct WatchPixelArgs {
    /// Where it is
    #[arg(long, value_name = "X,Y", value_parser = super::targets::place, allow_hyphen_values = true)]
    at: [i32; 2],
    /// For how long, seconds
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    seconds: f64,
}

pub(super) fn check_display(args: &CheckDisplayArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        (2.0..=3600.0).contains(&args.seconds),
        "--seconds is {}, expected 2 to 3600",
        args.seconds
    );
    if let Some(patient) = &args.patient {
        store::existing(patient)?;
    }
    let stop = StopFlag::default();
    stop.ask_on_signals().context("signals cannot be handled")?;
    let codes = codes(args.tags);
    let code = codes[0].clone();
    let setup = Setup {
        codes: CodeBook { codes },
        look: LookSettings::default(),
        ..Setup::default()
    };
    let presenter = Presenter::start(&presenter_program()?, setup)?;
    let main = presenter.display().main.context("there is no monitor")?;
    let at = args.at.unwrap_or_else(|| main.middle().map(|at| at as i32));
    note!(
        "{} for {:.0} s, the measured one at {},{}: look elsewhere if flickering light makes you unwell",
        match args.tags {
            1 => "a tag flickers".to_owned(),
            several => format!("{several} tags flicker"),
        },
        args.seconds,
        at[0],
        at[1],
    );
    let mut eye = match &args.photodiode {
        Some(channel) => Eye::Sensor(Box::new(Sensor::open(channel, args.stream.as_deref())?)),
        None => Eye::Pixel(Watcher::start(at, args.seconds)?),
    };
    let cpu_s = presenter.cpu_s();
    presenter.show(scene(at, &main, args.tags));
    let frames = collect(&presenter, &mut eye, args.seconds, &stop)?;
    let used_s = presenter
        .cpu_s()
        .zip(cpu_s)
        .map(|(now, before)| now - before);
    presenter.show(Scene {
        number: 2,
        tags: Vec::new(),
    });
    let timing = eye.compare(&frames, &code, presenter.refresh_hz())?;
    let timing = DisplayTiming {
        core_share: used_s.map(|used_s| used_s / args.seconds),
        ..timing
    };
    if args.json {
        say!("{}", serde_json::to_string_pretty(&timing)?)?;
    } else {
        print(&timing)?;
    }
    if let Some(patient) = &args.patient {
        keep(patient, &timing)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Keeps the delay in the patient's profile.
fn keep(patient: &str, timing: &DisplayTiming) -> anyhow::Result<()> {
    ensure!(
        timing.is_clear(),
        "the delay is not kept, because it is not clear: {} of {} changes were not seen, and offsets differ by {:.1} ms. Move the sensor to \
         the middle of the tag, shade it from other light, and measure again",
        timing.unseen,
        timing.changes + timing.unseen,
        timing.jitter_ms.p99
    );
    let assigned = format!("decoding.display_delay_ms={:.1}", timing.offset_ms.p50);
    Profile::open(patient)?.change(&[&assigned])?;
    note!(
        "kept for '{patient}': {assigned}, from the next start on. It holds for this display, with this amplifier"
    );
    Ok(())
}

/// As many codes as tags: the same bits, each code a bit later than the one before.
fn codes(count: u16) -> Vec<Code> {
    let bits = m_sequence(6).unwrap_or_default();
    let later = |shift: u16| {
        let mut bits = bits.clone();
        bits.rotate_left(usize::from(shift));
        Code::Bits(bits)
    };
    (0..count).map(later).collect()
}

/// A scene with a tag here, and others on a grid over the monitor.
fn scene([x, y]: [i32; 2], main: &Rect, count: u16) -> Scene {
    let columns = (f64::from(count) * 1.6).sqrt().ceil().max(1.0) as i32;
    let rows = (i32::from(count) + columns - 1) / columns;
    let tag = |code: u16| {
        let (row, column) = (i32::from(code) / columns, i32::from(code) % columns);
        let [x, y] = match code {
            0 => [x, y],
            _ => [
                main.x + main.width * (2 * column + 1) / (2 * columns),
                main.y + main.height * (2 * row + 1) / (2 * rows),
            ],
        };
        let (width, height) = (1, 1);
        SceneTag {
            target: Rect {
                x,
                y,
                width,
                height,
            },
            code,
        }
    };
    Scene {
        number: 1,
        tags: (0..count).map(tag).collect(),
    }
}

/// The frames of this many seconds.
fn collect(
    presenter: &Presenter,
    eye: &mut Eye,
    seconds: f64,
    stop: &StopFlag,
) -> anyhow::Result<Vec<ShownFrame>> {
    let end = HostNanos(clock::now().0 + (seconds * 1e9) as i64);
    let mut frames = Vec::new();
    while clock::now() < end {
        if stop.stopped() {
            bail!("stopped before the end");
        }
        if let Some(error) = presenter.failure() {
            return Err(error.into());
        }
        if let Ok(refusal) = presenter.refusals().try_recv() {
            bail!("not shown: {}", refusal.reason);
        }
        match eye {
            Eye::Sensor(sensor) => sensor.read()?,
            Eye::Pixel(_) => {
                let wait = std::time::Duration::from_millis(100);
                frames.extend(presenter.frames().recv_timeout(wait));
            }
        }
        frames.extend(presenter.frames().try_iter());
    }
    Ok(frames)
}

fn print(timing: &DisplayTiming) -> anyhow::Result<()> {
    let shown = timing.frames + timing.missed;
    say!("refresh   {:.2} frames a second", timing.refresh_hz)?;
    say!(
        "frames    {}, of which {} missed ({:.2} %)",
        shown,
        timing.missed,
        100.0 * timing.missed as f64 / shown.max(1) as f64
    )?;
    let rows = [
        ("interval", timing.interval_ms),
        ("offset", timing.offset_ms),
        ("jitter", timing.jitter_ms),
        ("reading", timing.reading_ms),
    ];
    for (name, ms) in rows {
        say!(
            "{name:<9} {:.2} ms (1st percentile {:.2}, 99th {:.2})",
            ms.p50,
            ms.p1,
            ms.p99
        )?;
    }
    say!(
        "changes   {} seen, {} not seen near their time",
        timing.changes,
        timing.unseen
    )?;
    if let Some(share) = timing.core_share {
        say!(
            "load      {:.1} % of a core, without the X server or compositor",
            100.0 * share
        )?;
    }
    Ok(())
}

pub(super) fn watch(args: &WatchPixelArgs) -> anyhow::Result<ExitCode> {
    let until = HostNanos(clock::now().0 + (args.seconds * 1e9) as i64);
    let mut changes = Vec::new();
    watch_pixel(args.at, until, |change| changes.push(change))?;
    let mut output = std::io::stdout();
    for change in changes {
        writeln!(output, "{}", serde_json::to_string(&change)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What sees the tag.
enum Eye {
    Pixel(Watcher),
    Sensor(Box<Sensor>),
}

impl Eye {
    fn compare(
        &mut self,
        frames: &[ShownFrame],
        code: &Code,
        refresh_hz: f64,
    ) -> anyhow::Result<DisplayTiming> {
        let compare = |seen: &[PixelChange]| compare(frames, code, refresh_hz, seen);
        let seen = match self {
            Self::Pixel(watcher) => return Ok(compare(&watcher.finish()?)?),
            Self::Sensor(sensor) => sensor.curve.changes(),
        };
        // The signal of some sensors falls with light.
        let both = (compare(&seen)?, compare(&inverted(&seen))?);
        Ok(if both.1.changes > both.0.changes {
            both.1
        } else {
            both.0
        })
    }
}

/// A light sensor on a channel of an LSL stream.
struct Sensor {
    source: LslSource,
    block: Block,
    curve: LightCurve,
}

impl Sensor {
    fn open(channel: &str, stream: Option<&str>) -> anyhow::Result<Self> {
        let query = StreamQuery {
            name: stream.map(str::to_owned),
            kind: stream.is_none().then(|| "EEG".to_owned()),
            ..StreamQuery::default()
        };
        let read_as = ReadAs {
            channels: vec![channel.to_owned()],
            ..ReadAs::default()
        };
        let found = lsl::resolve(&query, RESOLVE_S)?;
        let source = LslSource::open_as(found, read_as)?;
        Ok(Self {
            block: Block::with_capacity(1, SENSOR_FRAMES),
            curve: LightCurve::default(),
            source,
        })
    }

    /// Waits for samples for a moment, and keeps them.
    fn read(&mut self) -> anyhow::Result<()> {
        if self.source.next(&mut self.block)? != SourceEvent::Samples {
            return Ok(());
        }
        let step_ns = 1e9 / self.source.layout().rate.hz();
        let last_ns = self.block.acquired().0;
        let frames = self.block.frames();
        for (k, frame) in self.block.iter().enumerate() {
            let before_ns = (frames - 1 - k) as f64 * step_ns;
            self.curve.times_ns.push(last_ns - before_ns as i64);
            self.curve.values.push(frame[0]);
        }
        Ok(())
    }
}

/// The process that watches the pixel.
struct Watcher(Child);

impl Watcher {
    fn start([x, y]: [i32; 2], seconds: f64) -> anyhow::Result<Self> {
        let process = Command::new(std::env::current_exe()?)
            .args(["watch-pixel", "--at", &format!("{x},{y}")])
            .args(["--seconds", &format!("{:.3}", seconds + 0.5)])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn();
        Ok(Self(process.context(
            "the program that reads the screen cannot be started",
        )?))
    }

    fn finish(&mut self) -> anyhow::Result<Vec<PixelChange>> {
        let output = self.0.stdout.take().context("it has no output")?;
        let mut changes = Vec::new();
        for line in BufReader::new(output).lines() {
            changes.push(serde_json::from_str(&line?)?);
        }
        ensure!(
            self.0.wait()?.success(),
            "the screen cannot be read: see the message above"
        );
        Ok(changes)
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
