//! A program that AWS Lambda runs: the service, or a small one beside it.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{ColdAnswer, Digest, Image, Managed, Origin, Subnets, WhileWaking, image::short};
use crate::{
    address::{Address, Kind, Name},
    seconds,
    stack::{Architecture, LogLevel},
};

/// A Lambda function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: Name,
    /// Which code.
    pub code: FunctionCode,
    /// What it does.
    pub job: Job,
    /// What it may do.
    pub role: Address,
    /// Where it logs, where that can be chosen: one at the edge logs in whichever region it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log_group: Option<Address>,
    /// Where in the stack's network it lies; else in none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network: Option<FunctionNetwork>,
}

/// What a function does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Job {
    /// It asks the service for a path.
    Ping {
        /// What it asks: `load_balancer/app` for the stack's own balancer, or an address such as `https://example.com`.
        asks: String,
        /// On which port, where the address has none and it is not that of HTTP.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    },
    /// It sends the service to sleep, and wakes it.
    Wake(Wake),
    /// It runs in CloudFront, and has a cold back end warm itself.
    Edge(EdgeJob),
    /// It is the service.
    Service(ServiceJob),
}

/// The service as a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceJob {
    /// Memory in MB.
    pub memory: u32,
    /// How long an invocation may take.
    #[serde(with = "seconds")]
    pub timeout: Duration,
    /// The processors that it runs on.
    pub architecture: Architecture,
    /// Plain settings of the service.
    pub environment: BTreeMap<String, String>,
    /// Secret settings: the name of the variable to where its value is kept. The service fetches them.
    pub secrets: BTreeMap<String, String>,
    /// What lies below `/opt`: layers and what is in them.
    #[serde(default)]
    pub layers: BTreeMap<Address, String>,
    /// Whether X-Ray gets its traces.
    pub tracing: bool,
    /// The least grave lines that it logs; none: its lines are not those of the service.
    pub log_level: Option<LogLevel>,
    /// Sandboxes at work at once, at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
}

/// What a function runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FunctionCode {
    /// A ZIP archive, by its digest.
    Zip(String),
    /// An image in the stack's own repository, by its digest.
    Built(String),
    /// An image, by its name.
    Image(String),
    /// A small program that comes with ragctl, by the digest of its source.
    #[serde(untagged)]
    Source(Digest),
}

/// How a cold back end is warmed from CloudFront.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgeJob {
    /// Where the back end is asked.
    pub origin: Origin,
    /// What it does, and says.
    #[serde(flatten)]
    pub cold: ColdAnswer,
    /// The key that it shows.
    pub key: Address,
    /// What must be there before its address can be written into it. It says what comes first, and is no setting: what exists
    /// needs it no longer, so that the balancer need not outlive a function that takes hours to go.
    #[serde(skip)]
    pub after: Option<Address>,
}

/// How a service is sent to sleep, and woken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wake {
    /// Whose tasks.
    pub service: Address,
    /// Where its tasks are registered.
    pub target_group: Address,
    /// The listeners whose rules send requests to the tasks or to this function: the stack's by their addresses, another by its ARN.
    pub listeners: BTreeSet<String>,
    /// The fewest tasks while it is awake.
    pub minimum: u32,
    /// The most tasks while it is awake.
    pub maximum: u32,
    /// The time without a request after which it sleeps.
    #[serde(with = "seconds")]
    pub after: Duration,
    /// The longest that a request takes: twice that must have passed too.
    #[serde(with = "seconds")]
    pub longest_request: Duration,
    /// What a request gets that finds no task.
    pub while_waking: WhileWaking,
}

impl Wake {
    /// Metrics tell a minute once it is over, and up to two minutes later: what is younger nobody knows yet.
    const UNTOLD: Duration = Duration::from_secs(180);

    /// The time without a request after which the function really sends the service to sleep. It knows when a request began, and
    /// not when it ended.
    #[must_use]
    pub fn sleeps_after(&self) -> Duration {
        self.after.max(2 * self.longest_request).max(Self::UNTOLD)
    }
}

/// Where in the stack's network a function lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionNetwork {
    /// The subnets that it has addresses in.
    pub subnets: Subnets,
    /// Its security group.
    pub security_group: Address,
}

impl Function {
    /// What a numbered version of it is: a digest of its code and of what is written into that.
    #[must_use]
    pub fn version(&self) -> Digest {
        Digest::of(&(&self.code, &self.job))
    }

    /// What a published version of the service is: all but what is the function's own, and no version's.
    #[must_use]
    pub fn revision(&self) -> Digest {
        let mut published = self.clone();
        if let Job::Service(job) = &mut published.job {
            job.concurrency = None;
        }
        Digest::of(&published)
    }
}

impl Managed for Function {
    const KIND: Kind = Kind::Function;

    fn name(&self) -> &Name {
        &self.name
    }

    fn needs(&self) -> Vec<Address> {
        let mut needs = vec![self.role.clone()];
        needs.extend(self.log_group.clone());
        match &self.job {
            Job::Ping { asks, .. } => needs.extend(asks.parse::<Address>().ok()),
            // It names the service, and does nothing while there is none.
            Job::Wake(wake) => {
                needs.push(wake.target_group.clone());
                needs.extend(wake.listeners.iter().filter_map(|it| it.parse().ok()));
            }
            Job::Edge(edge) => {
                needs.push(edge.key.clone());
                needs.extend(edge.after.clone());
            }
            Job::Service(service) => needs.extend(service.layers.keys().cloned()),
        }
        if let FunctionCode::Built(_) = self.code {
            needs.push(Image::own());
        }
        needs.extend(self.network.iter().map(|it| it.security_group.clone()));
        needs
    }

    fn in_short(&self) -> String {
        match &self.job {
            Job::Ping { asks, .. } => format!("asks {asks}"),
            Job::Edge(edge) => format!(
                "warms {} from CloudFront, callers ask again after {}",
                edge.origin.host,
                seconds::text(edge.cold.retry_after)
            ),
            Job::Service(service) => {
                let code = match &self.code {
                    FunctionCode::Source(digest) => digest.to_string(),
                    FunctionCode::Zip(digest) => format!("archive {}", short(digest)),
                    FunctionCode::Built(digest) => format!("image {}", short(digest)),
                    FunctionCode::Image(name) => name.clone(),
                };
                format!("{code}, {} MB, {}", service.memory, service.architecture)
            }
            Job::Wake(wake) => {
                format!(
                    "sends {} to sleep after {}, and wakes it",
                    wake.service,
                    seconds::text(wake.sleeps_after())
                )
            }
        }
    }
}
