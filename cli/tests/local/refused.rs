use std::net::TcpListener;

use crate::{machine::Machine, ran::Ran};

#[test]
fn a_port_that_is_taken_is_told_and_another_one_continues() {
    let machine = Machine::new("");
    let other = TcpListener::bind(("127.0.0.1", machine.port)).unwrap();
    let ran = machine.run(&["deploy"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("error: could not create `load_balancer/app`\n"), "{}", ran.stderr);
    let taken =
        format!("caused by: port {} on 127.0.0.1 is taken by another program\n", machine.port);
    assert!(ran.stderr.contains(&taken), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("hint: stop that program, or choose another port"),
        "{}",
        ran.stderr
    );
    drop(other);
    machine.must(&["deploy"]);
}

#[test]
fn a_revision_that_never_gets_healthy_is_rolled_back_with_its_last_words() {
    let mut machine = Machine::new("");
    machine.must(&["deploy", "--ingest", "docs"]);
    machine.use_script("echo 'the sails are torn'; exit 7");
    let ran = machine.run(&["deploy"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("did not get healthy"), "{}", ran.stderr);
    assert!(ran.stderr.contains("  | the sails are torn"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the old revision serves again"), "{}", ran.stderr);
    let ran = machine.must(&["ask", "How long is the line of a kite?"]);
    assert!(ran.stdout.contains("forty metres"), "{ran:?}");
}

#[test]
fn a_folder_that_cannot_be_used_is_told() {
    let machine = Machine::new("");
    machine.write(".ragctl", "a file where a folder should be");
    let ran = machine.run(&["deploy"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains(".ragctl/handbook/record.json cannot be read\ncaused by: "),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("hint: a file is where a folder should be: move it away"),
        "{}",
        ran.stderr
    );
    std::fs::remove_file(machine.path(".ragctl")).unwrap();
}

#[test]
fn a_second_deployment_at_the_same_time_is_refused_or_waits() {
    let mut machine = Machine::new("");
    machine.use_script("sleep 2; exec \"$SERVICE\" \"$@\"");
    let first = machine.spawn(&["deploy"]);
    machine.wait_until(|status| status["tasks"].as_array().is_some_and(|it| !it.is_empty()));
    let ran = machine.run(&["deploy"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("error: the stack is being changed by ada on "), "{}", ran.stderr);
    let ran = machine.must(&["deploy", "--lease-wait", "30s"]);
    assert!(ran.stdout.ends_with("as it was\n"), "{ran:?}");
    assert_eq!(Ran::of(first.wait_with_output().unwrap()).code, 0);
}
