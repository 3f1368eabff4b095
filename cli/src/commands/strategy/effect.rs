//! What switching a strategy would change.

use ragctl_stacks::{
    config::{
        self,
        edit::{self, NewValue},
    },
    outlook::{Facts, Outlook},
    shape::Shape,
    strategy::{self, Strategy},
};
use serde::Serialize;

use crate::{
    output::human::outlook::difference,
    session::{Project, Session},
};

/// What switching a strategy would change.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Effect {
    /// From the stack as the file says it.
    now: Outlook,
    /// To the same with the strategy switched.
    switched: Outlook,
    /// The typical time until the first 200 gets longer by so many seconds.
    first_200_more_s: f64,
    /// A month gets dearer by so many dollars; none where it costs nothing.
    monthly_more_usd: Option<f64>,
}

impl Effect {
    /// What switching `strategy` would change; none where the switched stack could not be deployed.
    pub(crate) fn of(
        strategy: &dyn Strategy,
        is_on: bool,
        session: &Session,
        project: &Project,
        facts: &Facts,
    ) -> Option<Self> {
        let path = format!("strategies.{}", strategy.name());
        let (file, environment) = (&project.file, session.environment());
        let text = edit::set(&file.text, environment, &path, &NewValue::Switch(!is_on)).ok()?;
        let stack = config::load(&text, &file.shown(), environment).ok()?;
        let switched = facts.outlook(&Shape::wanted(&strategy::applied(&stack)));
        let now = facts.outlook(&Shape::wanted(&project.stack));
        let hundredths = |more: f64| (more * 100.0).round() / 100.0;
        Some(Self {
            now,
            switched,
            first_200_more_s: hundredths(switched.first_200.typical - now.first_200.typical),
            monthly_more_usd: now.monthly.zip(switched.monthly).map(|(a, b)| hundredths(b - a)),
        })
    }

    /// In a few words: `first answer -15 s, cost +8.20 $/month`.
    pub(crate) fn told(&self) -> String {
        difference(&self.now, &self.switched).unwrap_or_else(|| "no difference".to_owned())
    }
}
