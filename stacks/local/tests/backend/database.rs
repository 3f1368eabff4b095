//! A stack whose documents are in a database, as its file says it.

use std::fs;

use ragctl_stacks::{
    address::{Address, Kind},
    backend::Backend,
    config,
    desired::Desired,
    resource::Program,
    strategy,
};

use crate::{
    checks::holds,
    support::{Home, example, get, port},
};

const IN_A_FOLDER: &str = "store: {path: data}";
const IN_A_DATABASE: &str = "store: {engine: postgres, url: env:KEY}";

fn desired(port: u16, store: &str) -> Desired {
    let text = format!("stack: shop\nload_balancer: {{port: {port}}}\n{store}\n");
    let stack = config::load(&text, "ragctl.yaml", None).unwrap();
    let path = example("stand_in").display().to_string();
    let program = Program::Binary { path, version: "1".to_owned() };
    Desired::of(&strategy::applied(&stack), &program)
}

async fn deploy(home: &Home, port: u16, store: &str) {
    let live = home.backend().live().await.unwrap();
    let (outcome, _) = home.deploy(&desired(port, store).leaving_to_others(&live)).await;
    assert!(outcome.is_complete(), "{:?}\n{}", outcome.failed, home.supervisor_log());
}

/// The lines of a task's environment that say where its documents are.
async fn places(port: u16) -> Vec<String> {
    let environment = get(port, "/environment").await.unwrap().1;
    let is_place = |it: &&str| it.starts_with("DATA_DIR=") || it.starts_with("DATABASE_URL=");
    environment.lines().filter(is_place).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_task_gets_the_address_of_its_database_and_no_folder() {
    let (home, port) = (Home::new(), port());
    deploy(&home, port, IN_A_DATABASE).await;
    assert_eq!(places(port).await, ["DATABASE_URL=canary-8b1f"]);
    assert!(!holds(&home.root(), b"canary-8b1f"), "the address holds a password");
    assert!(home.backend().live().await.unwrap().at(&Address::app(Kind::Store)).is_none());
    assert!(!home.root().join("store").exists());
    home.destroyed().await;
}

#[tokio::test]
async fn documents_stay_in_their_folder_until_the_stack_is_destroyed() {
    let (home, port) = (Home::new(), port());
    deploy(&home, port, IN_A_FOLDER).await;
    let document = home.data().join("store.sqlite");
    fs::write(&document, "documents").unwrap();

    deploy(&home, port, IN_A_DATABASE).await;
    assert_eq!(places(port).await, ["DATABASE_URL=canary-8b1f"]);
    assert_eq!(fs::read_to_string(&document).unwrap(), "documents");

    deploy(&home, port, IN_A_FOLDER).await;
    assert_eq!(places(port).await, ["DATA_DIR=data"]);
    assert_eq!(fs::read_to_string(&document).unwrap(), "documents");

    deploy(&home, port, IN_A_DATABASE).await;
    home.destroyed().await;
    assert!(!home.data().exists());
}
