//! An AWS account in memory, for tests: it behaves, refuses and fails as AWS does.
//!
//! [`Cloud::start`] opens a loopback HTTP server that speaks AWS's own protocols; a test points the
//! SDK, or the `ragctl` program, at [`Cloud::endpoint`]. What the account holds is reached with
//! [`Cloud::with`], which hands out the [`Account`].
//!
//! In the order in which a call flows: `server` reads it, `protocol` decodes it, `faults` may spoil
//! it, `account` hands it to the service named in its signature, `calls` remembers it, `protocol`
//! encodes the answer. Nothing here leaves the process.

mod account;
mod acm;
mod calls;
mod cloud;
mod cloudfront;
mod ec2;
mod ecr;
mod ecs;
mod elb;
mod events;
mod faults;
mod iam;
mod input;
mod lambda;
mod logs;
mod naming;
mod pace;
mod protocol;
mod refusal;
mod scaling;
mod secrets;
mod server;
mod ssm;
mod sts;
mod tags;
mod time;

pub use account::{ACCOUNT, Account, Region, Thing};
pub use calls::{Call, Traffic};
pub use cloud::Cloud;
pub use ec2::PrivateNetwork;
pub use faults::Faults;
pub use lambda::Answer;
pub use pace::Pace;
pub use refusal::Refusal;
