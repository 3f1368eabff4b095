use serde::Serialize;

use super::{bench::cold_start::model, deploy::time_scale};
use crate::{
    bench::{pace::Pace, provider::Provider},
    exit::Exit,
    failure::Failure,
    output::human::{Human, Page},
    session::Session,
};

/// Be a provider of given latency until killed; tells its two base URLs
#[derive(clap::Args, Debug)]
pub(crate) struct SeedProviderArgs {
    /// `seed`, or a file
    #[arg(long, value_name = "MODEL", default_value = "seed")]
    model: String,

    /// How many times faster than real its time runs
    #[arg(long, value_name = "N", value_parser = time_scale, default_value = "1")]
    time_scale: f64,
}

/// Where it is.
#[derive(Serialize)]
struct Urls {
    embedding: String,
    llm: String,
}

impl Human for Urls {
    fn human(&self, _: Page) -> String {
        format!("embedding: {}\nllm: {}\n", self.embedding, self.llm)
    }
}

pub(crate) async fn run(args: SeedProviderArgs, session: &Session) -> Result<Exit, Failure> {
    let model = model(&args.model)?;
    let provider = Provider::start(&model, Pace(args.time_scale)).await.map_err(Failure::NoPort)?;
    let (embedding, llm) = (provider.embedding.clone(), provider.llm.clone());
    session.output.item(&Urls { embedding, llm })?;
    std::future::pending().await
}
