//! From nothing to a question answered, through a bad revision, to nothing.

use crate::home::{FILE, Home, comes_about};

/// All kinds of which a stack has something, as the services' own lists show.
const KINDS: [&str; 9] = [
    "cluster",
    "load-balancer",
    "log-group",
    "role",
    "scalable-target",
    "scaling-policy",
    "security-group",
    "target-group",
    "task-definition",
];

#[test]
fn a_stack_is_deployed_answers_survives_a_bad_revision_and_leaves_nothing() {
    let home = Home::new(FILE);
    home.must(&["deploy", "--yes"]);
    home.is_settled();
    assert_eq!(home.account.holds("handbook"), KINDS);

    home.post(
        "/documents/text",
        r#"{"text": "The boat is called Marigold and lies in the harbour of Ystad."}"#,
    );
    let asked = || home.post("/query", r#"{"query": "What is the boat called?"}"#);
    // The document is in the store at once, and in the index a little later.
    assert!(comes_about(|| asked().contains("Marigold")), "{}", asked());
    assert!(home.must(&["status"]).stdout.contains("healthy"));
    let health = || home.account.health_of_tasks("handbook");
    assert!(comes_about(|| health() == ["HEALTHY"]), "{:?}", health());

    home.write(&FILE.replace(":good", ":crash"));
    let ran = home.run(&["deploy", "--yes"]);
    assert_eq!(ran.code, 1, "{ran:#?}");
    assert!(ran.stderr.contains("the store is of another version"), "{}", ran.stderr);
    // fakecloud hands over a task's log when it has ended, and not before.
    assert!(home.must(&["logs"]).stdout.contains("the store is of another version"));
    // fakecloud stops the healthy task with the others, and a new one begins with an empty store.
    asked();
    home.write(FILE);
    home.is_settled();

    home.must(&["destroy", "--yes"]);
    assert_eq!(home.account.holds("handbook"), Vec::<&str>::new());
}
