//! Measuring the service as a function of Lambda: on AWS, or on this machine.

pub(crate) mod event;
mod here;
pub(crate) mod measure;
pub(crate) mod tune;

use std::time::Duration;

use ragctl_aws::{Recovered, TunedFunction};
use ragctl_stacks::{
    stack::Target,
    tune::{MemorySize, Progress, Subject},
};

use crate::{
    backend::AnyBackend,
    change::{Consent, Lent, Terms, unless_interrupted},
    exit::Exit,
    failure::Failure,
    output::progress::{Wait, waiting},
    session::{Project, Session},
};

/// Measure the service as a function of Lambda: its memory, and its cold starts
///
/// On AWS it is the stack's function; its traffic is never touched. With `--local` it is the service on this machine, and
/// nothing else is needed.
#[derive(clap::Args, Debug)]
pub(crate) struct LambdaArgs {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(clap::Subcommand, Debug)]
enum Verb {
    Tune(tune::TuneArgs),
    Measure(measure::MeasureArgs),
}

pub(crate) async fn run(args: LambdaArgs, session: &Session) -> Result<Exit, Failure> {
    match args.verb {
        Verb::Tune(args) => tune::run(args, session).await,
        Verb::Measure(args) => measure::run(args, session).await,
    }
}

/// Reads a memory size from the command line.
fn memory(text: &str) -> Result<MemorySize, String> {
    let wanted = || format!("MB from {} to {}, such as 512", MemorySize::MIN, MemorySize::MAX);
    let number = text.trim().parse().map_err(|_| wanted())?;
    MemorySize::new(number).map_err(|_| wanted())
}

/// Works with a subject, and lets it leave everything as it was found: also when the work fails or is interrupted.
async fn restoring<S: Subject, T>(
    subject: &mut S,
    name: &str,
    session: &Session,
    work: impl AsyncFnOnce(&mut S) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let done = unless_interrupted(work(subject)).await;
    let restored = waiting("putting back what was found", subject.restore()).await;
    let restored = restored.map_err(|source| Failure::NotRestored {
        function: name.to_owned(),
        source: Box::new(source),
    });
    match (done, restored) {
        (Err(failure), Err(left)) => {
            // What failed first is told as it is, and is the smaller worry.
            session.output.failure(&failure);
            Err(left)
        }
        (done, restored) => restored.and(done),
    }
}

/// Works with the stack's function on AWS, under the stack's lease, so that no deployment meets it half way.
pub(crate) async fn on_aws<T>(
    session: &Session,
    command: &'static str,
    event: Vec<u8>,
    work: impl AsyncFnOnce(&mut TunedFunction<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let project = session.project()?;
    let backend = backend(session, &project).await?;
    let AnyBackend::Aws(aws) = &backend else {
        return Err(Failure::NoFunction(project.stack.target));
    };
    let terms = Terms {
        command,
        again: command,
        consent: Consent::Given,
        lease_wait: Duration::ZERO,
        wake: false,
    };
    let lent = Lent::take(session.output, &backend, &terms).await?;
    lent.during(async {
        let found = waiting("looking for the function", aws.function_to_tune(event));
        let found = unless_interrupted(async { Ok(found.await?) }).await?;
        let nothing = || Failure::NothingDeployed(project.stack.name.to_string());
        let (mut function, recovered) = found.ok_or_else(nothing)?;
        if recovered == Recovered::Restored {
            session.output.note("an earlier run was killed; what it had left was put back first");
        }
        let name = function.name().to_owned();
        restoring(&mut function, &name, session, work).await
    })
    .await
}

async fn backend(session: &Session, project: &Project) -> Result<AnyBackend, Failure> {
    match project.stack.target {
        Target::Lambda => session.aws(project).await,
        other => Err(Failure::NoFunction(other)),
    }
}

/// Tells how far measuring has come.
fn tell(told: &Wait, of: u64) -> impl Fn(Progress) + Sync {
    move |Progress { memory, kind, done }| {
        let words = format!("{memory} MB, {kind}");
        told.set(done, words.clone(), format!("{done} of {of} runs are done; {words}"));
    }
}
