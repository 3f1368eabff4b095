//! Agreeing to a plan.

use ragctl_stacks::{
    plan::{Action, Plan},
    stack::Target,
};

use crate::{
    failure::Failure,
    session::{Project, Session},
};

/// Who must agree before a plan is carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consent {
    /// The command line has agreed already.
    Given,
    /// Somebody says yes, when something may be lost.
    Yes,
    /// Somebody types the stack's name.
    Name,
}

impl Consent {
    /// Succeeds when the plan may be carried out.
    pub(super) async fn given(
        self,
        session: &Session,
        project: &Project,
        plan: &Plan,
        command: &str,
    ) -> Result<(), Failure> {
        let name = project.stack.name.as_str();
        let (question, wanted): (String, &[&str]) = match self {
            Self::Given => return Ok(()),
            Self::Yes if !must_ask(plan, project.stack.target) => return Ok(()),
            Self::Yes => ("Carry it out? [y/N]".to_owned(), &["y", "yes"]),
            Self::Name => (format!("This cannot be undone. Type `{name}` to go on:"), &[name]),
        };
        let output = session.output;
        if !output.can_ask() {
            let what = match self {
                Self::Name => "taking the stack down",
                Self::Given | Self::Yes => "this plan",
            };
            let command = command.to_owned();
            return Err(Failure::ConsentNeeded { what: what.to_owned(), command });
        }
        // Whoever thinks about it should not lose the lease meanwhile, so the answer is read beside the renewals.
        let answer = tokio::task::spawn_blocking(move || output.ask(&question));
        let answer = answer.await.expect("asking does not panic")?;
        let agreed = wanted.iter().any(|it| it.eq_ignore_ascii_case(&answer));
        if agreed { Ok(()) } else { Err(Failure::Declined) }
    }
}

/// On this machine, only what takes something away is asked about; elsewhere everything costs something.
fn must_ask(plan: &Plan, target: Target) -> bool {
    target != Target::Local || plan.steps.iter().any(|step| takes_away(&step.action))
}

/// A new revision of the task definition takes the old one's place without loss, so it is no reason to ask.
fn takes_away(action: &Action) -> bool {
    match action {
        Action::Delete(_) => true,
        Action::Replace { to, .. } => !to.loss().is_empty(),
        Action::Create(_) | Action::Update { .. } => false,
    }
}
