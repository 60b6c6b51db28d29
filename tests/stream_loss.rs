//! The headset's program is killed while the pointer moves and while a button is down. Observed at the X server.

use crate::common;

use bci_cursor::system::clock;
use common::three_classes::{fit_three_classes, publish_three_classes};
use common::{Lab, Screen, ms_since, wait_for};

/// The limit for hold and release after the last sample.
const LIMIT_MS: f64 = 200.0;
/// Tolerance for a busy machine. It does not apply to the median of several kills.
const TOLERANCE_MS: f64 = 150.0;
/// Number of kills while the button is down.
const KILLS: usize = 3;

/// Observes the pointer: returns when it last moved or had a button down, in milliseconds from the start.
fn last_activity_ms(screen: &Screen, for_s: f64) -> f64 {
    let start = clock::now();
    let (mut position, mut last_ms) = (screen.pointer().0, 0.0);
    wait_for("the end of the watch", 2.0 * for_s + 1.0, || {
        let (now_at, pressed) = screen.pointer();
        if now_at != position || pressed {
            position = now_at;
            last_ms = ms_since(start);
        }
        ms_since(start) > 1000.0 * for_s
    });
    last_ms
}

#[test]
fn a_lost_stream_holds_and_releases_and_its_return_resumes() {
    let lab = Lab::new();
    let screen = Screen::start();
    let model = fit_three_classes(&lab);

    let mut publisher = publish_three_classes(&lab, 21, "device");
    let run = [
        "run", "--model", &model, "--stream", "headset", "--wait", "20", "--press", "feet",
        "--stats", "--json",
    ];
    let driver = lab.spawn_logged(&run, &screen.display, "run.log");

    // 1. Kill the stream while the left button is down, and restart it, repeatedly.
    let mut releases_ms = Vec::new();
    while releases_ms.len() < KILLS {
        wait_for("a press", 60.0, || screen.pointer().1);
        let killed = clock::now();
        publisher.kill();
        wait_for("the release", 5.0, || !screen.pointer().1);
        releases_ms.push(ms_since(killed));
        if releases_ms.len() < KILLS {
            publisher = publish_three_classes(&lab, 21, "device");
        }
    }

    // 2. Neither another device with the same name, nor the same device with other channels, is used instead.
    let decoy = publish_three_classes(&lab, 21, "another-device");
    wait_for("the decoy", 30.0, || {
        let listed = String::from_utf8(lab.succeed(&["streams", "--wait", "1"]).stdout).unwrap();
        listed.contains("another-device")
    });
    assert_eq!(last_activity_ms(&screen, 3.0), 0.0, "the decoy was taken");
    drop(decoy);
    let changed = publish_three_classes(&lab, 9, "device");
    wait_for("the refusal", 30.0, || {
        lab.read("run.log")
            .contains("came back with another layout")
    });
    assert_eq!(
        last_activity_ms(&screen, 2.0),
        0.0,
        "the changed device was taken"
    );
    drop(changed);

    // 3. The stream is back and control resumes. Kill it while the pointer moves.
    publisher = publish_three_classes(&lab, 21, "device");
    screen.place_pointer(640, 400);
    wait_for("motion after the stream's return", 60.0, || {
        (screen.pointer().0[0] - 640).abs() > 20
    });
    publisher.kill();
    let hold_ms = last_activity_ms(&screen, 1.5);

    // 4. The stream is back. SIGTERM while the button is down releases it, and the exit status is 0.
    let _publisher = publish_three_classes(&lab, 21, "device");
    wait_for("a press after the stream's last return", 60.0, || {
        screen.pointer().1
    });
    let requested = clock::now();
    driver.signal("TERM");
    wait_for("the release at the end", 5.0, || !screen.pointer().1);
    let end_ms = ms_since(requested);
    let (code, stats) = driver.finish(5.0);
    println!(
        "released {releases_ms:.0?} ms after the kills, last motion {hold_ms:.0} ms after one"
    );
    println!("released {end_ms:.0} ms after SIGTERM");
    let stats: serde_json::Value = serde_json::from_str(&stats).unwrap();
    assert_eq!(code, Some(0));
    // Each kill is a hold. A machine that stalls for 150 ms causes one more, as it should.
    assert!(
        stats["holds"]
            .as_u64()
            .is_some_and(|holds| holds > KILLS as u64),
        "{stats}"
    );
    releases_ms.sort_by(f64::total_cmp);
    assert!(releases_ms[KILLS / 2] <= LIMIT_MS, "{releases_ms:?} ms");
    assert!(
        releases_ms[KILLS - 1] <= LIMIT_MS + TOLERANCE_MS,
        "{releases_ms:?} ms"
    );
    assert!(hold_ms <= LIMIT_MS + TOLERANCE_MS, "{hold_ms} ms");
    assert!(end_ms <= LIMIT_MS, "{end_ms} ms");
}
