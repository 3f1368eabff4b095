use std::time::Duration;

use ragctl_stacks::backend::Backend;
use serde::Serialize;

use crate::{
    change::{Consent, Lent, Terms},
    exit::Exit,
    failure::Failure,
    output::{
        human::{Human, Page},
        progress::waiting,
    },
    session::Session,
};

/// Send a stack to sleep now, whenever it was last used
///
/// Its tasks finish what they have, and stop. The next request wakes it. A stack without `idle` never sleeps.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: after working hours\n  ragctl sleep")]
pub(crate) struct SleepArgs {
    /// How long to wait while somebody is changing the stack
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = super::duration)]
    lease_wait: Duration,
}

/// How it is now.
#[derive(Serialize)]
struct Asleep {
    stack: String,
    /// Whether it was awake.
    changed: bool,
}

impl Human for Asleep {
    fn human(&self, _page: Page) -> String {
        let as_it_was = if self.changed { "" } else { ", as it was" };
        format!("{} sleeps{as_it_was}; the next request wakes it\n", self.stack)
    }
}

pub(crate) async fn run(args: &SleepArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let backend = session.backend(&project).await?;
    let terms = Terms {
        command: "ragctl sleep",
        again: "ragctl sleep",
        consent: Consent::Given,
        lease_wait: args.lease_wait,
        wake: false,
    };
    let lent = Lent::take(session.output, &backend, &terms).await?;
    let sleep = async { Ok(waiting("sending it to sleep", backend.sleep()).await?) };
    let changed = lent.during(sleep).await?;
    session.output.result(&Asleep { stack: project.stack.name.to_string(), changed })?;
    Ok(Exit::Done)
}
