//! The command line: one enum of commands, and the options that all of them share.

use std::{fmt, path::PathBuf, str::FromStr};

use clap::{Args, Parser, Subcommand, ValueEnum};
use reqwest::header::HeaderValue;

use crate::commands::{
    advise::AdviseArgs, ask::AskArgs, bench::BenchArgs, budget::BudgetArgs, check::CheckArgs,
    completions::CompletionsArgs, cost::CostArgs, deploy::DeployArgs, destroy::DestroyArgs,
    explain::ExplainArgs, iam::IamArgs, image::ImageArgs, ingest::IngestArgs, init::InitArgs,
    lambda::LambdaArgs, logs::LogsArgs, plan::PlanArgs, reference::ReferenceArgs,
    render::RenderArgs, rollback::RollbackArgs, schema::SchemaArgs,
    seed_provider::SeedProviderArgs, seed_service::SeedServiceArgs, simulate::SimulateArgs,
    sleep::SleepArgs, status::StatusArgs, strategy::StrategyArgs, supervise::SuperviseArgs,
    unlock::UnlockArgs, verify::VerifyArgs, wake::WakeArgs,
};

/// Deploy a RAG service from one typed file, and switch every cold-start strategy on or off
#[derive(Parser, Debug)]
#[command(
    name = "ragctl",
    version,
    max_term_width = 100,
    after_help = "Example: a stack on this machine, with this folder's documents in it\n  \
                  ragctl init\n  \
                  ragctl deploy --ingest docs\n  \
                  ragctl ask \"What does this project do?\"\n\n\
                  Exit codes: 0 done; 1 failed; 2 `plan --detailed-exitcode` found changes;\n  \
                  3 `cost` is above `budget.monthly`; 4 `destroy` has left what only time can\n  \
                  remove; 5 `bench check` found cold starts too slow; 64 wrong usage or\n  \
                  configuration, nothing attempted; 130 interrupted"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The heading of what every command takes.
const SHARED: &str = "Options of every command";

/// What every command takes.
#[derive(Args, Clone, Debug)]
pub(crate) struct Global {
    /// Stack file [default: ragctl.yaml here or in the nearest folder above]
    #[arg(long, global = true, help_heading = SHARED, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,

    /// Environment of the file to use [default: none]
    #[arg(
        long,
        short = 'e',
        global = true,
        help_heading = SHARED,
        value_name = "NAME",
        env = "RAGCTL_ENV",
        hide_env_values = true
    )]
    pub(crate) env: Option<String>,

    /// Print JSON: one document, or one a line where a command tells of its progress [default: text]
    #[arg(long, global = true, help_heading = SHARED)]
    pub(crate) json: bool,

    /// Key of the service, where it asks for one; better in the environment, which no list of processes shows
    #[arg(
        long,
        global = true,
        help_heading = SHARED,
        value_name = "KEY",
        env = "LIGHTRAG_API_KEY",
        hide_env_values = true
    )]
    pub(crate) api_key: Option<ApiKey>,

    /// What carries plans out
    #[arg(long, global = true, hide = true, value_enum, default_value_t = BackendChoice::Target)]
    pub(crate) backend: BackendChoice,

    /// The service's program on this machine
    #[arg(
        long,
        global = true,
        hide = true,
        value_name = "FILE",
        env = "RAGCTL_SERVICE",
        hide_env = true
    )]
    pub(crate) service: Option<PathBuf>,

    /// What goes into images
    #[arg(
        long = "bundle-folder",
        global = true,
        hide = true,
        value_name = "DIR",
        env = "RAGCTL_BUNDLE",
        hide_env = true
    )]
    pub(crate) bundle: Option<PathBuf>,
}

/// The service's key. It is sent, and never printed.
#[derive(Clone)]
pub(crate) struct ApiKey(String);

impl ApiKey {
    /// As the header that shows it.
    pub(crate) fn header(&self) -> HeaderValue {
        let mut value = HeaderValue::from_str(&self.0).expect("the command line checks it");
        value.set_sensitive(true);
        value
    }
}

impl FromStr for ApiKey {
    type Err = &'static str;

    fn from_str(key: &str) -> Result<Self, Self::Err> {
        let is_sendable = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        is_sendable.then(|| Self(key.to_owned())).ok_or("it cannot be sent in a header")
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// What carries plans out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum BackendChoice {
    /// The one of the stack's target.
    Target,
    /// One that only remembers, in a file below `.ragctl/`.
    Fake,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    Init(InitArgs),
    Check(CheckArgs),
    Explain(ExplainArgs),
    Verify(VerifyArgs),
    Plan(PlanArgs),
    Deploy(DeployArgs),
    Rollback(RollbackArgs),
    Status(StatusArgs),
    Logs(LogsArgs),
    Ingest(IngestArgs),
    Ask(AskArgs),
    Strategy(StrategyArgs),
    Bench(BenchArgs),
    Budget(BudgetArgs),
    Cost(CostArgs),
    Simulate(SimulateArgs),
    Advise(AdviseArgs),
    Wake(WakeArgs),
    Sleep(SleepArgs),
    Destroy(DestroyArgs),
    Unlock(UnlockArgs),
    Image(ImageArgs),
    Lambda(LambdaArgs),
    Render(RenderArgs),
    Iam(IamArgs),
    Schema(SchemaArgs),
    Completions(CompletionsArgs),
    #[command(hide = true)]
    SeedProvider(SeedProviderArgs),
    #[command(hide = true)]
    SeedService(SeedServiceArgs),
    #[command(hide = true)]
    Supervise(SuperviseArgs),
    #[command(hide = true)]
    Reference(ReferenceArgs),
}
