//! The service that the seed describes beside ours, both against the same provider of a given latency.

use ragctl_stacks::{
    bench::{ColdStarts, InSet, ProviderModel},
    config,
    stack::{Stack, Strategies, Workers},
};

use super::{
    local::{Run, Terms, calling, cold_starts, measured},
    pace::Pace,
    provider::Provider,
    scratch::folder,
    start,
};
use crate::failure::Failure;

/// The stack where there is no file: what a file says that says nothing but this.
const NO_FILE: &str = "stack: seed\nstrategies: {prewarm: true}\n";

/// Both, measured one after the other.
pub(crate) struct Compared {
    /// The service before.
    pub(crate) before: ColdStarts,
    /// Ours.
    pub(crate) ours: ColdStarts,
}

/// The stack that is measured where no file says another.
pub(crate) fn stack() -> Stack {
    let stack = config::load(NO_FILE, "built-in", None);
    ragctl_stacks::strategy::applied(&stack.expect("it has no mistakes"))
}

/// Measures the service before, then `stack`, whose strategies have been applied, against `model`.
pub(crate) async fn compared(
    stack: &Stack,
    model: &ProviderModel,
    terms: &Terms<'_>,
) -> Result<Compared, Failure> {
    let terms = Terms { model: Some(model), ..*terms };
    let before = before(model, &Terms { words: "before", ..terms }).await?;
    let ours = cold_starts(stack, &Terms { words: "ours", ..terms }).await?;
    Ok(Compared { before, ours })
}

/// Cold starts of the stand-in: no strategy, and a start like ours.
async fn before(model: &ProviderModel, terms: &Terms<'_>) -> Result<ColdStarts, Failure> {
    let folder = folder()?;
    let pace = Pace(terms.time_scale);
    let provider = Provider::start(model, pace).await.map_err(Failure::NoPort)?;
    let own = std::env::current_exe()
        .map_err(|source| Failure::Unreadable { path: "the program itself".into(), source })?;
    let pools = match model.pools {
        InSet::InTurn => "in-turn",
        InSet::SideBySide => "side-by-side",
    };
    let serving = format!(
        "{} seed-service --embedding {} --llm {} --workers {} --pools {pools}",
        start::quoted(&own),
        provider.embedding,
        provider.llm,
        model.workers,
    );
    let wait = pace.real(model.start_s);
    let program = start::script(folder.path().join("service.sh"), wait, &serving, terms.service)?;
    let run = Run {
        stack: calling(&provider, &untuned(model)),
        program: &program,
        takes_documents: false,
    };
    measured(run, folder, terms).await
}

/// A stack without a strategy.
fn untuned(model: &ProviderModel) -> Stack {
    let text = "stack: before\n";
    let mut stack = config::load(text, "built-in", None).expect("it has no mistakes");
    stack.strategies = Strategies::default();
    stack.service.max_async = Workers::clamped(model.workers);
    stack
}
