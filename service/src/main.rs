//! Reads the command and the settings, and starts what is asked for.

use std::{
    error::Error,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::{Parser, Subcommand};
use rag_service::{
    app::{App, Clock},
    compose::compose,
    config::{Healthcheck, Settings, WrongSettings},
    healthcheck, ingest, logs,
    serve::serve,
    starting,
};
use tokio::{
    net::TcpListener,
    runtime::{Builder, Runtime},
    signal::unix::{Signal, SignalKind, signal},
};
use tracing::level_filters::LevelFilter;

/// Threads that run tasks. The work is waiting for providers; more threads would only take memory.
const WORKER_THREADS: usize = 2;

/// Threads that may block, for disk and name look-ups.
const BLOCKING_THREADS: usize = 8;

/// How long blocking threads may take to end.
const LONGEST_END: Duration = Duration::from_secs(1);

/// Wrong usage or settings: nothing was attempted.
const USAGE: u8 = 64;

/// The bundled RAG service: documents in, answers with sources out
///
/// Settings come from the environment; docs/reference/service.md lists them.
#[derive(Parser, Debug)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve HTTP until SIGTERM or SIGINT, then finish what is in flight
    Serve,
    /// Ask the service on this machine whether it is healthy
    Healthcheck,
    /// Put files and folders (text, Markdown) into the store, without a server
    Ingest {
        /// Files and folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
}

fn main() -> ExitCode {
    let started = Instant::now();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
            // A closed pipe is not an error.
            error.print().ok();
            return code;
        }
    };
    let result = match cli.command {
        Command::Serve => run_serve(started),
        Command::Healthcheck => run_healthcheck(),
        Command::Ingest { paths } => run_ingest(&paths),
    };
    result.unwrap_or_else(|failure| {
        say(&*failure);
        if failure.is::<WrongSettings>() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
    })
}

fn run_serve(started: Instant) -> Result<ExitCode, Box<dyn Error>> {
    let settings = Settings::from_env()?;
    logs::start(settings.log_level, io::stdout);
    let clock = Clock::new(started);
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut stop = Box::pin(stop_signal()?);
        let address = (settings.host, settings.port);
        let listener = TcpListener::bind(address)
            .await
            .map_err(|error| format!("cannot listen on {}:{}: {error}", address.0, address.1))?;
        clock.bound();
        let parts = tokio::select! {
            parts = starting::answer_until(&listener, compose(&settings)) => parts?,
            () = &mut stop => return Ok(()),
        };
        clock.opened();
        let address = listener.local_addr()?;
        let app = Arc::new(App::new(settings, parts, clock));
        let bind_ms = app.phases().bind_ms;
        tracing::info!(%address, bind_ms, "listening");
        serve(listener, app, stop).await;
        Ok::<(), Box<dyn Error>>(())
    })?;
    runtime.shutdown_timeout(LONGEST_END);
    Ok(ExitCode::SUCCESS)
}

fn run_healthcheck() -> Result<ExitCode, Box<dyn Error>> {
    let check = Healthcheck::from_env()?;
    Ok(match healthcheck::is_healthy(&check, healthcheck::LIMIT)? {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn run_ingest(paths: &[PathBuf]) -> Result<ExitCode, Box<dyn Error>> {
    let settings = Settings::from_env()?;
    // The results are what is printed; what goes wrong meanwhile stands beside them.
    logs::start(settings.log_level.min(LevelFilter::WARN), io::stderr);
    let runtime = runtime()?;
    let mut out = io::stdout();
    let ingested = ingest::ingest(&settings, paths, &mut out);
    Ok(match runtime.block_on(ingested)? {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn runtime() -> io::Result<Runtime> {
    Builder::new_multi_thread()
        .worker_threads(WORKER_THREADS)
        .max_blocking_threads(BLOCKING_THREADS)
        .enable_all()
        .build()
}

/// Resolves at SIGTERM or SIGINT. Listens from now on, so that no signal is lost during the start.
fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = Signal::recv(&mut terminate) => {}
            _ = Signal::recv(&mut interrupt) => {}
        }
    })
}

/// Prints what failed, and each cause on a line of its own.
fn say(failure: &dyn Error) {
    let mut stderr = io::stderr().lock();
    for line in failure.to_string().lines() {
        writeln!(stderr, "error: {line}").ok();
    }
    let mut cause = failure.source();
    while let Some(error) = cause {
        writeln!(stderr, "caused by: {error}").ok();
        cause = error.source();
    }
}
