use ragctl_stacks::{
    budget::{Ahead, ColdStart, PhaseTime, Range, Rollout},
    shape::Shape,
    strategy,
};
use serde::Serialize;

use super::strategy::Effect;
use crate::{
    exit::Exit,
    facts::{self, MeasuredArgs, PricesArgs},
    failure::Failure,
    session::Session,
};

/// Predict how long a cold start and a rollout take, phase by phase
///
/// What was measured stands in `.ragctl/<stack>/measured.json` or in the file that `--measured` names, and takes the
/// place of what is assumed. Image size, warm-up time and traffic are said in the stack file: `budget`.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: what production would pay for a cold start\n  \
                        ragctl budget --env production\n\n\
                        Example: the typical seconds until the first answer, for a script\n  \
                        ragctl budget --json | jq .first_200_s.typical")]
pub(crate) struct BudgetArgs {
    #[command(flatten)]
    measured: MeasuredArgs,
}

/// How long a cold start and a rollout take.
#[derive(Serialize)]
pub(crate) struct Predicted {
    pub(crate) stack: String,
    pub(crate) target: String,
    pub(crate) phases: Vec<PhaseTime>,
    /// Until a query gets 202, where it does.
    #[serde(rename = "first_202_s")]
    pub(crate) first_202: Option<Range>,
    /// What is set up ahead.
    pub(crate) ahead: Option<Ahead>,
    /// Until a query is answered with 200 where nothing is set up ahead, or not enough.
    #[serde(rename = "beyond_s")]
    pub(crate) beyond: Range,
    /// Until a query is answered with 200.
    #[serde(rename = "first_200_s")]
    pub(crate) first_200: Range,
    pub(crate) rollout: Option<Rollout>,
    pub(crate) strategies: Vec<Switchable>,
}

/// A strategy, and what switching it would change.
#[derive(Serialize)]
pub(crate) struct Switchable {
    pub(crate) name: &'static str,
    pub(crate) on: bool,
    pub(crate) effect: Option<Effect>,
}

pub(crate) fn run(args: &BudgetArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let facts = facts::of(&project, &args.measured, &PricesArgs::default())?;
    let shape = Shape::wanted(&project.stack);
    let cold: ColdStart = facts.cold_start(&shape);
    let strategies = strategy::ALL.into_iter().map(|strategy| {
        let on = strategy.is_on(&project.stack);
        let effect = Effect::of(strategy, on, session, &project, &facts);
        Switchable { name: strategy.name(), on, effect }
    });
    session.output.result(&Predicted {
        stack: project.stack.name.to_string(),
        target: project.stack.target.to_string(),
        first_202: cold.first_202,
        ahead: cold.ahead,
        beyond: cold.beyond(),
        first_200: cold.first_200(),
        rollout: Rollout::of(&shape, &cold),
        strategies: strategies.collect(),
        phases: cold.phases,
    })?;
    Ok(Exit::Done)
}
