//! Tasks: what they are, and the phases they pass.

use serde_json::Value;

use super::deployment::Deployment;
use super::image::{self, Fare};
use super::service::Service;
use crate::account::{Here, Region};
use crate::ec2::interface::{self, Interface};
use crate::elb::Target;
use crate::input::{flag, list, text, texts, whole};
use crate::time::Time;

/// How far a task has come, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Its network interface is being made.
    Provisioning,
    /// Its image is being pulled.
    Pending,
    /// Its containers run.
    Running,
    /// Its target is being drained.
    Deactivating,
    /// It is over.
    Stopped,
}

impl Status {
    /// AWS's word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopped => "STOPPED",
        }
    }
}

/// A container of a task.
#[derive(Clone, Debug)]
pub(super) struct Container {
    pub(super) name: String,
    pub(super) image: String,
    pub(super) essential: bool,
    /// Whether it has a health check.
    pub(super) watched: bool,
    /// Whether others wait for it to end.
    pub(super) first: bool,
    pub(super) log: Option<(String, String)>,
    pub(super) exit: Option<i64>,
    pub(super) reason: Option<String>,
}

/// When a task reached what.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) pull_started: Option<Time>,
    pub(super) pull_stopped: Option<Time>,
    pub(super) started: Option<Time>,
    pub(super) stopping: Option<Time>,
    pub(super) stopped: Option<Time>,
}

/// A task.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) arn: String,
    pub(super) id: String,
    pub(crate) cluster: String,
    pub(super) service: String,
    pub(super) service_name: String,
    pub(super) deployment: String,
    pub(super) definition: String,
    pub(super) size: [Option<String>; 2],
    pub(super) containers: Vec<Container>,
    pub(super) fare: Fare,
    pub(super) image_tag: String,
    pub(super) interface: Interface,
    pub(super) attachment: String,
    /// Its place in target groups: the group's ARN and the port.
    pub(super) places: Vec<(String, i64)>,
    pub(crate) last: Status,
    /// Whether it is to stop: its `desiredStatus`.
    pub(crate) stopping: bool,
    /// Whether it is as healthy as its service can tell.
    pub(super) ready: bool,
    pub(super) sick: bool,
    pub(super) age: u32,
    pub(super) stop: Option<(&'static str, String)>,
    pub(super) created: Time,
    pub(super) times: Times,
}

/// Why a task counts against its deployment.
pub(super) struct Failure;

fn containers(definition: &Value) -> Vec<Container> {
    let all = list(definition, "containerDefinitions");
    let awaited: Vec<&str> = all
        .iter()
        .flat_map(|each| list(each, "dependsOn"))
        .filter(|on| matches!(text(on, "condition"), Some("SUCCESS" | "COMPLETE")))
        .filter_map(|on| text(on, "containerName"))
        .collect();
    let container = |each: &Value| {
        let name = text(each, "name").unwrap_or_default();
        let options = each.get("logConfiguration").and_then(|log| log.get("options"));
        let option = |key| options.and_then(|options| text(options, key)).map(str::to_owned);
        Container {
            name: name.to_owned(),
            image: text(each, "image").unwrap_or_default().to_owned(),
            essential: flag(each, "essential") != Some(false),
            watched: each.get("healthCheck").is_some_and(Value::is_object),
            first: awaited.contains(&name),
            log: option("awslogs-group").zip(option("awslogs-stream-prefix")),
            exit: None,
            reason: None,
        }
    };
    all.iter().map(container).collect()
}

impl Task {
    /// Starts the `n`-th task of a service for a deployment.
    pub(super) fn start(
        region: &mut Region,
        service: &Service,
        deployment: &Deployment,
        n: usize,
        at: Time,
    ) -> Self {
        let target = &deployment.target;
        let definition = super::definition::find(region, &target.definition);
        let definition = definition.map(|found| found.fields.clone()).unwrap_or_default();
        let (fare, image_tag) = image::fare(region, &definition);
        let network = target.network.get("awsvpcConfiguration").unwrap_or(&Value::Null).clone();
        let subnets = texts(&network, "subnets");
        let subnet = subnets.get(n % subnets.len().max(1)).cloned().unwrap_or_default();
        let id = region.ids.hex(32);
        let arn = region.arn("ecs", &format!("task/{}/{id}", service.cluster));
        let attachment = region.ids.uuid();
        let description = region.arn("ecs", &format!("attachment/{attachment}"));
        let public = text(&network, "assignPublicIp") == Some("ENABLED");
        let groups = texts(&network, "securityGroups");
        let interface = interface::attach(region, &arn, description, &subnet, groups, public);
        let place = |each: &Value| {
            Some((text(each, "targetGroupArn")?.to_owned(), whole(each, "containerPort")?))
        };
        let balancers = target.balancers.as_array().map_or(&[][..], Vec::as_slice);
        Self {
            arn,
            id,
            cluster: service.cluster.clone(),
            service: service.arn.clone(),
            service_name: service.name.clone(),
            deployment: deployment.id.clone(),
            definition: target.definition.clone(),
            size: ["cpu", "memory"].map(|key| text(&definition, key).map(str::to_owned)),
            containers: containers(&definition),
            fare,
            image_tag,
            interface,
            attachment,
            places: balancers.iter().filter_map(place).collect(),
            last: Status::Provisioning,
            stopping: false,
            ready: false,
            sick: false,
            age: 0,
            stop: None,
            created: at,
            times: Times::default(),
        }
    }

    /// Passes one phase; tells when it failed in it.
    pub(super) fn pass(&mut self, here: &mut Here<'_>, at: Time) -> Option<Failure> {
        self.age += 1;
        match self.last {
            Status::Stopped => None,
            Status::Deactivating => self.finish(here, at),
            _ if self.stopping => {
                let running = self.last == Status::Running;
                self.place(here, running.then_some("draining"));
                self.last = Status::Deactivating;
                if running { None } else { self.finish(here, at) }
            }
            Status::Provisioning => {
                self.last = Status::Pending;
                self.times.pull_started = Some(at);
                None
            }
            Status::Pending => self.pull(here, at),
            Status::Running => self.run(here, at),
        }
    }

    fn pull(&mut self, here: &mut Here<'_>, at: Time) -> Option<Failure> {
        match self.fare {
            Fare::Stuck => return None,
            Fare::Slow if self.age < 50 => return None,
            Fare::NoPull => {
                let image = self.containers.first().map(|each| each.image.clone());
                let image = image.unwrap_or_default();
                let reason = format!(
                    "CannotPullContainerError: pull image manifest has been retried 1 time(s): \
                     failed to resolve ref {image}: {image}: not found"
                );
                for container in &mut self.containers {
                    container.reason = Some(reason.clone());
                }
                self.stop("TaskFailedToStart", reason, at);
                self.last = Status::Deactivating;
                let _counted_once = self.finish(here, at);
                return Some(Failure);
            }
            _ => {}
        }
        self.last = Status::Running;
        self.times.pull_stopped = Some(at);
        self.times.started = Some(at);
        for container in self.containers.iter_mut().filter(|each| each.first) {
            container.exit = Some(0);
        }
        self.write(here.region, at);
        self.place(here, Some("initial"));
        None
    }

    fn run(&mut self, here: &mut Here<'_>, at: Time) -> Option<Failure> {
        let essential = self.containers.iter_mut().find(|each| each.essential);
        match (self.fare, essential) {
            (Fare::Crash | Fare::OutOfMemory, Some(container)) => {
                let killed = self.fare == Fare::OutOfMemory;
                container.exit = Some(if killed { 137 } else { 1 });
                container.reason = killed
                    .then(|| "OutOfMemoryError: Container killed due to memory usage".to_owned());
                let name = "Essential container in task exited";
                self.stop("EssentialContainerExited", name.into(), at);
                self.last = Status::Deactivating;
                let _counted_once = self.finish(here, at);
                Some(Failure)
            }
            (Fare::Sick, _) if !self.places.is_empty() => {
                if self.sick {
                    let arn = self.places.first().map(|place| place.0.clone());
                    let arn = arn.unwrap_or_default();
                    let reason = format!("Task failed ELB health checks in (target-group {arn})");
                    self.stop("ServiceSchedulerInitiated", reason, at);
                    return Some(Failure);
                }
                self.sick = true;
                self.place(here, Some("unhealthy"));
                None
            }
            (Fare::Unhealthy, _) => {
                if self.sick {
                    let reason = "Task failed container health checks".to_owned();
                    self.stop("ServiceSchedulerInitiated", reason, at);
                    return Some(Failure);
                }
                self.sick = true;
                None
            }
            _ => {
                if !self.ready {
                    self.ready = true;
                    self.place(here, Some("healthy"));
                }
                None
            }
        }
    }

    /// Wants it stopped, and says why; the first reason stays.
    pub(super) fn stop(&mut self, code: &'static str, reason: String, at: Time) {
        self.stopping = true;
        self.ready = false;
        self.times.stopping.get_or_insert(at);
        self.stop.get_or_insert((code, reason));
    }

    fn finish(&mut self, here: &mut Here<'_>, at: Time) -> Option<Failure> {
        self.last = Status::Stopped;
        self.times.stopped = Some(at);
        if self.times.started.is_some() {
            for container in self.containers.iter_mut().filter(|each| each.exit.is_none()) {
                container.exit = Some(if self.fare == Fare::Crash { 1 } else { 0 });
            }
        }
        self.place(here, None);
        interface::release(here.region, &self.arn, at.plus(here.pace.release));
        None
    }

    /// Puts it into its target groups with a state, or takes it out.
    fn place(&self, here: &mut Here<'_>, state: Option<&'static str>) {
        for (arn, port) in &self.places {
            let Some(group) = here.region.elb.groups.get_mut(arn) else { continue };
            let id = &self.interface.address;
            group.targets.retain(|old| (&old.id, old.port) != (id, *port));
            if let Some(state) = state {
                group.targets.push(Target { id: id.clone(), port: *port, state });
            }
        }
    }

    fn write(&self, region: &mut Region, at: Time) {
        let lines = image::lines(region, &self.image_tag, self.fare);
        for container in self.containers.iter().filter(|each| each.essential) {
            let Some((group, prefix)) = &container.log else { continue };
            let stream = format!("{prefix}/{}/{}", container.name, self.id);
            for line in &lines {
                crate::logs::write(region, group, &stream, at, line);
            }
        }
    }
}
