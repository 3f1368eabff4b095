//! What a change of a field does to its resource.

use std::time::Duration;

use super::*;

fn target_group(interval: u64) -> Resource {
    TargetGroup {
        name: Name::app(),
        health_check: HealthCheck {
            path: "/health".into(),
            matcher: "200".into(),
            interval: Duration::from_secs(interval),
            timeout: Duration::from_secs(5),
            healthy_threshold: 2,
            unhealthy_threshold: 3,
        },
        deregistration_delay: Duration::from_secs(30),
        algorithm: Algorithm::RoundRobin,
    }
    .into()
}

fn store(path: &str) -> Resource {
    Store { name: Name::app(), path: path.into() }.into()
}

#[test]
fn a_resource_does_not_differ_from_itself() {
    assert_eq!(target_group(30).changes_from(&target_group(30)), None);
}

#[test]
fn a_field_that_can_be_edited_is_updated() {
    let Some(Difference::Update(changes)) = target_group(5).changes_from(&target_group(30)) else {
        panic!("an update");
    };
    let fields: Vec<_> = changes.iter().map(|c| c.field.as_str()).collect();
    assert_eq!(fields, ["health_check.interval"]);
}

#[test]
fn a_store_elsewhere_replaces_the_store() {
    let found = store("b").changes_from(&store("a"));
    assert!(matches!(found, Some(Difference::Replace(ReplaceOrder::CreateThenDelete, _))));
}

#[test]
fn every_resource_reads_back_from_its_json() {
    let edge = Edge {
        name: Name::app(),
        behind: Address::app(Kind::LoadBalancer),
        limit: Duration::from_secs(1),
        retry_after: Duration::from_secs(30),
    };
    for resource in [target_group(30), store("a"), edge.into()] {
        let json = serde_json::to_string(&resource).unwrap();
        assert_eq!(serde_json::from_str::<Resource>(&json).unwrap(), resource);
    }
}

#[test]
fn equal_content_has_an_equal_digest() {
    assert_eq!(store("a").digest(), store("a").digest());
    assert_ne!(store("a").digest(), store("b").digest());
}
