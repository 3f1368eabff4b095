//! What rules look at.

use std::collections::BTreeMap;

use crate::{
    address::{Address, Kind},
    config::{Opened, Source},
    desired::Desired,
    resource::{Function, Job, Program, Resource},
    shape::{Shape, Tasks},
    stack::{Front, HttpPath, Provider, Setting, Stack, Target, TargetHealthCheck},
    strategy,
};

/// Seconds from a container's start until the service listens, in 99 of 100 starts. It listens after
/// a few milliseconds (`docs/measurements.md`); a task with a quarter of a CPU takes longer.
const BIND_S: u32 = 1;

/// What the name of a variable ends in that says where the value is kept: `docs/reference/service.md`.
const BY_REFERENCE: &str = "_FROM";

/// A stack as rules see it. Values only: nothing is asked of anybody.
#[derive(Debug)]
pub struct Facts<'a> {
    /// As the file says it.
    pub file: &'a Stack,
    /// As the strategies that are on make it, which is what runs.
    pub runs: Stack,
    source: &'a Source,
}

impl<'a> Facts<'a> {
    /// The facts of a file that was opened.
    pub fn of(opened: &'a Opened) -> Self {
        Self { file: &opened.stack, runs: strategy::applied(&opened.stack), source: &opened.source }
    }

    pub(super) fn is_on(&self, target: Target) -> bool {
        self.file.target == target
    }

    /// Whether the file wrote a value at a path, instead of leaving it to the default.
    pub(super) fn is_written(&self, path: &str) -> bool {
        self.source.is_written(path)
    }

    /// A value in words, `30s` or `30s (the default)`.
    pub(super) fn shown(&self, path: &str, value: impl std::fmt::Display) -> String {
        if self.is_written(path) { format!("{value}") } else { format!("{value} (the default)") }
    }

    /// The health check of the load balancer, as it runs.
    pub(super) fn probe(&self) -> &TargetHealthCheck {
        &self.runs.load_balancer.health_check
    }

    /// What seconds and dollars depend on.
    pub(super) fn shape(&self) -> Shape {
        Shape::wanted(&self.runs)
    }

    /// The same of the tasks; none on a target without them.
    pub(super) fn tasks(&self) -> Option<Tasks> {
        self.shape().tasks().cloned()
    }

    /// What the function is told by variables: settings, and for secrets where they are kept; none where there is none.
    pub(super) fn function_environment(&self) -> Option<BTreeMap<String, String>> {
        let desired = Desired::of(&self.runs, &Program::any(&self.runs.service.program));
        match desired.at(&Address::app(Kind::Function))? {
            Resource::Function(Function { job: Job::Service(job), .. }) => {
                // A secret is told as a reference, under its name with an ending.
                let named = |(name, place): (&String, &String)| {
                    (format!("{name}{BY_REFERENCE}"), place.clone())
                };
                let mut all = job.environment.clone();
                all.extend(job.secrets.iter().map(named));
                Some(all)
            }
            _ => None,
        }
    }

    /// Whether clients come through a load balancer.
    pub(super) fn has_balancer(&self) -> bool {
        !self.is_on(Target::Lambda) || self.file.lambda.front == Front::LoadBalancer
    }

    /// Whether the container's own check waits until the service is warm: its variable says so.
    pub(super) fn is_container_gated(&self) -> bool {
        match self.runs.service_environment().get("HEALTHCHECK_PATH") {
            Some(Setting::Plain(path)) => without_query(path) == HttpPath::READY,
            Some(Setting::Secret(_)) | None => false,
        }
    }

    /// Whether the service answers only those who show a key, but for a few paths that are the same for all.
    pub(super) fn wants_a_key(&self) -> bool {
        let environment = self.runs.service_environment();
        environment.contains_key("LIGHTRAG_API_KEY") && !environment.contains_key("WHITELIST_PATHS")
    }

    /// Whether both pools are warmed without a query.
    pub(super) fn warms(&self) -> bool {
        self.runs.service.warm_at_start || self.runs.service.answer_while_warming
    }

    /// Whether the load balancer waits until the service is warm.
    pub(super) fn is_gated(&self) -> bool {
        asked(&self.probe().path) == HttpPath::READY
    }

    /// Seconds from a container's start until its health check succeeds, in 99 of 100 starts.
    pub(super) fn ready_s(&self) -> u32 {
        if self.is_gated() && self.warms() { self.warm_s() } else { BIND_S }
    }

    /// Seconds from a container's start until both pools are warm, in 99 of 100 starts.
    pub(super) fn warm_s(&self) -> u32 {
        BIND_S + self.source.warm_up().get()
    }

    /// Whether an answer waits for a model that somebody else runs, for as long as that takes.
    pub(super) fn waits_for_a_provider(&self) -> bool {
        matches!(self.file.models.llm.provider, Provider::OpenAi { .. })
    }

    /// The longest that one request may take, in seconds.
    pub(super) fn longest_request_s(&self) -> u32 {
        self.file.service.request_timeout.get()
    }
}

/// A path without its query.
pub(super) fn asked(path: &HttpPath) -> &str {
    without_query(path.as_str())
}

fn without_query(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}
