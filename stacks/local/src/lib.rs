//! Runs a stack on this machine: what ECS, its load balancer and its autoscaling do, in one supervisor.

pub mod balancer;
pub mod timing;
