//! Raises the priority of threads, so that a busy computer does not delay the pointer.
//!
//! The threads that read samples and move the pointer wait nearly all the time, so they get real-time priority.
//! Decoding computes, so it only gets a better `nice` value: if it is ever too slow, the desktop still responds.
//!
//! The kernel is asked first (limits `rtprio` and `nice`, see `packaging/bci-cursor.limits.conf`), then rtkit over
//! D-Bus, which most desktops run: <https://github.com/heftig/rtkit>.

/// What a thread does, which decides its priority.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Urgency {
    /// Releases buttons when everything else fails.
    Guard,
    /// Moves the pointer. The user is warned if the priority is refused.
    Live,
    /// Reads samples.
    Read,
    /// Computes on the path from samples to the pointer.
    Compute,
}

/// Whether a thread's priority was raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Granted {
    /// Raised by the kernel.
    ByKernel,
    /// Raised by rtkit.
    ByRtkit,
    /// Refused.
    No,
}

/// What to do if it is refused.
pub const ADVICE: &str = "install rtkit (apt install rtkit), or allow it for the group bci-cursor: the package contains \
    /etc/security/limits.d/95-bci-cursor.conf; then 'sudo groupadd -f bci-cursor', 'sudo usermod -aG bci-cursor $USER', and log in anew";

/// Raises the priority of the calling thread. May take as long as D-Bus takes to answer.
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

/// Like [`raise`], but does not wait: if the kernel refuses, a separate thread asks rtkit.
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

    /// The `nice` value of computing threads: -20 (first) to 19 (last).
    const NICE: i32 = -10;
    #[cfg(feature = "desktop")]
    /// rtkit requires a limit on how long a real-time thread may compute without a pause; the kernel then kills the
    /// process, microseconds.
    const LONGEST_US: u64 = 200_000;
    #[cfg(feature = "desktop")]
    /// Before that, the thread gets SIGXCPU, at which a run releases every button and ends, microseconds.
    const WARNED_US: u64 = 150_000;

    /// Real-time priority, 1 (last) to 99. `None` if the thread gets a `nice` value instead.
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
                    "the pointer has no real-time priority, so a busy computer can delay it. To change this, {ADVICE}"
                );
            }
        };
        // If no thread can be started, the run has worse problems.
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
        let answer = ask_rtkit(urgency, thread);
        match answer {
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
            let request = (process, thread, NICE);
            bus.call_method(
                Some(name),
                path,
                Some(name),
                "MakeThreadHighPriorityWithPID",
                &request,
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
        let request = (process, thread, u32::from(priority));
        bus.call_method(
            Some(name),
            path,
            Some(name),
            "MakeThreadRealtimeWithPID",
            &request,
        )?;
        Ok(())
    }
}
