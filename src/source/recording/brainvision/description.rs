//! The channels in a header.

use super::super::input::Input;
use super::super::text;
use super::text::{Entry, TextFile};
use crate::note::Notes;
use crate::printable::counted;
use crate::source::SourceError;
use crate::source::channels::Described;
use crate::units::VoltageUnit;

/// A channel as its header describes it.
#[derive(Debug, Clone)]
pub(super) struct Channel {
    pub(super) about: Described,
    /// Physical value of one step, in the channel's unit.
    pub(super) resolution: f64,
}

impl Channel {
    /// A channel that the header does not describe.
    fn nameless(place: usize) -> Self {
        Self {
            about: Described {
                label: format!("Ch{}", place + 1),
                unusable: Some("the header does not describe it".into()),
                ..Described::default()
            },
            resolution: 0.0,
        }
    }

    /// `Ch1=<name>,<reference>,<resolution>,<unit>`. A comma in a name is written as `\1`.
    fn read(entry: &Entry<'_>) -> Self {
        let mut fields = entry.fields();
        join_decimal_comma(&mut fields);
        let field = |k: usize| fields.get(k).map_or("", String::as_str);
        let spelled = field(2);
        let resolution = match spelled {
            "" => Some(1.0),
            spelled => text::number(spelled).filter(|resolution| *resolution != 0.0),
        };
        // According to the format, a missing unit means µV.
        let unit = if field(3).is_empty() { "µV" } else { field(3) };
        let unusable = || format!("its resolution is '{spelled}'");
        Self {
            about: Described {
                label: field(0).to_owned(),
                unit: unit.to_owned(),
                unusable: resolution.is_none().then(unusable),
                ..Described::default()
            },
            resolution: resolution.unwrap_or_default(),
        }
    }
}

/// Joins a resolution that was written with a decimal comma: `0,1,µV` is 0.1 µV.
fn join_decimal_comma(fields: &mut Vec<String>) {
    let is_whole =
        |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_split = fields.get(2).is_some_and(is_whole)
        && fields.get(3).is_some_and(is_whole)
        && fields
            .get(4)
            .is_some_and(|unit| VoltageUnit::parse(unit).is_some());
    if is_split {
        let fraction = fields.remove(3);
        if let Some(resolution) = fields.get_mut(2) {
            resolution.push('.');
            resolution.push_str(&fraction);
        }
    }
}

/// All channels of the file, in order.
///
/// # Errors
/// [`SourceError::Malformed`] if fewer than half of them are described, because then the number of channels is wrong.
pub(super) fn read(
    input: &Input,
    header: &TextFile,
    count: usize,
    warnings: &mut Notes,
) -> Result<Vec<Channel>, SourceError> {
    let mut channels: Vec<Channel> = (0..count).map(Channel::nameless).collect();
    let mut described = vec![false; count];
    let mut beyond = Vec::new();
    for entry in header
        .entries()
        .filter(|entry| entry.is_in("channel infos"))
    {
        let number = entry
            .key
            .get(2..)
            .and_then(|number| number.parse::<usize>().ok());
        let place = number.and_then(|number| number.checked_sub(1));
        match place.and_then(|place| Some((channels.get_mut(place)?, described.get_mut(place)?))) {
            Some((channel, is_described)) => {
                *channel = Channel::read(&entry);
                *is_described = true;
            }
            None => beyond.push(entry.key),
        }
    }
    let described = described
        .iter()
        .filter(|is_described| **is_described)
        .count();
    if 2 * described < count {
        let found = format!("[Channel Infos] of {}", counted(described, "channel"));
        let expected = format!("a line for each of the {count} channels");
        return Err(input.malformed(0, &found, &expected));
    }
    if !beyond.is_empty() {
        warnings.push(format!(
            "its header announces {count} channels and describes others beside them, which are left out: {}. If the file \
             contains those as well, all channels are wrong: correct NumberOfChannels",
            beyond.join(", ")
        ));
    }
    Ok(channels)
}
