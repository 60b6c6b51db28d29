//! Programs and pages that the patient starts from the panel, as a helper has chosen them.

use crate::printable::printable;
use freedesktop_desktop_entry::{DesktopEntry, Iter, default_paths, get_languages_from_env};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Most programs of each kind that are offered if the helper has chosen none.
const OF_A_KIND: usize = 2;
/// Kinds of programs that are offered then (the categories of the Desktop Menu Specification).
const KINDS: [&str; 2] = ["WebBrowser", "Video"];
/// What opens a page with the user's browser.
const OPENS_PAGES: &str = "xdg-open";

/// Something that the patient can start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Program {
    /// What its button says.
    pub(super) name: String,
    /// The program, and its arguments.
    command: Vec<String>,
}

/// A program that cannot be offered.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProgramError {
    /// There is none of this name.
    #[error(
        "there is no program '{}' in the desktop's menu. Give the name of its .desktop file, such as firefox-esr, or the file itself; or a \
         page as NAME=ADDRESS, such as 'Watch a film=https://example.org/films'",
        printable(found)
    )]
    Unknown {
        /// The name.
        found: String,
    },
    /// Its file does not say how to start it.
    #[error("'{}' cannot be started from the panel: {why}", printable(found))]
    Unusable {
        /// The name.
        found: String,
        /// What is missing.
        why: String,
    },
}

impl Program {
    /// A page as `NAME=ADDRESS`, or a program by the name or the path of its .desktop file.
    ///
    /// # Errors
    /// [`ProgramError`] if there is none, or it cannot be started.
    pub(super) fn named(given: &str) -> Result<Self, ProgramError> {
        if let Some((name, address)) = given.split_once('=')
            && ["http://", "https://", "file://"]
                .iter()
                .any(|scheme| address.starts_with(scheme))
        {
            return Ok(Self {
                name: name.to_owned(),
                command: [OPENS_PAGES, address].map(str::to_owned).to_vec(),
            });
        }
        let unknown = || ProgramError::Unknown {
            found: given.to_owned(),
        };
        let path = if Path::new(given).is_file() {
            PathBuf::from(given)
        } else {
            let name = given.strip_suffix(".desktop").unwrap_or(given);
            let mut all = Iter::new(default_paths());
            all.find(|path| path.file_stem().is_some_and(|stem| stem == name))
                .ok_or_else(unknown)?
        };
        let unusable = |why: String| ProgramError::Unusable {
            found: given.to_owned(),
            why,
        };
        let languages = get_languages_from_env();
        let entry = DesktopEntry::from_path(path, Some(&languages))
            .map_err(|error| unusable(error.to_string()))?;
        Self::of(&entry, &languages).map_err(unusable)
    }

    /// The programs of the desktop's menu that most people want first: browsers, and what plays films.
    pub(super) fn usual() -> Vec<Self> {
        let languages = get_languages_from_env();
        let entries: Vec<DesktopEntry> = Iter::new(default_paths())
            .filter_map(|path| DesktopEntry::from_path(path, Some(&languages)).ok())
            .filter(|entry| !entry.no_display() && !entry.hidden())
            .collect();
        let of_kind = |kind: &&str| {
            let is_of_kind = |entry: &&DesktopEntry| {
                let categories = entry.categories().unwrap_or_default();
                categories.contains(kind)
            };
            let found = entries.iter().filter(is_of_kind);
            let found = found.filter_map(|entry| Self::of(entry, &languages).ok());
            found.take(OF_A_KIND).collect::<Vec<_>>()
        };
        let mut programs: Vec<Self> = KINDS.iter().flat_map(of_kind).collect();
        programs.dedup();
        programs
    }

    fn of(entry: &DesktopEntry, languages: &[String]) -> Result<Self, String> {
        let name = entry.name(languages).ok_or("its file has no name")?;
        if entry.terminal() {
            return Err("it needs a terminal".to_owned());
        }
        let command = match entry.url() {
            Some(address) if entry.type_() == Some("Link") => {
                [OPENS_PAGES, address].map(str::to_owned).to_vec()
            }
            _ => entry.parse_exec().map_err(|error| error.to_string())?,
        };
        Ok(Self {
            name: name.into_owned(),
            command,
        })
    }

    /// Starts it, as a process that goes on when the run has ended.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn start(&self) -> io::Result<Child> {
        let Some((program, arguments)) = self.command.split_first() else {
            return Err(io::ErrorKind::NotFound.into());
        };
        let mut command = Command::new(program);
        command.args(arguments);
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let silent = command.stdin(Stdio::null()).stdout(Stdio::null());
        silent.stderr(Stdio::null()).spawn()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_or_a_desktop_file_can_be_started_and_others_are_refused() {
        let page = Program::named("Watch a film=https://example.org/films?a=b").unwrap();
        assert_eq!(page.name, "Watch a film");
        assert_eq!(page.command, ["xdg-open", "https://example.org/films?a=b"]);
        let folder = tempfile::tempdir().unwrap();
        let file = |text: &str| {
            let path = folder.path().join("viewer.desktop");
            std::fs::write(&path, format!("[Desktop Entry]\n{text}")).unwrap();
            Program::named(path.to_str().unwrap())
        };
        let entry = "Type=Application\nName=Viewer\nExec=viewer --full \"a b\" %U\n";
        let viewer = file(entry).unwrap();
        assert_eq!(viewer.name, "Viewer");
        assert_eq!(viewer.command, ["viewer", "--full", "a b"]);
        let link = file("Type=Link\nName=News\nURL=https://example.org\n").unwrap();
        assert_eq!(link.command, ["xdg-open", "https://example.org"]);
        for (text, why) in [
            (
                "Type=Application\nName=Shell\nExec=sh\nTerminal=true\n",
                "terminal",
            ),
            ("Type=Application\nName=Nothing\n", "cannot be started"),
        ] {
            let error = file(text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
        let error = Program::named("no-such-program").unwrap_err().to_string();
        assert!(error.contains("NAME=ADDRESS"), "{error}");
    }
}
