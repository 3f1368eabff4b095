//! A disk that may only be read.

use crate::machine::{Machine, kill};

/// The size of the disk.
const SIZE: usize = 4 << 20;

#[test]
fn a_read_only_disk_is_told_and_leaves_nothing() {
    let Some(machine) = Machine::on_disk(SIZE) else { return };
    machine.disk().forbid_writing();
    let ran = machine.run(&["deploy"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("/.ragctl/handbook cannot be made\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("caused by: Read-only file system"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: that disk is read-only: "), "{}", ran.stderr);
    assert_eq!(machine.run(&["plan"]).code, 0, "a plan only reads");
    machine.disk().allow_writing();
    assert_eq!(machine.left_over(), Vec::<String>::new());
    machine.must(&["deploy"]);
}

#[test]
fn a_disk_that_gets_read_only_under_a_stack_is_told_and_the_stack_serves_on() {
    let Some(machine) = Machine::on_disk(SIZE) else { return };
    machine.must(&["deploy", "--ingest", "docs"]);
    machine.write_stack("strategies: {prewarm: true}\n");
    machine.disk().cover();
    let ran = machine.run(&["deploy"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("caused by: Read-only file system"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: that disk is read-only: "), "{}", ran.stderr);
    answers(&machine);

    // A task needs a file for what it prints: without one, none can be started, and `status` says why.
    kill(Machine::healthy(&machine.status())[0]);
    let notes = |status: &serde_json::Value| status["notes"].to_string();
    let status = machine.wait_until(|status| notes(status).contains("Read-only file system"));
    assert_eq!(Machine::healthy(&status), Vec::<u32>::new());

    machine.disk().uncover();
    machine.wait_until(|status| !Machine::healthy(status).is_empty());
    machine.must(&["deploy"]);
    answers(&machine);
}

fn answers(machine: &Machine) {
    let ran = machine.must(&["ask", "How long is the line of a kite?"]);
    assert!(ran.stdout.contains("forty metres"), "{ran:?}");
}
