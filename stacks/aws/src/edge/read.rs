//! What a distribution is, read back from its settings field by field.

use std::time::Duration;

use aws_sdk_cloudfront::types::{Origin as SdkOrigin, OriginProtocolPolicy};
use ragctl_stacks::{
    address::{Address, Kind, Name},
    desired::EDGE,
    resource::{
        CloudFront, Digest, Edge, EdgePlace, Function, FunctionCode, Job, Origin, OriginProtocol,
    },
};

use super::{Seen, settings::amiss};
use crate::{
    aws::Aws,
    found::{Found, Marked},
    function::edge as function,
    secret::Key,
};

/// What the distribution is; `balancer` is the name by which the stack's own is reached, `function` the one that is there.
pub(crate) fn found(
    aws: &Aws,
    seen: Option<&Seen>,
    function: Option<&Function>,
    balancer: Option<&str>,
    key: Option<&Key>,
) -> Found<Marked> {
    let Some(Seen { arn, config, tags, code }) = seen else { return Found::Nothing };
    let origins = config.origins().map_or(&[][..], |it| it.items());
    let origin = origins.first();
    let custom = origin.and_then(|it| it.custom_origin_config());
    let read_timeout = custom.and_then(|it| it.origin_read_timeout()).unwrap_or(30);
    let certificate = config.viewer_certificate().and_then(|it| it.acm_certificate_arn());
    let domains = config.aliases().map_or(&[][..], |it| it.items()).join(", ");
    let behind = if balancer.is_some() { Kind::LoadBalancer } else { Kind::ListenerRule };
    let place = CloudFront {
        function: function::address(),
        code: version(code.as_deref(), function, balancer, key),
        origin: read_origin(origin, balancer),
        read_timeout: Duration::from_secs(u64::try_from(read_timeout).unwrap_or_default()),
        domain: Some(domains).filter(|it| !it.is_empty()),
        certificate: certificate.filter(|it| !it.is_empty()).map(ToOwned::to_owned),
        amiss: amiss(config),
    };
    let edge = Edge {
        name: Name::app(),
        behind: Address::app(behind),
        place: EdgePlace::CloudFront(place),
    };
    Found::by_tags((edge.into(), tags.mark()), tags, aws.names.stack(), arn)
}

/// Which version has this code: one that does what the function's job is, or another.
fn version(
    is: Option<&str>,
    function: Option<&Function>,
    balancer: Option<&str>,
    key: Option<&Key>,
) -> Digest {
    let ours = function.and_then(|function| match &function.job {
        Job::Edge(job) if is.is_some() && function::code(job, balancer, key).as_deref() == is => {
            Some(
                Function { code: FunctionCode::Source(Digest::of(&EDGE)), ..function.clone() }
                    .version(),
            )
        }
        _ => None,
    });
    ours.unwrap_or_else(|| Digest::of(&is))
}

fn read_origin(origin: Option<&SdkOrigin>, balancer: Option<&str>) -> Origin {
    let custom = origin.and_then(|it| it.custom_origin_config());
    let host = origin.map(|it| it.domain_name()).unwrap_or_default();
    let (protocol, port) = match custom {
        Some(it) if *it.origin_protocol_policy() == OriginProtocolPolicy::HttpsOnly => {
            (OriginProtocol::Https, it.https_port())
        }
        Some(it) => (OriginProtocol::Http, it.http_port()),
        None => (OriginProtocol::Http, 0),
    };
    Origin {
        host: if balancer == Some(host) {
            Address::app(Kind::LoadBalancer).to_string()
        } else {
            host.to_owned()
        },
        protocol,
        port: u16::try_from(port).unwrap_or_default(),
    }
}
