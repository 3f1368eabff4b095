//! What seconds and dollars depend on beside the resources: what the file expects, what was measured, and prices.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ragctl_stacks::{
    budget::Measured,
    cost::Prices,
    outlook::Facts,
    stack::{Region, Stack},
};

use crate::{environment, failure::Failure, output::Output, session::Project};

/// In the folder of the stack: what was measured on it.
pub(crate) const MEASURED: &str = "measured.json";

/// Measured times that the command line names.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct MeasuredArgs {
    /// Measured times, in place of those in `.ragctl`
    #[arg(long, value_name = "FILE")]
    measured: Option<PathBuf>,
}

/// Prices that the command line names.
#[derive(clap::Args, Debug, Default)]
pub(crate) struct PricesArgs {
    /// Prices to lay over the built-in ones: JSON, of the form that docs/budget-and-cost.md shows
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
}

/// The facts for a project, with the files that the command line names in place of what is there.
pub(crate) fn of(
    project: &Project,
    named: &MeasuredArgs,
    prices: &PricesArgs,
) -> Result<Facts, Failure> {
    let measured = match &named.measured {
        Some(path) => Some(measured(path)?),
        None => measured_here(project)?,
    };
    Ok(Facts { measured, prices: prices.read()?, ..plain(&project.stack) })
}

/// The facts for a project, where the command line names none.
pub(crate) fn usual(project: &Project) -> Result<Facts, Failure> {
    of(project, &MeasuredArgs::default(), &PricesArgs::default())
}

/// The same for whoever shows them in passing: a record that cannot be used is warned of, and does without.
pub(crate) fn in_passing(project: &Project, output: Output) -> Facts {
    usual(project).unwrap_or_else(|failure| {
        output.warn(&format!("{failure}, so that nothing measured is shown"));
        plain(&project.stack)
    })
}

fn plain(stack: &Stack) -> Facts {
    let of_file = stack.aws.region.as_ref().map(Region::to_string);
    Facts {
        budget: stack.budget,
        measured: None,
        prices: Prices::built_in(),
        region: of_file.or_else(environment::region),
    }
}

/// Where the stack's measured times are kept.
pub(crate) fn measured_path(project: &Project) -> PathBuf {
    project.state_folder().join(MEASURED)
}

/// What was measured on this stack before; none where nothing was.
pub(crate) fn measured_here(project: &Project) -> Result<Option<Measured>, Failure> {
    let path = measured_path(project);
    if path.exists() { measured(&path).map(Some) } else { Ok(None) }
}

fn measured(path: &Path) -> Result<Measured, Failure> {
    let unusable = |source| Failure::MeasuredUnusable { path: path.to_owned(), source };
    Measured::from_json(&read(path)?).map_err(unusable)
}

impl PricesArgs {
    /// The built-in prices, with those in the file over them where one is named.
    pub(crate) fn read(&self) -> Result<Prices, Failure> {
        let Some(path) = &self.prices else { return Ok(Prices::built_in()) };
        let unusable = |source| Failure::PricesUnusable { path: path.clone(), source };
        Ok(Prices::from_json(&read(path)?).map_err(unusable)?.over_built_in())
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    let unreadable = |source: io::Error| Failure::Unreadable { path: PathBuf::from(path), source };
    fs::read_to_string(path).map_err(unreadable)
}
