//! The program for Windows on a desktop of Wine, and another program there.

use super::three_classes::run_three_classes;
use super::{Lab, Running, Screen, wait_for};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError, mpsc};

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A desktop of Windows on a display of its own, with the program, and the lab whose streams it can read.
pub struct Desktop {
    pub lab: Lab,
    pub screen: Screen,
    /// Holds the program, and what it needs beside it in Wine.
    folder: PathBuf,
    _one: MutexGuard<'static, ()>,
}

impl Desktop {
    pub fn new() -> Self {
        let one = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("target");
        let made = target.join("windows");
        let missing = "run this with 'make test-windows'";
        assert!(made.exists() && wine().exists(), "{missing}");
        let folder = target.join("wine/program");
        fs::create_dir_all(&folder).unwrap();
        for file in fs::read_dir(made).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), folder.join(file.file_name())).unwrap();
        }
        compile(
            "random.c",
            &folder.join("bcryptprimitives.dll"),
            &["-shared"],
        );
        compile("desk.c", &folder.join("desk.exe"), &["-O1"]);
        Self {
            lab: Lab::new(),
            screen: Screen::start(),
            folder,
            _one: one,
        }
    }

    /// A program of Windows on this desktop, in the lab's folder.
    pub fn program(&self, name: &str, args: &[&str]) -> Command {
        let mut command = self.lab.command(wine());
        command
            .current_dir(self.lab.folder.path())
            .arg(self.folder.join(name))
            .args(args)
            .env("WINEPREFIX", self.folder.with_file_name("prefix"))
            .env("WINEDEBUG", "-all")
            // It would ask to install them.
            .env("WINEDLLOVERRIDES", "mscoree,mshtml,winemenubuilder.exe=")
            .env("DISPLAY", &self.screen.display)
            .env("LSLAPICFG", "lsl_api.cfg");
        command
    }

    pub fn bci_cursor(&self, args: &[&str]) -> Command {
        self.program("bci-cursor.exe", args)
    }

    /// Starts a run that follows the patient of three classes. Its messages go to the file `run.log`.
    pub fn drive(&self, model: &str, more: &[&str]) -> Running {
        Running::start(self.run("bci-cursor.exe", &[], model, more))
    }

    /// Like [`drive`](Self::drive), in a console of its own.
    pub fn drive_in_console(&self, model: &str) -> InConsole {
        let program = self.folder.join("bci-cursor.exe");
        let in_console = ["console", program.to_str().unwrap()];
        let mut command = self.run("desk.exe", &in_console, model, &[]);
        command.stdin(Stdio::piped());
        InConsole(Running::start(command))
    }

    fn run(&self, program: &str, first: &[&str], model: &str, more: &[&str]) -> Command {
        let at_once = [
            "--set=control.pause.at_start=false",
            "--set=control.pause.after_loss=false",
            "--set=control.pause.manual_override_ms=0",
        ];
        let model = Path::new(model).file_name().unwrap().to_str().unwrap();
        let args = [first, &run_three_classes(model), &at_once, more].concat();
        let mut command = self.program(program, &args);
        command.stderr(fs::File::create(self.lab.path("run.log")).unwrap());
        command
    }

    /// What a command prints, the same here and in Wine but for the line that tells how long it took.
    pub fn both(&self, args: &[&str]) -> String {
        let mut here = self.lab.bci_cursor(args);
        here.current_dir(self.lab.folder.path());
        let mut there = self.bci_cursor(args);
        let [here, there] = [&mut here, &mut there].map(|command| {
            let output = command.stdin(Stdio::null()).output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            let is_time = |line: &&str| {
                let secs = line.trim_end().strip_suffix(" s");
                secs.is_some_and(|secs| secs.parse::<f64>().is_ok())
            };
            let lines = text.split_inclusive('\n');
            let text: String = lines.filter(|line| !is_time(line)).collect();
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            (text, output.status.code(), errors)
        });
        assert_eq!(here.1, Some(0), "{args:?}: {}", here.2);
        assert_eq!(there.1, Some(0), "in Wine {args:?}: {}", there.2);
        assert_eq!(here.0, there.0, "{args:?}");
        here.0
    }

    /// Asks the running driver in Wine, and returns its answer.
    pub fn ask(&self, request: &[&str]) -> String {
        let output = self.bci_cursor(request).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{request:?}: {errors}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        // Its programs belong to a display that ends with this test.
        let _ = Command::new(wine().with_file_name("wineserver64"))
            .arg("-k")
            .env("WINEPREFIX", self.folder.with_file_name("prefix"))
            .status();
    }
}

fn wine() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut places = std::env::split_paths(&path).map(|folder| folder.join("wine64"));
    places
        .find(|place| place.exists())
        .unwrap_or_else(|| "/usr/lib/wine/wine64".into())
}

fn compile(source: &str, into: &Path, more: &[&str]) {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/peers/windows")
        .join(source);
    let compiled = Command::new("x86_64-w64-mingw32-gcc-posix")
        .args(more)
        .arg("-o")
        .args([into, &source])
        .arg("-ladvapi32")
        .status();
    assert!(compiled.unwrap().success());
}

/// A run in a console of its own.
pub struct InConsole(Running);

impl InConsole {
    /// Presses Ctrl-C in the console.
    pub fn interrupt(&mut self) {
        writeln!(self.0.child.stdin.as_mut().unwrap()).unwrap();
    }

    /// Ends the run if it has not ended, and returns what was printed.
    pub fn finish(mut self) -> String {
        drop(self.0.child.stdin.take());
        self.0.finish(20.0).1
    }
}

/// What another program on the desktop sees.
pub struct Watcher {
    _program: Running,
    lines: mpsc::Receiver<String>,
    pub place: [i32; 2],
    is_left_down: bool,
}

impl Watcher {
    pub fn new(desktop: &Desktop) -> Self {
        let mut program = Running::start(desktop.program("desk.exe", &["watch"]));
        let lines = program.lines();
        let mut watcher = Self {
            _program: program,
            lines,
            place: [0; 2],
            is_left_down: false,
        };
        wait_for("the watcher", 120.0, || watcher.look());
        watcher
    }

    /// Takes in what has changed. Returns whether anything has.
    pub fn look(&mut self) -> bool {
        let mut has_changed = false;
        for line in self.lines.try_iter() {
            let numbers: Vec<i32> = line
                .split_whitespace()
                .map(|number| number.parse().unwrap())
                .collect();
            self.place = [numbers[0], numbers[1]];
            self.is_left_down = numbers[2] == 1;
            has_changed = true;
        }
        has_changed
    }

    pub fn wait_for_left(&mut self, is_down: bool, within_s: f64) {
        let what = format!("left button {}", if is_down { "down" } else { "up" });
        wait_for(&what, within_s, || {
            self.look();
            self.is_left_down == is_down
        });
    }
}
