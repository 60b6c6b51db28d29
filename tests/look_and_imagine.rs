//! A person with eyes and hands, who looks at tags and imagines on which side of the line their target lies, on a real X server.
#![cfg(all(unix, not(target_os = "macos")))]

use crate::common;
use crate::common::desktop;
use crate::common::fake_tree;
use crate::common::screen_patient;
use crate::look;

use bci_cursor::system::clock;
use common::{Lab, ms_since, python, wait_for};
use desktop::Desktop;
use fake_tree::{FakeTree, TreeContents};
use look::{Driver, Person, clicks, is_within, settle};
use screen_patient::visible_line;
use x11rb::connection::Connection;
use x11rb::rust_connection::RustConnection;

/// What the person sees of the line.
struct Screen {
    connection: RustConnection,
    root: u32,
    imagined: &'static str,
}

impl Screen {
    fn of(desktop: &Desktop) -> Self {
        let (connection, screen) = RustConnection::connect(Some(&desktop.screen.display)).unwrap();
        let root = connection.setup().roots[screen].root;
        Self {
            connection,
            root,
            imagined: "rest",
        }
    }

    /// The side on which a button lies; none if there is no line.
    fn side_of(&self, [x, y, width, height]: [i32; 4]) -> Option<&'static str> {
        let [angle, offset] = visible_line(&self.connection, self.root)?;
        let [x, y] = [x + width / 2, y + height / 2].map(f64::from);
        let is_second = x * angle.cos() + y * angle.sin() > offset;
        Some(if is_second { "right_hand" } else { "left_hand" })
    }

    /// The person imagines the side of a button, or rests.
    fn imagine(&mut self, person: &mut Person, wanted: Option<[i32; 4]>) {
        let side = wanted.and_then(|wanted| self.side_of(wanted));
        let imagined = side.unwrap_or("rest");
        if imagined != self.imagined {
            person.says(imagined);
            self.imagined = imagined;
        }
    }
}

/// Fits a decoder of the person's imagined movements.
fn fit_hands(lab: &Lab) -> String {
    let [recording, model] =
        ["hands.xdf", "hands.json"].map(|name| lab.path(name).to_string_lossy().into_owned());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/peers/eyes.py");
    let mut train = lab.command(python());
    train.args([script, "--train-hands", &recording]);
    assert!(train.status().unwrap().success());
    let classes = "left_hand=left_hand,right_hand=right_hand";
    let fitted = lab.succeed(&["fit", &recording, "--classes", classes, "--out", &model]);
    println!("{}", String::from_utf8_lossy(&fitted.stdout));
    model
}

fn looks_in(session: &str) -> usize {
    let stored = std::fs::read(session).unwrap();
    let stored = String::from_utf8_lossy(&stored);
    stored.matches("{\"event\":\"looked\"").count()
}

#[test]
fn looks_and_imagined_sides_choose_together() {
    let (lab, desktop) = (Lab::new(), Desktop::bare());
    let tree = FakeTree::start(&desktop.address);
    let buttons: Vec<[i32; 4]> = (0..25)
        .map(|k| [60 + k % 5 * 250, 50 + k / 5 * 150, 120, 60])
        .collect();
    tree.set_contents(TreeContents {
        rects: buttons.clone(),
        names: Vec::new(),
        finds: true,
        late_ms: 0,
    });
    let model = fit_hands(&lab);
    lab.succeed(&["allow-flicker", "--yes-i-asked-about-epilepsy"]);
    let mut person = Person::start(&lab, &["--hands"]);
    let mut screen = Screen::of(&desktop);
    let session = lab.path("session.xdf").to_string_lossy().into_owned();
    let options = ["--model", &model];
    let driver = Driver::start_as(
        &lab,
        &desktop,
        &session,
        &["control.look.imagery=true"],
        &options,
    );
    wait_for("the line", 30.0, || screen.side_of(buttons[0]).is_some());
    // The decoder of looks learns what is usual. The other one needs movements for that.
    for side in ["left_hand", "right_hand", "left_hand", "right_hand", "rest"] {
        let began = clock::now();
        person.says(side);
        wait_for("a movement", 10.0, || ms_since(began) > 4000.0);
    }
    settle();
    assert_eq!(clicks(&lab), 0);
    let wanted = [7, 24, 10, 3];
    for (done, wanted) in wanted.map(|k| buttons[k]).into_iter().enumerate() {
        let began = clock::now();
        person.looks_at(wanted);
        wait_for("the click", 60.0, || {
            screen.imagine(&mut person, Some(wanted));
            clicks(&lab) > done as u64
        });
        println!("after {:.1} s", ms_since(began) / 1000.0);
        let place = desktop.screen.pointer().0;
        assert!(
            is_within(place, wanted),
            "{place:?} {}",
            lab.read("run.log")
        );
        person.looks_away();
        screen.imagine(&mut person, None);
    }
    // Imagined movement alone moves the pointer, and clicks nothing.
    let goal = buttons[20];
    wait_for("the pointer", 90.0, || {
        screen.imagine(&mut person, Some(goal));
        is_within(desktop.screen.pointer().0, goal)
    });
    screen.imagine(&mut person, None);
    assert_eq!(clicks(&lab), wanted.len() as u64);
    driver.end();
    // However clear the imagined sides are, no click came from fewer than two looks.
    let looks = looks_in(&session);
    println!("{looks} looks");
    assert!(looks >= 2 * wanted.len(), "{looks}");
    lab.succeed(&["replay", &session, "--verify"]);
}
