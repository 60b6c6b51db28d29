//! Recordings as sources. All formats give the same blocks, in µV, and the same summary of the file.

mod about;
mod brainvision;
mod edf;
mod foreign;
mod gdf;
mod input;
mod records;
mod samples;
mod signals;
mod stimulus;
mod text;
mod track;
mod trigger;
mod unpack;
pub mod xdf;

pub use about::{About, ChannelAbout, RateDoubt, StreamAbout};
pub use input::Input;
pub use stimulus::Stimulus;

use super::channels::ReadAs;
use super::{ChannelsError, Source, SourceError};
use crate::printable::{counted, printable_path};
use std::path::Path;

/// A recording: a source with a summary of its file.
pub trait Recorded: Source + Send {
    /// What the file contains.
    fn about(&self) -> &About;

    /// What was shown on a screen meanwhile; `None` if the file does not say. Only XDF files can. It is read from the file by this call.
    ///
    /// # Errors
    /// [`SourceError`] if the file cannot be read.
    fn stimulus(&mut self) -> Result<Option<Stimulus>, SourceError> {
        Ok(None)
    }
}

impl<R: Recorded + ?Sized> Recorded for Box<R> {
    fn about(&self) -> &About {
        (**self).about()
    }

    fn stimulus(&mut self) -> Result<Option<Stimulus>, SourceError> {
        (**self).stimulus()
    }
}

/// The warning about markers before the first sample, which belong to no sample.
fn markers_before(count: usize) -> String {
    let are = if count == 1 { "is" } else { "are" };
    format!(
        "{} before the first sample {are} left out",
        counted(count, "marker")
    )
}

/// How recordings begin; for an error message.
const FORMATS: &str = "a recording in XDF (begins with 'XDF:'), EDF or EDF+ ('0'), BDF (255 'BIOSEMI'), GDF ('GDF'), or \
                       BrainVision (the .vhdr file)";

/// Number of bytes by which a format is recognized.
const LOOK: u64 = 512;

/// Opens a recording file. The format is recognized by its first bytes, not by its name.
///
/// `FILE#NAME` chooses the EEG stream of that name (or number) if an XDF file has several.
///
/// # Errors
/// [`SourceError`] if it is not a recording, or cannot be used with `read_as`.
pub fn open(name: &str, read_as: &ReadAs) -> Result<Box<dyn Recorded>, SourceError> {
    let (path, stream) = file_and_stream(name);
    open_input_as(Input::open(path)?, stream, read_as, &mut |path| {
        Input::open(path)
    })
}

/// Splits `FILE#NAME` into the file and the stream. A file whose own name contains a `#` is also found.
#[must_use]
pub fn file_and_stream(name: &str) -> (&Path, Option<&str>) {
    match name.rsplit_once('#') {
        Some((path, stream)) if !Path::new(name).exists() => (Path::new(path), Some(stream)),
        _ => (Path::new(name), None),
    }
}

/// Opens a recording from its bytes. `companion` opens the other files that it names (BrainVision).
///
/// # Errors
/// [`SourceError`] if it is not a recording, or cannot be used.
pub fn open_input(
    input: Input,
    stream: Option<&str>,
    companion: &mut dyn FnMut(&Path) -> Result<Input, SourceError>,
) -> Result<Box<dyn Recorded>, SourceError> {
    open_input_as(input, stream, &ReadAs::default(), companion)
}

fn open_input_as(
    mut input: Input,
    stream: Option<&str>,
    read_as: &ReadAs,
    companion: &mut dyn FnMut(&Path) -> Result<Input, SourceError>,
) -> Result<Box<dyn Recorded>, SourceError> {
    let start = input.read_up_to(LOOK)?;
    input.go_to(0)?;
    if let Some(stream) = stream
        && !xdf::begins(&start)
    {
        return Err(SourceError::NoSuchStream {
            path: input.path().to_owned(),
            wanted: stream.to_owned(),
            found: vec!["only XDF files hold several".into()],
        });
    }
    if xdf::begins(&start) {
        return Ok(Box::new(xdf::XdfRecording::open_as(
            input, stream, read_as,
        )?));
    }
    let name = printable_path(input.path()).to_string();
    let recording = open_records(input, &start, read_as, companion)?;
    let rate = recording.layout().rate;
    match read_as.rate.filter(|stated| *stated != rate) {
        Some(stated) => Err(SourceError::Channels {
            name,
            error: ChannelsError::Rate {
                stated,
                declared: rate,
            },
        }),
        None => Ok(Box::new(recording)),
    }
}

/// Formats whose samples are at places that can be computed.
fn open_records(
    input: Input,
    start: &[u8],
    read_as: &ReadAs,
    companion: &mut dyn FnMut(&Path) -> Result<Input, SourceError>,
) -> Result<records::RecordFile, SourceError> {
    if gdf::begins(start) {
        return gdf::open(input, read_as);
    }
    if brainvision::begins(start) {
        return brainvision::open(input, read_as, companion);
    }
    if edf::begins(start) {
        return edf::open(input, read_as);
    }
    if start.is_empty() {
        return Err(input.malformed(0, "an empty file", FORMATS));
    }
    if let Some((found, expected)) = foreign::advice(start) {
        return Err(input.malformed(0, found, expected));
    }
    let shown = String::from_utf8_lossy(&start[..start.len().min(8)]).into_owned();
    Err(input.malformed(0, &format!("{shown:?}"), FORMATS))
}

#[cfg(test)]
mod tests;
