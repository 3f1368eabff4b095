//! What Ctrl-C does while a plan is carried out.
//!
//! Each step can be repeated, so it stops at once and nothing is lost. A rollout on AWS goes on by itself, however, so
//! whoever is there is asked first whether it shall.

use ragctl_aws::AwsBackend;
use ragctl_stacks::{
    address::{Address, Kind},
    plan::{Plan, Verb},
};

use super::interrupt::{Interruptions, Told};
use crate::{
    backend::AnyBackend,
    output::{Output, progress::Steps},
};

const QUESTION: &str = "The rollout goes on meanwhile. [l]eave it running on AWS, or stop it and roll [b]ack? \
                        Then Enter; Ctrl-C again leaves it.";

/// How the work is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// At once.
    AtOnce,
    /// By somebody who knows that the rollout goes on.
    Running,
}

/// A rollout that can be rolled back while it goes on.
struct Rollout<'a> {
    aws: &'a AwsBackend,
    output: Output,
    steps: &'a Steps,
}

/// Returns when the work shall be left; never, when it goes on to its end.
pub(super) async fn left(
    plan: &Plan,
    backend: &AnyBackend,
    output: Output,
    steps: &Steps,
    interruptions: &mut Interruptions,
) -> Left {
    let told = interruptions.next().await;
    match rollout(plan, backend, output, steps) {
        Some(rollout) if told == Told::Pressed => {
            tokio::select! {
                left = rollout.asked() => left,
                told = interruptions.next() => match told {
                    Told::Pressed => Left::Running,
                    Told::Asked => Left::AtOnce,
                },
            }
        }
        _ => Left::AtOnce,
    }
}

/// The rollout that is under way, where somebody can be asked about it.
fn rollout<'a>(
    plan: &Plan,
    backend: &'a AnyBackend,
    output: Output,
    steps: &'a Steps,
) -> Option<Rollout<'a>> {
    let service = Address::app(Kind::Service);
    let step = plan.steps.iter().find(|it| it.address == service)?;
    let can_go_back = step.action.verb() != Verb::Delete && steps.is_running(&service);
    let aws = backend.aws().filter(|_| can_go_back && output.can_ask() && !output.is_json())?;
    Some(Rollout { aws, output, steps })
}

impl Rollout<'_> {
    /// Asks until there is an answer. Once it is to roll back, the work goes on to its end.
    async fn asked(&self) -> Left {
        loop {
            self.steps.line(QUESTION);
            let output = self.output;
            let answer = tokio::task::spawn_blocking(move || output.answer());
            // Where nothing more can be read, the second Ctrl-C is still there.
            let Ok(Some(answer)) = answer.await else { return std::future::pending().await };
            match answer.to_ascii_lowercase().as_str() {
                "l" | "leave" => return Left::Running,
                "b" | "back" => break,
                _ => {}
            }
        }
        self.steps.line("stopping the rollout");
        if let Err(error) = Box::pin(self.aws.stop_rollout()).await {
            self.steps.line(&format!("the rollout could not be stopped, and goes on: {error}"));
        }
        std::future::pending().await
    }
}
