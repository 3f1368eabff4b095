use crate::machine::{Machine, runs};

#[test]
fn a_stack_is_deployed_asked_and_taken_down() {
    let machine = Machine::new("");
    let ran = machine.must(&["deploy", "--ingest", "docs"]);
    let endpoint = format!("http://127.0.0.1:{}", machine.port);
    assert!(ran.stdout.starts_with(&format!("handbook is up at {endpoint} after ")), "{ran:?}");
    assert!(ran.stdout.contains("2 documents taken in (2 chunks)"), "{ran:?}");
    assert!(ran.stdout.contains("1 file of other types skipped"), "{ran:?}");

    let ran = machine.must(&["ask", "How long is the line of a kite?"]);
    assert!(ran.stdout.contains("forty metres"), "{ran:?}");
    assert!(ran.stdout.contains("\nSources\n  [1] docs/kite.md\n"), "{ran:?}");

    let ran = machine.must(&["plan", "--detailed-exitcode"]);
    assert_eq!(ran.stdout, "handbook (local)\nnothing to do: all is as the file says\n");
    let status = machine.status();
    assert_eq!((&status["state"], &status["endpoint"]), (&"running".into(), &endpoint.into()));
    assert!(machine.must(&["logs"]).stdout.contains("/query/stream"));
    assert!(machine.must(&["logs", "--supervisor"]).stdout.contains("a task is healthy"));

    let processes = [machine.supervisor(), Machine::healthy(&status)[0]];
    assert!(processes.into_iter().all(runs));
    let ran = machine.must(&["destroy", "--yes"]);
    assert!(ran.stderr.contains("deletes all documents in .ragctl/handbook/store"), "{ran:?}");
    assert!(!processes.into_iter().any(runs), "no process is left");
    assert_eq!(machine.left_over(), Vec::<String>::new());
}

#[test]
fn documents_can_outlive_their_stack() {
    let machine = Machine::new("");
    machine.must(&["deploy", "--ingest", "docs"]);
    let ran = machine.must(&["destroy", "--yes", "--keep-store"]);
    assert!(ran.stdout.ends_with("store/app was kept\n"), "{ran:?}");
    machine.must(&["deploy"]);
    assert!(machine.must(&["ask", "What is the boat called?"]).stdout.contains("Marigold"));
}

#[test]
fn two_stacks_run_side_by_side() {
    let (one, other) = (Machine::new(""), Machine::new(""));
    one.must(&["deploy", "--ingest", "docs/kite.md"]);
    other.must(&["deploy", "--ingest", "docs/deep"]);
    one.must(&["destroy", "--yes"]);
    let ran = other.must(&["ask", "What is the boat called?"]);
    assert!(
        ran.stdout.contains("Marigold") && ran.stdout.contains("docs/deep/boat.txt"),
        "{ran:?}"
    );
}

#[test]
fn changed_documents_are_refused_or_take_the_old_ones_place() {
    let machine = Machine::new("");
    machine.must(&["deploy", "--ingest", "docs"]);
    machine.must(&["ingest", "docs"]);
    machine.write("docs/kite.md", "# Kites\n\nA kite is held by a line of ninety metres.\n");
    let ran = machine.run(&["ingest", "docs"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("failed: docs/kite.md: "), "{ran:?}");
    machine.must(&["ingest", "docs", "--replace"]);
    let ran = machine.must(&["ask", "How long is the line of a kite?"]);
    assert!(ran.stdout.contains("ninety metres") && !ran.stdout.contains("forty"), "{ran:?}");
}

#[test]
fn what_becomes_of_documents_elsewhere_is_said_where_no_terminal_shows_progress() {
    let machine = Machine::new("");
    machine.must(&["deploy", "--ingest", "docs"]);
    machine.write_stack("store: {path: elsewhere}\n");
    let ran = machine.must(&["deploy", "--yes"]);
    let words = "/.ragctl/handbook/store stay there, and are not copied";
    assert!(ran.stderr.contains("store/app: the documents in "), "{ran:?}");
    assert!(ran.stderr.contains(words), "{ran:?}");
}
