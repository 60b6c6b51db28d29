use super::client::ask_in;
use super::connection::{READ, REQUEST_NS};
use super::request::{STOPS, TIMEOUT};
use super::*;
use crate::runtime::reply::Refusal;
use crate::system::clock;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

fn folder(path: &Path) -> PrivateFolder {
    PrivateFolder::make_at(&path.join("run")).unwrap()
}

/// A driver that replies, and what other clients do meanwhile.
fn next_to_a_driver(path: &Path, others: impl FnOnce(&PrivateFolder)) {
    let remote = Remote::open_in(folder(path), StopFlag::default()).unwrap();
    let is_over = AtomicBool::new(false);
    let place = path.join("run").join(&remote.name);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::SeqCst) {
                remote.reply(|request| match request {
                    "status" => Ok("idle".into()),
                    other => Err(Refusal::Unknown(other.to_owned())),
                });
                std::thread::park_timeout(Duration::from_millis(1));
            }
        });
        struct Ends<'a>(&'a AtomicBool);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::SeqCst);
            }
        }
        let _ends = Ends(&is_over);
        others(&folder(path));
    });
    assert!(place.exists());
    drop(remote);
    assert!(!place.exists());
}

fn ask_twice(folder: &PrivateFolder) {
    let own = std::process::id();
    let start = clock::now();
    let good = ask_in(folder, "status").unwrap();
    let bad = ask_in(folder, "fly").unwrap();
    let took_ms = clock::now().since(start) / 1_000_000;
    assert_eq!(good, [(own, Ok("idle".to_owned()))]);
    let explained = Refusal::Unknown("fly".to_owned()).to_string();
    assert_eq!(bad, [(own, Err(Refusal::Explained(explained)))]);
    assert!(took_ms < 500, "{took_ms} ms");
}

#[test]
fn requests_are_answered_and_only_the_user_may_send_them() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(ask_in(&folder(home.path()), "status").unwrap(), []);
    next_to_a_driver(home.path(), |folder| {
        let own = folder.place(&format!("{}{END}", std::process::id()));
        let mode = std::fs::metadata(own).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        // A socket whose driver has died.
        drop(UnixListener::bind(folder.place("7.sock")).unwrap());
        ask_twice(folder);
        assert!(!folder.place("7.sock").exists());
    });
}

#[test]
fn silent_and_slow_clients_delay_nobody() {
    let home = tempfile::tempdir().unwrap();
    next_to_a_driver(home.path(), |folder| {
        let own = folder.place(&format!("{}{END}", std::process::id()));
        let mut slow = UnixStream::connect(&own).unwrap();
        slow.write_all(b"s").unwrap();
        let idle: Vec<UnixStream> = (0..300)
            .map(|_| UnixStream::connect(&own).unwrap())
            .collect();
        ask_twice(folder);
        // The slow client was dropped. Another one has a second, whatever it sends meanwhile.
        let mut slow = UnixStream::connect(&own).unwrap();
        let start = clock::now();
        while slow.write_all(b"s").is_ok() {
            assert!(
                clock::now().since(start) < 3 * REQUEST_NS,
                "still connected"
            );
            std::thread::park_timeout(Duration::from_millis(20));
        }
        assert!(clock::now().since(start) > REQUEST_NS / 2);
        ask_twice(folder);
        drop(idle);
    });
}

#[test]
fn stop_and_pause_are_read_while_the_run_answers_nobody() {
    let home = tempfile::tempdir().unwrap();
    let stop = StopFlag::default();
    let remote = Remote::open_in(folder(home.path()), stop.clone()).unwrap();
    let folder = folder(home.path());
    let place = folder.place(&remote.name);
    let connect = |request: &[u8]| {
        let mut client = UnixStream::connect(&place).unwrap();
        // Some are refused before that.
        let _ = client.write_all(request);
        client
    };
    let many: Vec<UnixStream> = (0..300)
        .map(|k| connect([&b"status\n"[..], b"set a=b\n", b"back\n"][k % 3]))
        .collect();
    let _pausing = connect(b"pause\n");
    let start = clock::now();
    while remote.urgent.is_empty() {
        assert!(clock::now().since(start) < 5 * REQUEST_NS, "not read");
        std::thread::park_timeout(Duration::from_millis(1));
    }
    let mut requests = Vec::new();
    remote.reply(|request| {
        requests.push(request.to_owned());
        Ok(String::new())
    });
    assert_eq!(requests[0], "pause");
    assert_eq!(
        ask_in(&folder, "stop").unwrap(),
        [(std::process::id(), Ok(STOPS.to_owned()))]
    );
    assert!(stop.stopped());
    drop(many);
}

#[test]
fn an_endless_request_is_refused() {
    let home = tempfile::tempdir().unwrap();
    next_to_a_driver(home.path(), |folder| {
        let own = folder.place(&format!("{}{END}", std::process::id()));
        let mut endless = UnixStream::connect(own).unwrap();
        endless.set_write_timeout(Some(TIMEOUT)).unwrap();
        assert!((0..64).any(|_| endless.write_all(&[b'x'; READ]).is_err()));
        ask_twice(folder);
    });
}
