//! From a [`StackFile`] to a [`Stack`]: the rules that hold between fields.

mod allow;
mod lambda;
mod models;
mod network;
mod secrets;
mod store;
mod timing;

use super::file::{ProviderName, StackFile, StrategiesFile};
use super::mistake::Mistake;
use super::opened;
use super::place;
use super::read::Reading;
use super::tree::{Layer, Node};
use crate::stack::{
    AsyncInit, Budget, EdgePrewarm, EnvironmentName, FargateSize, Idle, ImageBuild, ImageChoice,
    Keepalive, Lambda, Prewarm, Program, ProvisionedConcurrency, ReducedWorkers, Service, Stack,
    StackName, Strategies, Target, WarmUpTime,
};

/// Makes a stack of a file that was read, or says what does not go together in it.
///
/// What was wrong already when it was read is not told again, nor what follows from it.
pub(super) fn stack(
    reading: &Reading,
    name: StackName,
    environment: Option<EnvironmentName>,
    text: &str,
) -> (Option<Stack>, Vec<Mistake>) {
    let Some(file) = &reading.file else { return (None, Vec::new()) };
    let mut check = Check { file, reading, text, mistakes: Vec::new() };
    allow::check(&mut check);
    timing::check(&mut check);
    network::check(&mut check);
    secrets::check(&mut check);
    lambda::check(&mut check);
    let models = models::checked(&mut check);
    let program = check.program();
    let size = check.size();
    let store = store::checked(&mut check, &name);
    let mistakes = check.mistakes;
    let (Some(program), Some(size), Some(store)) = (program, size, store) else {
        return (None, mistakes);
    };
    let service = service(file, program, size);
    let idle = &file.idle.0;
    let stack = Stack {
        name,
        environment,
        target: file.target,
        protected: file.protected,
        aws: file.aws.clone(),
        network: file.network.clone(),
        service,
        models,
        store,
        health_check: file.health_check,
        load_balancer: file.load_balancer.clone(),
        lambda: lambda(file),
        deployment: file.deployment,
        autoscaling: file.autoscaling.clone(),
        logs: file.logs,
        idle: idle.enabled.then_some(Idle { after: idle.after, wait: idle.wait }),
        strategies: strategies(&file.strategies),
        budget: budget(file),
        ping: None,
        edge: None,
        provisioned: None,
    };
    (Some(stack), mistakes)
}

fn service(file: &StackFile, program: Program, size: FargateSize) -> Service {
    let service = &file.service;
    Service {
        program,
        port: service.port,
        size,
        architecture: service.architecture,
        ephemeral_storage: service.ephemeral_storage,
        max_async: service.max_async,
        request_timeout: service.request_timeout,
        stop_timeout: service.stop_timeout,
        warm_at_start: false,
        answer_while_warming: false,
        environment: service.environment.clone(),
        secrets: service.secrets.clone(),
    }
}

fn strategies(file: &StrategiesFile) -> Strategies {
    let StrategiesFile {
        prewarm,
        reduced_workers,
        async_init,
        keepalive,
        edge_prewarm,
        provisioned_concurrency,
    } = file;
    let (prewarm, reduced_workers) = (&prewarm.0, &reduced_workers.0);
    let (async_init, keepalive) = (&async_init.0, &keepalive.0);
    let (edge_prewarm, provisioned) = (&edge_prewarm.0, &provisioned_concurrency.0);
    Strategies {
        prewarm: prewarm.enabled.then_some(Prewarm { warm_up: prewarm.warm_up }),
        reduced_workers: reduced_workers
            .enabled
            .then_some(ReducedWorkers { workers: reduced_workers.workers }),
        async_init: async_init.enabled.then_some(AsyncInit {}),
        keepalive: keepalive.enabled.then(|| Keepalive {
            schedule: keepalive.schedule.clone(),
            path: keepalive.path.clone(),
        }),
        edge_prewarm: edge_prewarm.enabled.then(|| EdgePrewarm {
            retry_after: edge_prewarm.retry_after,
            limit: edge_prewarm.limit,
            domain: edge_prewarm.domain.clone(),
            certificate: edge_prewarm.certificate.clone(),
        }),
        provisioned_concurrency: provisioned.enabled.then(|| ProvisionedConcurrency {
            minimum: provisioned.minimum,
            maximum: provisioned.maximum.unwrap_or(provisioned.minimum),
            utilization: provisioned.utilization,
        }),
    }
}

fn lambda(file: &StackFile) -> Lambda {
    let (lambda, request) = (&file.lambda, file.service.request_timeout.get());
    let folders = lambda.layers.iter().map(|(name, it)| (name.clone(), it.of(&file.stack)));
    Lambda {
        memory: lambda.memory,
        timeout: lambda.timeout.unwrap_or_else(|| Lambda::timeout_for(request)),
        front: lambda.front,
        response: lambda.response,
        auth: lambda.auth,
        in_network: lambda.in_network,
        concurrency: lambda.concurrency,
        tracing: lambda.tracing,
        log_level: lambda.log_level,
        layers: folders.collect(),
        keep: lambda.keep,
    }
}

fn budget(file: &StackFile) -> Budget {
    let budget = &file.budget;
    let calls_nobody = [file.models.embedding.provider, file.models.llm.provider]
        .iter()
        .all(|it| *it == ProviderName::BuiltIn);
    let of_strategy = || match calls_nobody {
        true => WarmUpTime::MIN,
        false => WarmUpTime::clamped(file.strategies.prewarm.0.warm_up.get()),
    };
    Budget {
        image_size: budget.image_size,
        bind: budget.bind,
        warm_up: budget.warm_up.unwrap_or_else(of_strategy),
        answer_time: file.autoscaling.answer_time,
        requests_per_hour: budget.requests_per_hour,
        active_hours: budget.active_hours,
        monthly: budget.monthly,
    }
}

/// The file at hand, and what was found wrong with it.
struct Check<'a> {
    file: &'a StackFile,
    reading: &'a Reading,
    text: &'a str,
    mistakes: Vec<Mistake>,
}

/// What is wrong between fields: the words of a [`Mistake`].
struct Finding {
    title: String,
    label: String,
    help: String,
}

impl Check<'_> {
    /// Records what is wrong between the fields at these paths, shown at the one among them that
    /// is the user's last word.
    fn refuse(&mut self, paths: &[&str], finding: Finding) {
        let split: Vec<Vec<&str>> = paths.iter().map(|path| path.split('.').collect()).collect();
        if split.iter().any(|path| self.is_spoiled(path)) {
            return;
        }
        let place = opened::blamed(&self.reading.tree, &split);
        let Finding { title, label, help } = finding;
        self.mistakes.push(place::mistake(self.text, place, title, label, help));
    }

    /// As [`Self::refuse`], and says which rule it is that is broken.
    fn refuse_by(&mut self, rule: &'static str, paths: &[&str], finding: Finding) {
        let known = self.mistakes.len();
        self.refuse(paths, finding);
        self.mistakes[known..].iter_mut().for_each(|mistake| mistake.rule = Some(rule));
    }

    /// As [`Self::refuse`], but shown at the key, which is what is wrong.
    fn refuse_key(&mut self, path: &str, finding: Finding) {
        let split: Vec<&str> = path.split('.').collect();
        if self.is_spoiled(&split) {
            return;
        }
        if let Some(entry) = self.reading.tree.entry_at(&split) {
            let Finding { title, label, help } = finding;
            self.mistakes.push(place::mistake(self.text, entry.key_place, title, label, help));
        }
    }

    /// Whether a mistake at a path, above or below it was told already.
    fn is_spoiled(&self, path: &[&str]) -> bool {
        self.reading
            .spoiled
            .iter()
            .any(|spoiled| spoiled.iter().zip(path).all(|(spoiled, key)| spoiled == key))
    }

    fn node(&self, path: &str) -> Option<&Node> {
        let path: Vec<&str> = path.split('.').collect();
        self.reading.tree.at(&path)
    }

    /// Whether the user wrote a value at a path.
    fn is_written(&self, path: &str) -> bool {
        self.node(path).is_some_and(|node| node.shown.layer != Layer::Default)
    }

    /// A value in words, `8` or `8 (the default)`.
    fn shown(&self, path: &str, value: impl std::fmt::Display) -> String {
        if self.is_written(path) { format!("{value}") } else { format!("{value} (the default)") }
    }

    fn program(&mut self) -> Option<Program> {
        let service = &self.file.service;
        match (self.file.target, &service.image, &service.binary) {
            (Target::Local, _, None) => Some(Program::Bundled),
            (Target::Local, _, Some(path)) => Some(Program::Binary(path.of(&self.file.stack))),
            (Target::Fargate | Target::Lambda, Some(ImageChoice::Named(image)), _) => {
                Some(Program::Image(image.clone()))
            }
            (Target::Fargate | Target::Lambda, Some(ImageChoice::Build), _) => {
                let image = &self.file.image;
                Some(Program::Build(ImageBuild {
                    bundle: image.bundle.as_ref().map(|it| it.of(&self.file.stack)),
                    repository: image.repository.clone(),
                    compression: image.compression,
                    keep: image.keep,
                }))
            }
            (Target::Lambda, None, _) => {
                let bundle = self.file.image.bundle.as_ref().map(|it| it.of(&self.file.stack));
                Some(Program::Zip { bundle })
            }
            (target @ Target::Fargate, None, _) => {
                self.refuse(
                    &["target", "service.image"],
                    Finding {
                        title: format!("the target `{target}` needs a container image"),
                        label: "and `service.image` is missing".to_owned(),
                        help: "add `image: build` beneath `service:`, or `image: registry/repository:tag`".to_owned(),
                    },
                );
                None
            }
        }
    }

    fn size(&mut self) -> Option<FargateSize> {
        let service = &self.file.service;
        let (cpu, memory) = (service.cpu, service.memory);
        if !self.is_written("service.memory") {
            return Some(FargateSize::at_least(cpu, memory));
        }
        match FargateSize::new(cpu, memory) {
            Ok(size) => Some(size),
            Err(error) => {
                let help = match (&error.suggestion, &error.why) {
                    (Some(up), Some(why)) => format!("write `memory: {up}` ({why})"),
                    (Some(up), None) => format!("write `memory: {up}`"),
                    (None, why) => why.clone().unwrap_or_default(),
                };
                self.refuse_by(
                    "FG01",
                    &["service.memory", "service.cpu"],
                    Finding {
                        title: format!(
                            "Fargate does not sell `cpu: {cpu}` with `memory: {memory}`"
                        ),
                        label: error.expected,
                        help,
                    },
                );
                None
            }
        }
    }
}
