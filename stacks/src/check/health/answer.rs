//! What the service answers to its checks, and what counts as healthy.

use super::CONTAINER_PATH;
use crate::{
    check::{
        facts::{Facts, asked},
        finding::Found,
    },
    config::edit::NewValue,
    stack::{HttpPath, Store},
};

/// What the service answers on a path once it is warm, to one who shows no key; `docs/reference/service.md`.
fn answer(facts: &Facts<'_>) -> u16 {
    match asked(&facts.probe().path) {
        HttpPath::HEALTH
        | HttpPath::READY
        | "/"
        | "/livez"
        | "/auth-status"
        | "/docs"
        | "/openapi.json" => 200,
        "/webui" | "/webui/" => 307,
        "/warmup" => 405,
        _ if facts.wants_a_key() => 403,
        "/documents" | "/metrics" | "/api/version" | "/api/tags" | "/v1/models" => 200,
        "/query" | "/query/data" | "/query/stream" | "/documents/text" | "/documents/texts"
        | "/documents/upload" => 405,
        _ => 404,
    }
}

pub(super) fn never_healthy(facts: &Facts<'_>) -> Option<Found> {
    let check = facts.probe();
    let answer = answer(facts);
    (!check.matcher.matches(answer)).then(|| {
        Found::at(
            &["load_balancer.health_check.path", "load_balancer.health_check.matcher"],
            format!(
                "`{}` answers {answer}, and `matcher: {}` takes that for unhealthy, so that no task \
                 ever serves",
                check.path, check.matcher
            ),
            "ask `/health` or `/readyz`, and write `matcher: \"200\"`",
        )
    })
}

pub(super) fn cold_among_warm(facts: &Facts<'_>) -> Option<Found> {
    let most = facts.runs.autoscaling.maximum.get();
    let is_cold = facts.runs.service.answer_while_warming && !facts.is_gated();
    (is_cold && most > 1).then(|| {
        let found = Found::at(
            &["strategies.async-init", "autoscaling.maximum"],
            format!(
                "of up to {most} tasks, one that was just added answers some queries with 202 while \
                 warm ones could answer them"
            ),
            "switch `prewarm` on as well: tasks then get requests when they are warm",
        );
        let reason = "no query meets a cold task";
        found.mended("strategies.prewarm", NewValue::Switch(true), reason)
    })
}

pub(super) fn not_held_back(facts: &Facts<'_>) -> Option<Found> {
    let path = &facts.probe().path;
    let is_on = facts.file.strategies.prewarm.is_some();
    // A path that never answers well is told by another rule.
    (is_on && !facts.is_gated() && answer(facts) == 200).then(|| {
        let found = Found::at(
            &["load_balancer.health_check.path", "strategies.prewarm"],
            format!("`{path}` answers 200 before the pools are warm, so that queries meet cold tasks in spite of prewarm"),
            "write `path: /readyz`",
        );
        let value = NewValue::Text(HttpPath::READY.to_owned());
        found.mended("load_balancer.health_check.path", value, "200 when both pools are warm")
    })
}

pub(super) fn asks_the_store(facts: &Facts<'_>) -> Option<Found> {
    let path = &facts.probe().path;
    (asked(path) == "/documents").then(|| {
        let found = Found::at(
            &["load_balancer.health_check.path"],
            format!(
                "`{path}` reads the store, so that a slow {} makes every task unhealthy at once",
                match facts.file.store {
                    Store::Sqlite { .. } => "disk",
                    Store::Postgres { .. } => "database",
                }
            ),
            "write `path: /health`",
        );
        let value = NewValue::Text(HttpPath::HEALTH.to_owned());
        found.mended("load_balancer.health_check.path", value, "reads nothing that can be slow")
    })
}

pub(super) fn never_ready(facts: &Facts<'_>) -> Option<Found> {
    if facts.warms() {
        return None;
    }
    let path = match (facts.is_gated(), facts.is_container_gated()) {
        (true, _) => "load_balancer.health_check.path",
        (false, true) => CONTAINER_PATH,
        (false, false) => return None,
    };
    let found = Found::at(
        &[path, "strategies.prewarm"],
        "`/readyz` answers 503 until both pools are warm, and without prewarm or async-init nothing \
         warms them",
        "write `strategies: {prewarm: true}`, or let the check ask `/health`",
    );
    Some(found.mended("strategies.prewarm", NewValue::Switch(true), "what /readyz waits for"))
}
