//! A start without labels: which tags were looked at, from looks of which nobody knows the target.
//!
//! All looks are labelled together, because only the right labels give one response that explains all of them (zero training; Thielen et
//! al. 2021). A beam keeps the labellings with the highest evidence, so that a wrong start does not make everything after it wrong, and
//! past labels are revised when a later look contradicts them. The latency of looks is a random walk, as clocks drift.

mod evidence;
mod products;

use super::basis::response_basis;
use super::innovations::{LaggedProducts, VarSpec};
use super::latency::LONGEST;
use super::whitened::WhitenedEeg;
use super::{CvepError, Look};
use crate::looking::scores::log_sum_exp;
use crate::matrix::Matrix;
use crate::statistics::argmax;
use evidence::{Evidence, Sums};
use products::{Codes, Products};
use std::collections::BTreeMap;

/// The autoregressive model, for little data.
const VAR: VarSpec = VarSpec {
    order: 6,
    ridge: 0.1,
};
/// Labellings that are kept.
const BEAM: usize = 40;
/// This many of the best labellings are revised after each look.
const REVISED: usize = 3;
/// Labellings of fewer looks than this are not revised.
const REVISE_FROM: usize = 3;
/// A revision goes through all labels this many times, and tries each in turn.
const SWEEPS: usize = 2;
/// For each label that is tried, this many of the best alternatives are kept.
const LABELS_KEPT: usize = 2;
/// Deviation of the change of latency from one look to the next, samples. It changes by one at most.
const DRIFT: f64 = 0.7;

/// A label: a tag, and the latency of its response, samples.
type Label = (usize, i32);
/// A label for each look.
type Labelling = Vec<Label>;

/// Finds out from looks alone which tags were looked at.
///
/// The cost of a look grows with the number of looks before it, and everything is kept in memory: it is for the first minute or two, until
/// a response can be fitted ([`Training`](super::Training)). Probabilities are not calibrated: wrong labellings may seem certain.
#[derive(Debug, Clone)]
pub struct UnlabelledStart {
    basis: Matrix,
    lagged: Option<LaggedProducts>,
    /// All looks, with what does not change about them.
    looks: Vec<(Look, Codes)>,
    /// The labellings with the highest evidence, best first, and their log evidence.
    beam: Vec<(Labelling, f64)>,
}

impl UnlabelledStart {
    /// Without a look.
    ///
    /// # Errors
    /// Never: the basis of responses is finite.
    pub fn new() -> Result<Self, CvepError> {
        Ok(Self {
            basis: response_basis()?,
            lagged: None,
            looks: Vec::new(),
            beam: vec![(Labelling::new(), 0.0)],
        })
    }

    /// Takes a look. Returns the probability of each of its tags, given all looks until now and that one of them was looked at.
    ///
    /// # Errors
    /// [`CvepError`] if the look has other channels than those before, parts that do not fit together, or no tag. It then does not count.
    pub fn add(&mut self, look: Look) -> Result<Vec<f64>, CvepError> {
        let number = self.looks.len() + 1;
        let channels = self
            .looks
            .first()
            .map_or(look.eeg.columns(), |(first, _)| first.eeg.columns());
        look.check(number, channels)?;
        let tags = look.brightness.rows();
        if tags == 0 {
            return Err(CvepError::NoSuchTarget {
                trial: number,
                target: 1,
                tags,
            });
        }
        let mut lagged = match &self.lagged {
            Some(lagged) => lagged.clone(),
            None => LaggedProducts::new(VAR, channels),
        };
        lagged.add(&look);
        let whitener = lagged.whitener()?;
        self.lagged = Some(lagged);
        let codes = Codes::new(&look, &self.basis);
        self.looks.push((look, codes));
        let products = self.looks.iter().map(|(look, codes)| {
            let eeg = WhitenedEeg::new(look, &whitener, VAR.order);
            Products::new(look, &eeg, codes, &self.basis)
        });
        let search = Search {
            products: products.collect(),
            evidence: Evidence::new(channels, 2 * self.basis.rows()),
            found: BTreeMap::new(),
        };
        self.beam = search.run(&self.beam)?;
        let best = self.beam.first().map_or(0.0, |(_, evidence)| *evidence);
        let mut probability = vec![0.0; tags];
        for (labels, evidence) in &self.beam {
            if let Some((tag, _)) = labels.last() {
                probability[*tag] += libm::exp(evidence - best);
            }
        }
        let total: f64 = probability.iter().sum();
        probability.iter_mut().for_each(|p| *p /= total);
        Ok(probability)
    }

    /// The most likely tag of each look.
    #[must_use]
    pub fn labels(&self) -> Vec<usize> {
        let best = self.beam.first();
        best.map_or_else(Vec::new, |(labels, _)| labels.iter().map(|l| l.0).collect())
    }

    /// Probability that all of these labels are right, among the labellings that are kept.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        let best = self.labels();
        let all: Vec<f64> = self.beam.iter().map(|(_, evidence)| *evidence).collect();
        let total = log_sum_exp(&all);
        let tags = |labels: &Labelling| labels.iter().map(|label| label.0).collect::<Vec<_>>();
        let same = self.beam.iter().filter(|(labels, _)| tags(labels) == best);
        same.map(|(_, evidence)| libm::exp(evidence - total)).sum()
    }
}

/// One step of the beam.
struct Search<'a> {
    products: Vec<Products<'a>>,
    evidence: Evidence,
    found: BTreeMap<Labelling, f64>,
}

impl Search<'_> {
    /// Extends all labellings by the last look, and revises the best.
    fn run(mut self, beam: &[(Labelling, f64)]) -> Result<Vec<(Labelling, f64)>, CvepError> {
        for (labels, _) in beam {
            self.extend(labels)?;
        }
        let extended = best_of(std::mem::take(&mut self.found));
        self.found = extended.iter().cloned().collect();
        if self.products.len() >= REVISE_FROM {
            for (labels, _) in extended.into_iter().take(REVISED) {
                self.revise(labels)?;
            }
        }
        Ok(best_of(self.found))
    }

    fn extend(&mut self, labels: &Labelling) -> Result<(), CvepError> {
        let before = self.sums(labels, None);
        let last = labels.len();
        for latency in near(labels.last().map(|label| label.1)) {
            let mut labels = labels.clone();
            labels.push((0, latency));
            for tag in 0..self.products[last].tags() {
                labels[last].0 = tag;
                let evidence = self.evidence_with(&before, last, (tag, latency))? + drift(&labels);
                self.found.insert(labels.clone(), evidence);
            }
        }
        Ok(())
    }

    /// Replaces each label in turn by the best one, given all others.
    fn revise(&mut self, mut labels: Labelling) -> Result<(), CvepError> {
        for _ in 0..SWEEPS {
            let mut has_changed = false;
            for look in 0..labels.len() {
                let best = self.best_label(&mut labels.clone(), look)?;
                has_changed |= best != labels[look];
                labels[look] = best;
            }
            if !has_changed {
                break;
            }
        }
        Ok(())
    }

    /// The best label of one look, given all others: the best tags at its latency, and those at the latencies beside it.
    fn best_label(&mut self, labels: &mut Labelling, look: usize) -> Result<Label, CvepError> {
        let others = self.sums(labels, Some(look));
        let (own, latency) = labels[look];
        let mut evidence = Vec::with_capacity(self.products[look].tags());
        for tag in 0..self.products[look].tags() {
            evidence.push(self.evidence_with(&others, look, (tag, latency))?);
        }
        // The first look is on time: only changes of latency matter.
        let latencies = near((look > 0).then_some(latency));
        let mut best = ((own, latency), f64::NEG_INFINITY);
        for _ in 0..LABELS_KEPT.min(evidence.len()) {
            let tag = argmax(&evidence);
            evidence[tag] = f64::NEG_INFINITY;
            for latency in latencies.clone() {
                labels[look] = (tag, latency);
                let found = self.evidence_with(&others, look, labels[look])? + drift(labels);
                self.found.insert(labels.clone(), found);
                if found > best.1 {
                    best = (labels[look], found);
                }
            }
        }
        Ok(best.0)
    }

    /// Sums over all looks but one.
    fn sums(&self, labels: &Labelling, without: Option<usize>) -> Sums {
        let mut sums = self.evidence.nothing();
        for (look, label) in labels.iter().enumerate() {
            if Some(look) != without {
                self.products[look].add_to(&mut sums, *label);
            }
        }
        sums
    }

    fn evidence_with(&mut self, sums: &Sums, look: usize, label: Label) -> Result<f64, CvepError> {
        let mut all = sums.clone();
        self.products[look].add_to(&mut all, label);
        self.evidence.of(&all)
    }
}

/// The best labellings, best first.
fn best_of(found: BTreeMap<Labelling, f64>) -> Vec<(Labelling, f64)> {
    let mut found: Vec<(Labelling, f64)> = found.into_iter().collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found.truncate(BEAM);
    found
}

/// Latencies that may follow; the first look is on time.
fn near(last: Option<i32>) -> std::ops::RangeInclusive<i32> {
    match last {
        Some(last) => (last - 1).max(-LONGEST)..=(last + 1).min(LONGEST),
        None => 0..=0,
    }
}

/// Log probability of the changes of latency.
fn drift(labels: &Labelling) -> f64 {
    let changes = labels
        .windows(2)
        .map(|pair| f64::from(pair[1].1 - pair[0].1) / DRIFT);
    -0.5 * changes.map(|change| change * change).sum::<f64>()
}
