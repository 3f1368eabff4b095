//! The service over HTTP, with a provider and a store that obey the test. A file a route.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on is to panic")]

mod access;
mod bundle;
mod certificates;
mod chat;
mod documents;
mod faults;
mod graph;
mod health;
mod ingest;
mod lightrag;
mod logs;
mod metrics;
mod page;
mod program;
mod provider;
mod query;
mod query_data;
mod query_graph;
mod query_rerank;
mod query_stream;
mod service;
mod starting;
mod stop;
mod store;
mod strategy;
mod traces;
mod trust;
mod upload;
