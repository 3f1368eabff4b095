//! Cold starts that were forced: what each took, and what many have in common.

mod run;
mod summary;

pub use self::{
    run::{ColdRun, ColdStarts, ColdStartsError},
    summary::Summary,
};
