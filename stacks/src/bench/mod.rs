//! Cold starts that were forced: what each took, and what many have in common.
//!
//! Pure: [`Gate`] holds them to [`Limit`]s and compares them with a baseline.

mod figure;
mod gate;
pub mod import;
mod limit;
mod noise;
mod run;
mod summary;

pub use self::{
    figure::{Figure, NoSuchName, Percentile},
    gate::{Difference, Gate, NotMeasured, Row},
    limit::{Limit, LimitError},
    noise::{Change, Verdict, runs_needed},
    run::{ColdRun, ColdStarts, ColdStartsError},
    summary::Summary,
};
