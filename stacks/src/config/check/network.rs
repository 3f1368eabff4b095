//! What a network on AWS and a load balancer there need of each other.

use super::{Check, Finding};
use crate::stack::Target;

pub(super) fn check(check: &mut Check<'_>) {
    if check.file.target != Target::Fargate {
        return;
    }
    zones(check);
    listener(check);
    domain(check);
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
    if groups.balancer.is_empty() && groups.service.is_empty() {
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
    if !pings || !needs || balancer.domain.is_some() {
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
