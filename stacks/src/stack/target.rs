//! Where a stack runs, and on which processors.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where a stack runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Target {
    /// This machine; nothing to sign up for.
    Local,
    /// AWS ECS on Fargate, behind an application load balancer.
    Fargate,
    /// AWS Lambda, from the same container image.
    Lambda,
}

impl Target {
    /// Every target, in the order in which messages name them.
    pub const ALL: [Self; 3] = [Self::Local, Self::Fargate, Self::Lambda];

    /// The word that stands for it in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Fargate => "fargate",
            Self::Lambda => "lambda",
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The processors that the service's program is built for.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Architecture {
    /// Intel and AMD, 64 bits.
    #[serde(rename = "x86_64")]
    X86_64,
    /// ARM, 64 bits; about a fifth cheaper on Fargate.
    Arm64,
}

impl Architecture {
    /// The word that stands for it in the file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
