//! Which account and region of AWS a stack belongs to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aws_id::{AccountId, PolicyArn, Region};

/// Where on AWS the stack lives. It binds nobody on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Aws {
    /// The region; absent: the one that `AWS_REGION` or the profile names.
    #[serde(default)]
    pub region: Option<Region>,
    /// The account that the credentials must belong to; absent: any.
    #[serde(default)]
    pub account: Option<AccountId>,
    /// The policy that bounds every role of the stack, where the account asks for one.
    #[serde(default)]
    pub permissions_boundary: Option<PolicyArn>,
}
