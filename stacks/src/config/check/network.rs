//! What a network on AWS and a load balancer there need of each other.

use super::{Check, Finding};
use crate::stack::{Front, Scheme, Target};

pub(super) fn check(check: &mut Check<'_>) {
    let file = check.file;
    let has_balancer = match file.target {
        Target::Local => false,
        Target::Fargate => true,
        Target::Lambda => file.lambda.front == Front::LoadBalancer,
    };
    if !has_balancer {
        return;
    }
    zones(check);
    listener(check);
    domain(check);
    at_the_edge(check);
    too_many_groups(check);
}

/// A load balancer needs subnets in two zones; that they are in two is seen by `ragctl verify`.
fn zones(check: &mut Check<'_>) {
    let network = &check.file.network;
    if check.file.load_balancer.listener.is_some() {
        return;
    }
    let (path, more) = match (network.balancer_subnets.len(), network.subnets.len()) {
        (1, _) => ("network.balancer_subnets", ""),
        (0, 1) => ("network.subnets", ", or name the load balancer's own in `balancer_subnets`"),
        _ => return,
    };
    check.refuse_by(
        "LB07",
        &[path],
        Finding {
            title: format!("`{path}` has one subnet, and a load balancer needs two"),
            label: "a load balancer stands in two zones at least".to_owned(),
            help: format!("add a subnet of another zone{more}"),
        },
    );
}

fn listener(check: &mut Check<'_>) {
    let Some(listener) = &check.file.load_balancer.listener else { return };
    if listener.hosts.is_empty() && listener.paths.is_empty() {
        check.refuse(
            &["load_balancer.listener"],
            Finding {
                title: "`load_balancer.listener` does not say which requests are the stack's"
                    .to_owned(),
                label: "needs `hosts` or `paths`".to_owned(),
                help: "add `hosts: [answers.example.com]` or `paths: [/answers/*]` beneath it"
                    .to_owned(),
            },
        );
    }
    let groups = &check.file.network.security_groups;
    // A function is called by Lambda, and not through the network.
    let through_network = check.file.target == Target::Fargate;
    if through_network && groups.balancer.is_empty() && groups.service.is_empty() {
        check.refuse(
            &["load_balancer.listener", "network.security_groups"],
            Finding {
                title: "nothing lets the balancer of `load_balancer.listener` reach the tasks"
                    .to_owned(),
                label: "its security group is not known".to_owned(),
                help: "name it: `network: {security_groups: {balancer: [sg-…]}}`".to_owned(),
            },
        );
    }
    if check.file.load_balancer.certificate.is_some() {
        check.refuse(
            &["load_balancer.certificate", "load_balancer.listener"],
            Finding {
                title: "`load_balancer.certificate` belongs to a balancer of the stack's own"
                    .to_owned(),
                label: "a listener that is there already has its own".to_owned(),
                help: "remove it, or remove `load_balancer.listener`".to_owned(),
            },
        );
    }
}

/// A ping by HTTPS needs the name that the certificate is for.
fn domain(check: &mut Check<'_>) {
    let balancer = &check.file.load_balancer;
    let pings = check.file.strategies.keepalive.0.enabled;
    let needs = balancer.certificate.is_some() || balancer.listener.is_some();
    // A function is asked itself.
    let is_asked = check.file.target == Target::Fargate;
    if !pings || !needs || !is_asked || balancer.domain.is_some() {
        return;
    }
    check.refuse(
        &["strategies.keepalive", "load_balancer.domain"],
        Finding {
            title: "`keepalive` does not know by which name to reach the load balancer".to_owned(),
            label: "needs `load_balancer.domain`".to_owned(),
            help: "add the name that the certificate is for: `domain: answers.example.com`"
                .to_owned(),
        },
    );
}

/// What CloudFront needs of the balancer, and of the names on both of its sides.
fn at_the_edge(check: &mut Check<'_>) {
    let edge = &check.file.strategies.edge_prewarm.0;
    if !edge.enabled {
        return;
    }
    let balancer = &check.file.load_balancer;
    const STRATEGY: &str = "strategies.edge-prewarm";
    // Source: <https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-vpc-origins.html>
    if balancer.scheme == Scheme::Internal && balancer.listener.is_none() {
        check.refuse_by(
            "ED02",
            &[STRATEGY, "load_balancer.scheme"],
            Finding {
                title: "`edge-prewarm` cannot reach a load balancer whose `scheme` is `internal`"
                    .to_owned(),
                label: "CloudFront calls no function for an origin within a network".to_owned(),
                help: "write `scheme: internet-facing`, or switch `edge-prewarm` off".to_owned(),
            },
        );
    }
    let needs = balancer.certificate.is_some() || balancer.listener.is_some();
    if needs && balancer.domain.is_none() {
        check.refuse(
            &[STRATEGY, "load_balancer.domain"],
            Finding {
                title: "`edge-prewarm` does not know by which name to reach the load balancer"
                    .to_owned(),
                label: "needs `load_balancer.domain`".to_owned(),
                help: "add the name that leads to the balancer: `domain: origin.example.com`"
                    .to_owned(),
            },
        );
    }
    if let (Some(at_the_edge), Some(origin)) = (&edge.domain, &balancer.domain)
        && at_the_edge == origin
    {
        check.refuse(
            &["strategies.edge-prewarm.domain", "load_balancer.domain"],
            Finding {
                title: format!("`{origin}` cannot be both CloudFront's name and the balancer's"),
                label: "CloudFront would ask itself".to_owned(),
                help: "give the balancer a name of its own: `domain: origin.example.com`"
                    .to_owned(),
            },
        );
    }
    match (&edge.domain, &edge.certificate) {
        (Some(_), None) => check.refuse(
            &["strategies.edge-prewarm.domain"],
            Finding {
                title: "`edge-prewarm` has a `domain` and no certificate for it".to_owned(),
                label: "needs `certificate`".to_owned(),
                help: "add a certificate's ARN in us-east-1: `certificate: \
                       arn:aws:acm:us-east-1:123456789012:certificate/…`"
                    .to_owned(),
            },
        ),
        (None, Some(_)) => check.refuse(
            &["strategies.edge-prewarm.certificate"],
            Finding {
                title: "`edge-prewarm` has a `certificate` and no `domain` that it is for"
                    .to_owned(),
                label: "needs `domain`".to_owned(),
                help: "add the name that clients use: `domain: answers.example.com`".to_owned(),
            },
        ),
        (Some(_), Some(certificate)) if !is_in_us_east_1(certificate.as_str()) => check.refuse(
            &["strategies.edge-prewarm.certificate"],
            Finding {
                title: "`edge-prewarm` has a `certificate` of another region than us-east-1"
                    .to_owned(),
                label: "CloudFront takes those of us-east-1 alone".to_owned(),
                help: "ask Certificate Manager in us-east-1 for one".to_owned(),
            },
        ),
        _ => {}
    }
    let taken = ["environment", "secrets"].map(|section| format!("service.{section}.{WARMUP_KEY}"));
    for path in taken {
        check.refuse_key(
            &path,
            Finding {
                title: format!("`{WARMUP_KEY}` is made by ragctl where `edge-prewarm` is on"),
                label: "CloudFront would not know this one".to_owned(),
                help: "remove it here, or switch `edge-prewarm` off".to_owned(),
            },
        );
    }
}

/// The setting of the service that is the key of whoever warms it.
const WARMUP_KEY: &str = "WARMUP_KEY";

fn is_in_us_east_1(certificate: &str) -> bool {
    certificate.split(':').nth(3) == Some("us-east-1")
}

fn too_many_groups(check: &mut Check<'_>) {
    let named = check.file.network.security_groups.service.len();
    if named <= 5 {
        return;
    }
    check.refuse(
        &["network.security_groups.service"],
        Finding {
            title: format!("`network.security_groups.service` has {named} groups"),
            label: "a service has at most 5".to_owned(),
            help: "take some out".to_owned(),
        },
    );
}
