//! ST: where documents and models are kept.

use super::{
    facts::Facts,
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::{
    config::edit::NewValue,
    stack::{Store, Target},
};

const STORAGE: &str =
    "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html";

/// Disk of a task that costs nothing, in GiB.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-storage.html>
const FREE_DISK: u32 = 20;

pub(super) static RULES: [Rule; 5] = [
    Rule {
        id: "ST01",
        severity: Severity::Warning,
        on: On::Aws,
        title: "documents go with the task that keeps them",
        why: "A task's disk is gone when the task is: in each deployment, when it is replaced, when \
              AWS retires it, and when the service sleeps. Two tasks have two stores. So it is with \
              the sandboxes of a function, which last for minutes.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-maintenance.html",
        remedy: "Keep the documents in Postgres (`store: {engine: postgres, url: ssm:/path}`), or \
                 ingest them after each deployment.",
        decided: Decided::File(goes_with_the_task),
    },
    Rule {
        id: "ST02",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "a read-only disk under something that writes",
        why: "Fargate has no `tmpfs`, so that a cache on a read-only disk fails while warming.",
        source: STORAGE,
        remedy: "Mount a volume there.",
        decided: Decided::Design("ragctl makes no disk of a task read-only"),
    },
    Rule {
        id: "ST03",
        severity: Severity::Warning,
        on: On::EveryTarget,
        title: "models are fetched at each start",
        why: "Each gigabyte adds 15 to 50 s to a cold start.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-pull-behavior.html",
        remedy: "Put them into the image.",
        decided: Decided::Design(
            "the built-in models are inside the program; others are a provider's",
        ),
    },
    Rule {
        id: "ST04",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "requests that last longer than the notice before a spot task stops",
        why: "A spot task is stopped two minutes after its notice.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html",
        remedy: "Use tasks that are not interrupted.",
        decided: Decided::Design("ragctl runs no spot tasks"),
    },
    Rule {
        id: "ST05",
        severity: Severity::Note,
        on: On::Fargate,
        title: "disk that is paid for and stays empty",
        why: "With Postgres a task keeps no documents on its disk, and each GiB above 20 is paid for \
              while it runs.",
        source: STORAGE,
        remedy: "Write `ephemeral_storage: 20`, or leave it out.",
        decided: Decided::File(empty_disk),
    },
];

fn goes_with_the_task(facts: &Facts<'_>) -> Option<Found> {
    let Store::Sqlite { path } = &facts.file.store else { return None };
    if facts.is_on(Target::Lambda) {
        return Some(Found::at(
            &["store.path", "store"],
            format!(
                "documents lie in {} of one sandbox: the others do not have them, and they are gone \
                 with it, some minutes after the last request",
                path.display()
            ),
            "write `store: {engine: postgres, url: ssm:/path}`, with where the database's address is \
             kept",
        ));
    }
    let scaling = &facts.file.autoscaling;
    let sleeps = if facts.file.idle.is_some() { ", and each time the service sleeps" } else { "" };
    let apart = match scaling.maximum.get() {
        1 => String::new(),
        most => format!("; each of up to {most} tasks has its own"),
    };
    let why = format!(
        "documents lie in {} on the disk of a task, and are gone with it: after each \
         deployment{sleeps}{apart}",
        path.display()
    );
    Some(Found::at(
        &["store.path", "store"],
        why,
        "write `store: {engine: postgres, url: ssm:/path}`, with where the database's address is kept; \
         or keep a copy of the documents and ingest them after each deployment, and write \
         `autoscaling: {maximum: 1}`, which keeps them together",
    ))
}

fn empty_disk(facts: &Facts<'_>) -> Option<Found> {
    let disk = facts.file.service.ephemeral_storage;
    let is_elsewhere = matches!(facts.file.store, Store::Postgres { .. });
    (is_elsewhere && disk.get() > FREE_DISK).then(|| {
        let path = "service.ephemeral_storage";
        let found = Found::at(
            &[path, "store.engine"],
            format!(
                "documents are in Postgres, and {disk} GiB of disk, {} of them paid for, stay empty",
                disk.get() - FREE_DISK
            ),
            format!("write `ephemeral_storage: {FREE_DISK}`, which costs nothing"),
        );
        found.mended(path, NewValue::Number(FREE_DISK), "costs nothing")
    })
}
