//! One region: a store for each service.

use serde_json::Value;

use super::ids::Ids;
use super::{ACCOUNT, Thing};

/// One region of the account. Tests plant and change things in it; the methods beside each service
/// say what.
#[derive(Debug)]
pub struct Region {
    pub(crate) name: String,
    pub(crate) ids: Ids,
    pub(crate) ec2: crate::ec2::Ec2,
    pub(crate) logs: crate::logs::Logs,
    pub(crate) elb: crate::elb::Elb,
    pub(crate) ecs: crate::ecs::Ecs,
    pub(crate) scaling: crate::scaling::Scaling,
    pub(crate) events: crate::events::Events,
    pub(crate) lambda: crate::lambda::Lambda,
    pub(crate) ssm: crate::ssm::Ssm,
    pub(crate) secrets: crate::secrets::Secrets,
    pub(crate) ecr: crate::ecr::Ecr,
    pub(crate) acm: crate::acm::Acm,
}

impl Region {
    /// A region with its default network and nothing else.
    pub(super) fn new(name: &str) -> Self {
        let mut ids = Ids::new(name);
        let ec2 = crate::ec2::Ec2::with_default_network(name, &mut ids);
        Self {
            name: name.to_owned(),
            ids,
            ec2,
            logs: crate::logs::Logs::default(),
            elb: crate::elb::Elb::default(),
            ecs: crate::ecs::Ecs::default(),
            scaling: crate::scaling::Scaling::default(),
            events: crate::events::Events::default(),
            lambda: crate::lambda::Lambda::default(),
            ssm: crate::ssm::Ssm::default(),
            secrets: crate::secrets::Secrets::default(),
            ecr: crate::ecr::Ecr::default(),
            acm: crate::acm::Acm::default(),
        }
    }

    /// The ARN of `rest` in this region and account.
    pub(crate) fn arn(&self, service: &str, rest: &str) -> String {
        arn(service, &self.name, rest)
    }

    /// Changes a thing by hand, in the form in which its Describe call shows it; what that call
    /// computes (counts, deployments, tags) is not there. False when there is no such thing.
    pub fn edit(&mut self, thing: &Thing<'_>, change: impl FnOnce(&mut Value)) -> bool {
        thing.find(self).map(change).is_some()
    }
}

/// The ARN of `rest`.
pub(crate) fn arn(service: &str, region: &str, rest: &str) -> String {
    format!("arn:aws:{service}:{region}:{ACCOUNT}:{rest}")
}
