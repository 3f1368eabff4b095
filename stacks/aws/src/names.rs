//! What the resources of a stack are called on AWS: known beforehand, so that they can be looked up all at once.

use ragctl_stacks::{
    address::{Address, Kind, Name},
    desired::key_path,
};

use crate::clients::EDGE_REGION;

/// The names of a stack's things in a region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Names {
    stack: String,
    region: String,
}

/// The container that a task runs; the seed's name for it.
pub(crate) const CONTAINER: &str = "rag-api";

impl Names {
    /// The names of `stack` in `region`.
    #[must_use]
    pub fn new(stack: &str, region: &str) -> Self {
        Self { stack: stack.to_owned(), region: region.to_owned() }
    }

    /// The stack.
    #[must_use]
    pub fn stack(&self) -> &str {
        &self.stack
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The group of regions that ARNs begin with.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        match &self.region {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// What the resource at `address` is called.
    ///
    /// Roles belong to the whole account, so theirs names the region too. Kinds that have no name of their own on AWS
    /// (a listener, a scalable target) are called after what they are part of.
    #[must_use]
    pub fn of(&self, address: &Address) -> String {
        let stack = &self.stack;
        let name = address.name.as_str();
        match address.kind {
            Kind::Role => self.role(name),
            Kind::LogGroup if address.name == Name::app() => format!("/ragctl/{stack}"),
            Kind::LogGroup => format!("/ragctl/{stack}/{name}"),
            Kind::Secret => key_path(stack),
            Kind::Image => format!("ragctl/{stack}"),
            // All of them lie in one region, whichever their stacks are in.
            Kind::Function if name == "edge" => format!("{stack}-{name}-{}", self.region),
            Kind::SecurityGroup
            | Kind::TargetGroup
            | Kind::Layer
            | Kind::Function
            | Kind::FunctionTarget
            | Kind::Connection
            | Kind::Destination
            | Kind::Schedule
            | Kind::ListenerRule
            | Kind::ScheduledAction
            | Kind::ScalingPolicy => format!("{stack}-{name}"),
            Kind::Cluster
            | Kind::TaskDefinition
            | Kind::LoadBalancer
            | Kind::Listener
            | Kind::Service
            | Kind::Store
            | Kind::Idle
            | Kind::Edge => stack.clone(),
            Kind::Alias => name.to_owned(),
            Kind::FunctionUrl => format!("{stack}-{name}"),
            Kind::ScalableTarget => self.scalable_resource(),
        }
    }

    /// What the role `name` is called.
    pub(crate) fn role(&self, name: &str) -> String {
        format!("ragctl-{}-{name}-{}", self.stack, self.region)
    }

    /// The address of the kind whose name on AWS this is.
    #[must_use]
    pub fn address_of(&self, kind: Kind, called: &str) -> Option<Address> {
        let rest = match kind {
            Kind::LogGroup if *called == self.of(&Address::app(kind)) => Some("app"),
            Kind::LogGroup => called.strip_prefix(&format!("/ragctl/{}/", self.stack)),
            _ => called.strip_prefix(&format!("{}-", self.stack)),
        };
        let name = Name::try_from(rest?).ok()?;
        Some(Address { kind, name })
    }

    /// What autoscaling calls the service.
    #[must_use]
    pub fn scalable_resource(&self) -> String {
        format!("service/{0}/{0}", self.stack)
    }

    /// The parameter that holds the lease.
    #[must_use]
    pub fn lease(&self) -> String {
        format!("/ragctl/{}/lease", self.stack)
    }

    /// What a distribution says of itself: it has no name of its own.
    #[must_use]
    pub fn distribution(&self) -> String {
        format!("ragctl stack {} in {}", self.stack, self.region)
    }

    /// The ARN of a distribution; CloudFront has no regions.
    pub(crate) fn distribution_arn(&self, account: &str, id: &str) -> String {
        format!("arn:{}:cloudfront::{account}:distribution/{id}", self.partition())
    }

    /// The ARN of the function at the edge.
    pub(crate) fn edge_function_arn(&self, account: &str) -> String {
        let called = self.of(&Address::of(Kind::Function, "edge"));
        format!("arn:{}:lambda:{EDGE_REGION}:{account}:function:{called}", self.partition())
    }

    /// An ARN in the stack's region.
    #[must_use]
    pub fn arn(&self, service: &str, account: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{account}:{resource}", self.partition(), self.region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_stack_has_names_that_aws_takes() {
        let names = Names::new(&"a".repeat(24), "ap-southeast-3");
        for (kind, name, most) in [
            (Kind::LoadBalancer, "app", 32),
            (Kind::TargetGroup, "app", 32),
            (Kind::Role, "execution", 64),
            (Kind::Function, "ping", 64),
            (Kind::Function, "edge", 64),
            (Kind::FunctionTarget, "wake", 32),
            (Kind::Layer, "embedder", 140),
            (Kind::Connection, "keepalive", 64),
            (Kind::Destination, "keepalive", 64),
            (Kind::Schedule, "keepalive", 64),
            (Kind::SecurityGroup, "balancer", 255),
        ] {
            let called = names.of(&Address::of(kind, name));
            assert!(called.len() <= most, "{called}");
        }
        assert!(names.distribution().len() <= 128);
    }

    #[test]
    fn a_name_leads_back_to_its_address() {
        let names = Names::new("handbook", "eu-west-1");
        for address in [
            Address::app(Kind::LogGroup),
            Address::of(Kind::LogGroup, "ping"),
            Address::of(Kind::SecurityGroup, "balancer"),
            Address::of(Kind::ScheduledAction, "office-hours"),
        ] {
            assert_eq!(names.address_of(address.kind, &names.of(&address)), Some(address));
        }
        assert_eq!(names.address_of(Kind::LogGroup, "/ragctl/handbook-2"), None);
    }
}
