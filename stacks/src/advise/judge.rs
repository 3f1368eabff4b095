//! What a variant gives and costs.

use std::time::Duration;

use serde::Serialize;

use super::{
    aim,
    variant::{File, Variant},
};
use crate::{
    bench::Percentile,
    budget::Range,
    cost::Estimate,
    outlook::Facts,
    rounded,
    shape::Shape,
    simulate::{PATIENCE, Scenario, Simulated, Times, simulate},
    stack::Stack,
    strategy,
    traffic::Traffic,
};

/// Judges variants of one file, by the same requests at the same times.
#[derive(Clone, Debug)]
pub struct Judge<'a> {
    /// Prices, what was measured, what the file expects.
    pub facts: &'a Facts,
    /// When requests come.
    pub traffic: &'a Traffic,
    /// For how long that is looked at.
    pub length: Duration,
    /// What chance begins with.
    pub seed: u64,
}

/// What a variant gives and costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judged {
    /// The variant.
    #[serde(flatten)]
    pub variant: Variant,
    /// The strategies that are on then.
    pub strategies: Vec<&'static str>,
    /// From nothing to the first answer, as predicted.
    #[serde(rename = "cold_start_s")]
    pub cold_start: Range,
    /// What comes of it.
    pub simulated: Simulated,
    /// What a month costs; none where it costs nothing.
    pub month: Option<Estimate>,
    /// Dollars a month, or on this machine, where nothing costs any, hours of tasks: what is compared.
    #[serde(serialize_with = "rounded::number")]
    pub cost: f64,
}

impl Judged {
    /// A percentile of its answers, in seconds; without end where nobody got one.
    #[must_use]
    pub fn seconds(&self, percentile: Percentile) -> f64 {
        self.simulated.latency.as_ref().map_or(f64::INFINITY, |it| aim::of(percentile, it))
    }
}

impl Judge<'_> {
    /// Judges all variants that a file can be written as, each stack once: the first of those that come to the same.
    #[must_use]
    pub fn all(&self, file: &File<'_>, variants: &[Variant]) -> Vec<Judged> {
        let mut seen: Vec<Stack> = Vec::new();
        let mut judged = Vec::new();
        for (variant, stack) in variants.iter().filter_map(|it| it.needed(file)) {
            if !seen.contains(&stack) {
                judged.push(self.judged(&variant, &stack));
                seen.push(stack);
            }
        }
        judged
    }

    /// Judges a stack as a file with `variant`'s changes says it, strategies not yet applied.
    #[must_use]
    pub fn judged(&self, variant: &Variant, stack: &Stack) -> Judged {
        let strategies = strategy::names_on(stack);
        let stack = strategy::applied(stack);
        let shape = Shape::wanted(&stack);
        let facts = Facts { budget: stack.budget, ..self.facts.clone() };
        let times = Times::of(&shape, &facts);
        let traffic = self.traffic.clone();
        let scenario = Scenario {
            seed: self.seed,
            patience: PATIENCE,
            ..Scenario::new(shape, times, traffic, self.length)
        };
        let simulated = simulate(&scenario);
        let month = facts.estimate_of(&scenario.shape, &simulated);
        Judged {
            variant: variant.clone(),
            strategies,
            cold_start: facts.cold_start(&scenario.shape).first_200(),
            cost: month.as_ref().map_or(simulated.work.task_hours, |it| it.total),
            simulated,
            month,
        }
    }
}
