//! Folders of recorded people.

use crate::printable::printable_path;
use std::path::{Path, PathBuf};

/// The recordings of a person: of imagined movement, of executed movement, and of rest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// Name of the folder.
    pub name: String,
    /// Recordings of imagined movement, in order of time.
    pub imagery: Vec<PathBuf>,
    /// Recordings of executed movement.
    pub execution: Vec<PathBuf>,
    /// Recordings of rest only.
    pub rest: Vec<PathBuf>,
}

/// A folder without recorded people.
#[derive(Debug, thiserror::Error)]
pub enum PeopleError {
    /// The folder cannot be read.
    #[error("cannot read {}: {cause}", printable_path(path))]
    Io {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        cause: std::io::Error,
    },
    /// It contains no folder with recordings.
    #[error(
        "{} holds no subject: expected one folder per person with recordings in it, such as S001/S001R04.edf",
        printable_path(path)
    )]
    NoSubject {
        /// The folder.
        path: PathBuf,
    },
}

/// Extensions of recordings.
const RECORDINGS: [&str; 5] = ["edf", "bdf", "gdf", "vhdr", "xdf"];

/// The people of a folder, in order of name: each folder in it that contains recordings.
///
/// Recordings with names of EEGMMIDB (`S001R04.edf`) are sorted by their run: in 4, 8 and 12 left and right are imagined, in 3, 7 and 11
/// executed; 1 and 2 are rest, and the others are another task. All other recordings count as imagined movement.
///
/// # Errors
/// [`PeopleError`] if the folder cannot be read, or contains no recordings.
pub fn find(folder: &Path) -> Result<Vec<Subject>, PeopleError> {
    let mut subjects = Vec::new();
    for path in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut subject = Subject {
            name,
            imagery: Vec::new(),
            execution: Vec::new(),
            rest: Vec::new(),
        };
        for file in recordings(&path)? {
            match eegmmidb_run(&file) {
                None | Some(4 | 8 | 12) => subject.imagery.push(file),
                Some(3 | 7 | 11) => subject.execution.push(file),
                Some(1 | 2) => subject.rest.push(file),
                Some(_) => {}
            }
        }
        if !subject.imagery.is_empty() {
            subjects.push(subject);
        }
    }
    if subjects.is_empty() {
        return Err(PeopleError::NoSubject {
            path: folder.to_owned(),
        });
    }
    Ok(subjects)
}

/// Like [`find`], but each recording may be a person of its own: a file, or the files of a folder that has no folders of people.
///
/// # Errors
/// As [`find`].
pub fn find_or_files(path: &Path) -> Result<Vec<Subject>, PeopleError> {
    let of_file = |file: PathBuf| Subject {
        name: file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        imagery: vec![file],
        execution: Vec::new(),
        rest: Vec::new(),
    };
    if path.is_file() {
        return Ok(vec![of_file(path.to_owned())]);
    }
    match find(path) {
        Err(error @ PeopleError::NoSubject { .. }) => {
            let files = recordings(path)?;
            if files.is_empty() {
                return Err(error);
            }
            Ok(files.into_iter().map(of_file).collect())
        }
        found => found,
    }
}

/// All recordings in the folder of one person, in order of name.
///
/// # Errors
/// [`PeopleError::Io`] if the folder cannot be read.
pub fn recordings(folder: &Path) -> Result<Vec<PathBuf>, PeopleError> {
    let is_recording = |file: &PathBuf| {
        let end = file.extension().unwrap_or_default();
        RECORDINGS
            .iter()
            .any(|known| end.eq_ignore_ascii_case(known))
    };
    Ok(entries(folder)?.into_iter().filter(is_recording).collect())
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, PeopleError> {
    let io = |cause| PeopleError::Io {
        path: folder.to_owned(),
        cause,
    };
    let listed = std::fs::read_dir(folder).map_err(io)?;
    let mut paths = listed
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(io)?;
    paths.sort();
    Ok(paths)
}

/// Run of an EEGMMIDB file name (`S001R04.edf`).
fn eegmmidb_run(file: &Path) -> Option<u32> {
    let stem = file.file_stem()?.to_str()?;
    let (subject, run) = stem.strip_prefix('S')?.split_once('R')?;
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(subject, 3) && digits(run, 2)).then(|| run.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_recognised_by_name() {
        assert_eq!(eegmmidb_run(Path::new("x/S001R04.edf")), Some(4));
        assert_eq!(eegmmidb_run(Path::new("S001R04b.edf")), None);
        assert_eq!(eegmmidb_run(Path::new("session_R04.edf")), None);
    }

    #[test]
    fn subjects_are_folders_with_recordings_of_the_task() {
        let folder = tempfile::tempdir().unwrap();
        for file in [
            "S002/S002R04.edf",
            "S002/S002R03.edf",
            "S002/S002R01.edf",
            "S002/S002R06.edf",
            "anna/day1.EDF",
            "empty/notes.txt",
        ] {
            let path = folder.path().join(file);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let found = find(folder.path()).unwrap();
        let shape: Vec<_> = found
            .iter()
            .map(|s| {
                let kinds = [&s.imagery, &s.execution, &s.rest];
                (s.name.as_str(), kinds.map(Vec::len))
            })
            .collect();
        assert_eq!(shape, [("S002", [1, 1, 1]), ("anna", [1, 0, 0])]);
        // Without folders of people, each file is one.
        let alone = find_or_files(&folder.path().join("S002")).unwrap();
        let names: Vec<_> = alone.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names, ["S002R01", "S002R03", "S002R04", "S002R06"]);
        let file = find_or_files(&folder.path().join("S002/S002R06.edf")).unwrap();
        assert_eq!((file.len(), file[0].imagery.len()), (1, 1));
        assert_eq!(find_or_files(folder.path()).unwrap().len(), 2);
        let error = find(&folder.path().join("empty")).unwrap_err().to_string();
        assert!(error.contains("holds no subject"), "{error}");
    }
}
