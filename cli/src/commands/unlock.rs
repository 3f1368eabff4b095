use jiff::Timestamp;
use ragctl_stacks::{backend::Backend, lease::Lease};
use serde::Serialize;

use crate::{
    exit::Exit,
    failure::Failure,
    output::human::{Human, Page},
    session::Session,
};

/// Show who is changing the stack, and take the right to do so away from them
///
/// Hardly ever needed: the lease of a command that was killed on this machine counts no more, and one that is not renewed
/// runs out after a minute.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: after a CI runner was lost in the middle of a deployment\n  ragctl unlock --yes"
)]
pub(crate) struct UnlockArgs {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
}

/// Whose lease was ended.
#[derive(Serialize)]
pub(crate) struct Unlocked {
    stack: String,
    ended: Option<Lease>,
}

impl Human for Unlocked {
    fn human(&self, _page: Page) -> String {
        match &self.ended {
            Some(lease) => format!("{}: the lease of {} was ended\n", self.stack, lease.holder),
            None => format!("{}: nobody is changing it\n", self.stack),
        }
    }
}

pub(crate) async fn run(args: &UnlockArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let backend = session.backend(&project).await?;
    let (output, stack) = (session.output, project.stack.name.to_string());
    let Some(lease) = backend.lease().await? else {
        output.result(&Unlocked { stack, ended: None })?;
        return Ok(Exit::Done);
    };
    output.note(&told(&lease));
    if !args.yes {
        if !output.can_ask() {
            let (what, command) =
                ("ending somebody's lease".to_owned(), "ragctl unlock".to_owned());
            return Err(Failure::ConsentNeeded { what, command });
        }
        let answer = output.ask("End it? Whatever they are doing goes on without it. [y/N]")?;
        if !["y", "yes"].iter().any(|it| it.eq_ignore_ascii_case(&answer)) {
            return Err(Failure::Declined);
        }
    }
    backend.release_lease(&lease.id).await?;
    output.result(&Unlocked { stack, ended: Some(lease) })?;
    Ok(Exit::Done)
}

fn told(lease: &Lease) -> String {
    let Lease { holder, host, command, taken_at, expires_at, .. } = lease;
    let state = if lease.has_expired(Timestamp::now()) { "ran out" } else { "runs out" };
    format!("{holder} on {host}: `{command}`, last renewed {taken_at:.0}, {state} {expires_at:.0}")
}
