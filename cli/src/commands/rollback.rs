use std::{collections::BTreeMap, collections::BTreeSet, time::Duration};

use jiff::Timestamp;
use ragctl_aws::PastRevision;
use ragctl_stacks::{
    address::{Address, Kind},
    backend::Backend,
    live::Live,
    plan::{Action, Plan, Reason, Step},
    resource::{Alias, Changes, Digest, Resource, Service},
};
use serde::Serialize;

use crate::{
    change::{Consent, Terms, Wanted, change},
    exit::Exit,
    failure::{Failure, Known},
    output::{
        human::{
            Human, Page,
            table::table,
            text::{seconds, span},
        },
        progress::waiting,
        style::{BOLD, GOOD, styled},
    },
    session::{Project, Session},
};

/// Go back to a revision that served before, on AWS
///
/// Without REVISION it is the one before the revision that serves. Only tasks are replaced, or callers led to another
/// version of the function: the file and all other resources stay as they are, and `ragctl deploy` brings back what the file asks for.
///
/// A rollout that fails goes back by itself; this is for one that went well and should not have.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: what there is to go back to\n  ragctl rollback --list\n\n\
                        Example: go back to one of them\n  ragctl rollback 188b87bb8cfc --yes")]
pub(crate) struct RollbackArgs {
    /// The revision, or how it begins [default: the one before the revision that serves]
    #[arg(value_name = "REVISION")]
    revision: Option<String>,

    /// List the last 50 revisions, the latest first, and change nothing
    #[arg(long, conflicts_with_all = ["revision", "yes"])]
    list: bool,

    /// Do not ask
    #[arg(long, short)]
    yes: bool,

    /// How long to wait while somebody else is changing the stack
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = super::duration)]
    lease_wait: Duration,
}

/// What there is to go back to.
#[derive(Serialize)]
struct Listed {
    stack: String,
    revisions: Vec<PastRevision>,
    #[serde(skip)]
    now: Timestamp,
}

/// What was gone back to.
#[derive(Serialize)]
struct RolledBack {
    event: &'static str,
    stack: String,
    revision: Digest,
    image: String,
    /// The revision that `ragctl deploy` would bring, when it is another.
    file_asks_for: Option<Digest>,
    took_ms: Option<u128>,
    #[serde(skip)]
    took: Option<Duration>,
}

impl Human for Listed {
    fn human(&self, _page: Page) -> String {
        let row = |it: &PastRevision| {
            let age = it.registered_at.map(|at| age(at, self.now)).unwrap_or_default();
            let image = match &it.image_in_file {
                Some(in_file) => format!("{} (in place of {in_file})", it.image),
                None => it.image.clone(),
            };
            let serves = if it.serves { "serves" } else { "" };
            vec![it.revision.to_string(), age, serves.to_owned(), image]
        };
        let rows: Vec<_> = self.revisions.iter().map(row).collect();
        let title = styled(BOLD, &self.stack);
        format!("{title}\n{}", table(&["revision", "registered", "", "image"], &rows))
    }
}

impl Human for RolledBack {
    fn human(&self, _page: Page) -> String {
        let Self { stack, revision, image, .. } = self;
        let mut text = match self.took {
            Some(took) => {
                let back = styled(GOOD, format!("back at revision {revision}"));
                format!("{stack} is {back} ({image}) after {}\n", seconds(took))
            }
            None => format!("{stack} is at revision {revision} ({image}), as it was\n"),
        };
        if let Some(newer) = &self.file_asks_for {
            text.extend([format!(
                "the file still asks for revision {newer}: `ragctl deploy` would bring it back\n"
            )]);
        }
        text
    }
}

pub(crate) async fn run(args: RollbackArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let target = project.stack.target;
    let backend = session.backend(&project).await?;
    let aws = backend.aws().ok_or(Failure::NoRollback(target))?;
    let stack = project.stack.name.to_string();
    let revisions = aws.revisions().await?;
    if args.list {
        if revisions.is_empty() {
            return Err(Failure::NothingDeployed(stack));
        }
        session.output.result(&Listed { stack, revisions, now: Timestamp::now() })?;
        return Ok(Exit::Done);
    }
    let live = waiting("reading what exists", backend.live()).await?;
    let Some(is) = Serving::in_live(&live) else { return Err(Failure::NothingDeployed(stack)) };
    let to = chosen(&revisions, args.revision.as_deref(), is.revision())?.clone();
    session.output.note(&format!("to revision {}: {}", to.revision, described(&to)));
    let plan = back_to(&to.revision, &is, &live, &project);
    let terms = Terms {
        command: "ragctl rollback",
        again: "ragctl rollback REVISION",
        consent: if args.yes { Consent::Given } else { Consent::Yes },
        lease_wait: args.lease_wait,
        wake: false,
    };
    let carried = change(session, &project, &backend, Wanted::Planned(plan), &terms).await?;
    let asked = asked_for(session, &project, &live).await;
    session.output.item(&RolledBack {
        event: "rolled_back",
        stack,
        file_asks_for: asked.filter(|it| *it != to.revision),
        revision: to.revision,
        image: to.image,
        took_ms: carried.took.map(|it| it.as_millis()),
        took: carried.took,
    })?;
    Ok(Exit::Done)
}

/// The revision that begins so, or the one before the revision that serves.
fn chosen<'a>(
    revisions: &'a [PastRevision],
    asked: Option<&str>,
    serving: &Digest,
) -> Result<&'a PastRevision, Failure> {
    let known = || Known(revisions.iter().map(told).collect());
    let Some(asked) = asked else {
        let before = revisions.iter().skip_while(|it| it.revision != *serving).nth(1);
        let serving = serving.clone();
        return before.ok_or_else(|| Failure::NoEarlierRevision { serving, known: known() });
    };
    let given = asked.to_owned();
    let mut fit = revisions.iter().filter(|it| it.revision.as_str().starts_with(asked));
    match (fit.next(), fit.next()) {
        (Some(only), None) => Ok(only),
        (None, _) => Err(Failure::NoSuchRevision { given, known: known() }),
        (Some(_), Some(_)) => Err(Failure::AmbiguousRevision { given, known: known() }),
    }
}

/// What goes by a revision.
enum Serving<'a> {
    /// Tasks.
    Service(&'a Service),
    /// A version of a function.
    Alias(&'a Alias),
}

impl<'a> Serving<'a> {
    fn in_live(live: &'a Live) -> Option<Self> {
        match (live.at(&Address::app(Kind::Service)), live.at(&Alias::live())) {
            (Some(Resource::Service(it)), _) => Some(Self::Service(it)),
            (_, Some(Resource::Alias(it))) => Some(Self::Alias(it)),
            _ => None,
        }
    }

    fn revision(&self) -> &'a Digest {
        match self {
            Self::Service(it) => &it.revision,
            Self::Alias(it) => &it.revision,
        }
    }

    /// The same by another revision, and what that changes.
    fn by(&self, revision: &Digest) -> (Resource, Option<Changes>) {
        match *self {
            Self::Service(is) => {
                let mut to = Service { revision: revision.clone(), ..is.clone() };
                if let Some(fargate) = &mut to.fargate {
                    fargate.rolled_out = true;
                }
                let changes = Changes::between(&to, is);
                (to.into(), changes)
            }
            Self::Alias(is) => {
                let to = Alias { revision: revision.clone(), idle: 0, ..is.clone() };
                let changes = Changes::between(&to, is);
                (to.into(), changes)
            }
        }
    }
}

/// The one step: what serves as it is, by another revision.
fn back_to(revision: &Digest, is: &Serving<'_>, live: &Live, project: &Project) -> Plan {
    let (to, changes) = is.by(revision);
    let step = |changes| Step {
        address: to.address(),
        action: Action::Update { to: to.clone(), changes },
        because: Reason::Differs,
        after: BTreeSet::new(),
    };
    let made_from: BTreeMap<Address, Digest> = live.fingerprint();
    let steps = changes.map(step).into_iter().collect();
    Plan { format: Plan::FORMAT, scope: project.scope(), steps, made_from }
}

/// The revision that `ragctl deploy` would bring; `None` where that cannot be said.
async fn asked_for(session: &Session, project: &Project, live: &Live) -> Option<Digest> {
    let desired = session.desired(project, None).await.ok()?.leaving_to_others(live);
    let at = |address: &Address| desired.at(address);
    match (at(&Address::app(Kind::Service)), at(&Alias::live())) {
        (Some(Resource::Service(it)), _) => Some(it.revision.clone()),
        (_, Some(Resource::Alias(it))) => Some(it.revision.clone()),
        _ => None,
    }
}

fn described(it: &PastRevision) -> String {
    let at = it.registered_at.map(|at| format!(", registered {}", age(at, Timestamp::now())));
    format!("{}{}", it.image, at.unwrap_or_default())
}

fn told(it: &PastRevision) -> String {
    let serves = if it.serves { ", which serves" } else { "" };
    format!("{}  {}{serves}", it.revision, described(it))
}

fn age(at: Timestamp, now: Timestamp) -> String {
    let seconds = u64::try_from(now.as_second() - at.as_second()).unwrap_or(0);
    format!("{} ago", span(Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(revision: &str) -> PastRevision {
        PastRevision {
            revision: serde_json::from_value(revision.into()).unwrap(),
            image: "rag-service".to_owned(),
            image_in_file: None,
            registered_at: None,
            serves: false,
        }
    }

    #[test]
    fn the_one_before_that_which_serves_is_chosen_or_the_one_that_begins_so() {
        let all = ["c1", "b2", "b1", "a1"].map(past);
        let chosen = |asked, serving: &str| {
            let serving = past(serving).revision;
            chosen(&all, asked, &serving).ok().map(|it| it.revision.to_string())
        };
        assert_eq!(chosen(None, "c1").as_deref(), Some("b2"));
        assert_eq!(chosen(None, "b1").as_deref(), Some("a1"));
        assert_eq!(chosen(None, "a1"), None, "nothing is before the first");
        assert_eq!(chosen(None, "ff"), None, "nor before one that is not known");
        assert_eq!(chosen(Some("a"), "c1").as_deref(), Some("a1"));
        assert_eq!(chosen(Some("b2"), "c1").as_deref(), Some("b2"));
        assert_eq!((chosen(Some("b"), "c1"), chosen(Some("d"), "c1")), (None, None));
    }
}
