//! Runs a stack on AWS: a backend over the AWS SDKs, a kind a file.
//!
//! - [`AwsBackend`] is the door; [`AwsOptions`] says what it needs to know.
//! - `live` reads all that exists in two rounds of calls; `perform` hands a step to its kind.
//! - A file for each kind: `role`, `log_group`, `security_group`, `cluster`, `task_definition`, `target_group`,
//!   `load_balancer`, `listener`, `listener_rule`, `service`, `scaling`, `layer`, `function`, `alias`, `function_url`,
//!   `function_target`, `connection`, `destination`, `schedule`, `secret`, `edge`.
//! - `deployment` follows a rollout to its end, and keeps what is known of one that failed.
//! - `verify` checks what a deployment needs, before there is one.
//! - `cold_times` reads what starts have taken.
//! - `tune` measures the stack's function with one memory size after the other.
//! - `bench` has tasks replaced, and tells when they reached which point of their start.
//! - `policy` says what whoever uses ragctl must be allowed.
//! - `names` and `tags` say what things are called and whose they are; `call` what a refusal means; `wait` asks again.
//!
//! There is no state file: what exists is found by its name, and is ours when its tag says so.

mod alias;
mod archive;
mod aws;
mod backend;
mod bench;
mod call;
mod clients;
mod cluster;
mod cold_times;
mod connection;
mod deployment;
mod destination;
mod ecr;
mod edge;
mod found;
mod function;
mod function_target;
mod function_url;
mod image;
mod layer;
mod lease;
mod listener;
mod listener_rule;
mod live;
mod load_balancer;
mod log_group;
mod logs;
mod names;
mod network;
mod options;
mod perform;
mod policy;
mod policy_document;
mod render;
mod request_event;
mod revisions;
mod role;
mod scaling;
mod schedule;
mod secret;
mod security_group;
mod service;
mod status;
mod tags;
mod target_group;
mod task_definition;
mod tune;
mod verify;
mod wait;

pub use self::{
    backend::AwsBackend,
    bench::TaskStart,
    cold_times::{ColdTimes, Reach},
    image::registry,
    names::Names,
    options::{AwsOptions, Gate},
    policy::{Claim, GithubTrust, NotARepository, Policy, Purpose, Repository, Statement, policy},
    render::{Sent, render},
    revisions::PastRevision,
    tune::{Recovered, TunedFunction},
    verify::{Finding, State, without_region},
};
