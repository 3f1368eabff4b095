//! The store: what each engine needs, and what it has no use for.

use super::{Check, Finding};
use crate::config::file::Engine;
use crate::stack::{StackName, Store, Target};

/// The store that the file asks for; none when that is told as a mistake.
pub(super) fn checked(check: &mut Check<'_>, name: &StackName) -> Option<Store> {
    let store = &check.file.store;
    match store.engine {
        Engine::Sqlite => {
            let help = "write `engine: postgres` beside it, or remove it (in an environment: \
                        `url: null`)";
            useless(check, "url", ["sqlite", "postgres"], help);
            in_the_container(check);
            Some(Store::Sqlite { path: store.path.of(name) })
        }
        Engine::Postgres => {
            let help = "remove it (in an environment: `path: null`), or write `engine: sqlite` \
                        beside it";
            useless(check, "path", ["postgres", "sqlite"], help);
            if store.url.is_none() {
                nowhere(check);
            }
            store.url.clone().map(|url| Store::Postgres { url })
        }
    }
}

fn useless(check: &mut Check<'_>, field: &str, [engine, other]: [&str; 2], help: &str) {
    let path = format!("store.{field}");
    if !check.is_written(&path) {
        return;
    }
    check.refuse(
        &[&path, "store.engine"],
        Finding {
            title: format!("`{path}` has no meaning for the engine `{engine}`"),
            label: format!("used by the engine `{other}` only"),
            help: help.to_owned(),
        },
    );
}

fn in_the_container(check: &mut Check<'_>) {
    let (target, path) = (check.file.target, &check.file.store.path);
    if target != Target::Local && !path.is_absolute() {
        check.refuse(
            &["store.path", "target"],
            Finding {
                title: format!("`store.path` must begin with `/` on `{target}`, not be `{path}`"),
                label: "expected a folder in the container".to_owned(),
                help: "write `path: /data`".to_owned(),
            },
        );
    }
}

fn nowhere(check: &mut Check<'_>) {
    check.refuse(
        &["store.engine", "store.url"],
        Finding {
            title: "`store` keeps documents in Postgres, and does not say in which".to_owned(),
            label: "needs a `url`".to_owned(),
            help: format!(
                "add `url: {}` beneath `store:`, which is where the database's address is kept",
                a_reference(check.file.target)
            ),
        },
    );
}

/// Where the address of a database may be kept, as an example.
pub(super) fn a_reference(target: Target) -> &'static str {
    match target {
        Target::Local => "env:DATABASE_URL",
        Target::Fargate | Target::Lambda => "ssm:/path",
    }
}
