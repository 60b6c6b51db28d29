//! An evaluation that is split over several machines gives the same result as on one.

use crate::common;

use common::Lab;
use serde_json::Value;

fn run(lab: &Lab, args: &[&str]) -> String {
    String::from_utf8(lab.succeed(args).stdout).unwrap()
}

/// The results, without the computing time.
fn found(text: &str) -> Value {
    let mut report: Value = serde_json::from_str(text).unwrap();
    report["seconds"].take();
    report
}

#[test]
fn parts_are_merged_to_the_whole() {
    let lab = Lab::new();
    for (seed, name) in ["ann", "bob", "cid"].iter().enumerate() {
        std::fs::create_dir_all(lab.path("people").join(name)).unwrap();
        let patient = format!("synthetic:seed={seed},channels=9,trials=20,rest=4,erd=0.3");
        let to = lab.path(&format!("people/{name}/day.xdf"));
        run(&lab, &["convert", &patient, &to.to_string_lossy()]);
    }
    let folder = lab.path("people").to_string_lossy().into_owned();
    let classes = ["--classes", "left_hand=left_hand,right_hand=right_hand"];
    let decoding = ["decoding", &folder, "--protocol", "zero"];
    let closed_loop = ["closed-loop", &folder, "--minutes", "1"];
    let mut files = Vec::new();
    for what in [decoding, closed_loop] {
        let args = [&["evaluate"], &what[..], &classes].concat();
        let parts = ["1/2", "2/2"].map(|part| {
            let lines = run(&lab, &[&args[..], &["--shard", part]].concat());
            let file = lab.path(&format!("{}-{}.jsonl", what[0], &part[..1]));
            std::fs::write(&file, lines).unwrap();
            file.to_string_lossy().into_owned()
        });
        // The order of the parts does not matter.
        let merge = ["evaluate", "merge", &parts[1], &parts[0]];
        let merged = run(&lab, &[&merge[..], &["--json"]].concat());
        let whole = run(&lab, &[&args[..], &["--json"]].concat());
        assert_eq!(found(&merged), found(&whole));
        assert!(run(&lab, &merge).contains("cid"));
        files.push(parts);
    }
    let [decoding, closed_loop] = &files[..] else {
        unreachable!("two were evaluated");
    };
    let error = lab.fail(&["evaluate", "merge", &decoding[0], &decoding[0]]);
    assert!(error.contains("ann was already given"), "{error}");
    let error = lab.fail(&["evaluate", "merge", &decoding[0], &closed_loop[1]]);
    assert!(error.contains("is of another evaluation"), "{error}");
    let day = lab
        .path("people/ann/day.xdf")
        .to_string_lossy()
        .into_owned();
    let error = lab.fail(&["evaluate", "merge", &day]);
    assert!(error.contains("day.xdf"), "{error}");
    let error = lab.fail(&["evaluate", "closed-loop", &folder, "--shard", "3/2"]);
    assert!(
        error.contains("'3/2' is not a part, expected for example 2/8"),
        "{error}"
    );
}
