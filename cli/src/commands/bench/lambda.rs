//! Cold starts on Lambda: those of versions that are published for it, as `ragctl lambda measure` has them.

use ragctl_local::lambda::HttpRequest;
use ragctl_stacks::{
    bench::{ColdRun, ColdStarts},
    budget::Phase,
    stack::Stack,
    strategy,
    tune::{Ran, Run, Subject},
};
use serde_json::json;

use crate::{
    bench::{question, today},
    commands::lambda::{event::with_key, on_aws},
    failure::Failure,
    output::progress::{Wait, during},
    session::Session,
};

/// Forces `runs` cold starts of the stack's function, with `warm` questions after the second one of each.
pub(super) async fn cold_starts(
    stack: &Stack,
    session: &Session,
    runs: u32,
    warm: u32,
) -> Result<ColdStarts, Failure> {
    let request = json!({"query": question::QUERY, "mode": "naive"});
    let request = with_key(HttpRequest::json("POST", "/query", &request), session);
    let event = request.url_event().to_string().into_bytes();
    on_aws(session, "ragctl bench cold-start", event, async |function| {
        let place = format!("{} on Lambda, {}", function.name(), function.region());
        let told = Wait::of_parts(runs.into());
        let mut all = Vec::new();
        for done in 0..runs {
            let words = format!("{done} of {runs} cold starts are done");
            told.set(done.into(), "a version of its own", words);
            let run = cold(function, stack.service.warm_at_start, warm);
            all.push(during(&told, run).await?);
        }
        Ok(record(stack, place, all))
    })
    .await
}

async fn cold(
    function: &mut impl Subject,
    warms_in_init: bool,
    warm: u32,
) -> Result<ColdRun, Failure> {
    let first = answered(function.cold().await?)?;
    let second = answered(function.warm().await?)?;
    let mut others = Vec::new();
    for _ in 0..warm {
        others.push(answered(function.warm().await?)?.duration_ms / 1e3);
    }
    Ok(measured(first, second, warms_in_init, others))
}

fn answered(ran: Ran) -> Result<Run, Failure> {
    ran.map_err(Failure::FunctionFailed)
}

/// Lambda reports the init in one figure: it stands under `start`, binding with it, and warming where it is done there. Where it
/// is not, it is what the first question takes longer than the second.
fn measured(first: Run, second: Run, warms_in_init: bool, warm_s: Vec<f64>) -> ColdRun {
    let [init, first, second] =
        [first.init_ms.unwrap_or_default(), first.duration_ms, second.duration_ms]
            .map(|it| it / 1e3);
    let warm = if warms_in_init { 0.0 } else { (first - second).max(0.0) };
    ColdRun {
        phases: [(Phase::Start, init), (Phase::Bind, 0.0), (Phase::Warm, warm)].into(),
        ready_s: init,
        first_query_s: first,
        second_query_s: second,
        warm_s,
    }
}

fn record(stack: &Stack, place: String, runs: Vec<ColdRun>) -> ColdStarts {
    ColdStarts {
        format: ColdStarts::FORMAT,
        stack: stack.name.to_string(),
        place,
        time: today(),
        strategies: strategy::names_on(stack).into_iter().map(ToOwned::to_owned).collect(),
        time_scale: 1.0,
        runs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(init_ms: Option<f64>, duration_ms: f64) -> Run {
        let answer_ms = duration_ms + init_ms.unwrap_or_default();
        Run { answer_ms, duration_ms, init_ms, billed_ms: answer_ms, peak_mb: 90.0 }
    }

    #[test]
    fn the_init_is_one_figure_and_warming_is_counted_once() {
        let (first, second) = (run(Some(500.0), 6000.0), run(None, 4000.0));
        let lazy = measured(first, second, false, Vec::new());
        let phases: Vec<f64> = lazy.phases.values().copied().collect();
        assert_eq!(phases, [0.5, 0.0, 2.0]);
        assert_eq!((lazy.ready_s, lazy.first_query_s, lazy.second_query_s), (0.5, 6.0, 4.0));
        let ahead = measured(first, second, true, Vec::new());
        assert!(ahead.phases[&Phase::Warm].abs() < 1e-9);
    }
}
