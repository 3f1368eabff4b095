//! A stack: what the user's file asks for, checked and complete.
//!
//! Values only. [`config`](crate::config) makes a [`Stack`] from text and proves what no single
//! value can (that a timeout is shorter than its interval, say); the types here prove the rest, so
//! that nothing past this point checks again.

mod autoscaling;
mod aws;
mod aws_id;
mod budget;
mod deployment;
mod environment;
mod health_check;
mod idle;
mod image;
mod image_build;
mod lambda;
mod load_balancer;
mod logs;
mod matcher;
mod model;
mod name;
mod network;
mod number;
mod path;
mod schedule;
mod seconds;
mod secret;
mod service;
mod size;
mod store;
mod strategies;
mod target;
mod url;
pub(crate) mod value;
mod variable;

use serde::{Deserialize, Serialize};

pub use autoscaling::{ActionName, Autoscaling, InFlight, ScheduledBounds, Tasks, TimeZone};
pub use aws::Aws;
pub use aws_id::{
    AccountId, CertificateArn, HostName, ListenerArn, PolicyArn, Region, SecurityGroupId, SubnetId,
    VpcId,
};
pub use budget::{
    ActiveHours, AnswerTime, BindTime, Budget, Dollars, ImageSize, RequestsPerHour, WarmUpTime,
};
pub use deployment::{Deployment, DeploymentStrategy};
pub(crate) use deployment::{at_least, at_most};
pub use environment::Setting;
pub use health_check::HealthCheck;
pub use idle::{Idle, IdleTime, WakeWait};
pub use image::ImageReference;
pub use image_build::{Compression, ImageBuild, ImageChoice, ImageRepository, KeptImages};
pub use lambda::{
    Front, FunctionConcurrency, FunctionMemory, FunctionTimeout, KeptVersions, Lambda, LayerName,
    LogLevel, MB_OF_A_CORE, ResponseMode, UrlAuth, Utilization,
};
pub use load_balancer::{
    Algorithm, ExistingListener, LoadBalancer, PathPattern, Scheme, TargetHealthCheck,
};
pub use logs::{LogMode, Logs, RetentionDays};
pub use matcher::StatusMatcher;
pub use model::{
    Dimension, EmbeddingModel, LanguageModel, ModelName, ModelTimeout, Models, Provider,
};
pub use name::{EnvironmentName, LONGEST_NAME, StackName};
pub use network::{Network, SecurityGroups};
pub use number::{Port, Whole, Workers};
pub use path::FilePath;
pub use schedule::Schedule;
pub use seconds::Seconds;
pub use secret::SecretReference;
pub use service::{EphemeralStorage, Program, RequestTimeout, Service, StopTimeout};
pub use size::{CpuUnits, FargateSize, MebiBytes};
pub use store::Store;
pub use strategies::{
    AsyncInit, EdgePrewarm, Keepalive, Prewarm, ProvisionedConcurrency, ReducedWorkers, RetryAfter,
    Strategies, WarmUp, WarmupLimit,
};
pub use target::{Architecture, Target};
pub use url::{HttpPath, HttpUrl};
pub use value::ValueError;
pub use variable::VariableName;

/// What the user's file asks for, checked and complete.
///
/// [`config::load`](crate::config::load) gives it as the file says it;
/// [`strategy::applied`](crate::strategy::applied) edits it as the strategies that are on say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stack {
    /// The stack's name, which with an environment ends in the environment's:
    /// `handbook-production`.
    pub name: StackName,
    /// The environment that was chosen; none: the file without an overlay.
    pub environment: Option<EnvironmentName>,
    /// Where it runs.
    pub target: Target,
    /// Whether its name has to be typed before it is taken down, whatever the command line says.
    pub protected: bool,
    /// Where on AWS it lives.
    pub aws: Aws,
    /// The network on AWS that it lies in.
    pub network: Network,
    /// The service that it runs.
    pub service: Service,
    /// The models that the service calls.
    pub models: Models,
    /// Where the service keeps its documents.
    pub store: Store,
    /// The container's own health check.
    pub health_check: HealthCheck,
    /// The one address that clients use.
    pub load_balancer: LoadBalancer,
    /// The service as a function, on AWS Lambda.
    pub lambda: Lambda,
    /// How one revision takes over from another.
    pub deployment: Deployment,
    /// How many tasks run.
    pub autoscaling: Autoscaling,
    /// What becomes of what its tasks log.
    pub logs: Logs,
    /// When the service goes to sleep; none: never.
    pub idle: Option<Idle>,
    /// Which strategies are on.
    pub strategies: Strategies,
    /// What is expected of the service and of its use, and what it may cost.
    pub budget: Budget,
    /// The path that is asked on a schedule; the keepalive strategy sets it.
    pub ping: Option<Keepalive>,
    /// What stands before the balancer; the edge-prewarm strategy sets it.
    pub edge: Option<EdgePrewarm>,
    /// Sandboxes that are set up ahead; the provisioned-concurrency strategy sets it.
    pub provisioned: Option<ProvisionedConcurrency>,
}
