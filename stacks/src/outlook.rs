//! What a stack of a shape gives and costs, in three figures, and what a plan does to them.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    address::Address,
    budget::{ColdStart, Measured, Range, Rollout},
    cost::{Estimate, Prices, Usage, awake_hours},
    live::Live,
    plan::Plan,
    resource::Resource,
    rounded,
    shape::Shape,
    simulate::Simulated,
    stack::Budget,
};

/// What no resource says, and seconds and dollars depend on.
#[derive(Clone, Debug)]
pub struct Facts {
    /// What the file expects.
    pub budget: Budget,
    /// What was measured.
    pub measured: Option<Measured>,
    /// What things cost.
    pub prices: Prices,
    /// Where.
    pub region: Option<String>,
}

/// What a stack of a shape gives and costs. `awake_hours` says how often there is a cold start at all.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Outlook {
    /// From nothing to the first query that is answered with 200, in seconds.
    #[serde(rename = "first_200_s")]
    pub first_200: Range,
    /// Until a new revision has taken over, in seconds; none where none can.
    #[serde(rename = "rollout_s")]
    pub rollout: Option<Range>,
    /// Dollars a month; none where it costs nothing.
    #[serde(rename = "monthly_usd", serialize_with = "rounded::optional")]
    pub monthly: Option<f64>,
    /// Hours a month in which tasks run.
    #[serde(serialize_with = "rounded::number")]
    pub awake_hours: f64,
}

/// What a plan does to the outlook.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct OutlookChange {
    /// Of what is live; none while nothing takes requests.
    pub live: Option<Outlook>,
    /// Of what the plan leaves.
    pub planned: Outlook,
}

impl Facts {
    /// The cold start of a stack of this shape, by phase.
    #[must_use]
    pub fn cold_start(&self, shape: &Shape) -> ColdStart {
        ColdStart::of(shape, &self.budget, self.measured.as_ref())
    }

    /// What a month of it costs, item by item.
    #[must_use]
    pub fn estimate(&self, shape: &Shape) -> Option<Estimate> {
        let cold = self.cold_start(shape);
        Estimate::of(shape, &self.budget, &cold, &self.prices, self.region.as_deref())
    }

    /// What a month of it costs that is used as it was in a simulation.
    #[must_use]
    pub fn estimate_of(&self, shape: &Shape, simulated: &Simulated) -> Option<Estimate> {
        let usage = Usage::simulated(shape, simulated);
        let region = self.region.as_deref();
        Estimate::of_usage(shape, &usage, &self.budget, &self.prices, region)
    }

    /// The three figures of it.
    #[must_use]
    pub fn outlook(&self, shape: &Shape) -> Outlook {
        let cold = self.cold_start(shape);
        Outlook {
            first_200: cold.first_200(),
            rollout: Rollout::of(shape, &cold).map(|it| it.seconds()),
            monthly: self.estimate(shape).map(|it| it.total),
            awake_hours: awake_hours(shape, &self.budget, &cold),
        }
    }

    /// What `plan` makes of what is `live`; none when what it leaves takes no requests.
    #[must_use]
    pub fn change(&self, plan: &Plan, live: &Live) -> Option<OutlookChange> {
        let left = left(plan, live);
        let planned = self.outlook(&Shape::of(|at| left.get(at).copied())?);
        let live = Shape::of(|at| live.at(at)).map(|shape| self.outlook(&shape));
        Some(OutlookChange { live, planned })
    }
}

/// What exists once the plan is carried out.
fn left<'a>(plan: &'a Plan, live: &'a Live) -> BTreeMap<&'a Address, &'a Resource> {
    let mut left: BTreeMap<&Address, &Resource> = live.iter().collect();
    for step in &plan.steps {
        match step.action.wanted() {
            Some(resource) => left.insert(&step.address, resource),
            None => left.remove(&step.address),
        };
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        budget::tests::{on_fargate, shape},
        desired::Desired,
        plan::plan,
        resource::Program,
        stack::Stack,
    };

    fn facts(stack: &Stack) -> Facts {
        Facts {
            budget: stack.budget,
            measured: None,
            prices: Prices::built_in(),
            region: Some("us-east-1".to_owned()),
        }
    }

    fn desired(stack: &Stack) -> Desired {
        Desired::of(stack, &Program::Image("rag-service:1".to_owned()))
    }

    #[test]
    fn a_plan_is_told_by_what_it_leaves_and_what_is_live() {
        let small = on_fargate("");
        let large = on_fargate("service: {image: 'rag-service:1', cpu: 2048, memory: 4096}\n");
        let live: Live = desired(&small).iter().map(|(_, it)| it.clone()).collect();
        let steps = plan(&desired(&large), &live).unwrap();
        let OutlookChange { live: before, planned } = facts(&large).change(&steps, &live).unwrap();
        let dearer = planned.monthly.unwrap() - before.unwrap().monthly.unwrap();
        assert!((dearer - 36.04).abs() < 0.01, "{dearer}");
        assert_eq!(planned, facts(&large).outlook(&shape(&large)));
    }

    #[test]
    fn a_first_plan_has_nothing_to_compare_with_and_the_last_nothing_to_tell() {
        let stack = on_fargate("");
        let (nothing, facts) = (Live::default(), facts(&stack));
        let first = plan(&desired(&stack), &nothing).unwrap();
        assert_eq!(facts.change(&first, &nothing).unwrap().live, None);
        let live: Live = desired(&stack).iter().map(|(_, it)| it.clone()).collect();
        let last = plan(&Desired::nothing(first.scope.clone()), &live).unwrap();
        assert_eq!(facts.change(&last, &live), None);
    }
}
