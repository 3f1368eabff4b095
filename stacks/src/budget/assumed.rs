//! The times that hold where nothing was measured, each with where it comes from.

use std::time::Duration;

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

/// Lambda sets a sandbox up. It says only that a cold start takes from less than 0.1 s to more than 1 s, all in all.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
pub(super) const SANDBOX: Range = Range::new(0.05, 0.15, 0.6);

/// How fast Lambda fetches and unpacks code, in compressed megabytes a second. Assumed; of an image it fetches no more than
/// is read: <https://www.usenix.org/conference/atc23/presentation/brooker>.
pub(super) const CODE_RATE: Range = Range::new(200.0, 100.0, 30.0);

/// The service's start as a function on a whole core: what `docs/measurements.md` has of its init on a busy machine, from the
/// best case to three times that.
pub(super) const START_ON_CORE: Range = Range::new(0.005, 0.012, 0.036);

/// After which Lambda breaks a start off that nobody has provisioned, to begin it again within the request.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
pub(crate) const INIT_LIMIT: Duration = Duration::from_secs(10);

/// The same for sandboxes that are set up ahead, where an invocation may not take longer.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html>
pub(crate) const PROVISIONED_INIT_LIMIT: Duration = Duration::from_secs(130);

/// From new code or settings of a function until a numbered version of them may be called. Assumed.
pub(super) const PUBLISH: Range = Range::new(3.0, 8.0, 30.0);

/// Lambda begins to set sandboxes up ahead after a minute or two.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html>
pub(super) const PREPARE: Range = Range::new(60.0, 90.0, 120.0);

/// From the good probe that was needed until requests come. Assumed; counted at worst only.
pub(super) const PROPAGATION: f64 = 5.0;

/// What the service says in `Retry-After` with 202 while it warms, and this machine's balancer when it held a request too
/// long, in seconds. See `docs/reference/service.md`.
pub(crate) const RETRY_WHILE_WARMING: f64 = 10.0;

/// What whoever wakes a service says in `Retry-After` with 503, in seconds.
pub(crate) const RETRY_WHILE_WAKING: f64 = 30.0;
