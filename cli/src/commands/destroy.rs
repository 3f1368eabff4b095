use std::{collections::BTreeMap, fs, time::Duration};

use ragctl_stacks::{
    address::{Address, Kind},
    backend::Backend,
    desired::Desired,
    stack::Store,
};
use serde::Serialize;

use crate::{
    change::{Consent, Terms, Wanted, change},
    exit::Exit,
    failure::Failure,
    output::human::{
        Human, Page,
        text::{left_for_later, seconds},
    },
    session::{Project, STATE, Session},
};

/// Take the stack down, its documents included
///
/// A stack whose file says `protected: true` has its name typed, whatever else is said: on the terminal, or with
/// `--confirm`.
///
/// Documents in Postgres stay there: the database is not the stack's.
///
/// What CloudFront has run cannot be removed before its copies are, which takes a few hours. All else is removed then, what is left
/// costs nothing, and the exit code is 4: the same command, run again later, does the rest.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: take everything down, but keep the documents for the next deployment\n  \
                  ragctl destroy --keep-store\n\n\
                  Example: in CI, a stack that is protected\n  \
                  ragctl destroy --env staging --confirm handbook-staging"
)]
pub(crate) struct DestroyArgs {
    /// Do not ask; without it, the stack's name has to be typed
    #[arg(long, short)]
    yes: bool,

    /// The stack's name, typed beforehand; refused when the file's stack has another
    #[arg(long, value_name = "NAME")]
    confirm: Option<String>,

    /// Keep the documents
    #[arg(long)]
    keep_store: bool,

    /// How long to wait while somebody else is changing the stack
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = super::duration)]
    lease_wait: Duration,
}

/// What was taken down.
#[derive(Serialize)]
pub(crate) struct Destroyed {
    event: &'static str,
    stack: String,
    deleted: usize,
    kept: Vec<Address>,
    took_ms: Option<u128>,
    /// What only time can do, and what it waits for.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    postponed: BTreeMap<Address, String>,
    #[serde(skip)]
    took: Duration,
}

impl Human for Destroyed {
    fn human(&self, _page: Page) -> String {
        let Self { stack, kept, postponed, .. } = self;
        if !postponed.is_empty() {
            let took = seconds(self.took);
            let left = left_for_later(postponed, "ragctl destroy");
            return format!("{stack} is gone after {took}, but for what only time removes\n{left}");
        }
        match (self.deleted, kept.first()) {
            (0, _) => format!("{stack}: nothing was there\n"),
            (_, None) => format!("{stack} is gone after {}\n", seconds(self.took)),
            (_, Some(kept)) => {
                format!("{stack} is gone after {}; {kept} was kept\n", seconds(self.took))
            }
        }
    }
}

pub(crate) async fn run(args: &DestroyArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let consent = consent(args, session, &project)?;
    let backend = session.backend_for_change(&project, None).await?;
    let store = match args.keep_store {
        true => backend.live().await?.at(&Address::app(Kind::Store)).cloned(),
        false => None,
    };
    let kept: Vec<Address> = store.iter().map(|it| it.address()).collect();
    let wanted = Wanted::Resources(Desired::new(project.scope(), store));
    let command = "ragctl destroy";
    let lease_wait = args.lease_wait;
    let terms = Terms { command, again: command, consent, lease_wait, wake: false };
    let carried = change(session, &project, &backend, wanted, &terms).await?;
    let exit = if carried.postponed.is_empty() { Exit::Done } else { Exit::Postponed };
    if kept.is_empty() {
        tidy(&project);
    }
    if matches!(project.stack.store, Store::Postgres { .. }) && carried.summary.delete > 0 {
        session.output.note("the documents are still in Postgres, which is not the stack's");
    }
    session.output.item(&Destroyed {
        event: "destroyed",
        stack: project.stack.name.to_string(),
        deleted: carried.summary.delete.saturating_sub(carried.postponed.len()),
        kept,
        took_ms: carried.took.map(|it| it.as_millis()),
        took: carried.took.unwrap_or_default(),
        postponed: carried.postponed,
    })?;
    Ok(exit)
}

/// Who must agree. What can never be given is refused before anything is asked of the backend.
fn consent(args: &DestroyArgs, session: &Session, project: &Project) -> Result<Consent, Failure> {
    let name = project.stack.name.as_str();
    match &args.confirm {
        Some(typed) if typed == name => Ok(Consent::Given),
        Some(typed) => Err(Failure::OtherName { typed: typed.clone(), name: name.to_owned() }),
        None if !project.stack.protected => {
            Ok(if args.yes { Consent::Given } else { Consent::Name })
        }
        None if session.output.can_ask() => {
            if args.yes {
                session.output.note("the stack is protected, so `--yes` is not enough");
            }
            Ok(Consent::Name)
        }
        None => Err(Failure::Protected(name.to_owned())),
    }
}

/// Removes the folder of all stacks when this one was the last. The backend has removed its own.
fn tidy(project: &Project) {
    // It stays when another stack is in it.
    drop(fs::remove_dir(project.state_folder()));
    drop(fs::remove_dir(project.file.folder().join(STATE)));
}
