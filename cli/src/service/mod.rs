//! The service over HTTP, as `docs/reference/service.md` writes it down.

mod client;
mod document;
mod health;
mod question;
mod ready;

pub(crate) use self::{
    client::{CallError, Client, http},
    document::{Document, StatusCounts},
    health::{Health, Pool},
    question::{Mode, Question, Reference},
    ready::when_ready,
};
