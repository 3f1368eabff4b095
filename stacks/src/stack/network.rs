//! The network on AWS that a stack lies in.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::aws_id::{SecurityGroupId, SubnetId, VpcId};

/// The network on AWS; nothing said: the account's default VPC. It binds nobody on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Network {
    /// The VPC; absent: that of the subnets, or the default one.
    #[serde(default)]
    pub vpc: Option<VpcId>,
    /// Subnets of the tasks; absent: one in each zone of the VPC.
    #[serde(default)]
    pub subnets: Vec<SubnetId>,
    /// Subnets of the load balancer, in two zones at least; absent: those of the tasks.
    #[serde(default)]
    pub balancer_subnets: Vec<SubnetId>,
    /// Security groups that are there already, instead of those that ragctl makes.
    #[serde(default)]
    pub security_groups: SecurityGroups,
    /// Whether a task gets a public address; absent: only where no subnets are named.
    #[serde(default)]
    pub public_ip: Option<bool>,
}

/// Security groups that are there already.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct SecurityGroups {
    /// Those of the load balancer.
    #[serde(default)]
    pub balancer: Vec<SecurityGroupId>,
    /// Those of the tasks, at most 5.
    #[serde(default)]
    pub service: Vec<SecurityGroupId>,
}

impl Network {
    /// Whether a task gets a public address.
    pub fn has_public_ip(&self) -> bool {
        self.public_ip.unwrap_or(self.subnets.is_empty())
    }
}
