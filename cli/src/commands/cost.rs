use ragctl_stacks::{cost::Estimate, shape::Shape};
use serde::Serialize;

use crate::{
    exit::Exit,
    facts::{self, MeasuredArgs, PricesArgs},
    failure::Failure,
    session::Session,
};

/// Estimate what a month costs, item by item
///
/// Exits with 3 when it is more than the file's `budget.monthly`. Traffic is said in the stack file: `budget`.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: fail a CI job when production gets dearer than `budget.monthly`\n  \
                        ragctl cost --env production\n\n\
                        Example: with the prices of a contract\n  \
                        ragctl cost --prices prices.json"
)]
pub(crate) struct CostArgs {
    #[command(flatten)]
    prices: PricesArgs,
}

/// What a month costs.
#[derive(Serialize)]
pub(crate) struct Cost {
    pub(crate) stack: String,
    pub(crate) target: String,
    /// None where it costs nothing.
    pub(crate) month: Option<Estimate>,
    /// The most that it may cost.
    pub(crate) limit_usd: Option<u32>,
}

impl Cost {
    /// By how many dollars it is above its limit.
    pub(crate) fn over(&self) -> Option<f64> {
        let (month, limit) = (self.month.as_ref()?, f64::from(self.limit_usd?));
        (month.total > limit).then_some(month.total - limit)
    }
}

pub(crate) fn run(args: &CostArgs, session: &Session) -> Result<Exit, Failure> {
    let project = session.project()?;
    let facts = facts::of(&project, &MeasuredArgs::default(), &args.prices)?;
    let cost = Cost {
        stack: project.stack.name.to_string(),
        target: project.stack.target.to_string(),
        month: facts.estimate(&Shape::wanted(&project.stack)),
        limit_usd: project.stack.budget.monthly.map(|it| it.get()),
    };
    session.output.result(&cost)?;
    Ok(if cost.over().is_some() { Exit::OverBudget } else { Exit::Done })
}
