//! The service as a function on AWS Lambda: its size, what stands before it, and what lies beside it.

use std::{collections::BTreeMap, fmt, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number::Whole;
use super::seconds::Seconds;
use super::value::{FromText, ValueError, quoted, text_value};

/// The memory, in MB, that comes with one core; with less there is as much less of it.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
pub const MB_OF_A_CORE: u32 = 1769;

/// Memory of a function in MB; the CPU follows from it ([`MB_OF_A_CORE`]).
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html>
pub type FunctionMemory = Whole<128, 10_240>;

/// How long an invocation may take.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html>
pub type FunctionTimeout = Seconds<1, 900>;

/// Sandboxes at work at once, at most.
pub type FunctionConcurrency = Whole<1, 100_000>;

/// How many versions that do not serve are kept.
pub type KeptVersions = Whole<1, 50>;

/// How much of what may be provisioned should be in use, in percent.
pub type Utilization = Whole<10, 90>;

/// The service as a function on AWS Lambda.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lambda {
    /// Its memory.
    pub memory: FunctionMemory,
    /// How long an invocation may take.
    pub timeout: FunctionTimeout,
    /// What stands before it.
    pub front: Front,
    /// How answers go out where the front can choose.
    pub response: ResponseMode,
    /// Whom its URL lets through.
    pub auth: UrlAuth,
    /// Whether it has addresses in the stack's network.
    pub in_network: bool,
    /// Sandboxes at work at once, at most; none: what the account has left.
    pub concurrency: Option<FunctionConcurrency>,
    /// Whether X-Ray gets its traces.
    pub tracing: bool,
    /// The least grave lines that it logs.
    pub log_level: LogLevel,
    /// Folders that it finds below `/opt`, by their names there.
    pub layers: BTreeMap<LayerName, PathBuf>,
    /// How many versions of it, and of each layer, are kept beside those that serve.
    pub keep: KeptVersions,
}

/// What stands before the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Front {
    /// A URL of its own.
    Url,
    /// A load balancer, as `load_balancer` says.
    LoadBalancer,
    /// An API of API Gateway, HTTP or REST, of somebody else's, which may call it.
    ApiGateway,
}

/// How answers go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum ResponseMode {
    /// As they are made; up to 200 MB.
    Stream,
    /// Whole; up to 6 MB.
    Buffer,
}

/// Whom a function's URL lets through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum UrlAuth {
    /// Everybody; the service's own key is what protects it.
    None,
    /// Whom IAM allows, in requests that they sign.
    Iam,
}

/// The least grave lines that are logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum LogLevel {
    /// All.
    Trace,
    /// What helps to find a fault.
    Debug,
    /// What happens.
    Info,
    /// What should not happen.
    Warn,
    /// What has failed.
    Error,
}

impl LogLevel {
    /// The word that stands for it in the file.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }
}

/// The name of a layer, and of its folder below `/opt`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LayerName(String);

impl LayerName {
    /// The layer of the embedder's data.
    pub const EMBEDDER: &str = "embedder";

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LayerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for LayerName {
    const EXPECTED: &'static str =
        "a name of lower-case letters, digits and `-`, of 32 characters at most";

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let refused = |expected| ValueError::new(format!("cannot be {}", quoted(text)), expected);
        let inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        match text {
            Self::EMBEDDER => {
                Err(refused("another name")
                    .because("the bundle's embedder has a layer of this name"))
            }
            text if (1..=32).contains(&text.len()) && text.chars().all(inside) => {
                Ok(Self(text.to_owned()))
            }
            _ => Err(refused(Self::EXPECTED)),
        }
    }
}

text_value!(LayerName, { "pattern": "^[a-z0-9-]+$", "minLength": 1, "maxLength": 32 });

/// How much longer than a request the invocation may take that answers it: for what is done behind the answer.
const REST: u32 = 5;

impl Lambda {
    /// How long an invocation may take where the file does not say so: a request, and what is done behind its answer.
    #[must_use]
    pub fn timeout_for(request_timeout: u32) -> FunctionTimeout {
        FunctionTimeout::clamped(request_timeout.saturating_add(REST))
    }

    /// Whether answers go out as they are made.
    #[must_use]
    pub fn streams(&self) -> bool {
        self.front == Front::Url && self.response == ResponseMode::Stream
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invocation_has_time_for_a_request_and_never_more_than_lambda_gives() {
        assert_eq!(Lambda::timeout_for(180).get(), 185);
        assert_eq!(Lambda::timeout_for(3600), FunctionTimeout::MAX);
    }

    #[test]
    fn the_embedders_name_is_taken() {
        assert!(LayerName::from_text("models-2").is_ok());
        for wrong in ["", "Models", "a/b", "embedder", &"a".repeat(33)] {
            assert!(LayerName::from_text(wrong).is_err(), "{wrong}");
        }
    }
}
