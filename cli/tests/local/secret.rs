use std::fs;

use crate::{holding::holding, machine::Machine, ran::Ran};

const CANARY: &str = "canary-7d1e4";

#[test]
fn a_secret_reaches_the_task_and_nothing_else() {
    let machine = Machine::new("service: {secrets: {TOKEN: env:CANARY}}\n");
    let ran = machine.run(&["deploy"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("the secret `env:CANARY` for TOKEN cannot be had"),
        "{}",
        ran.stderr
    );

    let ran = Ran::of(machine.command(&["deploy"]).env("CANARY", CANARY).output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{ran:?}");
    if cfg!(target_os = "linux") {
        let task = Machine::healthy(&machine.status())[0];
        let environment = fs::read(format!("/proc/{task}/environ")).unwrap();
        assert!(String::from_utf8_lossy(&environment).contains(&format!("TOKEN={CANARY}\0")));
    }
    assert_eq!(holding(CANARY, &machine.path(".ragctl")), Vec::<String>::new());
    for args in
        [&["status", "--json"][..], &["logs"], &["logs", "--supervisor"], &["plan", "--json"]]
    {
        let ran = machine.must(args);
        assert!(!ran.stdout.contains(CANARY), "{args:?}");
    }
}
