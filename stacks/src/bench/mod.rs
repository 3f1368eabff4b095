//! Cold starts that were forced: what each took, and what many have in common.
//!
//! [`ProviderModel`] says how slow a provider is, where a given one is measured in place of the real one; [`Marks`] turns
//! moments of a start into phases.

mod marks;
mod model;
mod run;
mod summary;

pub use self::{
    marks::{Before, Marks},
    model::{InSet, ModelError, ProviderModel, SeedLines},
    run::{ColdRun, ColdStarts, ColdStartsError},
    summary::Summary,
};
