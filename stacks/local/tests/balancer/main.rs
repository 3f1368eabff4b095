//! The balancer between real clients and real upstreams, over loopback.
#![expect(clippy::unwrap_used, reason = "the lint knows test functions, not what they share")]

mod edge;
mod limits;
mod passing;
mod probing;
mod routing;
mod situations;
mod support;
mod waking;
