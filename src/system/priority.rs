//! Asking for the processor before other programs, so that a busy computer does not make the pointer late.
//!
//! What reads samples and what moves the pointer wait nearly all the time: they get real-time priority. Decoding computes, so it only
//! gets a better `nice` value: should it ever be too slow, the desktop still answers.
//!
//! Asked first is the kernel (limits `rtprio` and `nice`, see `packaging/bci-cursor.limits.conf`), then rtkit over D-Bus, which most
//! desktops run: <https://github.com/heftig/rtkit>.

/// How urgent what a thread does is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// It releases buttons when all else fails.
    Guard,
    /// It moves the pointer. Where that is not granted, the user is told.
    Live,
    /// It reads samples.
    Read,
    /// It computes on the way from samples to the pointer.
    Compute,
}

/// What a thread got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// It goes first, by the kernel's leave.
    ByKernel,
    /// It goes first, by rtkit's.
    ByRtkit,
    /// It has to wait like any other.
    No,
}

/// What to do where it is not granted.
pub const ADVICE: &str = "install rtkit (apt install rtkit), or allow it to the group bci-cursor: the package brings \
    /etc/security/limits.d/95-bci-cursor.conf; then 'sudo groupadd -f bci-cursor', 'sudo usermod -aG bci-cursor $USER', and log in anew";

/// Asks for the calling thread. It may take as long as D-Bus takes to answer.
#[must_use]
pub fn raise(urgency: Urgency) -> Granted {
    #[cfg(target_os = "linux")]
    return linux::raise(urgency);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = urgency;
        Granted::No
    }
}

/// As [`raise`], but waits for nobody: where the kernel does not grant it at once, a thread of its own asks rtkit.
pub fn raise_soon(urgency: Urgency) {
    #[cfg(target_os = "linux")]
    linux::raise_soon(urgency);
    #[cfg(not(target_os = "linux"))]
    let _ = urgency;
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{ADVICE, Granted, Urgency};
    use rustix::process::{Pid, setpriority_process};
    #[cfg(feature = "desktop")]
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use rustix::thread::gettid;
    use thread_priority::{
        RealtimeThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy,
        set_thread_priority_and_policy, thread_native_id,
    };

    /// What computes is this nice: -20 (first) to 19 (last).
    const NICE: i32 = -10;
    #[cfg(feature = "desktop")]
    /// rtkit wants that a thread ends the process which computes for so long without a rest, microseconds.
    const LONGEST_US: u64 = 200_000;
    #[cfg(feature = "desktop")]
    /// Before that it gets SIGXCPU, upon which a run releases every button and ends, microseconds.
    const WARNED_US: u64 = 150_000;

    /// Real-time priority, 1 (last) to 99; none where only a `nice` value is asked for.
    fn real_time(urgency: Urgency) -> Option<u8> {
        match urgency {
            Urgency::Guard => Some(15),
            Urgency::Live | Urgency::Read => Some(10),
            Urgency::Compute => None,
        }
    }

    pub(super) fn raise(urgency: Urgency) -> Granted {
        if by_kernel(urgency) {
            return Granted::ByKernel;
        }
        by_rtkit(urgency, gettid())
    }

    pub(super) fn raise_soon(urgency: Urgency) {
        if by_kernel(urgency) {
            return;
        }
        let thread = gettid();
        let ask = move || {
            if by_rtkit(urgency, thread) == Granted::No && urgency == Urgency::Live {
                log::warn!(
                    "the pointer waits for the processor like any other program: a busy computer makes it late. To mend it, {ADVICE}"
                );
            }
        };
        // Where no thread can be started there are greater worries.
        let _ = std::thread::Builder::new()
            .name("priority".into())
            .spawn(ask);
    }

    fn by_kernel(urgency: Urgency) -> bool {
        let Some(priority) = real_time(urgency) else {
            return setpriority_process(Some(gettid()), NICE).is_ok();
        };
        let Ok(priority) = ThreadPriority::try_from(priority) else {
            return false;
        };
        let policy = ThreadSchedulePolicy::Realtime(RealtimeThreadSchedulePolicy::RoundRobin);
        set_thread_priority_and_policy(thread_native_id(), priority, policy).is_ok()
    }

    fn by_rtkit(urgency: Urgency, thread: Pid) -> Granted {
        let asked = ask_rtkit(urgency, thread);
        match asked {
            Ok(()) => Granted::ByRtkit,
            Err(error) => {
                log::debug!("rtkit does not grant priority: {error}");
                Granted::No
            }
        }
    }

    #[cfg(not(feature = "desktop"))]
    fn ask_rtkit(_: Urgency, _: Pid) -> Result<(), Box<dyn std::error::Error>> {
        Err("this program was built without D-Bus (feature 'desktop')".into())
    }

    #[cfg(feature = "desktop")]
    fn ask_rtkit(urgency: Urgency, thread: Pid) -> Result<(), Box<dyn std::error::Error>> {
        let number = |pid: Pid| u64::from(pid.as_raw_nonzero().get().unsigned_abs());
        let (process, thread) = (number(rustix::process::getpid()), number(thread));
        let bus = zbus::blocking::connection::Builder::system()?
            .method_timeout(std::time::Duration::from_secs(2))
            .build()?;
        let name = "org.freedesktop.RealtimeKit1";
        let path = "/org/freedesktop/RealtimeKit1";
        let Some(priority) = real_time(urgency) else {
            let wished = (process, thread, NICE);
            bus.call_method(
                Some(name),
                path,
                Some(name),
                "MakeThreadHighPriorityWithPID",
                &wished,
            )?;
            return Ok(());
        };
        if getrlimit(Resource::Rttime)
            .maximum
            .is_none_or(|most| most > LONGEST_US)
        {
            let limit = Rlimit {
                current: Some(WARNED_US),
                maximum: Some(LONGEST_US),
            };
            setrlimit(Resource::Rttime, limit)?;
        }
        let wished = (process, thread, u32::from(priority));
        bus.call_method(
            Some(name),
            path,
            Some(name),
            "MakeThreadRealtimeWithPID",
            &wished,
        )?;
        Ok(())
    }
}
