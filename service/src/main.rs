//! Reads the command and the settings, and starts what is asked for.

#[cfg(feature = "lambda")]
#[path = "main/lambda.rs"]
mod on_lambda;
#[cfg(not(feature = "lambda"))]
#[path = "main/no_lambda.rs"]
mod on_lambda;

use std::{
    error::Error,
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use rag_service::{
    about,
    adapters::{extract::child, trust},
    app::{App, Clock},
    compose::compose,
    config::{Environment, Healthcheck, Settings, WrongSettings},
    healthcheck, ingest, logs, metrics,
    pipeline::format::Format,
    secrets::{Fetched, References, Secrets},
    serve::serve,
    starting,
    traces::Traces,
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
/// Settings come from the environment, or from a file; docs/reference/service.md lists them.
///
/// Example: rag-service serve --env-file .env
#[derive(Parser, Debug)]
#[command(version)]
struct Cli {
    /// File with lines of NAME=value, for settings that the environment does not have
    #[arg(long, value_name = "FILE", global = true)]
    env_file: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

impl Cli {
    /// Reads the command. It may be missing on AWS Lambda, which starts a program without arguments.
    fn read() -> Result<Self, clap::Error> {
        let needs_one = !on_lambda::is_here();
        let command =
            Self::command().subcommand_required(needs_one).arg_required_else_help(needs_one);
        Self::from_arg_matches(&command.try_get_matches()?)
    }
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Serve HTTP until SIGTERM or SIGINT, then finish what is in flight; on AWS Lambda, answer events
    Serve,
    /// Ask the service on this machine whether it is healthy
    Healthcheck,
    /// Put files and folders (text, Markdown, HTML, PDF, DOCX) into the store, without a server
    Ingest {
        /// Files and folders
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Say what this program is
    #[command(hide = true)]
    About,
    /// Read one file from standard input, and write its text
    #[command(hide = true)]
    Extract {
        /// What the file is
        #[arg(value_parser = format)]
        format: Format,
        /// Address space to take at most, in bytes
        memory_bytes: u64,
        /// Time on a processor to take at most
        cpu_seconds: u64,
    },
}

fn format(word: &str) -> Result<Format, String> {
    Format::of_word(word).ok_or_else(|| "there is no such format".to_owned())
}

fn main() -> ExitCode {
    let started = Instant::now();
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { ExitCode::from(USAGE) } else { ExitCode::SUCCESS };
            // A closed pipe is not an error.
            error.print().ok();
            return code;
        }
    };
    let file = cli.env_file.as_deref();
    let result = match cli.command {
        None | Some(Command::Serve) if on_lambda::is_here() => on_lambda::run(started, file),
        None | Some(Command::Serve) => run_serve(started, file),
        Some(Command::About) => run_about(),
        Some(Command::Healthcheck) => run_healthcheck(file),
        Some(Command::Ingest { paths }) => run_ingest(&paths, file),
        Some(Command::Extract { format, memory_bytes, cpu_seconds }) => {
            Ok(child::run(format, memory_bytes, cpu_seconds))
        }
    };
    result.unwrap_or_else(|failure| {
        say(&*failure);
        if failure.is::<WrongSettings>() { ExitCode::from(USAGE) } else { ExitCode::FAILURE }
    })
}

fn run_serve(started: Instant, file: Option<&Path>) -> Result<ExitCode, Box<dyn Error>> {
    let clock = Clock::new(started);
    let runtime = runtime()?;
    let (settings, secrets) = runtime.block_on(settings(file))?;
    let traces = settings.traces.as_ref().map(|it| Traces::start(it, runtime.handle().clone()));
    let (traces, spans) = traces.transpose()?.unzip();
    logs::start(settings.log_level, io::stdout, spans);
    // Beside the start: it measures the processor's clock for most of a millisecond.
    let counting = runtime.spawn_blocking(metrics::start);
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
        // What comes before it is not counted.
        counting.await?;
        let address = listener.local_addr()?;
        let app = Arc::new(App::new(settings, parts, clock));
        let bind_ms = app.phases().bind_ms;
        tracing::info!(%address, bind_ms, "listening");
        if let Some(secrets) = secrets {
            tokio::spawn(secrets.keep_fresh());
        }
        serve(listener, app, stop).await;
        Ok::<(), Box<dyn Error>>(())
    })?;
    if let Some(traces) = traces {
        traces.flush();
    }
    runtime.shutdown_timeout(LONGEST_END);
    Ok(ExitCode::SUCCESS)
}

fn run_healthcheck(file: Option<&Path>) -> Result<ExitCode, Box<dyn Error>> {
    let environment = Environment::read(file)?;
    let check = Healthcheck::read(|name| environment.get(name))?;
    Ok(match healthcheck::is_healthy(&check, healthcheck::LIMIT)? {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn run_ingest(paths: &[PathBuf], file: Option<&Path>) -> Result<ExitCode, Box<dyn Error>> {
    let runtime = runtime()?;
    let (settings, _) = runtime.block_on(settings(file))?;
    // The results are what is printed; what goes wrong meanwhile stands beside them.
    logs::start(settings.log_level.min(LevelFilter::WARN), io::stderr, None);
    let mut out = io::stdout();
    let ingested = ingest::ingest(&settings, paths, &mut out);
    Ok(match runtime.block_on(ingested)? {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn run_about() -> Result<ExitCode, Box<dyn Error>> {
    io::stdout().write_all(about::LINE.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// The settings, and what of them is fetched anew from time to time. From then on, whoever they say is trusted.
async fn settings(file: Option<&Path>) -> Result<(Settings, Option<Secrets>), Box<dyn Error>> {
    let environment = Environment::read(file)?;
    let fetched: Option<Fetched> = match References::read(&environment)? {
        Some(references) => {
            // AWS proves who it is before any setting is known.
            if let Some(file) = environment.get("SSL_CERT_FILE") {
                trust::trust_only(Path::new(&file))?;
            }
            Some(references.fetch().await?)
        }
        None => None,
    };
    let settings = Settings::read(|name| {
        let fetched = fetched.as_ref().and_then(|fetched| fetched.get(name));
        fetched.or_else(|| environment.get(name))
    })?;
    if let Some(file) = settings.trusted_file() {
        trust::trust_only(file)?;
    }
    let secrets = fetched.map(|fetched| fetched.of(&settings));
    Ok((settings, secrets))
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
