//! Each field of the file changed in turn: exactly that change is planned, and once it is applied nothing more is.

use serde_yaml::Value;

use crate::{
    shared,
    support::{Home, lines},
    table::{Change, FILE, changes, merge, steps},
};

const REGION: &str = "us-east-1";

#[tokio::test]
async fn each_field_that_is_changed_is_planned_alone_and_applied() {
    let home = Home::new().await;
    let changes = changes_in(&home);
    go_through(&home, changes).await;
}

#[tokio::test]
async fn so_is_each_that_cloudfront_has_to_do_with() {
    let home = Home::new().await;
    let certificate = home
        .cloud
        .with(|account| account.region(REGION).plant_certificate("origin.example.org", "ISSUED"));
    let table = include_str!("../fields/edge.yaml").replace("{certificate}", &certificate);
    go_through(&home, serde_yaml::from_str(&table).unwrap()).await;
}

async fn go_through(home: &Home, changes: Vec<Change>) {
    let mut file: Value = serde_yaml::from_str(FILE).unwrap();
    home.deploy(FILE).await.well();
    for Change { set, plan } in changes {
        merge(&mut file, &set);
        let text = serde_yaml::to_string(&file).unwrap();
        assert_eq!(steps(&lines(&home.plan(&text).await)), plan, "{set:?}");
        home.deploy(&text).await.well();
        let rest = home.plan(&text).await;
        assert!(rest.is_empty(), "after {set:?}: {}", lines(&rest));
    }
    home.destroy(&serde_yaml::to_string(&file).unwrap()).await.well();
}

/// The changes, with what their placeholders stand for in this account.
fn changes_in(home: &Home) -> Vec<Change> {
    let (listener, _) = shared::listener(&home.cloud, REGION);
    home.cloud.with(|account| {
        let region = account.region(REGION);
        let (_, subnets) = region.default_network();
        changes(&[
            ("{certificate}", &region.plant_certificate("handbook.example.org", "ISSUED")),
            ("{security-group}", &region.default_group()),
            ("{subnet-a}", &subnets[0]),
            ("{subnet-b}", &subnets[1]),
            ("{listener}", &listener),
        ])
    })
}
