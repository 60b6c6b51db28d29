//! Checks whether a stream's program answers. This uses plain sockets with deadlines, and not liblsl.
//!
//! A stream that does not answer here is never opened with liblsl, which might wait for it forever. The messages follow
//! LSL's protocol (sccn/liblsl, `udp_server.cpp` and `tcp_server.cpp`): `LSL:shortinfo` over UDP, `LSL:fullinfo` and
//! `LSL:streamfeed` over TCP.

use super::found::{Answered, FoundStream};
use crate::system::clock;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

/// Maximum time for a stream's program to answer.
pub(super) const ANSWER: Duration = Duration::from_millis(700);
/// Number of streams that are probed at once, and the stack size of each thread.
const PROBED_AT_ONCE: usize = 128;
const STACK_BYTES: usize = 256 * 1024;
/// How long each attempt to find a stream's address takes, and the number of attempts.
const LOCATE: Duration = Duration::from_millis(150);
const LOCATE_TIMES: u32 = 3;
/// Maximum length of a header, bytes: 4,096 channels with every field in use.
const LONGEST_HEADER: usize = 8 << 20;

/// Why a stream is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// The program accepts a connection but does not answer in time.
    TimedOut,
    /// There is no program, or it publishes another stream.
    Gone,
    /// The address is unknown: only liblsl can find the stream.
    AddressUnknown,
}

/// Requests the full description of a stream. If other streams claim to be the same device, also requests samples.
pub(super) fn probe(
    stream: &FoundStream,
    limit: Duration,
    is_contested: bool,
) -> Result<Answered, NoAnswer> {
    let deadline = Deadline::after(limit);
    let address = stream.address().or_else(|| locate(stream));
    let address = address.ok_or(NoAnswer::AddressUnknown)?;
    let header = stream.header_at(address).ok_or(NoAnswer::AddressUnknown)?;
    let endpoint = SocketAddr::new(address, stream.data_port);
    let full = exchange(endpoint, b"LSL:fullinfo\r\n", &deadline, |received| {
        received.trim_ascii_end().ends_with(b"</info>")
    })?;
    let full = String::from_utf8_lossy(&full).into_owned();
    // Another stream uses this port by now.
    if !full.contains(&format!("<uid>{}</uid>", stream.uid)) {
        return Err(NoAnswer::Gone);
    }
    if is_contested {
        let request = format!(
            "LSL:streamfeed/110 {}\r\nNative-Byte-Order: 1234\r\nEndian-Performance: 0\r\nHas-IEEE754-Floats: 1\r\n\
             Supports-Subnormals: 1\r\nValue-Size: {}\r\nData-Protocol-Version: 110\r\nMax-Buffer-Length: 1\r\n\
             Max-Chunk-Length: 0\r\n\r\n",
            stream.uid, stream.value_bytes
        );
        let received = exchange(endpoint, request.as_bytes(), &deadline, |received| {
            received.windows(4).any(|end| end == b"\r\n\r\n")
        })?;
        let status = String::from_utf8_lossy(&received);
        let is_willing = status.starts_with("LSL/") && status.split(' ').nth(1) == Some("200");
        if !is_willing {
            return Err(NoAnswer::Gone);
        }
    }
    Ok(Answered { header, full })
}

/// A stream and its answer.
pub(super) type ProbeResult = (FoundStream, Result<Answered, NoAnswer>);

/// Probes of many streams at once, in random order, so that a program that announces hundreds of streams cannot arrange
/// to be probed first.
pub(super) struct Probes {
    waiting: std::vec::IntoIter<FoundStream>,
    is_contested: bool,
    in_flight: usize,
    results_tx: Sender<ProbeResult>,
    results: Receiver<ProbeResult>,
}

impl Probes {
    pub(super) fn all(mut streams: Vec<FoundStream>, is_contested: bool) -> Self {
        let random = RandomState::new();
        streams.sort_by_cached_key(|stream| random.hash_one(&stream.uid));
        let (results_tx, results) = bounded(PROBED_AT_ONCE);
        Self {
            waiting: streams.into_iter(),
            is_contested,
            in_flight: 0,
            results_tx,
            results,
        }
    }

    /// Whether all streams have answered or timed out.
    pub(super) fn is_over(&self) -> bool {
        self.in_flight == 0 && self.waiting.len() == 0
    }

    /// The next answer, waiting up to `wait` for it.
    pub(super) fn next(&mut self, wait: Duration) -> Option<ProbeResult> {
        while self.in_flight < PROBED_AT_ONCE
            && let Some(stream) = self.waiting.next()
        {
            let (results, is_contested, probed) =
                (self.results_tx.clone(), self.is_contested, stream.clone());
            let body = move || {
                let answer = probe(&probed, ANSWER, is_contested);
                // Not needed if another stream answered first.
                let _ = results.send((probed, answer));
            };
            let thread = std::thread::Builder::new().name("lsl-probe".into());
            match thread.stack_size(STACK_BYTES).spawn(body) {
                Ok(_) => self.in_flight += 1,
                Err(error) => {
                    log::debug!("a stream is not probed: {error}");
                    return Some((stream, Err(NoAnswer::TimedOut)));
                }
            }
        }
        let results = self.results.recv_timeout(wait).ok()?;
        self.in_flight -= 1;
        Some(results)
    }
}

/// Finds the address of a stream: the host that answers for it at its port, on this computer or in its network. liblsl
/// knows the address but does not expose it.
fn locate(stream: &FoundStream) -> Option<IpAddr> {
    if stream.uid.contains(['\'', '\r', '\n']) || stream.service_port == 0 {
        return None;
    }
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.set_broadcast(true).ok()?;
    let own_port = socket.local_addr().ok()?.port();
    // The answer starts with this text.
    let id = format!("{own_port}");
    let query = format!(
        "LSL:shortinfo\r\nuid='{}'\r\n{own_port} {id}\r\n",
        stream.uid
    );
    let named = format!("<uid>{}</uid>", stream.uid);
    let mut received = vec![0; 1 << 16];
    for _ in 0..LOCATE_TIMES {
        for place in [Ipv4Addr::LOCALHOST, Ipv4Addr::BROADCAST] {
            // Without a network, this computer can still be reached.
            let _ = socket.send_to(query.as_bytes(), (place, stream.service_port));
        }
        let deadline = Deadline::after(LOCATE);
        while let Some(left) = deadline.left() {
            socket.set_read_timeout(Some(left)).ok()?;
            let Ok((length, from)) = socket.recv_from(&mut received) else {
                continue;
            };
            let text = String::from_utf8_lossy(&received[..length]);
            if text.starts_with(&id) && text.contains(&named) {
                return Some(from.ip());
            }
        }
    }
    None
}

/// Sends a request and reads until the answer is complete.
fn exchange(
    to: SocketAddr,
    request: &[u8],
    deadline: &Deadline,
    is_whole: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, NoAnswer> {
    let left = || deadline.left().ok_or(NoAnswer::TimedOut);
    let silence = |error: std::io::Error| match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => NoAnswer::TimedOut,
        _ => NoAnswer::Gone,
    };
    let mut line = TcpStream::connect_timeout(&to, left()?).map_err(silence)?;
    line.set_write_timeout(Some(left()?)).map_err(silence)?;
    line.write_all(request).map_err(silence)?;
    let (mut received, mut part) = (Vec::new(), [0; 4096]);
    loop {
        line.set_read_timeout(Some(left()?)).map_err(silence)?;
        match line.read(&mut part) {
            Ok(0) if received.is_empty() => return Err(NoAnswer::Gone),
            Ok(0) => return Ok(received),
            Ok(_) if received.len() > LONGEST_HEADER => return Err(NoAnswer::Gone),
            Ok(count) => received.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(silence(error)),
        }
        if is_whole(&received) {
            return Ok(received);
        }
    }
}

/// A point in time at which an operation must have ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(i64);

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        let limit_ns = i64::try_from(limit.as_nanos()).unwrap_or(i64::MAX);
        Self(clock::now().0.saturating_add(limit_ns))
    }

    /// Remaining time; `None` if the deadline has passed.
    pub(super) fn left(&self) -> Option<Duration> {
        let left_ns = self.0.saturating_sub(clock::now().0);
        // A socket treats a timeout of less than a microsecond as no timeout.
        let is_left = left_ns > 1000;
        is_left.then(|| Duration::from_nanos(left_ns.unsigned_abs()))
    }

    pub(super) fn has_passed(&self) -> bool {
        self.left().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    const LIMIT: Duration = Duration::from_millis(300);

    fn probe_at(
        listener: &TcpListener,
        answer: impl FnOnce(TcpStream) + Send + 'static,
    ) -> Result<Vec<u8>, NoAnswer> {
        let to = listener.local_addr().unwrap();
        let listener = listener.try_clone().unwrap();
        std::thread::spawn(move || answer(listener.accept().unwrap().0));
        exchange(
            to,
            b"LSL:fullinfo\r\n",
            &Deadline::after(LIMIT),
            |received| received.ends_with(b"</info>"),
        )
    }

    #[test]
    fn a_silent_or_slow_peer_times_out() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let before = clock::now();
        let (keep_tx, keep) = crossbeam_channel::bounded(1);
        let silent = probe_at(&listener, move |line| drop(keep_tx.send(line)));
        assert_eq!(silent, Err(NoAnswer::TimedOut));
        drop(keep);
        // A byte from time to time does not extend the deadline.
        let slow = probe_at(&listener, |mut line| {
            while line.write_all(b"<").is_ok() {
                std::thread::park_timeout(LIMIT / 10);
            }
        });
        assert_eq!(slow, Err(NoAnswer::TimedOut));
        assert!(clock::now().since(before) < 2_000_000_000);
    }

    #[test]
    fn an_answer_ends_where_it_is_whole() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (keep_tx, keep) = crossbeam_channel::bounded(1);
        let whole = probe_at(&listener, move |mut line| {
            line.write_all(b"<info></info>").unwrap();
            let _ = keep_tx.send(line);
        });
        assert_eq!(whole, Ok(b"<info></info>".to_vec()));
        drop(keep);
        assert_eq!(probe_at(&listener, drop), Err(NoAnswer::Gone));
    }
}
