//! An OpenAI-compatible provider for measurements: `cargo run --example provider -- --first-call-latency-ms 3000`.

use std::{error::Error, io::Write, time::Duration};

use clap::Parser;

#[path = "../tests/api/provider.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod provider;

use provider::{Options, Provider};

/// Answer embeddings and chat calls, as slowly as asked
#[derive(Parser)]
struct Args {
    /// Port to listen on; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Milliseconds of each embeddings call
    #[arg(long, default_value_t = 0)]
    embed_latency_ms: u64,
    /// Milliseconds of each chat call
    #[arg(long, default_value_t = 0)]
    llm_latency_ms: u64,
    /// Milliseconds more for calls to what is cold
    #[arg(long, default_value_t = 0)]
    first_call_latency_ms: u64,
    /// What is cold: the first N calls of each endpoint; 0: the first call of each connection
    #[arg(long, default_value_t = 0)]
    first_calls: u64,
    /// Length of vectors
    #[arg(long, default_value_t = 384)]
    dim: usize,
    /// Length of the component that all vectors share, in lengths of the rest; 0.75 keeps all cosines above 0.3
    #[arg(long, default_value_t = 0.0)]
    alike: f32,
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let options = Options {
        embed_latency: Duration::from_millis(args.embed_latency_ms),
        llm_latency: Duration::from_millis(args.llm_latency_ms),
        first_call_latency: Duration::from_millis(args.first_call_latency_ms),
        first_calls: args.first_calls,
        dim: args.dim.max(1),
        alike: args.alike,
    };
    let provider = Provider::start(args.port, options).await?;
    writeln!(std::io::stdout(), "{}", provider.url)?;
    tokio::signal::ctrl_c().await?;
    writeln!(std::io::stdout(), "{:?}", provider.shared.stats())?;
    Ok(())
}
