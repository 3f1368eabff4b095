//! A service whose store is on a server that is not there.

use std::{
    net::TcpListener,
    process::{Command, Stdio},
    time::Duration,
};

use rag_service::adapters::openai;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::{sleep, timeout};

use crate::program::name_the_table;

/// The longest that a test waits for what is to happen soon.
const SOON: Duration = Duration::from_secs(30);

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn serve(port: u16, patience: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rag-service"));
    let url = format!("postgres://rag:secret@127.0.0.1:{}/documents", free_port());
    command.arg("serve").env_clear().env("PORT", port.to_string()).env("DATABASE_URL", url);
    command.env("DATABASE_STARTUP_TIMEOUT", patience);
    name_the_table(&mut command);
    command
}

#[tokio::test]
async fn it_is_alive_and_not_ready_while_it_waits_for_its_store() {
    let port = free_port();
    let mut child = serve(port, "600").stdout(Stdio::null()).spawn().unwrap();
    let client = openai::client().unwrap();
    let ask = async |path: &str| client.get(format!("http://127.0.0.1:{port}{path}")).send().await;
    let alive = async {
        loop {
            match ask("/livez").await {
                Ok(answer) => return answer,
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    let alive = timeout(SOON, alive).await.unwrap();
    assert_eq!(alive.status(), StatusCode::OK);
    let waits = ask("/readyz").await.unwrap();
    assert_eq!(waits.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(waits.headers()["retry-after"], "2");
    assert_eq!(waits.json::<Value>().await.unwrap()["code"], "starting");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let ended = tokio::task::spawn_blocking(move || child.wait()).await.unwrap();
    assert_eq!(ended.unwrap().code(), Some(0));
}

#[test]
fn it_gives_up_with_the_servers_name_and_without_the_password() {
    let output = serve(0, "3").output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8(told).unwrap();
    assert!(told.contains("waiting for the store") && told.contains("cannot be reached"), "{told}");
    assert!(told.contains("/documents") && !told.contains("secret"), "{told}");
}
