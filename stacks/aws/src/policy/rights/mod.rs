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
mod ssm;

use super::right::Right;

/// All tables, by service.
pub(super) const ALL: [&[Right]; 11] = [
    autoscaling::RIGHTS,
    cloudfront::RIGHTS,
    ec2::RIGHTS,
    ecr::RIGHTS,
    ecs::RIGHTS,
    elb::RIGHTS,
    events::RIGHTS,
    iam::RIGHTS,
    lambda::RIGHTS,
    logs::RIGHTS,
    ssm::RIGHTS,
];
