//! Cold starts that were forced: what each took, and what many have in common.
//!
//! Pure: [`Gate`] holds them to [`Limit`]s and compares them with a baseline; [`ProviderModel`] says how slow a provider is, where
//! a given one is measured in place of the real one; [`Marks`] turns moments of a start into phases.

mod figure;
mod gate;
pub mod import;
mod limit;
mod marks;
mod model;
mod noise;
mod run;
mod summary;

pub use self::{
    figure::{Figure, NoSuchName, Percentile},
    gate::{Difference, Gate, NotMeasured, Row},
    limit::{Limit, LimitError},
    marks::{Before, Marks},
    model::{InSet, ModelError, ProviderModel, SeedLines},
    noise::{Change, Verdict, runs_needed},
    run::{ColdRun, ColdStarts, ColdStartsError},
    summary::Summary,
};
