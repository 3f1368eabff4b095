use crate::{
    holding::holding,
    machine::Machine,
    postgres::{bin, shared},
    ran::Ran,
};

const STACK: &str =
    "store: {engine: postgres, url: env:DATABASE}\nautoscaling: {minimum: 2, maximum: 2}\n";

/// Runs the program with the address of the tests' server.
fn run(machine: &Machine, args: &[&str]) -> Ran {
    let address = shared().url("postgres");
    let ran = Ran::of(machine.command(args).env("DATABASE", address).output().unwrap());
    assert_eq!(ran.code, 0, "{args:?}: {ran:#?}");
    ran
}

#[test]
fn documents_lie_in_a_database_that_tasks_share_and_outlive_the_stack() {
    if bin().is_none() {
        return;
    }
    let machine = Machine::new(STACK);
    run(&machine, &["deploy", "--ingest", "docs"]);
    assert_eq!(Machine::healthy(&machine.status()).len(), 2);
    // Either task answers, one after the other.
    for _ in 0..4 {
        let ran = machine.must(&["ask", "What is the boat called?"]);
        assert!(ran.stdout.contains("Marigold"), "{ran:?}");
    }
    assert!(
        machine
            .must(&["ask", "--mode", "naive", "How long is the line?"])
            .stdout
            .contains("forty metres")
    );
    let address = format!("@127.0.0.1:{}/", shared().port);
    assert_eq!(holding(&address, &machine.path(".ragctl")), Vec::<String>::new());
    assert!(!machine.path(".ragctl/handbook/store").exists() && !machine.path("data").exists());

    let ran = machine.must(&["destroy", "--yes"]);
    assert!(!ran.stderr.contains("deletes all documents"), "{ran:?}");
    run(&machine, &["deploy"]);
    assert!(machine.must(&["ask", "What is the boat called?"]).stdout.contains("Marigold"));
}
