//! Latency is measured by a display that is nobody's, with another process at each end, and another program beside the driver.

use crate::common;

use common::Lab;
use serde_json::Value;

fn peer() -> String {
    format!("{}/tests/peers/latency.py", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn floor_driver_and_peer_are_measured_in_one_run() {
    let lab = Lab::new();
    let python = common::python();
    let output = lab.succeed(&[
        "evaluate",
        "latency",
        "--seconds",
        "5",
        "--json",
        "--peer",
        &python.to_string_lossy(),
        &peer(),
    ]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    for name in ["floor", "driver", "peer"] {
        let number = |what: &str| told[name][what].as_u64().unwrap();
        // 62 blocks and 25 commands a second are there; a starved machine makes fewer motions of them.
        assert!(number("motions") > 10, "{told}");
        assert!(number("unseen") < number("motions"), "{told}");
        assert!(number("p50_us") <= number("p99_us"), "{told}");
        assert!(number("p99_us") <= number("max_us"), "{told}");
        // Nothing is faster than light, and half a second would be no match but chance.
        assert!(number("p50_us") > 20, "{told}");
        assert!(number("p50_us") < 500_000, "{told}");
    }
    let part = |name: &str| told["stages"][name]["p50_us"].as_u64().unwrap();
    let parts: u64 = ["transport", "decode", "apply"].map(part).iter().sum();
    let whole = told["driver"]["p50_us"].as_u64().unwrap();
    assert!(parts < 3 * whole && whole < 3 * parts + 1000, "{told}");
}

#[test]
fn what_cannot_be_measured_is_said() {
    let lab = Lab::new();
    let fail = |args: &[&str]| lab.fail(&[&["evaluate", "latency"], args].concat());
    let told = fail(&["--channels", "7"]);
    assert!(
        told.contains("7 channels, expected 8, 9, 21, 32, 64 or 128"),
        "{told}"
    );
    let told = fail(&["--seconds", "2"]);
    assert!(
        told.contains("--seconds is 2, expected 5 to 3600"),
        "{told}"
    );
    // What the publisher has to tell at the end is more than a pipe holds, and nobody asks for it.
    let many = ["--channels", "8", "--rate", "2000", "--block", "1"];
    let told = fail(&[&many[..], &["--seconds", "5", "--peer", "echo"]].concat());
    assert!(
        told.contains("expected four times in nanoseconds"),
        "{told}"
    );
}
