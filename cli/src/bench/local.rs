//! Cold starts on this machine: real processes behind the real balancer, in a scratch stack.

use std::{path::Path, time::Duration};

use ragctl_stacks::{
    bench::{ColdRun, ColdStarts, ProviderModel},
    stack::{Models, Provider as OfModels, Seconds, Stack},
    strategy,
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use super::{
    cold::{Manner, cold},
    pace::Pace,
    provider::{MODEL, Provider},
    question,
    scratch::{Scratch, folder},
    start, today,
};
use crate::{
    change::unless_interrupted,
    cli::ApiKey,
    failure::Failure,
    output::progress::{Wait, during},
    service::Client,
};

/// What the one document says: the seed's question finds it, so that an answer needs both pools.
const DOCUMENT: &str =
    "# A test query\n\nA test query finds this document, and is answered from it.\n";

/// How long the document may take to be processed, in seconds of the stack: as long as an answer.
const INGEST_LIMIT: f64 = question::LIMIT;

/// Between two looks whether it is, or whether the service is ready. In real time.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// How long the balancer lets a connection be silent where a provider may take long: past the 120 s of the seed's test.
const PATIENT: u32 = 300;

/// How cold starts are measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms<'a> {
    /// How many.
    pub(crate) runs: u32,
    /// Questions of each after the second one, for what a warm one takes.
    pub(crate) warm: u32,
    /// How many times faster than real the stack's time runs, 1 to 10,000.
    pub(crate) time_scale: f64,
    /// The service's program.
    pub(crate) service: &'a Path,
    /// What the service is shown.
    pub(crate) key: Option<&'a ApiKey>,
    /// The provider in place of the stack's own, and the start in front of the service.
    pub(crate) model: Option<&'a ProviderModel>,
    /// What is measured, as progress calls it.
    pub(crate) words: &'a str,
}

/// What runs in the scratch stack.
pub(super) struct Run<'a> {
    /// The stack, its strategies applied.
    pub(super) stack: Stack,
    /// Its program.
    pub(super) program: &'a Path,
    /// Whether it takes documents.
    pub(super) takes_documents: bool,
}

/// Forces cold starts of `stack`, whose strategies have been applied, and measures them. The deployed stack is never touched.
///
/// Everything is taken down again, also when it fails or is interrupted.
pub(crate) async fn cold_starts(stack: &Stack, terms: &Terms<'_>) -> Result<ColdStarts, Failure> {
    let folder = folder()?;
    let Some(model) = terms.model else {
        let run = Run { stack: stack.clone(), program: terms.service, takes_documents: true };
        return measured(run, folder, terms).await;
    };
    let pace = Pace(terms.time_scale);
    let provider = Provider::start(model, pace).await.map_err(Failure::NoPort)?;
    let serving = format!("{} serve", start::quoted(terms.service));
    let wait = pace.real(model.start_s);
    let program = start::script(folder.path().join("service.sh"), wait, &serving, terms.service)?;
    let stack = calling(&provider, stack);
    measured(Run { stack, program: &program, takes_documents: true }, folder, terms).await
}

/// The stack with both of its models at a provider of ours.
pub(super) fn calling(provider: &Provider, stack: &Stack) -> Stack {
    let mut stack = stack.clone();
    let at = |url: &str| OfModels::OpenAi {
        host: url.parse().expect("it is a URL"),
        model: MODEL.parse().expect("it is a name"),
        api_key: None,
    };
    let Models { embedding, llm } = &mut stack.models;
    (embedding.provider, embedding.dimension) = (at(&provider.embedding), None);
    llm.provider = at(&provider.llm);
    let balancer = &mut stack.load_balancer;
    balancer.idle_timeout = balancer.idle_timeout.max(Seconds::clamped(PATIENT));
    stack
}

/// Measures what runs in a scratch stack in `folder`, and takes it down.
pub(super) async fn measured(
    run: Run<'_>,
    folder: TempDir,
    terms: &Terms<'_>,
) -> Result<ColdStarts, Failure> {
    let pace = Pace(terms.time_scale);
    let mut scratch = Scratch::new(&run.stack, run.program, folder, pace, terms.key)?;
    let manner = Manner {
        pace,
        limit: f64::from(run.stack.deployment.timeout.get()),
        warm: terms.warm,
        look_every: LOOK_EVERY,
    };
    let told = Wait::of_parts(terms.runs.into());
    let work = runs(&mut scratch, &run, manner, terms, &told);
    let done = unless_interrupted(during(&told, work)).await;
    told.set(terms.runs.into(), "taking the scratch stack down", "taking the scratch stack down");
    let down = during(&told, scratch.take_down()).await;
    // What failed first says more; where nothing can be taken down, the supervisor ends with its folder.
    let runs = done.and_then(|runs| down.map(|()| runs))?;
    Ok(record(&run.stack, terms, runs))
}

async fn runs(
    scratch: &mut Scratch,
    run: &Run<'_>,
    manner: Manner,
    terms: &Terms<'_>,
    told: &Wait,
) -> Result<Vec<ColdRun>, Failure> {
    let (words, client) = (terms.words, scratch.client.clone());
    let begin = format!("{words}: deploying a scratch stack");
    told.set(0, begin.clone(), begin);
    scratch.deploy().await?;
    if run.takes_documents {
        ingest(&client, manner.pace).await?;
    }
    let mut all = Vec::new();
    for done in 0..terms.runs {
        let tell = |what: &str| {
            let line = format!("{done} of {} cold starts are done; {words}: {what}", terms.runs);
            told.set(done.into(), format!("{words}: {what}"), line);
        };
        all.push(match cold(scratch, &client, manner, &tell).await {
            // Another program may have taken its port, say: the wait for the one in its place is no cold start.
            Err(Failure::StartedAnew) => cold(scratch, &client, manner, &tell).await?,
            run => run?,
        });
    }
    Ok(all)
}

async fn ingest(client: &Client, pace: Pace) -> Result<(), Failure> {
    client.add("test-query.md", DOCUMENT).await?;
    let processed = async {
        loop {
            let counts = client.document_counts().await?;
            if counts.failed > 0 {
                return Err(Failure::FilesFailed { failed: 1, of: 1 });
            }
            if counts.left() == 0 && counts.processed > 0 {
                return Ok::<(), Failure>(());
            }
            sleep(LOOK_EVERY).await;
        }
    };
    let limit = pace.real(INGEST_LIMIT);
    let late = |_| Failure::StillProcessing { left: 1, waited: limit };
    timeout(limit, processed).await.map_err(late)?
}

fn record(stack: &Stack, terms: &Terms<'_>, runs: Vec<ColdRun>) -> ColdStarts {
    let machine = format!("{} on this machine, {}", stack.name, std::env::consts::ARCH);
    let against = terms.model.map(|it| format!(", against the provider model `{}`", it.name));
    ColdStarts {
        format: ColdStarts::FORMAT,
        stack: stack.name.to_string(),
        place: machine + &against.unwrap_or_default(),
        time: today(),
        strategies: strategy::names_on(stack).into_iter().map(ToOwned::to_owned).collect(),
        time_scale: terms.time_scale,
        runs,
    }
}
