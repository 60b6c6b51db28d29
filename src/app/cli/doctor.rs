mod pointers;

use crate::app::out::say;
use crate::block::Layout;
use crate::patient::store;
use crate::printable::{counted, printable_path};
use crate::source::lsl::{self, LslOutlet, OutletAbout, StreamQuery};
use crate::system::priority::{ADVICE, Granted, Urgency, raise};
use crate::units::Hertz;
use clap::Args;
use serde::Serialize;
use std::path::Path;
use std::process::{Command, ExitCode};

/// Check what a run needs, and explain how to fix what is missing.
#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Good,
    Warning,
    Missing,
}

#[derive(Debug, Serialize)]
struct Check {
    what: &'static str,
    verdict: Verdict,
    found: String,
    /// How to fix it; empty if it is good.
    mend: String,
}

impl Check {
    fn good(what: &'static str, found: String) -> Self {
        Self {
            what,
            verdict: Verdict::Good,
            found,
            mend: String::new(),
        }
    }

    fn bad(what: &'static str, verdict: Verdict, found: String, mend: &str) -> Self {
        Self {
            what,
            verdict,
            found,
            mend: mend.into(),
        }
    }
}

pub(super) fn doctor(args: &DoctorArgs) -> anyhow::Result<ExitCode> {
    super::patient::close_to_others();
    let mut checks = vec![liblsl()];
    checks.extend(pointers::checks());
    let others = [
        missing_here(),
        tags(),
        targets(),
        windows(),
        priority(),
        Some(loopback()),
        Some(sessions()),
    ];
    checks.extend(others.into_iter().flatten());
    let missing = checks.iter().any(|check| check.verdict == Verdict::Missing);
    if args.json {
        say!("{}", serde_json::to_string_pretty(&checks)?)?;
    } else {
        for check in &checks {
            let sign = match check.verdict {
                Verdict::Good => "ok     ",
                Verdict::Warning => "warning",
                Verdict::Missing => "MISSING",
            };
            say!("{sign}  {:<16} {}", check.what, check.found)?;
            if !check.mend.is_empty() {
                say!("         {:<16} -> {}", "", check.mend)?;
            }
        }
        say!(
            "{}",
            if missing {
                "Not ready: fix what is MISSING."
            } else {
                "Ready to run."
            }
        )?;
    }
    Ok(if missing {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn liblsl() -> Check {
    Check::good(
        "liblsl",
        format!("version {}, built in", lsl::library_version()),
    )
}

/// Checks whether places of buttons and links of programs could be known. Returns nothing without a display, which another check reports.
#[cfg(all(unix, not(target_os = "macos")))]
fn targets() -> Option<Check> {
    const WHAT: &str = "targets";
    has_display().then(|| match crate::assist::check_places() {
        Ok(()) => Check::good(WHAT, "it is known where windows are".into()),
        Err(error) => {
            let mend = "only control.assist.mode needs it: use sway or an X session, or choose by the grid (control.look.offer=grid)";
            Check::bad(WHAT, Verdict::Warning, error.to_string(), mend)
        }
    })
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn targets() -> Option<Check> {
    None
}

#[cfg(all(unix, not(target_os = "macos")))]
fn has_display() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|display| !display.is_empty());
    is_set("DISPLAY") || is_set("WAYLAND_DISPLAY")
}

/// Checks whether tags to look at could be shown. Returns nothing without a display, which another check reports.
#[cfg(all(unix, not(target_os = "macos")))]
fn tags() -> Option<Check> {
    const WHAT: &str = "tags to look at";
    if !has_display() {
        return None;
    }
    Some(match crate::presenter::measure_refresh_hz() {
        Ok(hz) => Check::good(
            WHAT,
            format!("the display tells when frames are shown, {hz:.1} a second"),
        ),
        Err(error) => {
            let mend = "only control.assist.mode=look needs it. Use sway on a monitor, or an X session on this computer";
            Check::bad(WHAT, Verdict::Warning, error.to_string(), mend)
        }
    })
}

#[cfg(not(all(unix, not(target_os = "macos"))))]
fn tags() -> Option<Check> {
    None
}

/// What a run cannot do yet on this system.
fn missing_here() -> Option<Check> {
    let found = if cfg!(windows) {
        "a run here has no badge beside the pointer, no targets of other programs (control.assist), no tags to look at and no real-time \
         priority; only the main screen is known; it was tried in Wine, not on a real computer"
    } else if cfg!(target_os = "macos") {
        "a run here has no guard, no badge, no targets (control.assist), no tags to look at, no hot keys and no real-time priority; it was \
         never tried"
    } else {
        return None;
    };
    let mend = "use Linux for these; docs/windows.md says what was tried";
    Some(Check::bad(
        "this system",
        Verdict::Warning,
        found.into(),
        mend,
    ))
}

/// Checks the libraries that are loaded when a window opens. Returns nothing if the system cannot list its libraries.
fn windows() -> Option<Check> {
    const WHAT: &str = "windows";
    /// Library and Debian package.
    const NEEDED: [(&str, &str); 4] = [
        ("libEGL.so.1", "libegl1"),
        ("libXcursor.so.1", "libxcursor1"),
        ("libXi.so.6", "libxi6"),
        ("libxkbcommon-x11.so.0", "libxkbcommon-x11-0"),
    ];
    if !cfg!(all(target_os = "linux", feature = "gui")) {
        return None;
    }
    let listed = ["ldconfig", "/sbin/ldconfig"]
        .iter()
        .find_map(|program| Command::new(program).arg("-p").output().ok())?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let missing = NEEDED
        .iter()
        .filter(|(library, _)| !listed.contains(library));
    let (libraries, packages): (Vec<&str>, Vec<&str>) = missing.copied().unzip();
    Some(if libraries.is_empty() {
        Check::good(WHAT, "the libraries are installed".into())
    } else {
        let found = format!("{} is not installed", libraries.join(" and "));
        let mend = format!(
            "apt-get install {}, or the equivalent packages on other systems; only 'calibrate' and 'run --window' need them",
            packages.join(" ")
        );
        Check::bad(WHAT, Verdict::Warning, found, &mend)
    })
}

/// Checks whether the pointer's threads get real-time priority. Returns nothing on systems without it.
fn priority() -> Option<Check> {
    const WHAT: &str = "priority";
    if !cfg!(target_os = "linux") {
        return None;
    }
    // Tried on a separate thread, which then ends.
    let tried = std::thread::spawn(|| raise(Urgency::Live)).join();
    let found = "the pointer has no real-time priority, so a busy computer can delay it";
    Some(match tried {
        Ok(Granted::ByKernel) => Check::good(
            WHAT,
            "real-time priority for the pointer (real-time limit)".into(),
        ),
        Ok(Granted::ByRtkit) => {
            Check::good(WHAT, "real-time priority for the pointer (rtkit)".into())
        }
        _ => Check::bad(WHAT, Verdict::Warning, found.into(), ADVICE),
    })
}

/// Where sessions are stored, and whether they can be.
fn sessions() -> Check {
    const WHAT: &str = "sessions";
    match store::check() {
        Ok(folder) => match free_bytes(&folder) {
            Some(free) => room(&folder, free),
            None => Check::good(WHAT, format!("kept in {}", printable_path(&folder))),
        },
        Err(error) => {
            let mend = "let this user write there, or name another folder in XDG_DATA_HOME; 'run --no-record' stores nothing";
            Check::bad(WHAT, Verdict::Missing, error.to_string(), mend)
        }
    }
}

/// Bytes per second of a session with 32 channels at 500 Hz, in double precision, with its decisions.
const SESSION_BYTES_S: f64 = 32.0 * 500.0 * 8.0 + 25.0 * 200.0;
/// Recording times, seconds: less than the first is a warning, less than the second an error.
const LITTLE_S: f64 = 8.0 * 3600.0;
const NONE_S: f64 = 60.0;

/// Checks how long a session the free space allows.
fn room(folder: &Path, free_bytes: u64) -> Check {
    const WHAT: &str = "sessions";
    let lasts_s = free_bytes as f64 / SESSION_BYTES_S;
    let lasts = match lasts_s {
        s if s >= 3600.0 => counted((s / 3600.0).floor(), "hour"),
        s => counted((s / 60.0).floor(), "minute"),
    };
    let found = format!(
        "kept in {}; {:.1} GB are free, for {lasts} of 32 channels at 500 Hz",
        printable_path(folder),
        free_bytes as f64 / 1e9
    );
    let mend = "free some space on this disk, or name a folder on another one in XDG_DATA_HOME; 'run --no-record' stores nothing";
    if lasts_s < NONE_S {
        Check::bad(WHAT, Verdict::Missing, found, mend)
    } else if lasts_s < LITTLE_S {
        Check::bad(WHAT, Verdict::Warning, found, mend)
    } else {
        Check::good(WHAT, found)
    }
}

/// Free space for this user's files; `None` if unknown.
#[cfg(unix)]
fn free_bytes(folder: &Path) -> Option<u64> {
    let about = rustix::fs::statvfs(folder).ok()?;
    Some(about.f_bavail.saturating_mul(about.f_frsize))
}

#[cfg(not(unix))]
fn free_bytes(_: &Path) -> Option<u64> {
    None
}

/// Publishes a stream and looks for it, as a headset's program on this computer would.
fn loopback() -> Check {
    const WHAT: &str = "LSL loopback";
    let name = format!("bci-cursor-doctor-{}", std::process::id());
    let mend = "allow UDP ports 16571-16604 and TCP ports 16572-16604 on this computer's firewall, and multicast on the \
                loopback interface (ip link set lo multicast on); a file named in LSLAPICFG can confine LSL to one computer";
    let Some(rate) = Hertz::new(250.0) else {
        return Check::bad(WHAT, Verdict::Missing, String::new(), mend);
    };
    let layout = Layout {
        rate,
        labels: vec!["Cz".into()],
    };
    let about = OutletAbout {
        name: name.clone(),
        source_id: name.clone(),
        ..OutletAbout::default()
    };
    let looked = LslOutlet::new(&layout, &about).and_then(|_outlet| {
        let query = StreamQuery {
            name: Some(name.clone()),
            ..StreamQuery::default()
        };
        lsl::resolve(&query, 3.0)
    });
    match looked {
        Ok(stream) => Check::good(
            WHAT,
            format!("a stream of this computer ({}) is found", stream.host),
        ),
        Err(error) => Check::bad(WHAT, Verdict::Missing, error.to_string(), mend),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nearly_full_disk_is_reported_with_the_time_left() {
        let result = |free| {
            let check = room(Path::new("/data"), free);
            (check.verdict, check.found)
        };
        let (verdict, found) = result(500_000_000_000);
        assert_eq!(verdict, Verdict::Good);
        assert!(
            found.contains("500.0 GB are free, for 1044 hours"),
            "{found}"
        );
        let (verdict, found) = result(500_000_000);
        assert_eq!(verdict, Verdict::Warning);
        assert!(found.contains("for 1 hour of 32 channels"), "{found}");
        assert_eq!(result(0).0, Verdict::Missing);
        assert!(free_bytes(Path::new("/")).is_none_or(|free| free > 0));
    }
}
