//! What memory does to a function of Lambda: how long it takes and what it costs, size by size, and which size to have.
//!
//! ```text
//! Subject ─cold, warm─▶ Run… ─▶ Timings ─Tariff─▶ SizeFigures… ─Goal─▶ Choice
//! ```
//!
//! [`tune`] and [`compare`] measure whatever [`Subject`] they are handed, on AWS or on this machine; all else here is pure.
//! Memory decides the CPU too: "at 1,769 MB, a function has the equivalent of one vCPU".
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>

mod compare;
mod goal;
mod run;
mod size;
mod spread;
mod subject;
mod tariff;
mod trial;

pub use self::{
    compare::{Compared, compare},
    goal::{Choice, Goal},
    run::{Run, RunFailed, Timings},
    size::{MemorySize, SizeFailed, SizeFigures, Tried},
    spread::Spread,
    subject::{Kind, Progress, Ran, Subject},
    tariff::Tariff,
    trial::{Trial, tune},
};
