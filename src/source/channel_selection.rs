//! A source that delivers some channels of another source.

use super::recording::{About, Recorded, Stimulus};
use super::{Source, SourceError, SourceEvent};
use crate::block::{Block, Layout};

/// The named channels of a source, in that order.
pub struct ChannelSelection<S> {
    inner: S,
    layout: Layout,
    places: Vec<usize>,
    block: Block,
}

impl<S: Source> ChannelSelection<S> {
    /// Selects channels of `inner`.
    ///
    /// # Errors
    /// [`SourceError::NoSuchChannel`] if `inner` lacks one of them.
    pub fn new(inner: S, channels: &[String]) -> Result<Self, SourceError> {
        let of = inner.layout();
        let place = |label: &String| {
            of.position(label)
                .ok_or_else(|| SourceError::NoSuchChannel {
                    wanted: label.clone(),
                    found: of.labels.clone(),
                })
        };
        let places = channels.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        let labels = places
            .iter()
            .filter_map(|&place| of.labels.get(place).cloned())
            .collect();
        let layout = Layout {
            rate: of.rate,
            labels,
        };
        let block = Block::with_capacity(of.channel_count(), 0);
        Ok(Self {
            inner,
            layout,
            places,
            block,
        })
    }
}

impl<S: Recorded> Recorded for ChannelSelection<S> {
    fn about(&self) -> &About {
        self.inner.about()
    }

    fn stimulus(&mut self) -> Result<Option<Stimulus>, SourceError> {
        self.inner.stimulus()
    }
}

impl<S: Source> Source for ChannelSelection<S> {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn next(&mut self, into: &mut Block) -> Result<SourceEvent, SourceError> {
        if self.block.capacity() != into.capacity() {
            self.block = Block::with_capacity(self.inner.layout().channel_count(), into.capacity());
        }
        let event = self.inner.next(&mut self.block)?;
        into.restart(self.block.first);
        into.copy_stamps(&self.block);
        if event == SourceEvent::Samples {
            for frame in self.block.iter() {
                if let Some(own) = into.push_frame() {
                    let chosen = self.places.iter().filter_map(|&place| frame.get(place));
                    own.iter_mut()
                        .zip(chosen)
                        .for_each(|(value, chosen)| *value = *chosen);
                }
            }
        }
        Ok(event)
    }
}
