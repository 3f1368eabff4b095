use serde_json::Value;

use crate::machine::Machine;

#[test]
fn each_strategy_goes_on_and_off_while_the_stack_answers() {
    let machine = Machine::new("");
    machine.must(&["deploy", "--ingest", "docs"]);
    for name in ["prewarm", "reduced-workers", "async-init", "keepalive", "edge-prewarm"] {
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
    machine.must(&["deploy"]);
    let pool = |machine: &Machine| {
        let shown = machine.must(&["status", "--json"]).stdout;
        let shown: Value = serde_json::from_str(&shown).unwrap();
        shown["health"]["pools"]["embedding"].clone()
    };
    assert_eq!(pool(&machine)["state"], "cold", "nothing is warmed before it is needed");
    machine.must(&["strategy", "enable", "prewarm"]);
    assert_eq!(pool(&machine)["state"], "ready", "it takes requests when it is warm");
    // The first worker makes a pool ready; the others come behind it.
    machine.wait_until(|_| pool(&machine)["workers"] == 8);
    machine.must(&["strategy", "enable", "reduced-workers", "--set", "workers=2"]);
    machine.wait_until(|_| pool(&machine)["workers"] == 2);
    machine.must(&["strategy", "enable", "keepalive"]);
    assert_eq!(machine.status()["schedules"][0]["address"], "schedule/keepalive");
}
