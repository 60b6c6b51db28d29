//! Asks a stream's program whether it answers, without liblsl: plain sockets, each with a deadline.
//!
//! What does not answer here never gets to an inlet of liblsl, which might wait for it for ever. Messages are those of LSL's protocol
//! (sccn/liblsl, `udp_server.cpp` and `tcp_server.cpp`): `LSL:shortinfo` over UDP, `LSL:fullinfo` and `LSL:streamfeed` over TCP.

use super::found::{Answered, FoundStream};
use crate::system::clock;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::hash::{BuildHasher, RandomState};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

/// A stream's program has so long to answer.
pub(super) const ANSWER: Duration = Duration::from_millis(700);
/// Streams that are asked at once, each on a thread with so much stack.
const ASKED_AT_ONCE: usize = 128;
const STACK_BYTES: usize = 256 * 1024;
/// How long the places are asked where a stream may be, and how often.
const LOCATE: Duration = Duration::from_millis(150);
const LOCATE_TIMES: u32 = 3;
/// No header is longer, bytes: 4,096 channels with all that can be said of them.
const LONGEST_HEADER: usize = 8 << 20;

/// Why a stream is not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// Something is there and does not speak in time.
    Mute,
    /// Nothing is there, or another stream.
    Gone,
    /// Its address is not known: only liblsl can find it.
    Elsewhere,
}

/// Asks a stream for all that it says of itself; where it stands beside others that claim to be the same device, also to send.
pub(super) fn ask(
    stream: &FoundStream,
    limit: Duration,
    is_contested: bool,
) -> Result<Answered, Silence> {
    let deadline = Deadline::after(limit);
    let address = stream.address().or_else(|| locate(stream));
    let address = address.ok_or(Silence::Elsewhere)?;
    let header = stream.header_at(address).ok_or(Silence::Elsewhere)?;
    let endpoint = SocketAddr::new(address, stream.data_port);
    let full = exchange(endpoint, b"LSL:fullinfo\r\n", &deadline, |heard| {
        heard.trim_ascii_end().ends_with(b"</info>")
    })?;
    let full = String::from_utf8_lossy(&full).into_owned();
    // At this port there is another stream by now.
    if !full.contains(&format!("<uid>{}</uid>", stream.uid)) {
        return Err(Silence::Gone);
    }
    if is_contested {
        let request = format!(
            "LSL:streamfeed/110 {}\r\nNative-Byte-Order: 1234\r\nEndian-Performance: 0\r\nHas-IEEE754-Floats: 1\r\n\
             Supports-Subnormals: 1\r\nValue-Size: {}\r\nData-Protocol-Version: 110\r\nMax-Buffer-Length: 1\r\n\
             Max-Chunk-Length: 0\r\n\r\n",
            stream.uid, stream.value_bytes
        );
        let heard = exchange(endpoint, request.as_bytes(), &deadline, |heard| {
            heard.windows(4).any(|end| end == b"\r\n\r\n")
        })?;
        let status = String::from_utf8_lossy(&heard);
        let is_willing = status.starts_with("LSL/") && status.split(' ').nth(1) == Some("200");
        if !is_willing {
            return Err(Silence::Gone);
        }
    }
    Ok(Answered { header, full })
}

/// An answer, and whose it is.
pub(super) type ProbeResult = (FoundStream, Result<Answered, Silence>);

/// Many streams that are asked at once, in an order that nobody else knows: who announces hundreds of streams cannot choose to be
/// asked first.
pub(super) struct Asking {
    waiting: std::vec::IntoIter<FoundStream>,
    is_contested: bool,
    asked: usize,
    results_tx: Sender<ProbeResult>,
    results: Receiver<ProbeResult>,
}

impl Asking {
    pub(super) fn all(mut streams: Vec<FoundStream>, is_contested: bool) -> Self {
        let random = RandomState::new();
        streams.sort_by_cached_key(|stream| random.hash_one(&stream.uid));
        let (results_tx, results) = bounded(ASKED_AT_ONCE);
        Self {
            waiting: streams.into_iter(),
            is_contested,
            asked: 0,
            results_tx,
            results,
        }
    }

    /// Whether all have answered, or had their time.
    pub(super) fn is_over(&self) -> bool {
        self.asked == 0 && self.waiting.len() == 0
    }

    /// The next answer, waiting so long for it.
    pub(super) fn next(&mut self, wait: Duration) -> Option<ProbeResult> {
        while self.asked < ASKED_AT_ONCE
            && let Some(stream) = self.waiting.next()
        {
            let (results, is_contested, asked) =
                (self.results_tx.clone(), self.is_contested, stream.clone());
            let body = move || {
                let answer = ask(&asked, ANSWER, is_contested);
                // Nobody needs it any more where somebody else answered first.
                let _ = results.send((asked, answer));
            };
            let thread = std::thread::Builder::new().name("lsl-ask".into());
            match thread.stack_size(STACK_BYTES).spawn(body) {
                Ok(_) => self.asked += 1,
                Err(error) => {
                    log::debug!("a stream is not asked: {error}");
                    return Some((stream, Err(Silence::Mute)));
                }
            }
        }
        let results = self.results.recv_timeout(wait).ok()?;
        self.asked -= 1;
        Some(results)
    }
}

/// The address of a stream: the host that answers for it at its port, on this computer or in its network. liblsl knows it but does not
/// say.
fn locate(stream: &FoundStream) -> Option<IpAddr> {
    if stream.uid.contains(['\'', '\r', '\n']) || stream.service_port == 0 {
        return None;
    }
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.set_broadcast(true).ok()?;
    let own_port = socket.local_addr().ok()?.port();
    // What the answer begins with.
    let id = format!("{own_port}");
    let query = format!(
        "LSL:shortinfo\r\nuid='{}'\r\n{own_port} {id}\r\n",
        stream.uid
    );
    let named = format!("<uid>{}</uid>", stream.uid);
    let mut heard = vec![0; 1 << 16];
    for _ in 0..LOCATE_TIMES {
        for place in [Ipv4Addr::LOCALHOST, Ipv4Addr::BROADCAST] {
            // A computer without a network still has itself.
            let _ = socket.send_to(query.as_bytes(), (place, stream.service_port));
        }
        let deadline = Deadline::after(LOCATE);
        while let Some(left) = deadline.left() {
            socket.set_read_timeout(Some(left)).ok()?;
            let Ok((length, from)) = socket.recv_from(&mut heard) else {
                continue;
            };
            let text = String::from_utf8_lossy(&heard[..length]);
            if text.starts_with(&id) && text.contains(&named) {
                return Some(from.ip());
            }
        }
    }
    None
}

/// Sends a request, and reads until the answer is whole.
fn exchange(
    to: SocketAddr,
    request: &[u8],
    deadline: &Deadline,
    is_whole: impl Fn(&[u8]) -> bool,
) -> Result<Vec<u8>, Silence> {
    let left = || deadline.left().ok_or(Silence::Mute);
    let silence = |error: std::io::Error| match error.kind() {
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Silence::Mute,
        _ => Silence::Gone,
    };
    let mut line = TcpStream::connect_timeout(&to, left()?).map_err(silence)?;
    line.set_write_timeout(Some(left()?)).map_err(silence)?;
    line.write_all(request).map_err(silence)?;
    let (mut heard, mut part) = (Vec::new(), [0; 4096]);
    loop {
        line.set_read_timeout(Some(left()?)).map_err(silence)?;
        match line.read(&mut part) {
            Ok(0) if heard.is_empty() => return Err(Silence::Gone),
            Ok(0) => return Ok(heard),
            Ok(_) if heard.len() > LONGEST_HEADER => return Err(Silence::Gone),
            Ok(count) => heard.extend_from_slice(&part[..count]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(silence(error)),
        }
        if is_whole(&heard) {
            return Ok(heard);
        }
    }
}

/// A time by which something must be done.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deadline(i64);

impl Deadline {
    pub(super) fn after(limit: Duration) -> Self {
        let limit_ns = i64::try_from(limit.as_nanos()).unwrap_or(i64::MAX);
        Self(clock::now().0.saturating_add(limit_ns))
    }

    /// What is left of it; `None` where it has passed.
    pub(super) fn left(&self) -> Option<Duration> {
        let left_ns = self.0.saturating_sub(clock::now().0);
        // A socket's timeout of less than a microsecond would be none at all.
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

    fn ask_at(
        listener: &TcpListener,
        answer: impl FnOnce(TcpStream) + Send + 'static,
    ) -> Result<Vec<u8>, Silence> {
        let to = listener.local_addr().unwrap();
        let listener = listener.try_clone().unwrap();
        std::thread::spawn(move || answer(listener.accept().unwrap().0));
        exchange(to, b"LSL:fullinfo\r\n", &Deadline::after(LIMIT), |heard| {
            heard.ends_with(b"</info>")
        })
    }

    #[test]
    fn a_peer_that_does_not_speak_in_time_is_mute() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let before = clock::now();
        let (keep_tx, keep) = crossbeam_channel::bounded(1);
        let mute = ask_at(&listener, move |line| drop(keep_tx.send(line)));
        assert_eq!(mute, Err(Silence::Mute));
        drop(keep);
        // A byte now and then does not help.
        let slow = ask_at(&listener, |mut line| {
            while line.write_all(b"<").is_ok() {
                std::thread::park_timeout(LIMIT / 10);
            }
        });
        assert_eq!(slow, Err(Silence::Mute));
        assert!(clock::now().since(before) < 2_000_000_000);
    }

    #[test]
    fn an_answer_ends_where_it_is_whole() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (keep_tx, keep) = crossbeam_channel::bounded(1);
        let whole = ask_at(&listener, move |mut line| {
            line.write_all(b"<info></info>").unwrap();
            let _ = keep_tx.send(line);
        });
        assert_eq!(whole, Ok(b"<info></info>".to_vec()));
        drop(keep);
        assert_eq!(ask_at(&listener, drop), Err(Silence::Gone));
    }
}
