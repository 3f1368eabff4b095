//! The program itself: commands, exit codes, signals. Built-in providers and a store on disk.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread::JoinHandle,
};

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::provider::{Options, Provider};

pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rag-service"));
    command.args(arguments).env_clear().env("DATA_DIR", folder.join("data")).env("PORT", "0");
    name_the_table(&mut command);
    command
}

/// Tells a program that has no table inside where one is.
pub(crate) fn name_the_table(command: &mut Command) {
    if cfg!(not(feature = "built-in-table")) {
        command.env("EMBEDDER_DIR", tables());
    }
}

/// A folder with the table, under its name there.
fn tables() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("embedder");
    let table = Path::new(env!("CARGO_MANIFEST_DIR")).join("model/static-table.bin");
    std::fs::create_dir_all(&folder).unwrap();
    // Another test may have been here before.
    std::os::unix::fs::symlink(table, folder.join("static-minilm-256.bin")).ok();
    folder
}

pub(crate) fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

/// A running service, killed when the test ends.
pub(crate) struct Running {
    child: Child,
    /// Reads along, so that the program never waits for a full pipe.
    log: JoinHandle<Vec<Value>>,
    pub(crate) url: String,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stdout.take().unwrap());
        let first = line(&mut log);
        assert_eq!(first["message"], "listening", "{first}");
        assert!(first["bind_ms"].is_number(), "`ragctl bench import` reads it: {first}");
        let url = format!("http://{}", first["address"].as_str().unwrap());
        let log = std::thread::spawn(move || {
            log.lines().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect()
        });
        Self { child, log, url }
    }

    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &id]).status().unwrap().success());
    }

    /// What it logs until it ends, and its exit code.
    pub(crate) fn end(mut self) -> (Option<i32>, Vec<Value>) {
        let code = self.child.wait().unwrap().code();
        let log = std::mem::replace(&mut self.log, std::thread::spawn(Vec::new));
        (code, log.join().unwrap())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn line(log: &mut impl BufRead) -> Value {
    let mut text = String::new();
    log.read_line(&mut text).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn wrong_settings_and_wrong_usage_end_in_64() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = program(folder.path(), &["serve"]);
    let (code, _, told) = output(wrong.env("MAX_ASYNC", "0").env("LOG_LEVEL", "loud"));
    assert_eq!(code, Some(64));
    assert_eq!(told.lines().filter(|line| line.starts_with("error: ")).count(), 2, "{told}");
    assert_eq!(output(&mut program(folder.path(), &["nonsense"])).0, Some(64));
    assert_eq!(output(&mut program(folder.path(), &[])).0, Some(64));
    assert_eq!(output(&mut program(folder.path(), &["--help"])).0, Some(0));
}

#[test]
fn a_port_that_is_taken_and_a_folder_that_cannot_be_made_end_in_1() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let (code, _, told) = output(program(folder.path(), &["serve"]).env("PORT", &port));
    assert_eq!(code, Some(1));
    assert!(told.contains(&format!("cannot listen on 127.0.0.1:{port}")), "{told}");
    std::fs::write(folder.path().join("file"), "x").unwrap();
    let data = folder.path().join("file/data");
    let (code, _, told) = output(program(folder.path(), &["serve"]).env("DATA_DIR", data));
    assert_eq!(code, Some(1));
    assert!(told.contains("cannot be used"), "{told}");
}

#[test]
fn ingest_tells_of_each_file_and_of_those_it_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guide.md");
    std::fs::write(&file, "Cold starts are measured in seconds.").unwrap();
    let path = file.to_str().unwrap();
    let ingest = |paths: &[&str]| {
        let arguments: Vec<&str> = ["ingest"].iter().chain(paths).copied().collect();
        output(&mut program(folder.path(), &arguments))
    };
    assert_eq!(ingest(&[path]), (Some(0), format!("added {path}\n"), String::new()));
    let (code, told, _) = ingest(&[path, "none.md"]);
    assert_eq!(code, Some(1));
    assert!(told.starts_with(&format!("unchanged {path}\nrefused none.md: ")), "{told}");
}

#[test]
fn ingest_reads_each_format_and_tells_why_it_cannot() {
    let folder = tempfile::tempdir().unwrap();
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extract/files");
    let path = |name: &str| files.join(name).display().to_string();
    let names = ["chromium.pdf", "word.docx", "page.html", "password.pdf", "cid.pdf"].map(path);
    let arguments: Vec<&str> =
        ["ingest"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let (code, told, _) = output(&mut program(folder.path(), &arguments));
    assert_eq!(code, Some(1));
    let [pdf, docx, html, password, cid] = &names;
    assert_eq!(
        told,
        format!(
            "added {pdf}\nadded {docx}\nadded {html}\nadded {password}\nadded {cid}\nfailed {password}: the PDF could not be read: it is encrypted\n"
        )
    );
    assert_eq!(std::fs::read_dir(folder.path().join("data/spool")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_graph_is_read_from_files_kept_on_disk_and_answered_from() {
    let provider = Provider::start(0, Options::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("fargate.md", "Fargate runs tasks of the Scheduler without servers."),
        ("pool.md", "all day the Scheduler watches the Pool of workers."),
        ("garden.md", "Roses need water."),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let graph = |command: &mut Command| {
        command.env("ENABLE_GRAPH", "true").env("LLM_BINDING_HOST", &provider.url);
    };
    let mut ingest = program(folder.path(), &["ingest", folder.path().to_str().unwrap()]);
    graph(&mut ingest);
    let ingested = tokio::task::spawn_blocking(move || output(&mut ingest)).await.unwrap();
    assert_eq!(ingested.0, Some(0), "{ingested:?}");
    assert_eq!(
        provider.shared.stats().extractions,
        6,
        "each file, and once more for what was missed"
    );
    let mut serve = program(folder.path(), &["serve"]);
    graph(&mut serve);
    let service = Running::start(&mut serve);
    let client = rag_service::adapters::openai::client().unwrap();
    let body = json!({ "query": "What is the Scheduler?", "mode": "local", "top_k": 1, "ll_keywords": ["Scheduler"] });
    let request = client.post(format!("{}/query/data", service.url)).json(&body);
    let found: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(found["data"]["entities"][0]["entity_name"], "Scheduler", "{found}");
    assert_eq!(found["data"]["relationships"].as_array().unwrap().len(), 2, "{found}");
    let mut sources: Vec<String> = found["data"]["references"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["file_path"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
        .collect();
    sources.sort();
    assert_eq!(sources, ["fargate.md", "pool.md"]);
}

#[test]
fn a_graph_without_a_language_model_is_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    for command in [&["serve"][..], &["ingest", "guide.md"]] {
        let mut program = program(folder.path(), command);
        let (code, _, told) = output(program.env("ENABLE_GRAPH", "true"));
        assert_eq!(code, Some(64));
        assert!(told.contains("ENABLE_GRAPH: the built-in answerer only quotes"), "{told}");
    }
}

#[tokio::test]
async fn what_was_ingested_is_answered_from_and_sigterm_ends_in_0() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("guide.md");
    std::fs::write(&file, "The balancer drains connections for thirty seconds.").unwrap();
    assert_eq!(output(&mut program(folder.path(), &["ingest", file.to_str().unwrap()])).0, Some(0));
    let service =
        Running::start(program(folder.path(), &["serve"]).env("WARMUP_ON_STARTUP", "true"));
    let client = rag_service::adapters::openai::client().unwrap();
    let body = json!({ "query": "How long does the balancer drain connections?" });
    let request = client.post(format!("{}/query", service.url)).header("x-request-id", "mine");
    let response = request.json(&body).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let found: Value = response.json().await.unwrap();
    assert!(found["response"].as_str().unwrap().contains("thirty seconds"), "{found}");
    assert_eq!(found["llm_generated"], true);
    let port = service.url.rsplit(':').next().unwrap();
    let mut check = program(folder.path(), &["healthcheck"]);
    assert_eq!(output(check.env("PORT", port)).0, Some(0));
    assert_eq!(output(check.env("HEALTHCHECK_PATH", "/readyz")).0, Some(0));
    assert_eq!(output(check.env("HEALTHCHECK_PATH", "/nothing")).0, Some(1));
    service.signal("-TERM");
    let (code, log) = service.end();
    assert_eq!(code, Some(0));
    // `ragctl bench import` reads them.
    for pool in ["embedding", "llm"] {
        let is_it = |line: &&Value| line["message"] == "pool is ready" && line["pool"] == pool;
        let ready = log.iter().find(is_it).unwrap();
        assert!(ready["duration_ms"].is_u64(), "{ready}");
    }
    let answered = log.iter().find(|line| line["message"] == "answered").unwrap();
    assert_eq!(answered["span"]["request_id"], "mine");
    assert!(answered["duration_ms"].is_u64(), "{answered}");
}
