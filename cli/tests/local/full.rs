//! A disk that is really full.

use crate::machine::Machine;

/// The size of the disk.
const SIZE: usize = 4 << 20;

#[test]
fn a_disk_that_is_full_from_the_start_is_told_and_leaves_nothing() {
    let Some(machine) = Machine::on_disk(SIZE) else { return };
    machine.disk().fill_but(0);
    let ran = machine.run(&["deploy"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("lease.json cannot be written\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("caused by: No space left on device"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: make room on that disk\n"), "{}", ran.stderr);
    assert_eq!(machine.left_over(), ["fill"]);
    machine.disk().free();
    machine.must(&["deploy", "--ingest", "docs"]);
    answers(&machine);
}

#[test]
fn a_disk_without_room_for_the_program_is_told_with_what_is_done_and_what_is_left() {
    let Some(machine) = Machine::on_disk(SIZE) else { return };
    machine.disk().fill_but(512 << 10);
    let ran = machine.run(&["deploy"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("error: could not create `task_definition/app`\n"), "{ran:?}");
    assert!(ran.stderr.contains("/.ragctl/handbook/programs/"), "{}", ran.stderr);
    assert!(ran.stderr.contains("caused by: No space left on device"), "{}", ran.stderr);
    let hint = "hint: make room on that disk;\n      3 of 7 steps are done; `ragctl deploy` again";
    assert!(ran.stderr.contains(hint), "{}", ran.stderr);
    let programs = std::fs::read_dir(machine.path(".ragctl/handbook/programs")).unwrap();
    assert_eq!(programs.count(), 0, "no half of a program is left");
    machine.disk().free();
    machine.must(&["deploy", "--ingest", "docs"]);
    answers(&machine);
}

#[test]
fn a_disk_that_fills_while_documents_come_loses_none_and_takes_the_rest_later() {
    let Some(machine) = Machine::on_disk(8 * SIZE) else { return };
    machine.must(&["deploy", "--ingest", "docs"]);
    // One after the other, so that the disk is full before the last.
    for number in 0..8 {
        machine.write(&format!("docs/long-{number}.md"), &long(number));
    }
    machine.disk().fill_but(1 << 20);
    let ran = machine.run(&["ingest", "docs"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    let refused = ": no space is left on the disk of the documents (507)\n";
    assert!(ran.stderr.contains(refused), "{}", ran.stderr);
    assert!(ran.stderr.contains(" of 10 files were not taken in\n"), "{}", ran.stderr);
    let told = |number: usize| ran.stderr.contains(&format!("failed: docs/long-{number}.md: "));
    let whole = (0..8).filter(|number| !told(*number)).count();
    answers(&machine);
    let kept = documents(&machine);

    machine.disk().free();
    let ran = machine.must(&["ingest", "docs"]);
    assert!(ran.stdout.starts_with("10 documents taken in "), "{ran:?}");
    let after = documents(&machine);
    assert!(kept.iter().all(|it| after.contains(it)), "{kept:?} {after:?}");
    assert!(kept.len() >= 2 + whole && after.len() == 10, "{kept:?} {after:?}");
    answers(&machine);
}

#[test]
fn a_change_on_a_full_disk_is_refused_and_the_stack_serves_on() {
    let Some(machine) = Machine::on_disk(SIZE) else { return };
    machine.must(&["deploy", "--ingest", "docs"]);
    machine.write_stack("strategies: {prewarm: true}\n");
    machine.disk().fill_but(0);
    let ran = machine.run(&["deploy"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("caused by: No space left on device"), "{}", ran.stderr);
    answers(&machine);
    // A task that ends meanwhile is replaced: nothing of that needs room.
    let old = Machine::healthy(&machine.status())[0];
    crate::machine::kill(old);
    machine.wait_until(|status| Machine::healthy(status).iter().any(|pid| *pid != old));
    answers(&machine);
    let notes = machine.status()["notes"].to_string();
    assert!(notes.contains("record.json cannot be written: No space left on device"), "{notes}");

    // There is room to begin with, and none for the new program.
    machine.change_program();
    machine.disk().fill_but(256 << 10);
    let ran = machine.run(&["deploy"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("error: could not replace `task_definition/app`\n"), "{ran:?}");
    assert!(ran.stderr.contains("hint: make room on that disk;\n"), "{ran:?}");
    answers(&machine);

    machine.disk().free();
    machine.must(&["deploy"]);
    machine.must(&["plan", "--detailed-exitcode"]);
    answers(&machine);
    let notes = machine.status()["notes"].to_string();
    assert!(!notes.contains("record.json"), "{notes}");
}

/// A document of some 250 KB in which no two words are alike, so that it takes as much room in the store.
fn long(number: usize) -> String {
    (0..25_000).map(|word| format!("w{number}x{word:06}\n")).collect()
}

/// The names of all documents that the service keeps.
fn documents(machine: &Machine) -> Vec<String> {
    let url = format!("http://127.0.0.1:{}/documents?page_size=200", machine.port);
    let output = std::process::Command::new("curl").args(["-fsS", &url]).output().unwrap();
    let listed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let documents = listed["documents"].as_array().unwrap().iter();
    documents.map(|it| it["file_path"].as_str().unwrap().to_owned()).collect()
}

fn answers(machine: &Machine) {
    let ran = machine.must(&["ask", "How long is the line of a kite?"]);
    assert!(ran.stdout.contains("forty metres"), "{ran:?}");
}
