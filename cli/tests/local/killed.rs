use crate::machine::{Machine, kill, runs};

fn deployed() -> Machine {
    let machine = Machine::new("");
    machine.must(&["deploy", "--ingest", "docs"]);
    machine
}

fn answers(machine: &Machine) {
    let ran = machine.must(&["ask", "How long is the line of a kite?"]);
    assert!(ran.stdout.contains("forty metres"), "{ran:?}");
}

#[test]
fn a_task_that_was_killed_is_replaced_and_no_document_is_lost() {
    let machine = deployed();
    let old = Machine::healthy(&machine.status())[0];
    kill(old);
    machine.wait_until(|status| Machine::healthy(status).iter().any(|pid| *pid != old));
    answers(&machine);
}

#[test]
fn a_killed_supervisor_is_told_and_the_next_deployment_brings_it_back() {
    let machine = deployed();
    let task = Machine::healthy(&machine.status())[0];
    kill(machine.supervisor());
    let status = machine.wait_until(|status| status["state"] == "unsupervised");
    assert!(status["notes"][0].as_str().unwrap().contains("`ragctl deploy` starts it again"));
    let ran = machine.run(&["ask", "How long is the line of a kite?"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("does not answer: Connection refused"), "{ran:?}");
    let ran = machine.must(&["deploy"]);
    assert!(ran.stderr.contains("has taken over the tasks"), "{ran:?}");
    machine.wait_until(|status| Machine::healthy(status) == [task]);
    answers(&machine);
}

#[test]
fn everything_can_be_killed_and_taken_down_all_the_same() {
    let machine = deployed();
    let (supervisor, tasks) = (machine.supervisor(), Machine::healthy(&machine.status()));
    kill(supervisor);
    tasks.iter().copied().for_each(kill);
    machine.must(&["destroy", "--yes"]);
    assert_eq!(machine.left_over(), Vec::<String>::new());
}

#[test]
fn a_deployment_that_was_killed_half_way_is_continued() {
    let mut machine = Machine::new("");
    machine.use_script("sleep 3; exec \"$SERVICE\" \"$@\"");
    let mut child = machine.spawn(&["deploy"]);
    machine.wait_until(|status| status["tasks"].as_array().is_some_and(|it| !it.is_empty()));
    kill(child.id());
    child.wait().unwrap();

    // Nobody holds the lease of a process that is gone, so that nothing keeps the next command.
    assert_eq!(machine.must(&["unlock"]).stdout, "handbook: nobody is changing it\n");
    machine.must(&["deploy", "--ingest", "docs"]);
    machine.must(&["plan", "--detailed-exitcode"]);
    answers(&machine);
    let processes = Machine::healthy(&machine.status());
    machine.must(&["destroy", "--yes"]);
    assert!(!processes.into_iter().any(runs));
}
