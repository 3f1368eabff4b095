use crate::machine::Machine;

#[test]
fn each_strategy_goes_on_and_off_while_the_stack_answers() {
    let machine = Machine::new("");
    machine.must(&["deploy", "--ingest", "docs"]);
    for name in ["prewarm", "reduced-workers", "async-init", "keepalive"] {
        for verb in ["enable", "disable"] {
            let ran = machine.must(&["strategy", verb, name, "--yes"]);
            assert!(ran.stdout.contains("handbook is up at "), "{ran:?}");
            machine.must(&["plan", "--detailed-exitcode"]);
            let ran = machine.must(&["ask", "How long is the line of a kite?"]);
            assert!(ran.stdout.contains("forty metres"), "{verb} {name}: {ran:?}");
        }
    }
}

#[test]
fn a_strategy_changes_what_runs() {
    let machine = Machine::new("");
    machine.must(&["deploy", "--ingest", "docs"]);
    let pool = || {
        let shown = machine.must(&["status", "--json"]).stdout;
        let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
        shown["health"]["pools"]["embedding"].clone()
    };
    assert_eq!(pool()["state"], "cold");
    machine.must(&["ask", "How long is the line of a kite?"]);
    assert_eq!((&pool()["workers"], &pool()["state"]), (&8.into(), &"ready".into()));
    machine.must(&["strategy", "enable", "prewarm"]);
    machine.must(&["strategy", "enable", "reduced-workers", "--set", "workers=2"]);
    assert_eq!((&pool()["workers"], &pool()["state"]), (&2.into(), &"ready".into()));
    machine.must(&["strategy", "enable", "keepalive"]);
    assert_eq!(machine.status()["schedules"][0]["address"], "schedule/keepalive");
}
