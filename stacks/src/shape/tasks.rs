//! Tasks behind a load balancer, on this machine or on Fargate.

use std::{collections::BTreeMap, time::Duration};

use super::{Balancer, Warming, balancer, has_database, log_days, schedule, secrets, warming};
use crate::{
    address::{Address, Kind},
    resource::{
        Algorithm, ContainerHealthCheck, EdgePlace, FargateTask, Function, HealthCheck, Job,
        Resource, ScalableTarget, ScalingPolicy, Service, TargetGroup, TaskDefinition, WhileWaking,
    },
    stack::{self, Architecture, HttpPath},
};

/// Tasks that take requests behind a load balancer.
#[derive(Clone, Debug, PartialEq)]
pub struct Tasks {
    /// Where they run.
    pub on: On,
    /// The fewest tasks while awake.
    pub minimum: u32,
    /// The most tasks.
    pub maximum: u32,
    /// The measures by which tasks are added and removed.
    pub policies: Vec<ScalingPolicy>,
    /// How many requests a task answers at once: the workers of its LLM pool.
    pub workers: u32,
    /// CPU units of a task; 1024 are one vCPU.
    pub cpu: u32,
    /// The balancer's check of a task.
    pub check: HealthCheck,
    /// Which task gets the next request.
    pub algorithm: Algorithm,
    /// The task's own check.
    pub container_check: ContainerHealthCheck,
    /// After a task's start, in which failed checks do not stop it.
    pub grace: Duration,
    /// How long a task that is leaving may finish what it has.
    pub deregistration_delay: Duration,
    /// From SIGTERM to SIGKILL.
    pub stop_timeout: Duration,
    /// The share of tasks that must stay healthy while a new revision is rolled out, in percent.
    pub minimum_healthy_percent: u32,
    /// The share of tasks that may run while a new revision is rolled out, in percent.
    pub maximum_percent: u32,
    /// When the pools are warmed.
    pub warming: Warming,
    /// When it goes to sleep; none: never.
    pub idle: Option<Idle>,
    /// When it is asked, so that it stays warm.
    pub ping: Option<stack::Schedule>,
    /// When a function looks whether it may sleep.
    pub tick: Option<stack::Schedule>,
    /// After which time an edge before it tells callers to come again while it is cold; none: there is no edge.
    pub edge: Option<Duration>,
}

/// Where tasks run, and what costs money there.
#[derive(Clone, Debug, PartialEq)]
pub enum On {
    /// This machine.
    Machine,
    /// ECS Fargate.
    Fargate(Fargate),
}

/// What costs money on Fargate.
#[derive(Clone, Debug, PartialEq)]
pub struct Fargate {
    /// Memory of a task in MiB.
    pub memory: u32,
    /// The processors that it runs on.
    pub architecture: Architecture,
    /// Disk of a task in GiB.
    pub ephemeral_storage: u32,
    /// Whether a task has a public address.
    pub public_ip: bool,
    /// The load balancer, when it is the stack's own; none: a rule of another's.
    pub balancer: Option<Balancer>,
    /// Days that a line of the log is kept; none: for ever.
    pub log_days: Option<u32>,
    /// Secrets that a task reads from Secrets Manager.
    pub secrets: usize,
    /// Whether the documents are in a database, which is not the stack's.
    pub has_database: bool,
}

/// Scaling to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The time without a request after which it sleeps.
    pub after: Duration,
    /// What wakes it.
    pub wake: Wake,
    /// What the request gets that does it.
    pub while_waking: WhileWaking,
}

impl Idle {
    /// How long a request is held at most that finds no task.
    #[must_use]
    pub const fn held(&self) -> Duration {
        match self.while_waking {
            WhileWaking::Hold(held) => held,
            WhileWaking::Accept | WhileWaking::Refuse => Duration::ZERO,
        }
    }
}

/// What wakes a sleeping service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The balancer of this machine.
    Balancer,
    /// A Lambda function, to which requests come while no task is healthy.
    Function,
}

impl Tasks {
    /// The tasks of the resources that stand `at` their addresses; none while those that take requests are not all there.
    pub(super) fn of<'a>(at: &impl Fn(&Address) -> Option<&'a Resource>) -> Option<Self> {
        let task = task_definition(at)?;
        let (service, group, bounds) = (service(at)?, target_group(at)?, bounds(at)?);
        let on = match (&task.fargate, &service.fargate) {
            (Some(of_task), Some(of_service)) => {
                On::Fargate(fargate(at, task, of_task, of_service.public_ip))
            }
            _ => On::Machine,
        };
        Some(Self {
            on,
            minimum: bounds.minimum,
            maximum: bounds.maximum,
            policies: policies(at),
            workers: workers(&task.environment),
            cpu: task.cpu,
            algorithm: group.algorithm,
            check: group.health_check.clone(),
            container_check: task.health_check.clone(),
            grace: service.health_check_grace_period,
            deregistration_delay: group.deregistration_delay,
            stop_timeout: task.stop_timeout,
            minimum_healthy_percent: service.minimum_healthy_percent,
            maximum_percent: service.maximum_percent,
            warming: warming(&task.environment),
            idle: idle(at),
            ping: schedule(at, "keepalive"),
            tick: schedule(at, "tick"),
            edge: edge(at),
        })
    }

    /// Whether the balancer sends requests to warm tasks only.
    #[must_use]
    pub fn waits_for_warm(&self) -> bool {
        self.check.path == HttpPath::ready().as_str()
    }

    /// What costs money, on Fargate.
    #[must_use]
    pub const fn fargate(&self) -> Option<&Fargate> {
        match &self.on {
            On::Machine => None,
            On::Fargate(it) => Some(it),
        }
    }
}

/// Finds a resource of one kind.
macro_rules! find {
    ($($name:ident: $kind:ident),* $(,)?) => {
        $(fn $name<'a>(at: &impl Fn(&Address) -> Option<&'a Resource>) -> Option<&'a $kind> {
            match at(&Address::app(Kind::$kind))? {
                Resource::$kind(it) => Some(it),
                _ => None,
            }
        })*
    };
}

find! {
    task_definition: TaskDefinition,
    service: Service,
    target_group: TargetGroup,
    bounds: ScalableTarget,
}

fn fargate<'a>(
    at: &impl Fn(&Address) -> Option<&'a Resource>,
    task: &TaskDefinition,
    of_task: &FargateTask,
    public_ip: bool,
) -> Fargate {
    let is_arm = of_task.architecture == Architecture::Arm64.as_str();
    Fargate {
        memory: task.memory,
        architecture: if is_arm { Architecture::Arm64 } else { Architecture::X86_64 },
        ephemeral_storage: of_task.ephemeral_storage,
        public_ip,
        balancer: balancer(at),
        log_days: log_days(at, Some(&of_task.log.group)),
        secrets: secrets(&task.secrets),
        has_database: has_database(&task.secrets),
    }
}

fn policies<'a>(at: &impl Fn(&Address) -> Option<&'a Resource>) -> Vec<ScalingPolicy> {
    let policy = |name| match at(&Address::of(Kind::ScalingPolicy, name))? {
        Resource::ScalingPolicy(it) => Some(it.clone()),
        _ => None,
    };
    ["cpu", "requests"].into_iter().filter_map(policy).collect()
}

/// As the service reads them, whose own default is 8: `docs/reference/service.md`.
fn workers(environment: &BTreeMap<String, String>) -> u32 {
    let named = ["MAX_ASYNC_LLM", "MAX_ASYNC"].into_iter().find_map(|it| environment.get(it));
    named.and_then(|it| it.parse().ok()).filter(|it| *it > 0).unwrap_or(8)
}

/// Who puts the service to sleep and wakes it: the balancer of this machine, or a function.
fn idle<'a>(at: &impl Fn(&Address) -> Option<&'a Resource>) -> Option<Idle> {
    if let Some(Resource::Idle(idle)) = at(&Address::app(Kind::Idle)) {
        let while_waking = idle.while_waking;
        return Some(Idle { after: idle.after, wake: Wake::Balancer, while_waking });
    }
    match at(&Address::of(Kind::Function, "wake"))? {
        Resource::Function(Function { job: Job::Wake(wake), .. }) => Some(Idle {
            after: wake.sleeps_after(),
            wake: Wake::Function,
            while_waking: wake.while_waking,
        }),
        _ => None,
    }
}

fn edge<'a>(at: &impl Fn(&Address) -> Option<&'a Resource>) -> Option<Duration> {
    match at(&Address::app(Kind::Edge))? {
        Resource::Edge(edge) => match &edge.place {
            EdgePlace::Machine(it) => Some(it.retry_after),
            EdgePlace::CloudFront(it) => match at(&it.function)? {
                Resource::Function(Function { job: Job::Edge(job), .. }) => {
                    Some(job.cold.retry_after)
                }
                _ => None,
            },
        },
        _ => None,
    }
}
