//! What warms a cold back end from CloudFront: a distribution before the balancer, and a function that sees its answers.
//!
//! The function is copied to where CloudFront runs it, and cannot be removed before the copies are, which takes hours. So
//! nothing that costs anything waits for that: only its role and its key do.

use std::{collections::BTreeSet, time::Duration};

use crate::desired::{network, role};
use crate::{
    address::{Address, Kind, Name},
    desired::common::cold_answer,
    resource::{
        CloudFront, Digest, Edge, EdgeJob, EdgePlace, Function, FunctionCode, Job, Origin,
        OriginProtocol, Resource, Secret, TaskDefinition,
    },
    stack::Stack,
};

/// The source of the function, but for its settings.
pub const EDGE: &str = include_str!("../../../aws/functions/edge.mjs");

/// The setting of the service that is the key.
const KEY: &str = "WARMUP_KEY";

/// The longest that CloudFront waits for an origin.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/DownloadDistValuesOrigin.html>
const LONGEST_READ: Duration = Duration::from_secs(120);

/// Where the key of a stack is kept.
#[must_use]
pub fn key_path(stack: &str) -> String {
    format!("/ragctl/{stack}/edge")
}

/// The key's address.
fn key() -> Address {
    Address::of(Kind::Secret, "edge")
}

/// Has the tasks take a warm-up from nobody but whoever knows the key.
pub(super) fn guard(stack: &Stack, definition: &mut TaskDefinition) {
    if stack.edge.is_none() {
        return;
    }
    let kept = format!("ssm:{}", key_path(stack.name.as_str()));
    definition.secrets.insert(KEY.to_owned(), kept);
    if let Some(fargate) = &mut definition.fargate {
        fargate.key = Some(key());
    }
}

pub(super) fn resources(stack: &Stack) -> Vec<Resource> {
    let Some(edge) = &stack.edge else { return Vec::new() };
    let name = || Name::try_from("edge").expect("`edge` is a name");
    let (behind, origin) = (network::behind(stack), origin(stack));
    let is_our_balancer = origin.host == Address::app(Kind::LoadBalancer).to_string();
    let function = Function {
        name: name(),
        code: FunctionCode::Source(Digest::of(&EDGE)),
        job: Job::Edge(EdgeJob {
            origin: origin.clone(),
            cold: cold_answer(edge),
            key: key(),
            after: is_our_balancer.then(|| Address::app(Kind::LoadBalancer)),
        }),
        role: Address::of(Kind::Role, "edge"),
        log_group: None,
        network: None,
    };
    let place = EdgePlace::CloudFront(CloudFront {
        function: function_address(),
        code: function.version(),
        origin,
        read_timeout: stack.service.request_timeout.duration().min(LONGEST_READ),
        domain: edge.domain.as_ref().map(ToString::to_string),
        certificate: edge.certificate.as_ref().map(ToString::to_string),
        amiss: BTreeSet::new(),
    });
    vec![
        Secret { name: name() }.into(),
        role::of_edge(stack, function_address()).into(),
        function.into(),
        Edge { name: Name::app(), behind, place }.into(),
    ]
}

fn function_address() -> Address {
    Address::of(Kind::Function, "edge")
}

/// Where CloudFront and its function reach the service.
fn origin(stack: &Stack) -> Origin {
    let balancer = &stack.load_balancer;
    let (http, https) = (balancer.port.number(), balancer.https_port.number());
    let (host, protocol, port) = match (&balancer.domain, &balancer.certificate) {
        (Some(domain), Some(_)) => (domain.to_string(), OriginProtocol::Https, https),
        (Some(domain), None) => (domain.to_string(), OriginProtocol::Http, http),
        (None, _) => (Address::app(Kind::LoadBalancer).to_string(), OriginProtocol::Http, http),
    };
    Origin { host, protocol, port }
}
