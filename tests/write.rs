//! `bci-cursor write`, which does what the keyboard of the patient's panel does: on an X server with a browser, and on a compositor with a
//! dialog.
#![cfg(all(feature = "gui", target_os = "linux"))]

use crate::common;
use crate::common::chromium;
use crate::common::desktop;
use crate::common::sway_dialog;

use chromium::{Browser, page_reports};
use common::{Lab, Running, wait_for};
use desktop::Desktop;
use std::process::Output;
use sway_dialog::SwayDialog;

/// Every character that a keyboard prints, and some that the American layout lacks.
const PRINTED: &str = "The quick brown fox, 0123456789! @#$%^&*()_+-={}|[]\\:\";'<>?./~`";
const OTHERS: &str = "Grüße, ça va? 你好 €";

fn done(output: &Output) {
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{messages}");
}

#[test]
fn text_is_written_in_a_browser() {
    let (lab, desktop) = (Lab::new(), Desktop::start());
    let _browser = Browser::open(&lab, &desktop, "write.html#focus");
    wait_for("the page", 60.0, || {
        page_reports(&desktop, "Notes writing []")
    });
    let write = |arguments: &[&str]| {
        let mut command = lab.bci_cursor(&[&["write"], arguments].concat());
        done(&desktop.on(&mut command).output().unwrap());
    };
    let shows = |text: &str| {
        let found = || page_reports(&desktop, &format!("[{text}]"));
        wait_for(text, 30.0, found);
    };
    write(&[PRINTED]);
    shows(PRINTED);
    let all = PRINTED.chars().count().to_string();
    write(&["--erase", &all, OTHERS]);
    shows(OTHERS);
    // A letter twice, which needs the key to come up in between; and a new line.
    let all = OTHERS.chars().count().to_string();
    write(&["--erase", &all, "Hello,\nfood"]);
    shows("Hello,/food");
}

/// The dialog prints what was written in it.
fn written_in_a_dialog(lab: &Lab, place: &SwayDialog, text: &str) -> String {
    let mut dialog = lab.command("zenity");
    dialog
        .args(["--entry", "--title", "Question", "--text", "Your name?"])
        .env("GDK_BACKEND", "wayland");
    let mut dialog = Running::start(place.on(dialog));
    place.answers(lab);
    let write =
        |text: &str| -> Output { place.on(lab.bci_cursor(&["write", text])).output().unwrap() };
    done(&write("wrong"));
    let erased = place
        .on(lab.bci_cursor(&["write", "--erase", "5", text]))
        .output();
    done(&erased.unwrap());
    let lines = dialog.lines();
    done(&write("\n"));
    let told = lines.recv_timeout(std::time::Duration::from_secs(20));
    told.expect("the dialog's answer")
}

#[test]
#[cfg_attr(not(sway), ignore = "needs sway and wev")]
fn text_is_written_on_a_compositor() {
    let lab = Lab::new();
    let place = SwayDialog::start(&lab);
    for text in [PRINTED, OTHERS] {
        assert_eq!(written_in_a_dialog(&lab, &place, text), text);
    }
}

#[test]
fn without_a_display_it_says_what_is_missing() {
    let lab = Lab::new();
    let message = lab.fail(&["write", "x", "--pointer", "none"]);
    assert!(message.contains("x11 and wlr"), "{message}");
    let message = lab.fail(&["write", "x", "--pointer", "wlr"]);
    assert!(message.contains("WAYLAND_DISPLAY"), "{message}");
}

/// What was learnt can be erased.
#[test]
fn words_are_forgotten() {
    let lab = Lab::new();
    let forget = || String::from_utf8(lab.succeed(&["forget-words"]).stdout).unwrap();
    assert!(forget().contains("No words of patient default are kept"));
    let patients = lab.path("data").join("bci-cursor/patients/default");
    std::fs::create_dir_all(&patients).unwrap();
    let words = patients.join("words.json");
    std::fs::write(&words, "{\"words\":{},\"pairs\":{}}").unwrap();
    assert!(forget().contains("are erased") && !words.exists());
}
