//! Every combination of strategies: measured here, simulated and priced for the stack's target.

use std::collections::BTreeMap;

use ragctl_stacks::{
    advise::{Advice, Aim, File, Judge, Judged, choose, of_strategies},
    bench::ProviderModel,
    budget::{Measured, Phase},
    outlook::Facts,
    stack::{Stack, Target},
    strategy,
};
use serde::Serialize;

use super::cold_start::Forced;
use crate::{
    bench::local::{self, Terms},
    facts,
    failure::Failure,
    output::human::figure::measured,
    session::{Project, Session},
    traffic::TrafficArgs,
};

/// Every combination of strategies that makes sense.
#[derive(Serialize)]
pub(crate) struct Ablation {
    pub(crate) stack: String,
    pub(crate) target: String,
    pub(crate) traffic: String,
    /// What was simulated and priced, and which of them to have.
    #[serde(flatten)]
    pub(crate) advice: Advice,
    /// What was measured on this machine, by the strategies that were on.
    pub(crate) measured: BTreeMap<String, Forced>,
}

/// What is asked of all combinations.
pub(super) struct Asked<'a> {
    pub(super) aim: Aim,
    pub(super) traffic: &'a TrafficArgs,
    pub(super) runs: u32,
    pub(super) warm: u32,
    pub(super) time_scale: f64,
    pub(super) model: Option<&'a ProviderModel>,
}

pub(super) async fn all(
    project: &Project,
    asked: &Asked<'_>,
    session: &Session,
) -> Result<Ablation, Failure> {
    let facts = facts::usual(project)?;
    let traffic = asked.traffic.traffic(&project.stack.budget)?;
    let name = project.file.shown();
    let file = File { text: &project.file.text, name: &name, environment: session.environment() };
    let (mut judged, mut measured) = (Vec::new(), BTreeMap::new());
    for variant in of_strategies(&file) {
        let Some((variant, stack)) = variant.needed(&file) else { continue };
        let facts = match project.stack.target {
            // What a sandbox takes here is `ragctl lambda measure --local`'s.
            Target::Lambda => facts.clone(),
            Target::Local | Target::Fargate => {
                let key = starts_with(&stack);
                if !measured.contains_key(&key) {
                    measured
                        .insert(key.clone(), cold_starts(&stack, project, asked, session).await?);
                }
                measured_here(&facts, &measured[&key], project.stack.target)
            }
        };
        let length = asked.traffic.length(&traffic);
        let judge = Judge { facts: &facts, traffic: &traffic, length, seed: asked.traffic.seed };
        judged.push(judge.judged(&variant, &stack));
    }
    let advice = choose(asked.aim, judged).ok_or(Failure::NothingToAdvise { file: name })?;
    Ok(Ablation {
        stack: project.stack.name.to_string(),
        target: project.stack.target.to_string(),
        traffic: traffic.to_string(),
        advice,
        measured,
    })
}

/// The strategies that a cold start depends on: keep-alive decides how often there is one, not how long it takes.
fn starts_with(stack: &Stack) -> String {
    key(&strategy::names_on(stack))
}

fn key(strategies: &[&str]) -> String {
    let counts: Vec<&str> = strategies.iter().copied().filter(|it| *it != "keepalive").collect();
    counts.join(" + ")
}

async fn cold_starts(
    stack: &Stack,
    project: &Project,
    asked: &Asked<'_>,
    session: &Session,
) -> Result<Forced, Failure> {
    let service = session.program_here(Some(project))?;
    let stack = strategy::applied(stack);
    let on = starts_with(&stack);
    let terms = Terms {
        runs: asked.runs,
        warm: asked.warm,
        time_scale: asked.time_scale,
        service: &service,
        key: session.api_key(),
        model: asked.model,
        words: if on.is_empty() { "no strategy" } else { &on },
    };
    local::cold_starts(&stack, &terms).await.map(Forced::of)
}

/// The facts with what was measured here: on another target, of the service alone.
fn measured_here(facts: &Facts, forced: &Forced, target: Target) -> Facts {
    let mut new: Measured = forced.record.measured();
    if target != Target::Local {
        new.phases.retain(|phase, _| matches!(phase, Phase::Bind | Phase::Warm));
    }
    // How soon it is found, and when callers come again, is simulated.
    new.phases.retain(|phase, _| !matches!(phase, Phase::Register | Phase::Retry));
    Facts { measured: Some(new.over(facts.measured.as_ref())), ..facts.clone() }
}

impl Ablation {
    /// What was measured of a combination; none on Lambda.
    pub(crate) fn of(&self, judged: &Judged) -> Option<&Forced> {
        self.measured.get(&key(&judged.strategies))
    }

    /// From nothing to the first answer, and the 99th percentile of warm answers, as they were measured.
    pub(crate) fn measured(&self, judged: &Judged) -> [String; 2] {
        let Some(Forced { summary, .. }) = self.of(judged) else {
            return ["–".to_owned(), "–".to_owned()];
        };
        [summary.total.p50, summary.warm.unwrap_or(summary.second_query).p99].map(measured)
    }
}
