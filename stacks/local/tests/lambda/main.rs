//! Functions as AWS Lambda runs them: with a stand-in, an example of this package, and with the service itself.
#![expect(clippy::unwrap_used, reason = "the lint knows test functions, not what they share")]

mod cpu;
mod life;
mod provider;
mod service;
mod support;
mod trouble;
mod tuned;
