use std::{net::Ipv4Addr, net::SocketAddr};

use clap::ValueEnum;
use ragctl_stacks::bench::InSet;

use crate::{bench::stand_in::StandIn, exit::Exit, failure::Failure};

/// Stand in for the service that the seed describes; `bench cold-start --provider-model` starts this
#[derive(clap::Args, Debug)]
pub(crate) struct SeedServiceArgs {
    /// Port to listen on
    #[arg(long, env = "PORT")]
    port: u16,

    /// Base URL of embeddings
    #[arg(long)]
    embedding: String,

    /// Base URL of the LLM
    #[arg(long)]
    llm: String,

    /// Workers of each pool
    #[arg(long)]
    workers: u32,

    /// How the two pools are set up
    #[arg(long, value_enum)]
    pools: Pools,
}

/// How the two pools are set up.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Pools {
    /// One after the other.
    InTurn,
    /// Both at once.
    SideBySide,
}

pub(crate) async fn run(args: SeedServiceArgs) -> Result<Exit, Failure> {
    let stand_in = StandIn {
        address: SocketAddr::from((Ipv4Addr::LOCALHOST, args.port)),
        embedding: args.embedding,
        llm: args.llm,
        workers: args.workers,
        pools: match args.pools {
            Pools::InTurn => InSet::InTurn,
            Pools::SideBySide => InSet::SideBySide,
        },
    };
    match stand_in.serve().await.map_err(Failure::NoPort)? {}
}
