//! The service over HTTP, with a provider and a store that obey the test. A file a route.

mod documents;
mod health;
mod provider;
mod query;
mod query_stream;
mod service;
mod stop;
mod store;
mod strategy;
mod upload;
