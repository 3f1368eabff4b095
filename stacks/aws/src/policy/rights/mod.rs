//! What each service asks for, a table a service.
//!
//! `sts:GetCallerIdentity` is not here: everybody may call it.
//! Source: <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>

mod autoscaling;
mod cloudfront;
mod ec2;
mod ecr;
mod ecs;
mod elb;
mod events;
mod iam;
mod lambda;
mod logs;
mod on_lambda;
mod ssm;

use ragctl_stacks::stack::Target;

use super::right::Right;

/// The tables of a target.
pub(super) const fn of(target: Target) -> &'static [&'static [Right]] {
    match target {
        Target::Lambda => &ON_LAMBDA,
        Target::Local | Target::Fargate => &ON_FARGATE,
    }
}

const ON_LAMBDA: [&[Right]; 7] = [
    ec2::CHANGES,
    ecr::RIGHTS,
    elb::CHANGES,
    iam::RIGHTS,
    logs::RIGHTS,
    on_lambda::RIGHTS,
    ssm::LEASE,
];

/// All of Fargate, by service.
const ON_FARGATE: [&[Right]; 14] = [
    autoscaling::RIGHTS,
    cloudfront::RIGHTS,
    ec2::READS,
    ec2::CHANGES,
    ecr::RIGHTS,
    ecs::RIGHTS,
    elb::READS,
    elb::CHANGES,
    events::RIGHTS,
    iam::RIGHTS,
    lambda::RIGHTS,
    logs::RIGHTS,
    ssm::KEY,
    ssm::LEASE,
];
