//! The service over HTTP, with a provider and a store that obey the test. A file a route.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to panic")]

mod documents;
mod faults;
mod health;
mod ingest;
mod logs;
mod metrics;
mod program;
mod provider;
mod query;
mod query_stream;
mod service;
mod stop;
mod store;
mod strategy;
mod traces;
mod upload;
