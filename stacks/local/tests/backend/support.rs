//! A stack in a folder of its own, and what tests do with it.

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Mutex,
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use ragctl_local::{LocalBackend, LocalOptions, SupervisorProgram};
use ragctl_stacks::{
    address::{Address, Kind, Name},
    apply::{Outcome, apply},
    backend::Backend,
    desired::Desired,
    event::Event,
    plan::{Scope, plan},
    resource::{
        Algorithm, ContainerHealthCheck, Digest, HealthCheck, Idle, LoadBalancer, Metric, Place,
        Program, Resource, ScalableTarget, ScalingPolicy, Schedule, Service, Store, TargetGroup,
        TaskDefinition, WhileWaking,
    },
    status::{Status, Task, TaskState},
};
use rustix::process::{Pid, Signal, kill_process};

/// How long a test waits for what should come about.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder for one stack, which leaves no process behind.
pub(crate) struct Home {
    folder: tempfile::TempDir,
    pub(crate) stack: &'static str,
    pub(crate) scale: f64,
}

/// What a stack of a test asks for.
#[derive(Clone)]
pub(crate) struct Wanted {
    pub(crate) port: u16,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) secrets: BTreeMap<String, String>,
    pub(crate) check: Vec<String>,
    pub(crate) stop_timeout: Duration,
    pub(crate) breaker: bool,
    pub(crate) tasks: (u32, u32),
    pub(crate) idle: Option<Duration>,
    pub(crate) keepalive: Option<&'static str>,
    pub(crate) in_flight: Option<u32>,
    pub(crate) grace: Duration,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self::at(60.0)
    }

    /// A stack whose timings run `scale` times faster than real.
    pub(crate) fn at(scale: f64) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), stack: "shop", scale }
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join(".ragctl").join(self.stack)
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn backend(&self) -> LocalBackend {
        backend_at(&self.root(), self.stack, self.scale)
    }

    /// Brings the stack to what is wanted, and tells what happened.
    pub(crate) async fn deploy(&self, wanted: &Desired) -> (Outcome, Vec<Event>) {
        deploy(&self.backend(), wanted).await
    }

    pub(crate) async fn deployed(&self, wanted: &Wanted) {
        let (outcome, _) = self.deploy(&wanted.desired()).await;
        assert!(outcome.is_complete(), "{:?}\n{}", outcome.failed, self.supervisor_log());
    }

    pub(crate) async fn destroyed(&self) {
        let (outcome, _) = self.deploy(&Desired::nothing(scope())).await;
        assert!(outcome.is_complete(), "{:?}\n{}", outcome.failed, self.supervisor_log());
    }

    pub(crate) async fn status(&self) -> Status {
        self.backend().status().await.unwrap().expect("the stack exists")
    }

    pub(crate) async fn healthy(&self) -> Vec<Task> {
        let tasks = self.status().await.tasks;
        tasks.into_iter().filter(|it| it.state == TaskState::Healthy).collect()
    }

    pub(crate) fn supervisor(&self) -> u32 {
        let pid = &self.record()["supervisor"]["pid"];
        u32::try_from(pid.as_u64().expect("a supervisor")).unwrap()
    }

    pub(crate) fn record(&self) -> serde_json::Value {
        serde_json::from_slice(&fs::read(self.root().join("record.json")).unwrap()).unwrap()
    }

    pub(crate) fn supervisor_log(&self) -> String {
        fs::read_to_string(self.root().join("supervisor.log")).unwrap_or_default()
    }
}

impl Drop for Home {
    #[expect(clippy::print_stdout, reason = "what a failed test needs to be understood")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            print!("supervisor.log:\n{}", self.supervisor_log());
        }
        let supervisor = fs::read(self.root().join("record.json")).ok();
        let record = supervisor.and_then(|it| serde_json::from_slice(&it).ok());
        let record: serde_json::Value = record.unwrap_or_default();
        if let Some(pid) = record["supervisor"]["pid"].as_u64() {
            signal(u32::try_from(pid).unwrap(), Signal::KILL);
        }
        for pid in processes_of(&self.root()) {
            signal(pid, Signal::KILL);
        }
    }
}

pub(crate) fn backend_at(root: &Path, stack: &str, time_scale: f64) -> LocalBackend {
    LocalBackend::new(LocalOptions {
        root: root.to_owned(),
        stack: stack.to_owned(),
        time_scale,
        supervisor: SupervisorProgram {
            program: example("supervisor"),
            args: vec![root.as_os_str().to_owned()],
        },
        secrets: Box::new(|reference| match reference {
            "env:KEY" => Ok("canary-8b1f".to_owned()),
            other => Err(format!("{other} is not set")),
        }),
    })
}

pub(crate) async fn deploy(backend: &LocalBackend, wanted: &Desired) -> (Outcome, Vec<Event>) {
    let live = backend.live().await.unwrap();
    let plan = plan(wanted, &live).unwrap();
    let events = Mutex::new(Vec::new());
    let tell = |event: Event| events.lock().unwrap().push(event);
    let outcome = apply(&plan, &live, backend, &tell).await.unwrap();
    (outcome, events.into_inner().unwrap())
}

/// A program that `cargo test` builds beside the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let path = here.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(
        path.exists(),
        "{} is missing: `cargo build -p ragctl-local --examples`",
        path.display()
    );
    path
}

/// A port for clients. Below those that the system hands out, so that no task and no other test is given it meanwhile.
pub(crate) fn port() -> u16 {
    loop {
        let port = fastrand::u16(10_000..30_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

pub(crate) fn scope() -> Scope {
    Scope { stack: "shop".into(), target: "local".into(), environment: None }
}

impl Wanted {
    pub(crate) fn new() -> Self {
        Self {
            port: port(),
            environment: BTreeMap::new(),
            secrets: BTreeMap::new(),
            check: Vec::new(),
            stop_timeout: Duration::from_secs(5),
            breaker: true,
            tasks: (1, 4),
            idle: None,
            keepalive: None,
            in_flight: None,
            grace: Duration::from_secs(60),
        }
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    pub(crate) fn definition(&self) -> TaskDefinition {
        TaskDefinition {
            name: Name::app(),
            program: Program::Binary {
                path: example("stand_in").display().to_string(),
                version: "1".into(),
            },
            cpu: 1024,
            memory: 2048,
            port: 8000,
            environment: self.environment.clone(),
            secrets: self.secrets.clone(),
            health_check: ContainerHealthCheck {
                command: self.check.clone(),
                interval: Duration::from_secs(5),
                timeout: Duration::from_secs(5),
                retries: 2,
                start_period: Duration::ZERO,
            },
            stop_timeout: self.stop_timeout,
            store: Some(Address::app(Kind::Store)),
            fargate: None,
        }
    }

    pub(crate) fn service(&self) -> Service {
        Service {
            name: Name::app(),
            task_definition: Address::app(Kind::TaskDefinition),
            revision: Digest::of(&self.definition()),
            target_group: Address::app(Kind::TargetGroup),
            minimum_healthy_percent: 100,
            maximum_percent: 200,
            circuit_breaker: self.breaker,
            health_check_grace_period: self.grace,
            timeout: Duration::from_secs(15),
            behind: Address::app(Kind::LoadBalancer),
            fargate: None,
        }
    }

    pub(crate) fn desired(&self) -> Desired {
        let mut all: Vec<Resource> = vec![
            Store { name: Name::app(), path: "data".into() }.into(),
            self.definition().into(),
            self.service().into(),
        ];
        all.push(
            TargetGroup {
                name: Name::app(),
                health_check: HealthCheck {
                    path: "/health".into(),
                    matcher: "200".into(),
                    interval: Duration::from_secs(2),
                    timeout: Duration::from_secs(5),
                    healthy_threshold: 2,
                    unhealthy_threshold: 3,
                },
                deregistration_delay: Duration::from_secs(300),
                algorithm: Algorithm::RoundRobin,
            }
            .into(),
        );
        all.push(
            LoadBalancer {
                name: Name::app(),
                idle_timeout: Duration::from_secs(60),
                place: Place::Machine {
                    port: self.port,
                    target_group: Address::app(Kind::TargetGroup),
                },
            }
            .into(),
        );
        all.push(
            ScalableTarget {
                name: Name::app(),
                minimum: self.tasks.0,
                maximum: self.tasks.1,
                service: Address::app(Kind::Service),
                sleeps_by: None,
            }
            .into(),
        );
        all.extend(self.optional());
        Desired::new(scope(), all)
    }

    fn optional(&self) -> Vec<Resource> {
        let policy = self.in_flight.map(|target| {
            Resource::from(ScalingPolicy {
                name: Name::app(),
                metric: Metric::RequestsInFlight,
                target,
                scale_out_cooldown: Duration::from_secs(30),
                scale_in_cooldown: Duration::from_secs(300),
                scalable_target: Address::app(Kind::ScalableTarget),
            })
        });
        let idle = self.idle.map(|after| {
            Resource::from(Idle {
                name: Name::app(),
                after,
                while_waking: WhileWaking::Hold(Duration::from_secs(10)),
                scalable_target: Address::app(Kind::ScalableTarget),
                load_balancer: Address::app(Kind::LoadBalancer),
            })
        });
        let keepalive = self.keepalive.map(|expression| {
            Resource::from(Schedule {
                name: Name::app(),
                expression: expression.into(),
                path: Some("/health".into()),
                through: Address::app(Kind::LoadBalancer),
                role: None,
            })
        });
        [policy, idle, keepalive].into_iter().flatten().collect()
    }
}

/// Asks a stack; the status and the body, or what went wrong.
pub(crate) async fn get(port: u16, path: &str) -> Result<(u16, String), String> {
    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let url = format!("http://127.0.0.1:{port}{path}").parse().unwrap();
    let answer = client.get(url).await.map_err(|it| format!("{it:?}"))?;
    let status = answer.status().as_u16();
    let body = answer.into_body().collect().await.map_err(|it| it.to_string())?.to_bytes();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

/// Waits until `holds`, for processes that do what they do in their own time.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < PATIENCE, "it did not come about that {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

pub(crate) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(i32::try_from(pid).unwrap()) {
        drop(kill_process(pid, signal).map_err(|it| it.to_string()));
    }
}

pub(crate) fn is_alive(pid: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// The living processes of the stack at `root`: the supervisor, by its arguments, and its tasks, by their environment.
pub(crate) fn processes_of(root: &Path) -> Vec<u32> {
    let root = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    let name = root.as_os_str().as_encoded_bytes();
    let mark = [b"RAGCTL_STACK_ROOT=", name].concat();
    let has = |pid: u32, file: &str, wanted: &[u8]| {
        let found = fs::read(format!("/proc/{pid}/{file}")).unwrap_or_default();
        found.split(|byte| *byte == 0).any(|it| it == wanted)
    };
    fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|it| it.file_name().to_str()?.parse().ok())
        .filter(|pid| has(*pid, "environ", &mark) || has(*pid, "cmdline", name))
        .filter(|pid| is_alive(*pid))
        .collect()
}
