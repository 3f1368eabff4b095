//! A function on this machine, as AWS Lambda runs it: its runtime API on loopback, and a process for each sandbox.
//!
//! ```text
//! Function ─event─▶ Sandbox ─next─▶ process ─response─▶ Sandbox ─▶ Ended: answer, report, log
//!    └ idle sandboxes, which stand still    └ stopped from one `next` to the next event
//! ```
//!
//! What it has of Lambda: init once a sandbox, freezing, CPU by memory, concurrency, provisioned sandboxes, limits of time, the
//! texts and the record that Lambda gives. What it has not: extensions, the network of Lambda, a limit of memory, and its
//! own part of a cold start (placing a sandbox and unpacking the program). Sandboxes end with the [`Function`]; they outlive a process of
//! ours that is killed, and stand still then.

mod cpu;
mod event;
mod failure;
mod function;
mod init;
mod output;
mod pause;
mod report;
mod runtime_api;
mod sandbox;
mod settings;
mod start;
mod tuned;

pub use self::{
    cpu::Limiter,
    event::{HttpAnswer, HttpRequest, UnreadableAnswer},
    failure::{FunctionError, InvokeError},
    function::Function,
    report::{Metrics, Record, Report, Status},
    sandbox::{Answer, Ended, Part},
    settings::{CpuLimit, FunctionSettings, Initialization},
    tuned::TunedFunction,
};
