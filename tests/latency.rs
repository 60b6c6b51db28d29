//! Latency is measured on a separate display, with another process at each end, and for another program as well as the
//! driver.

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
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for name in ["floor", "driver", "peer"] {
        let number = |what: &str| report[name][what].as_u64().unwrap();
        // There are 62 blocks and 25 commands per second. A busy machine makes fewer motions of them.
        assert!(number("motions") > 10, "{report}");
        assert!(number("unseen") < number("motions"), "{report}");
        assert!(number("p50_us") <= number("p99_us"), "{report}");
        assert!(number("p99_us") <= number("max_us"), "{report}");
        // Below 20 µs is impossible, and above half a second would be a false match.
        assert!(number("p50_us") > 20, "{report}");
        assert!(number("p50_us") < 500_000, "{report}");
    }
    let part = |name: &str| report["stages"][name]["p50_us"].as_u64().unwrap();
    let parts: u64 = ["transport", "decode", "apply"].map(part).iter().sum();
    let whole = report["driver"]["p50_us"].as_u64().unwrap();
    assert!(parts < 3 * whole && whole < 3 * parts + 1000, "{report}");
}

#[test]
fn impossible_measurements_are_refused() {
    let lab = Lab::new();
    let fail = |args: &[&str]| lab.fail(&[&["evaluate", "latency"], args].concat());
    let report = fail(&["--channels", "7"]);
    assert!(
        report.contains("7 channels, expected 8, 9, 21, 32, 64 or 128"),
        "{report}"
    );
    let report = fail(&["--seconds", "2"]);
    assert!(
        report.contains("--seconds is 2, expected 5 to 3600"),
        "{report}"
    );
    // The publisher's report at the end exceeds the size of a pipe, and nobody reads it.
    let many = ["--channels", "8", "--rate", "2000", "--block", "1"];
    let report = fail(&[&many[..], &["--seconds", "5", "--peer", "echo"]].concat());
    assert!(
        report.contains("expected four times in nanoseconds"),
        "{report}"
    );
}
