use crate::machine::Machine;

#[test]
fn an_idle_stack_falls_asleep_and_the_next_question_wakes_it() {
    let machine = Machine::new("idle: {after: 60s}\n");
    machine.must(&["deploy", "--ingest", "docs", "--time-scale", "60"]);
    // Its last task may take a moment to end.
    let is_empty = |status: &serde_json::Value| status["tasks"].as_array().unwrap().is_empty();
    machine.wait_until(|status| status["state"] == "asleep" && is_empty(status));
    assert!(machine.must(&["status"]).stdout.contains("asleep; the next request wakes it"));
    assert_eq!(machine.status()["state"], "asleep", "looking does not wake it");
    let ran = machine.must(&["ask", "How long is the line of a kite?"]);
    assert!(ran.stdout.contains("forty metres"), "{ran:?}");
    assert_eq!(machine.status()["requests"]["wakes"], 1);
    // What was said of time stays until it is said anew.
    machine.must(&["deploy"]);
    assert_eq!(machine.status()["time_scale"], 60.0);
}
