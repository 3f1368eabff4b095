//! Measures a cold start of the service as a function against a warm one, on this machine:
//! `lambda PROGRAM [RUNS [MEMORY_MB…]]`, where the program is a release build of `rag-service`.
#![expect(clippy::print_stdout, reason = "its lines are what it is for")]

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use ragctl_local::lambda::{CpuLimit, Function, FunctionSettings, HttpAnswer, HttpRequest, Report};
use serde_json::json;

type Failure = Box<dyn Error>;

/// Documents that the store has: enough for a search to be one.
const DOCUMENTS: usize = 100;

/// What one invocation took, in milliseconds.
struct Took {
    /// From the call to the answer, init included, as a caller sees it.
    answer: f64,
    init: f64,
    billed: f64,
    memory_mb: f64,
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut words = env::args().skip(1);
    let program = PathBuf::from(words.next().ok_or("lambda PROGRAM [RUNS [MEMORY_MB…]]")?);
    let program = program.canonicalize()?;
    let runs: usize = words.next().map_or(Ok(20), |it| it.parse())?;
    let sizes: Vec<u32> = words.map(|it| it.parse()).collect::<Result<_, _>>()?;
    let folder = env::temp_dir().join(format!("ragctl-lambda-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let measured = measure(&program, &folder, runs, &sizes).await;
    std::fs::remove_dir_all(&folder)?;
    measured
}

async fn measure(program: &Path, folder: &Path, runs: usize, sizes: &[u32]) -> Result<(), Failure> {
    let unlimited = Function::new(settings(program, folder, 1769, CpuLimit::None));
    fill(&unlimited).await?;
    unlimited.shut_down().await;
    println!(
        "medians of {runs}; a store of {DOCUMENTS} documents, built-in models, WARMUP_ON_STARTUP"
    );
    println!(
        "memory | cold: to the answer | of it init | warm: to the answer | ahead: to the answer | billed cold, warm | peak memory"
    );
    one("no limit", &unlimited, runs).await?;
    for size in sizes {
        let function = Function::new(settings(program, folder, *size, CpuLimit::ByMemory));
        one(&format!("{size} MB"), &function, runs).await?;
        println!("  limited by {:?}", function.limiter());
    }
    Ok(())
}

fn settings(program: &Path, folder: &Path, memory_mb: u32, cpu: CpuLimit) -> FunctionSettings {
    let mut settings = FunctionSettings::new("measured", program, folder);
    (settings.memory_mb, settings.cpu) = (memory_mb, cpu);
    settings.timeout = Duration::from_secs(60);
    let data = folder.join("data").display().to_string();
    settings.environment.insert("DATA_DIR".to_owned(), data);
    settings.environment.insert("WARMUP_ON_STARTUP".to_owned(), "true".to_owned());
    settings
}

async fn fill(function: &Function) -> Result<(), Failure> {
    let text = |n: usize| {
        format!("Chapter {n}. The balancer number {n} drains its connections for {n} seconds. ")
            .repeat(20)
    };
    let texts: Vec<String> = (0..DOCUMENTS).map(text).collect();
    let sources: Vec<String> = (0..DOCUMENTS).map(|n| format!("{n}.md")).collect();
    let body = json!({ "texts": texts, "file_sources": sources });
    let request = HttpRequest::json("POST", "/documents/texts", &body);
    ask(function, &request).await.map(drop)
}

/// Measures one size and prints its row.
async fn one(name: &str, function: &Function, runs: usize) -> Result<(), Failure> {
    let question = json!({ "query": "For how many seconds does balancer 42 drain?" });
    let request = HttpRequest::json("POST", "/query", &question);
    let (mut cold, mut warm, mut ahead) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        function.cold();
        cold.push(ask(function, &request).await?);
        // The first one after a cold start still reads what nobody has read.
        ask(function, &request).await?;
        warm.push(ask(function, &request).await?);
        function.cold();
        function.provision(1).await?;
        ahead.push(ask(function, &request).await?);
        function.deprovision();
    }
    let of = |all: &[Took], what: fn(&Took) -> f64| median(all.iter().map(what).collect());
    println!(
        "{name} | {:.1} ms | {:.1} ms | {:.1} ms | {:.1} ms | {:.0} ms, {:.0} ms | {:.0} MB",
        of(&cold, |it| it.answer),
        of(&cold, |it| it.init),
        of(&warm, |it| it.answer),
        of(&ahead, |it| it.answer),
        of(&cold, |it| it.billed),
        of(&warm, |it| it.billed),
        of(&warm, |it| it.memory_mb),
    );
    Ok(())
}

async fn ask(function: &Function, request: &HttpRequest) -> Result<Took, Failure> {
    let event = request.url_event().to_string();
    let began = Instant::now();
    let ended = function.invoke(event).await?;
    let whole = began.elapsed();
    let answer = HttpAnswer::of(&ended.answer)?;
    if answer.status != 200 {
        return Err(format!("{answer:?}").into());
    }
    let Report { record, .. } = ended.report;
    let metrics = record.metrics;
    let init = metrics.init_duration_ms.unwrap_or_default();
    // Without what is done behind the answer, and without our own part in reading the log.
    let answered = ended.answered_after.unwrap_or(whole).as_secs_f64() * 1e3;
    let figure = |number: u64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    Ok(Took {
        answer: answered + init,
        init,
        billed: figure(metrics.billed_duration_ms),
        memory_mb: figure(metrics.max_memory_used_mb),
    })
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}
