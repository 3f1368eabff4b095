//! Two services on one server.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use futures_util::{StreamExt, stream};
use rag_service::adapters::openai;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::{
    Schema,
    server::{bin, shared},
};

/// Documents that are sent to both.
const DOCUMENTS: usize = 200;

/// The longest that all of it may take, so that a hang ends.
const LIMIT: Duration = Duration::from_secs(300);

/// A service that runs, killed when the test ends.
struct Running {
    child: Child,
    url: String,
}

impl Running {
    fn start(place: &Schema) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rag-service"));
        command.arg("serve").env_clear().env("PORT", "0").env("LOG_LEVEL", "info");
        command.env("DATABASE_URL", &place.url).env("DATABASE_SCHEMA", &place.name);
        if cfg!(not(feature = "built-in-table")) {
            let table = concat!(env!("CARGO_MANIFEST_DIR"), "/model/static-table.bin");
            command.env("EMBEDDING_MODEL_FILE", table);
        }
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = loop {
            let line: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
            if let Some(address) = line["address"].as_str() {
                break address.to_owned();
            }
        };
        // Its log has to be read, or it would wait for room.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, url: format!("http://{address}") }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_two_services_are_sent_at_once_is_there_once() {
    let Some(_) = bin() else { return };
    let place = Schema::default();
    let services = [Running::start(&place), Running::start(&place)];
    let client = openai::client().unwrap();
    let sent = stream::iter(0..2 * DOCUMENTS).map(|number| {
        let url = format!("{}/documents/text", services[number % 2].url);
        let (text, source) =
            (format!("the text of number {}", number / 2), format!("{}.md", number / 2));
        let request = client.post(url).json(&json!({ "text": text, "file_source": source }));
        async move { request.send().await.unwrap().status() }
    });
    let statuses: Vec<_> = sent.buffer_unordered(16).collect().await;
    assert!(statuses.iter().all(|status| status.is_success()), "{statuses:?}");
    let processed = async {
        loop {
            let health = client.get(format!("{}/health", services[1].url)).send().await.unwrap();
            let health: Value = health.json().await.unwrap();
            if health["documents"]["processed"] == DOCUMENTS {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(LIMIT, processed).await.unwrap();
    let count = format!(
        "SELECT (SELECT count(*) FROM {0}.document), (SELECT count(*) FROM {0}.chunk),
             (SELECT count(*) FROM {0}.chunk_vector), (SELECT count(*) FROM {0}.chunk_word)",
        place.name
    );
    let row = shared().client("postgres").await.query_one(&count, &[]).await.unwrap();
    for column in 0..4 {
        assert_eq!(row.get::<_, i64>(column), DOCUMENTS as i64);
    }
}
