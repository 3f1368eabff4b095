//! What seconds and dollars depend on, taken from resources: those that are wanted as well as those that are live.

use std::{collections::BTreeSet, time::Duration};

use crate::{
    address::{Address, Kind},
    desired::{Desired, DesiredError},
    resource::{
        ContainerHealthCheck, EdgePlace, FargateTask, Function, HealthCheck, Job, Place, Program,
        Resource, ScalableTarget, Schedule, Scheme, Service, Subnets, TargetGroup, TaskDefinition,
        WhileWaking,
    },
    stack::{self, Architecture, HttpPath, Stack},
};

/// What seconds and dollars depend on.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Where it runs.
    pub on: On,
    /// The fewest tasks while awake.
    pub minimum: u32,
    /// The most tasks.
    pub maximum: u32,
    /// The balancer's check of a task.
    pub check: HealthCheck,
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

/// Where a stack runs, and what costs money there.
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
    /// CPU units of a task; 1024 are one vCPU.
    pub cpu: u32,
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

/// The stack's own load balancer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balancer {
    /// Whether it has public addresses.
    pub is_public: bool,
    /// Zones that it has an address in; none: as many as the default network has.
    pub zones: Option<usize>,
}

/// When the pools are warmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warming {
    /// The first query warms them, one after the other, and waits.
    OnFirstQuery,
    /// At the start, both side by side; queries wait for it.
    AtStart,
    /// At the start, both side by side; meanwhile queries are answered with 202.
    Behind,
}

/// Scaling to zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Idle {
    /// The time without a request after which it sleeps.
    pub after: Duration,
    /// What wakes it.
    pub wake: Wake,
}

/// What wakes a sleeping service, and what the request gets that did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// The balancer of this machine, which holds the request this long at most.
    Balancer(Duration),
    /// A Lambda function, which tells the caller to come again.
    Function,
}

impl Shape {
    /// The shape of the resources that stand `at` their addresses; none while those that take requests are not all there.
    pub fn of<'a>(at: impl Fn(&Address) -> Option<&'a Resource>) -> Option<Self> {
        let task = task_definition(&at)?;
        let (service, group, bounds) = (service(&at)?, target_group(&at)?, bounds(&at)?);
        let on = match (&task.fargate, &service.fargate) {
            (Some(of_task), Some(of_service)) => {
                On::Fargate(fargate(&at, task, of_task, of_service.public_ip))
            }
            _ => On::Machine,
        };
        Some(Self {
            on,
            minimum: bounds.minimum,
            maximum: bounds.maximum,
            check: group.health_check.clone(),
            container_check: task.health_check.clone(),
            grace: service.health_check_grace_period,
            deregistration_delay: group.deregistration_delay,
            stop_timeout: task.stop_timeout,
            minimum_healthy_percent: service.minimum_healthy_percent,
            maximum_percent: service.maximum_percent,
            warming: warming(task),
            idle: idle(&at),
            ping: schedule(&at, "keepalive"),
            tick: schedule(&at, "tick"),
            edge: edge(&at),
        })
    }

    /// The shape of what `stack`, with its strategies applied, needs. Which program it runs makes no difference.
    ///
    /// # Errors
    ///
    /// What [`Desired::of`] says of a stack that this version cannot deploy.
    pub fn wanted(stack: &Stack) -> Result<Self, DesiredError> {
        let desired = Desired::of(stack, &Program::any(&stack.service.program))?;
        Ok(Self::of(|at| desired.at(at)).expect("a stack takes requests on every target"))
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
    let log_days = match at(&of_task.log.group) {
        Some(Resource::LogGroup(group)) => group.retention_days,
        _ => None,
    };
    let is_arm = of_task.architecture == Architecture::Arm64.as_str();
    Fargate {
        cpu: task.cpu,
        memory: task.memory,
        architecture: if is_arm { Architecture::Arm64 } else { Architecture::X86_64 },
        ephemeral_storage: of_task.ephemeral_storage,
        public_ip,
        balancer: balancer(at),
        log_days,
        secrets: secrets(task),
        has_database: task.secrets.contains_key("DATABASE_URL"),
    }
}

fn balancer<'a>(at: &impl Fn(&Address) -> Option<&'a Resource>) -> Option<Balancer> {
    let Resource::LoadBalancer(balancer) = at(&Address::app(Kind::LoadBalancer))? else {
        return None;
    };
    let Place::Network { scheme, subnets, .. } = &balancer.place else { return None };
    let zones = match subnets {
        Subnets::Default => None,
        Subnets::Named(named) => Some(named.len()),
    };
    Some(Balancer { is_public: *scheme == Scheme::InternetFacing, zones })
}

/// The secrets of Secrets Manager, each counted once, however many variables come from it.
fn secrets(task: &TaskDefinition) -> usize {
    let kept = task.secrets.values().filter_map(|it| it.strip_prefix("secretsmanager:"));
    kept.collect::<BTreeSet<_>>().len()
}

fn warming(task: &TaskDefinition) -> Warming {
    let is_on = |name| task.environment.get(name).is_some_and(|it| it == "true");
    match (is_on("ASYNC_INIT"), is_on("WARMUP_ON_STARTUP")) {
        (true, _) => Warming::Behind,
        (false, true) => Warming::AtStart,
        (false, false) => Warming::OnFirstQuery,
    }
}

/// Who puts the service to sleep and wakes it: the balancer of this machine, or a function.
fn idle<'a>(at: &impl Fn(&Address) -> Option<&'a Resource>) -> Option<Idle> {
    if let Some(Resource::Idle(idle)) = at(&Address::app(Kind::Idle)) {
        let held = match idle.while_waking {
            WhileWaking::Hold(held) => held,
            WhileWaking::Accept | WhileWaking::Refuse => Duration::ZERO,
        };
        return Some(Idle { after: idle.after, wake: Wake::Balancer(held) });
    }
    match at(&Address::of(Kind::Function, "wake"))? {
        Resource::Function(Function { job: Job::Wake(wake), .. }) => {
            Some(Idle { after: wake.sleeps_after(), wake: Wake::Function })
        }
        _ => None,
    }
}

fn schedule<'a>(
    at: &impl Fn(&Address) -> Option<&'a Resource>,
    name: &str,
) -> Option<stack::Schedule> {
    match at(&Address::of(Kind::Schedule, name))? {
        Resource::Schedule(Schedule { expression, .. }) => stack::Schedule::parse(expression).ok(),
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
