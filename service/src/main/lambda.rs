//! The program as a function on AWS Lambda: all is set up before the first event.

use std::{error::Error, path::Path, process::ExitCode, sync::Arc, time::Instant};

use rag_service::{
    app::{App, Clock},
    compose::compose,
    config::{Environment, RUNTIME_API, WrongSettings},
    lambda::{Failure, Function, RuntimeApi},
    logs::{self, InvocationId, InvocationLines},
    metrics,
    traces::Traces,
};
use tokio::runtime::Runtime;

use super::{LONGEST_END, runtime, settings, stop_signal};

/// Whether this process is a function on Lambda.
pub(super) fn is_here() -> bool {
    address().is_some()
}

fn address() -> Option<String> {
    Environment::default().get(RUNTIME_API).filter(|address| !address.trim().is_empty())
}

/// Answers events until SIGTERM. Why it cannot is told to Lambda, which shows it to whoever waits for the first answer.
pub(super) fn run(started: Instant, file: Option<&Path>) -> Result<ExitCode, Box<dyn Error>> {
    let runtime = runtime()?;
    let ended = match set_up(&runtime, started, file) {
        Ok((function, traces)) => {
            let ended = runtime.block_on(async {
                let stop = Box::pin(stop_signal()?);
                function.serve(stop).await?;
                Ok::<(), Box<dyn Error>>(())
            });
            if let Some(traces) = traces {
                traces.flush();
            }
            ended
        }
        Err(failure) => {
            runtime.block_on(tell(&*failure));
            Err(failure)
        }
    };
    runtime.shutdown_timeout(LONGEST_END);
    ended.map(|()| ExitCode::SUCCESS)
}

type SetUp = (Function, Option<Arc<Traces>>);

fn set_up(
    runtime: &Runtime,
    started: Instant,
    file: Option<&Path>,
) -> Result<SetUp, Box<dyn Error>> {
    let clock = Clock::new(started);
    let (settings, secrets) = runtime.block_on(settings(file))?;
    let lambda = settings.lambda.clone().ok_or("AWS_LAMBDA_RUNTIME_API: not set")?;
    let traces = settings.traces.as_ref().map(|it| Traces::start(it, runtime.handle().clone()));
    let (traces, spans) = traces.transpose()?.unzip();
    let traces = traces.map(Arc::new);
    let invocation = InvocationId::default();
    logs::start(settings.log_level, InvocationLines(invocation.clone()), spans);
    let counting = runtime.spawn_blocking(metrics::start);
    let parts = runtime.block_on(compose(&settings))?;
    clock.opened();
    runtime.block_on(counting)?;
    let app = Arc::new(App::new(settings, parts, clock));
    let api = RuntimeApi::new(&lambda.runtime_api);
    let function =
        Function { app, api, settings: lambda, traces: traces.clone(), invocation, secrets };
    Ok((function, traces))
}

/// Says why there will be no answers.
async fn tell(failure: &(dyn Error + 'static)) {
    let Some(address) = address() else { return };
    let kind = match failure.is::<WrongSettings>() {
        true => "Function.WrongSettings",
        false => "Function.NotStarted",
    };
    let told = RuntimeApi::new(&address).fail_init(&Failure::of(kind, failure)).await;
    if let Err(error) = told {
        super::say(&error);
    }
}
