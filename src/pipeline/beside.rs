//! What runs beside the decoding of imagined movement: looking, and the face switch.

use crate::block::{Block, Layout};
use crate::command::Selection;
use crate::conditioning::Fault;
use crate::decoding::FaceReader;
use crate::looking::Looking;
use crate::time::SampleIndex;

/// The stages that run beside imagery.
pub(super) struct Stages {
    pub(super) face: Option<FaceReader>,
    pub(super) looking: Option<Looking>,
    /// Imagery's channels, then the electrodes of looking that are not among them.
    channels: Vec<String>,
    /// The place of each of looking's electrodes in `channels`.
    places: Vec<usize>,
    /// The fault of each of `channels`.
    faults: Vec<Option<Fault>>,
}

/// What the stages found up to a step.
pub(super) struct Beside {
    /// The face switch was activated.
    pub(super) face: bool,
    /// A tag was looked at.
    pub(super) selection: Option<Selection>,
    /// An electrode of looking is bad.
    pub(super) has_fault: bool,
    /// The electrodes of looking have EEG, or this is not known.
    pub(super) is_eeg: bool,
}

impl Stages {
    /// Beside a decoder of imagined movement with these channels.
    pub(super) fn new(
        stream: &Layout,
        imagery: &[String],
        face: Option<FaceReader>,
        looking: Option<Looking>,
    ) -> Self {
        let mut channels = imagery.to_vec();
        let mut known: Vec<Option<usize>> = imagery.iter().map(|it| stream.position(it)).collect();
        let electrodes = looking.iter().flat_map(Looking::electrodes);
        let sources = looking.iter().flat_map(Looking::places);
        let places = sources.zip(electrodes).map(|(source, label)| {
            let found = known.iter().position(|own| *own == Some(*source));
            found.unwrap_or_else(|| {
                known.push(Some(*source));
                channels.push(label.clone());
                channels.len() - 1
            })
        });
        let places = places.collect();
        Self {
            face,
            faults: vec![None; channels.len()],
            channels,
            places,
            looking,
        }
    }

    pub(super) fn channels(&self) -> &[String] {
        &self.channels
    }

    /// Begins a block.
    pub(super) fn begin(&mut self, block: &Block) {
        self.face.iter_mut().for_each(|face| face.take(block));
        self.looking
            .iter_mut()
            .for_each(|looking| looking.begin(block));
    }

    /// What was found up to an index of the block that was begun. `imagery` has the faults of imagery's channels.
    pub(super) fn before(
        &mut self,
        block: &Block,
        end: SampleIndex,
        imagery: &[Option<Fault>],
    ) -> Beside {
        self.faults.fill(None);
        let own = self.faults.iter_mut().zip(imagery);
        own.for_each(|(fault, imagery)| *fault = *imagery);
        let face = self.face.as_mut();
        let mut beside = Beside {
            face: face.is_some_and(|face| face.was_activated_before(end)),
            selection: None,
            has_fault: false,
            is_eeg: true,
        };
        if let Some(looking) = &mut self.looking {
            looking.take_until(block, end);
            beside.selection = looking.selection_before(end);
            beside.is_eeg = looking.is_eeg();
            for (place, fault) in self.places.iter().zip(looking.faults()) {
                self.faults[*place] = self.faults[*place].or(*fault);
                beside.has_fault |= fault.is_some();
            }
        }
        beside
    }

    /// The fault of each of [`Self::channels`], up to the last index that was asked for.
    pub(super) fn faults(&self) -> &[Option<Fault>] {
        &self.faults
    }

    /// Ends a block: takes the rest of it.
    pub(super) fn end(&mut self, block: &Block) {
        let end = block.first.after(block.frames() as u64);
        self.looking
            .iter_mut()
            .for_each(|looking| looking.take_until(block, end));
    }
}
