//! What stands before a function, and whom it lets through.

use std::time::Duration;

use crate::{
    check::{facts::Facts, finding::Found},
    config::edit::NewValue,
    stack::{Front, UrlAuth},
};

/// How long a REST API waits, and what is left of the 30 s of an HTTP API for the way there and back.
const GATEWAY: Duration = Duration::from_secs(29);

pub(in crate::check) fn gives_up_first(facts: &Facts<'_>) -> Option<Found> {
    let (path, request) = ("service.request_timeout", facts.file.service.request_timeout);
    let is_before = facts.file.lambda.front == Front::ApiGateway;
    (is_before && request.duration() > GATEWAY).then(|| {
        let found = Found::at(
            &[path, "lambda.front"],
            format!(
                "an HTTP API waits 30 s, a REST API 29 s, and a request may take {}: its caller \
                 gets 503 or 504, and the work is paid for and lost",
                facts.shown(path, request)
            ),
            "write `request_timeout: 29s` beneath `service:`, or `front: url` beneath `lambda:`",
        );
        found.mended(path, NewValue::Text("29s".to_owned()), "APIs wait 29 s or 30 s")
    })
}

pub(in crate::check) fn passes_little(facts: &Facts<'_>) -> Option<Found> {
    (facts.file.lambda.front == Front::LoadBalancer).then(|| {
        Found::at(
            &["lambda.front"],
            "the load balancer passes 1 MB at most: larger documents end in 413, larger answers in \
             502",
            "write `front: url`, which takes 6 MB and streams 200 MB, or ingest smaller documents",
        )
    })
}

pub(in crate::check) fn open_to_all(facts: &Facts<'_>) -> Option<Found> {
    let lambda = &facts.file.lambda;
    let is_public = lambda.front == Front::Url && lambda.auth == UrlAuth::None;
    let has_key = facts.runs.service_environment().contains_key("LIGHTRAG_API_KEY");
    (is_public && !has_key).then(|| {
        Found::at(
            &["lambda.auth", "service.secrets", "lambda.front"],
            "whoever finds the function's URL may ask it, read the documents and make the bill",
            "write `LIGHTRAG_API_KEY: ssm:/path` beneath `service.secrets:`, or `auth: iam` beneath \
             `lambda:`",
        )
    })
}
