//! The shape of a stack file. Its doc comments are what editors show: they come from the schema.
//!
//! Nothing is optional here that has a default, since the defaults are laid under the file before
//! it is read.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::allow::Allow;
use super::switch::Switch;
use crate::stack::{
    ActiveHours, Architecture, Autoscaling, Aws, BindTime, CertificateArn, Compression, CpuUnits,
    Deployment, Dimension, Dollars, EphemeralStorage, FilePath, Front, FunctionConcurrency,
    FunctionMemory, FunctionTimeout, HealthCheck, HostName, HttpPath, HttpUrl, IdleTime,
    ImageChoice, ImageRepository, ImageSize, KeptImages, KeptVersions, LayerName, LoadBalancer,
    LogLevel, Logs, MebiBytes, ModelName, ModelTimeout, Network, Port, RequestTimeout,
    RequestsPerHour, ResponseMode, RetryAfter, Schedule, SecretReference, StackName, StopTimeout,
    Target, UrlAuth, Utilization, VariableName, WakeWait, WarmUp, WarmUpTime, WarmupLimit, Workers,
};

/// A stack: what ragctl deploys, where, and how.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "ragctl stack file")]
pub(super) struct StackFile {
    /// Name of the stack; everything that it owns begins with it.
    pub(super) stack: StackName,
    /// Where it runs.
    pub(super) target: Target,
    /// Whether the stack's name has to be typed before it is taken down, even with `--yes`.
    pub(super) protected: bool,
    /// Where on AWS it lives.
    pub(super) aws: Aws,
    /// The network on AWS that it lies in.
    pub(super) network: Network,
    /// The service that it runs.
    pub(super) service: ServiceFile,
    /// The image that `service.image: build` asks for.
    pub(super) image: ImageFile,
    /// The models that the service calls.
    pub(super) models: ModelsFile,
    /// Where the service keeps its documents.
    pub(super) store: StoreFile,
    /// The container's own health check.
    pub(super) health_check: HealthCheck,
    /// The one address that clients use.
    pub(super) load_balancer: LoadBalancer,
    /// The service as a function, with the target `lambda`.
    pub(super) lambda: LambdaFile,
    /// How one revision of the service takes over from another.
    pub(super) deployment: Deployment,
    /// How many tasks run, and when that changes.
    pub(super) autoscaling: Autoscaling,
    /// What becomes of what its tasks log on AWS.
    pub(super) logs: Logs,
    /// When the service goes to sleep; off: never.
    pub(super) idle: Switch<IdleFile>,
    /// The cold-start strategies.
    pub(super) strategies: StrategiesFile,
    /// What is expected of the service and of its use, for `ragctl budget` and `ragctl cost`.
    pub(super) budget: BudgetFile,
    /// Rules that the stack may break, as a list or each with its reason; `ragctl explain` says what
    /// they are about.
    pub(super) allow: Allow,
}

/// The service: its program, its size and its settings.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceFile {
    /// Container image, for the targets on AWS: `build`, or `registry/repository:tag`; absent on Lambda: a ZIP archive.
    #[serde(default)]
    pub(super) image: Option<ImageChoice>,
    /// Path of the service's program, for this machine; absent: the one that came with ragctl.
    #[serde(default)]
    pub(super) binary: Option<FilePath>,
    /// Port that a task listens on.
    pub(super) port: Port,
    /// CPU units of a task; 1024 are 1 vCPU.
    pub(super) cpu: CpuUnits,
    /// Memory of a task in MiB; absent: 2048, or the least that Fargate sells with the CPU.
    pub(super) memory: MebiBytes,
    /// Processors that the program is built for.
    pub(super) architecture: Architecture,
    /// Disk of a task on Fargate in GiB; 20 cost nothing.
    pub(super) ephemeral_storage: EphemeralStorage,
    /// Workers of each pool whose model does not say its own number.
    pub(super) max_async: Workers,
    /// How long one HTTP request may take; past it the answer is 504.
    pub(super) request_timeout: RequestTimeout,
    /// How long a task may finish what is in flight before it is killed.
    pub(super) stop_timeout: StopTimeout,
    /// Variables to add to the service's environment.
    pub(super) environment: BTreeMap<VariableName, String>,
    /// Secret variables to add, each by where the secret is kept: `ssm:/path`,
    /// `secretsmanager:name`, or on this machine `env:NAME`.
    pub(super) secrets: BTreeMap<VariableName, SecretReference>,
}

/// The image that ragctl builds of the bundled service.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ImageFile {
    /// Folder with what goes in, as `service/make-bundle` makes it; absent: `bundle` beside ragctl.
    #[serde(default)]
    pub(super) bundle: Option<FilePath>,
    /// Repository that it is pushed to; absent: one of the stack's own in ECR, which is made with it.
    #[serde(default)]
    pub(super) repository: Option<ImageRepository>,
    /// How its layers are packed.
    pub(super) compression: Compression,
    /// How many images the stack's own repository keeps; older ones are deleted by ECR.
    pub(super) keep: KeptImages,
}

/// The models that the service calls.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelsFile {
    /// The model that turns text into a vector.
    pub(super) embedding: EmbeddingFile,
    /// The model that writes the answer.
    pub(super) llm: LlmFile,
}

/// The model that turns text into a vector.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EmbeddingFile {
    /// Who provides it.
    pub(super) provider: ProviderName,
    /// Base address of the provider's server.
    #[serde(default)]
    pub(super) host: Option<HttpUrl>,
    /// The model to ask for.
    #[serde(default)]
    pub(super) model: Option<ModelName>,
    /// Where the provider's key is kept: `ssm:/path`, `secretsmanager:name` or `env:NAME`.
    #[serde(default)]
    pub(super) api_key: Option<SecretReference>,
    /// How many numbers to expect; absent: whatever the provider answers.
    #[serde(default)]
    pub(super) dimension: Option<Dimension>,
    /// How long one call may take; a worker gets twice as long.
    pub(super) timeout: ModelTimeout,
    /// Workers of the pool; absent: as many as `service.max_async`.
    #[serde(default)]
    pub(super) max_async: Option<Workers>,
}

/// The model that writes the answer.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LlmFile {
    /// Who provides it.
    pub(super) provider: ProviderName,
    /// Base address of the provider's server.
    #[serde(default)]
    pub(super) host: Option<HttpUrl>,
    /// The model to ask for.
    #[serde(default)]
    pub(super) model: Option<ModelName>,
    /// Where the provider's key is kept: `ssm:/path`, `secretsmanager:name` or `env:NAME`.
    #[serde(default)]
    pub(super) api_key: Option<SecretReference>,
    /// How long one call may take; a worker gets twice as long.
    pub(super) timeout: ModelTimeout,
    /// Workers of the pool; absent: as many as `service.max_async`.
    #[serde(default)]
    pub(super) max_async: Option<Workers>,
}

/// Who provides a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub(super) enum ProviderName {
    /// The one inside the service; it needs no key and no network.
    BuiltIn,
    /// A server that speaks OpenAI's protocol.
    #[serde(rename = "openai")]
    OpenAi,
}

/// Where the service keeps its documents.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StoreFile {
    /// What keeps them.
    pub(super) engine: Engine,
    /// Folder that they lie in with `sqlite`, on this machine from the file's own; `{stack}` stands
    /// for the stack's name.
    pub(super) path: FilePath,
    /// Where the database's address, `postgres://user:password@host/name`, is kept with `postgres`:
    /// `ssm:/path`, `secretsmanager:name`, or on this machine `env:NAME`.
    #[serde(default)]
    pub(super) url: Option<SecretReference>,
}

/// What keeps documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub(super) enum Engine {
    /// `SQLite`, in one file.
    Sqlite,
    /// Postgres with pgvector, which the tasks share.
    Postgres,
}

/// The service as a function on AWS Lambda.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LambdaFile {
    /// Memory in MB; the CPU follows from it, one core at 1769.
    pub(super) memory: FunctionMemory,
    /// How long an invocation may take; absent: 5 s more than `service.request_timeout`, at most 15m.
    #[serde(default)]
    pub(super) timeout: Option<FunctionTimeout>,
    /// What stands before it.
    pub(super) front: Front,
    /// How answers go out through its URL; elsewhere they go out whole.
    pub(super) response: ResponseMode,
    /// Whom its URL lets through.
    pub(super) auth: UrlAuth,
    /// Whether it has addresses in the stack's network, as it needs them to reach a database there.
    pub(super) in_network: bool,
    /// Sandboxes at work at once, at most; absent: what the account has left.
    #[serde(default)]
    pub(super) concurrency: Option<FunctionConcurrency>,
    /// Whether X-Ray gets its traces.
    pub(super) tracing: bool,
    /// The least grave lines that it logs.
    pub(super) log_level: LogLevel,
    /// Folders that it finds below `/opt`, by their names there; each becomes a layer.
    pub(super) layers: BTreeMap<LayerName, FilePath>,
    /// How many versions of it, and of each layer, are kept beside those that serve.
    pub(super) keep: KeptVersions,
}

/// When the service goes to sleep.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct IdleFile {
    /// Whether it sleeps at all.
    pub(super) enabled: bool,
    /// Time without a request after which the last task is stopped.
    pub(super) after: IdleTime,
    /// Time that the first request is held while a task wakes; then it gets 503.
    pub(super) wait: WakeWait,
}

/// The cold-start strategies; `ragctl strategy explain NAME` says what each one buys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct StrategiesFile {
    /// Warm both pools at start, and be ready when they are warm.
    pub(super) prewarm: Switch<PrewarmFile>,
    /// Fewer workers in each pool.
    pub(super) reduced_workers: Switch<ReducedWorkersFile>,
    /// Listen at once and answer queries with 202 until warm.
    pub(super) async_init: Switch<AsyncInitFile>,
    /// Ask the service on a schedule, so that it does not go cold.
    pub(super) keepalive: Switch<KeepaliveFile>,
    /// Have a cold back end warm itself, and tell its callers when to come again.
    pub(super) edge_prewarm: Switch<EdgePrewarmFile>,
    /// Keep sandboxes of a function set up ahead, on AWS Lambda.
    pub(super) provisioned_concurrency: Switch<ProvisionedConcurrencyFile>,
}

/// Settings of `prewarm`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PrewarmFile {
    /// Whether it is on.
    pub(super) enabled: bool,
    /// Time that warming is expected to take; health checks wait for it.
    pub(super) warm_up: WarmUp,
}

/// Settings of `reduced-workers`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReducedWorkersFile {
    /// Whether it is on.
    pub(super) enabled: bool,
    /// Most workers of each pool.
    pub(super) workers: Workers,
}

/// Settings of `async-init`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AsyncInitFile {
    /// Whether it is on.
    pub(super) enabled: bool,
}

/// Settings of `keepalive`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepaliveFile {
    /// Whether it is on.
    pub(super) enabled: bool,
    /// When the service is asked: `rate(10 minutes)`, or `cron(…)` in UTC.
    pub(super) schedule: Schedule,
    /// Path that is asked.
    pub(super) path: HttpPath,
}

/// Settings of `edge-prewarm`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct EdgePrewarmFile {
    /// Whether it is on.
    pub(super) enabled: bool,
    /// Time after which a caller is told to ask again.
    pub(super) retry_after: RetryAfter,
    /// Time that the answer to `POST /warmup` is awaited.
    pub(super) limit: WarmupLimit,
    /// Name by which clients reach CloudFront on AWS; absent: the one that AWS gives it.
    #[serde(default)]
    pub(super) domain: Option<HostName>,
    /// Certificate for that name, by its ARN in Certificate Manager in us-east-1.
    #[serde(default)]
    pub(super) certificate: Option<CertificateArn>,
}

/// Settings of `provisioned-concurrency`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProvisionedConcurrencyFile {
    /// Whether it is on.
    pub(super) enabled: bool,
    /// Sandboxes that are set up ahead, at least.
    pub(super) minimum: FunctionConcurrency,
    /// The most that are, where there are more by autoscaling; absent: no more than `minimum`.
    #[serde(default)]
    pub(super) maximum: Option<FunctionConcurrency>,
    /// The share of them that should be in use, in percent: above it more are set up.
    pub(super) utilization: Utilization,
}

/// What is expected of the service and of its use. Nothing is deployed differently for it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BudgetFile {
    /// Compressed size of the image in MB, which is what Fargate pulls.
    pub(super) image_size: ImageSize,
    /// Time from the start of the process until it listens.
    pub(super) bind: BindTime,
    /// Time that warming one pool takes; absent: that of `strategies.prewarm.warm_up`, or 0 where
    /// both models are built in.
    #[serde(default)]
    pub(super) warm_up: Option<WarmUpTime>,
    /// Requests an hour in the active hours.
    pub(super) requests_per_hour: RequestsPerHour,
    /// Hours a day in which somebody asks.
    pub(super) active_hours: ActiveHours,
    /// The most dollars that a month may cost; absent: no limit.
    #[serde(default)]
    pub(super) monthly: Option<Dollars>,
}
