use std::{
    fs::OpenOptions,
    io::{self, Write},
    path::{Path, PathBuf},
};

use ragctl_stacks::bench::{ColdStarts, Gate, Limit, runs_needed};
use serde::Serialize;

use super::{is_standard, read};
use crate::{exit::Exit, failure::Failure, session::Session};

/// Hold cold starts to a budget, and compare them with those before
///
/// Exits with 5 when a budget is broken, or with `--fail-on-regression` when the total, or a figure that has a budget,
/// got slower by more than noise. Noise is all that has a p of 0.01 and more in a two-sided Mann-Whitney U test, and a
/// shift (Hodges-Lehmann) of no more than 5 % of the median before.
#[derive(clap::Args, Debug)]
#[command(
    group = clap::ArgGroup::new("against").args(["budget", "baseline"]).required(true).multiple(true),
    after_help = "Example: a gate for CI, with what it found on the job's page\n  \
                  ragctl bench check --result now.json --budget p95=8s --baseline last.json \\\n    \
                  --fail-on-regression --markdown \"$GITHUB_STEP_SUMMARY\"\n\n\
                  Example: a limit for a part of the cold start\n  \
                  ragctl bench check --result now.json --budget first-query.p95=2s --budget warm.p50=800ms"
)]
pub(crate) struct CheckArgs {
    /// What `ragctl bench cold-start --json` has printed; `-` for stdin
    #[arg(long, value_name = "FILE")]
    result: PathBuf,

    /// The most that p50, p95 or p99 may be, in s or ms, such as `p95=8s`; may be repeated
    ///
    /// Of the cold start as a whole, or of the figure that is named first: `ready`, `first-query`, `second-query`, or a
    /// phase such as `warm`.
    #[arg(long, value_name = "[FIGURE.]P=TIME")]
    budget: Vec<Limit>,

    /// An earlier result to compare with [default: none]
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Fail when it got slower than the baseline by more than noise
    #[arg(long, requires = "baseline")]
    fail_on_regression: bool,

    /// Append a table in Markdown to this file; `-` prints it in place of the text, and not together with `--json`
    #[arg(long, value_name = "FILE")]
    markdown: Option<PathBuf>,
}

/// Cold starts held to their limits.
#[derive(Serialize)]
pub(crate) struct Checked {
    /// Whether nothing is wrong that fails.
    pub(crate) passed: bool,
    /// Whether a limit is broken.
    pub(crate) broken: bool,
    /// Whether it got slower by more than noise.
    pub(crate) slower: bool,
    /// How many runs there have to be each time, where there were too few to tell.
    pub(crate) runs_needed: Option<usize>,
    #[serde(flatten)]
    pub(crate) gate: Gate,
}

pub(crate) fn run(args: &CheckArgs, session: &Session) -> Result<Exit, Failure> {
    let prints_markdown = args.markdown.as_deref().is_some_and(is_standard);
    if prints_markdown && session.output.is_json() {
        return Err(Failure::NotTogether("--markdown -", "--json"));
    }
    let now = cold_starts(&args.result)?;
    let before = args.baseline.as_deref().map(cold_starts).transpose()?;
    let gate = Gate::of(&now, before.as_ref(), &args.budget)?;
    let (broken, slower) = (gate.is_broken(), gate.is_slower());
    let passed = !(broken || slower && args.fail_on_regression);
    let runs_needed = gate.are_too_few().then(runs_needed);
    let checked = Checked { passed, broken, slower, runs_needed, gate };
    match &args.markdown {
        Some(_) if prints_markdown => session.output.text(&checked.markdown())?,
        Some(path) => {
            session.output.result(&checked)?;
            append(path, &checked.markdown())
                .map_err(|source| Failure::Unwritable { path: path.clone(), source })?;
        }
        None => session.output.result(&checked)?,
    }
    for it in &checked.gate.differs {
        let text = format!("measured otherwise: {}: {} before, {} now", it.what, it.before, it.now);
        session.output.warn(&text);
    }
    Ok(if passed { Exit::Done } else { Exit::TooSlow })
}

fn cold_starts(path: &Path) -> Result<ColdStarts, Failure> {
    let unusable = |source| Failure::ColdStartsUnusable { path: path.to_owned(), source };
    ColdStarts::from_json(&read(path)?).map_err(unusable)
}

/// Others may have written before: a job's summary has the steps' parts one below the other.
fn append(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().create(true).append(true).open(path)?.write_all(text.as_bytes())
}
