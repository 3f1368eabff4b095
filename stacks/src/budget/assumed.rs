//! The times that hold where nothing was measured, each with where it comes from.

use super::range::Range;

/// A function notices a request that finds no task, and asks for one.
pub(super) const WAKE: Range = Range::new(1.0, 2.0, 5.0);

/// ECS's scheduler makes a task once one is wanted. Nobody says how long it takes.
pub(super) const SCHEDULE: Range = Range::new(1.0, 3.0, 10.0);

/// From a task's `createdAt` to its `pullStartedAt`: its place and its network interface. Measured by three others in
/// 2026, in ca-central-1 and eu-west-1.
///
/// The order of things: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html>
pub(super) const PROVISION: Range = Range::new(10.7, 14.0, 24.0);

/// How fast an image is pulled, in compressed megabytes a second: two were measured by others in 2026, 70 and 22.
///
/// What it depends on: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-pull-behavior.html>
pub(super) const PULL_RATE: Range = Range::new(70.0, 30.0, 15.0);

/// From a task's `pullStoppedAt` to its `startedAt`, as measured by the same others.
pub(super) const START: Range = Range::new(1.0, 3.5, 7.0);

/// A process on this machine, until its first instruction: what `docs/measurements.md` has left beside the service's own
/// start and the balancer's probes.
pub(super) const START_ON_MACHINE: Range = Range::new(0.01, 0.02, 0.05);

/// From the good probe that was needed until requests come. Assumed; counted at worst only.
pub(super) const PROPAGATION: f64 = 5.0;

/// What the service says in `Retry-After` with 202 while it warms, and this machine's balancer when it held a request too
/// long, in seconds. See `docs/reference/service.md`.
pub(super) const RETRY_WHILE_WARMING: f64 = 10.0;

/// What whoever wakes a service says in `Retry-After` with 503, in seconds.
pub(super) const RETRY_WHILE_WAKING: f64 = 30.0;
