//! Starter decoders: fitted to other people, so that a new user can begin without calibration.

pub mod people;

use crate::block::Layout;
use crate::fit::classes::{ClassMarker, class_names};
use crate::fit::collect;
use crate::fit::{FitError, FitRequest, hash_of};
use crate::printable::{printable, printable_list};
use crate::runtime::parallel;
use crate::runtime::progress::{NO_PROGRESS, OnProgress};
use crate::source::open_to_decode;
use bci_cursor_calibration::population::{self, Set};
use bci_cursor_calibration::{
    ConditioningSpec, Dataset, Decoder, DecoderError, Origin, Reference, decoder,
};
use people::{PeopleError, Subject};
use std::path::Path;

/// The starters that come with the program, the one with the most electrodes first.
const SHIPPED: [&str; 4] = [
    include_str!("64.json"),
    include_str!("21.json"),
    include_str!("9.json"),
    include_str!("8.json"),
];

/// The starter with the most electrodes, all of which the stream has; `None` if there is none.
///
/// # Errors
/// [`DecoderError`] if a file of the program is damaged; a test reads all of them.
pub fn for_layout(layout: &Layout) -> Result<Option<Decoder>, DecoderError> {
    for text in SHIPPED {
        let starter = Decoder::from_json(text)?;
        if starter
            .channels
            .iter()
            .all(|label| layout.position(label).is_some())
        {
            return Ok(Some(starter));
        }
    }
    Ok(None)
}

/// No starter fits the electrodes of a stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "no starter fits: the smallest needs {}, and the stream has {}. Connect the missing electrodes",
    printable_list(needed),
    printable_list(found)
)]
pub struct NoStarter {
    /// Electrodes of the smallest starter.
    pub needed: Vec<String>,
    /// Electrodes of the stream.
    pub found: Vec<String>,
}

/// Electrodes of the smallest starter: a headset needs these to begin without calibration.
///
/// # Errors
/// As [`for_layout`].
pub fn least_channels() -> Result<Vec<String>, DecoderError> {
    Ok(Decoder::from_json(SHIPPED[SHIPPED.len() - 1])?.channels)
}

/// Share of the stream's electrodes that a starter must use as a prior: one that leaves out most of them costs more than it brings.
const LEAST_SHARE_OF_PRIOR: f64 = 0.5;

/// The shipped starter that a fit to recordings with these electrodes begins from. See [`objection`] for whether it may.
///
/// # Errors
/// As [`for_layout`].
pub fn prior_for(layout: &Layout) -> Result<Option<Decoder>, DecoderError> {
    let least = LEAST_SHARE_OF_PRIOR * layout.channel_count() as f64;
    let found = for_layout(layout)?;
    Ok(found.filter(|starter| starter.channels.len() as f64 >= least))
}

/// A population to which no starter can be fitted.
#[derive(Debug, thiserror::Error)]
pub enum StarterError {
    /// The folder of people.
    #[error(transparent)]
    Folder(#[from] PeopleError),
    /// The recordings of a person.
    #[error("{}: {error}", printable(subject))]
    Subject {
        /// The person.
        subject: String,
        /// The reason.
        error: FitError,
    },
    /// All recordings together.
    #[error(transparent)]
    Fit(#[from] FitError),
}

/// Seconds between two windows of a trial: more windows would add little and cost much.
const STRIDE_S: f64 = 0.85;

/// The labelled windows of the people of a folder, separately, so that starters without one of them are fitted fast.
pub struct CollectedPeople {
    people: Vec<Subject>,
    /// Datasets, each with the index of its person.
    sets: Vec<(usize, Dataset)>,
    channels: Vec<String>,
    request: FitRequest,
}

/// Conditioning of the EEG for a starter.
const CONDITIONING: ConditioningSpec = ConditioningSpec {
    reference: Reference::CommonAverage,
    // Its bands end below the line frequency, which is 50 or 60 Hz where it will be used.
    mains_hz: None,
};

/// Fits a starter to all people of a folder (see [`people::find`]), each recentred.
///
/// # Errors
/// [`StarterError`], with the person who cannot be used.
pub fn fit_population(
    folder: &Path,
    request: &FitRequest,
    attribution: &str,
    on_progress: OnProgress<'_>,
) -> Result<Decoder, StarterError> {
    CollectedPeople::collect(people::find(folder)?, request, on_progress)?
        .starter(None, attribution)
}

impl CollectedPeople {
    /// Reads all recordings.
    ///
    /// # Errors
    /// [`StarterError`], with the person who cannot be used.
    pub fn collect(
        people: Vec<Subject>,
        request: &FitRequest,
        on_progress: OnProgress<'_>,
    ) -> Result<Self, StarterError> {
        let mut request = request.clone();
        request.timing.stride_s = STRIDE_S;
        let collected =
            parallel::map_with_progress(&people, "people read", on_progress, |person| {
                collect_person(person, &request, &CONDITIONING)
            });
        let mut sets = Vec::new();
        let mut channels = request.channels.clone();
        for (place, collected) in collected.into_iter().enumerate() {
            let (datasets, labels) = collected.map_err(|error| StarterError::Subject {
                subject: people[place].name.clone(),
                error,
            })?;
            channels = labels;
            sets.extend(datasets.into_iter().map(|set| (place, set)));
        }
        Ok(Self {
            people,
            sets,
            channels,
            request,
        })
    }

    /// Names of the people.
    #[must_use]
    pub fn people(&self) -> &[Subject] {
        &self.people
    }

    /// A starter of all people but one.
    ///
    /// # Errors
    /// [`StarterError`] if they cannot be fitted together.
    pub fn starter(
        &self,
        leaving_out: Option<usize>,
        attribution: &str,
    ) -> Result<Decoder, StarterError> {
        let is_in = |place: &usize| Some(*place) != leaving_out;
        let (channels, request) = (&self.channels, &self.request);
        let mut recordings = Vec::new();
        let people = self.people.iter().enumerate();
        let people: Vec<&Subject> = people
            .filter(|(place, _)| is_in(place))
            .map(|(_, person)| person)
            .collect();
        for path in people
            .iter()
            .flat_map(|p| p.imagery.iter().chain(&p.execution))
        {
            recordings.push(hash_of(&path.to_string_lossy())?);
        }
        let sets: Vec<&Dataset> = self
            .sets
            .iter()
            .filter(|(place, _)| is_in(place))
            .map(|(_, set)| set)
            .collect();
        let prepared = parallel::map(&sets, |set| Set::new(set.part(|_| true)));
        let prepared = prepared
            .into_iter()
            .collect::<Result<Vec<_>, _>>()
            .map_err(FitError::from)?;
        let sets: Vec<&Set<'_>> = prepared.iter().collect();
        let names = class_names(&request.classes);
        let model = population::fit(&sets, names.len()).map_err(FitError::from)?;
        let mut starter = Decoder {
            format: decoder::FORMAT.into(),
            version: decoder::VERSION,
            created_by: concat!("bci-cursor ", env!("CARGO_PKG_VERSION")).into(),
            channels: channels.clone(),
            rate_hz: None,
            conditioning: CONDITIONING,
            features: request.features.clone(),
            classes: names,
            model,
            origin: Origin::Starter {
                people: people.len(),
                attribution: attribution.into(),
            },
            figures: None,
            idle_gate: None,
            reading: None,
            recordings,
        };
        starter.round();
        Ok(starter)
    }
}

/// Imagery and execution of one person, and their electrodes.
fn collect_person(
    person: &Subject,
    request: &FitRequest,
    conditioning: &ConditioningSpec,
) -> Result<(Vec<Dataset>, Vec<String>), FitError> {
    let (mut sets, mut channels) = (Vec::new(), request.channels.clone());
    for paths in [&person.imagery, &person.execution] {
        let recordings: Vec<String> = paths
            .iter()
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        let Some(first) = recordings.first() else {
            continue;
        };
        let layout = open_to_decode(first, &request.read_as)?.layout().clone();
        if channels.is_empty() {
            channels.clone_from(&layout.labels);
        }
        let collected = collect(
            &recordings,
            request,
            &layout,
            &channels,
            conditioning,
            NO_PROGRESS,
        )?;
        sets.push(collected.dataset);
    }
    Ok((sets, channels))
}

/// Why a decoder cannot be used with some recordings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Objection {
    /// It knows other classes.
    #[error("it knows {}", printable(&classes.join(" and ")))]
    Classes {
        /// Classes that it knows.
        classes: Vec<String>,
    },
    /// It was fitted on some of them, so it knows their answers.
    #[error("it was fitted on {} itself", printable_list(recordings))]
    Seen {
        /// File names of those.
        recordings: Vec<String>,
    },
}

/// Whether a starter can be the prior of a fit; if not, the reason.
#[must_use]
pub fn objection(
    starter: &Decoder,
    classes: &[ClassMarker],
    recordings: &[String],
) -> Option<Objection> {
    let mut wanted: Vec<&str> = classes.iter().map(|class| class.class.as_str()).collect();
    let mut known: Vec<&str> = starter.classes.iter().map(String::as_str).collect();
    wanted.sort_unstable();
    known.sort_unstable();
    wanted.dedup();
    if wanted != known {
        let classes = starter.classes.clone();
        return Some(Objection::Classes { classes });
    }
    let hashes = recordings
        .iter()
        .filter_map(|recording| hash_of(recording).ok());
    let shared = hashes.filter(|hash| {
        starter
            .recordings
            .iter()
            .any(|known| known.sha256 == hash.sha256)
    });
    let shared: Vec<String> = shared.map(|hash| hash.file).collect();
    (!shared.is_empty()).then_some(Objection::Seen { recordings: shared })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::montage;
    use crate::units::Hertz;

    fn layout(channels: usize) -> Layout {
        Layout {
            rate: Hertz::new(250.0).unwrap(),
            labels: montage::named(channels).unwrap(),
        }
    }

    #[test]
    fn the_closest_starter_is_taken() {
        for (stream, starter) in [(8, 8), (9, 9), (21, 21), (64, 64)] {
            let found = for_layout(&layout(stream)).unwrap().unwrap();
            assert_eq!(found.channels.len(), starter);
        }
        let mut without_poz = layout(64);
        without_poz.labels.retain(|label| label != "POz");
        assert_eq!(
            for_layout(&without_poz).unwrap().unwrap().channels.len(),
            21
        );
        let mut frontal = layout(9);
        frontal.labels.retain(|label| label.starts_with('F'));
        assert_eq!(for_layout(&frontal).unwrap(), None);
    }

    #[test]
    fn a_starter_with_other_classes_or_the_same_recordings_is_refused() {
        let starter = for_layout(&layout(9)).unwrap().unwrap();
        let marker = |class: &str| ClassMarker::new(class, class);
        let two = [marker("right_hand"), marker("left_hand")];
        let patient = "synthetic:seed=1".to_owned();
        assert_eq!(
            objection(&starter, &two, std::slice::from_ref(&patient)),
            None
        );
        let feet = objection(&starter, &[marker("left_hand"), marker("feet")], &[]).unwrap();
        assert_eq!(feet.to_string(), "it knows left_hand and right_hand");
        let mut knows = starter;
        knows.recordings.push(hash_of(&patient).unwrap());
        let recordings = vec![patient.clone()];
        assert_eq!(
            objection(&knows, &two, &[patient]),
            Some(Objection::Seen { recordings })
        );
    }
}
