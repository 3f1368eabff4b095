//! The service over HTTP, with a provider and a store that obey the test. A file a route.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to panic")]

mod documents;
mod health;
mod ingest;
mod program;
mod provider;
mod query;
mod query_stream;
mod service;
mod starting;
mod stop;
mod store;
mod strategy;
mod upload;
