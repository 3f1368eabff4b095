use std::{
    fs,
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::machine::Machine;

/// A folder for temporary files of its own, so that what is left in it is ours.
fn with_own_temp(machine: &Machine, args: &[&str]) -> Command {
    fs::create_dir_all(machine.path("docs/tmp")).unwrap();
    let mut command = machine.command(args);
    command.env("TMPDIR", machine.path("docs/tmp"));
    command
}

fn left_in_temp(machine: &Machine) -> Vec<String> {
    let names = fs::read_dir(machine.path("docs/tmp")).unwrap();
    names.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

/// The processes that were started with a folder in the machine's temporary one.
fn running_in_temp(machine: &Machine) -> String {
    let folder = machine.path("docs/tmp").display().to_string();
    let output = Command::new("ps").args(["-eo", "pid,args"]).output().unwrap();
    let all = String::from_utf8(output.stdout).unwrap();
    all.lines().filter(|line| line.contains(&folder)).collect()
}

fn of(spread: &Value) -> f64 {
    spread["p50"].as_f64().unwrap()
}

#[test]
fn cold_starts_are_forced_beside_the_deployed_stack_which_is_not_touched() {
    let machine = Machine::new("strategies: {prewarm: true}\n");
    machine.must(&["deploy"]);
    let before = machine.status();
    let args =
        ["bench", "cold-start", "-n", "2", "--warm", "3", "--save", "--json", "--out", "cold"];
    let output = with_own_temp(&machine, &args).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    assert_eq!(machine.status()["tasks"][0]["pid"], before["tasks"][0]["pid"]);
    assert_eq!(left_in_temp(&machine), Vec::<String>::new());

    let forced: Value = serde_json::from_slice(&output.stdout).unwrap();
    let kept: Value =
        serde_json::from_str(&fs::read_to_string(machine.path("cold")).unwrap()).unwrap();
    fs::remove_file(machine.path("cold")).unwrap();
    assert_eq!(kept, forced);
    assert_eq!(forced["strategies"], serde_json::json!(["prewarm"]));
    for run in forced["runs"].as_array().unwrap() {
        let phases: Vec<f64> =
            run["phases"].as_object().unwrap().values().map(|it| it.as_f64().unwrap()).collect();
        let (sum, ready) = (phases.iter().sum::<f64>(), run["ready_s"].as_f64().unwrap());
        assert_eq!(phases.len(), 4, "{run}");
        assert!(
            (sum - ready).abs() < 0.1,
            "the phases add up to {sum}, and it took {ready}: {run}"
        );
        assert_eq!(run["warm_s"].as_array().unwrap().len(), 3);
    }
    let predicted: Value =
        serde_json::from_str(&machine.must(&["budget", "--json"]).stdout).unwrap();
    assert_eq!(predicted["phases"][0]["basis"], "measured", "{predicted:#}");
}

#[test]
fn the_seeds_table_is_measured_and_ours_is_sooner_than_its_advice() {
    let machine = Machine::new("");
    fs::remove_file(machine.path("ragctl.yaml")).unwrap();
    // Slower than by default, and the better of two, which p50 is: all tests run at once here, and a port may be taken by another
    // one while a start is kept waiting before it binds it.
    let args = ["bench", "cold-start", "--provider-model", "seed", "--time-scale", "6", "-n", "2"];
    let args = [&args[..], &["--warm", "2", "--json"]].concat();
    let output = with_own_temp(&machine, &args).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{told}");
    let table: Value = serde_json::from_slice(&output.stdout).unwrap();
    let total = |of_whom: &str| of(&table[of_whom]["summary"]["total_s"]);
    // 10 s until it listens, 8 workers of 3.75 s in each of two pools, 4 s for the answer; and a busy machine's own.
    assert!((74.0..100.0).contains(&total("before")), "{table:#}");
    let ours = total("ours");
    assert!(17.75 < ours && ours < table["told"]["after"][2].as_f64().unwrap(), "{table:#}");
    let first = of(&table["ours"]["summary"]["first_query_s"]);
    assert!((4.0..12.0).contains(&first), "{table:#}");
    assert_eq!(left_in_temp(&machine), Vec::<String>::new());
}

#[test]
fn what_is_interrupted_leaves_no_process_and_no_folder() {
    let machine = Machine::new("");
    let args = ["bench", "cold-start", "--provider-model", "seed", "--time-scale", "1"];
    let mut child = with_own_temp(&machine, &args).spawn().unwrap();
    let began = Instant::now();
    while !running_in_temp(&machine).contains("programs") {
        assert!(began.elapsed() < Duration::from_secs(30), "no task was started");
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(left_in_temp(&machine), Vec::<String>::new());
    assert_eq!(running_in_temp(&machine), "");
}

#[test]
fn what_is_killed_leaves_no_process() {
    let machine = Machine::new("");
    let args = ["bench", "cold-start", "--provider-model", "seed", "--time-scale", "1"];
    let mut child = with_own_temp(&machine, &args).spawn().unwrap();
    let wait_until = |is_there: bool| {
        let began = Instant::now();
        while running_in_temp(&machine).contains("programs") != is_there {
            assert!(began.elapsed() < Duration::from_secs(30), "{}", running_in_temp(&machine));
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_until(true);
    child.kill().unwrap();
    child.wait().unwrap();
    wait_until(false);
}

#[test]
fn a_model_that_makes_no_sense_is_told_with_what_is_wrong() {
    let machine = Machine::new("");
    machine.write("docs/model.yaml", "format: 1\nname: mine\nworkers: 0\n");
    let ran = machine.run(&["bench", "cold-start", "--provider-model", "docs/model.yaml"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    assert!(ran.stderr.contains("missing field `connections`"), "{ran:?}");
}

#[test]
fn a_start_that_failed_by_chance_is_measured_anew() {
    let mut machine = Machine::new("");
    let count = machine.path("docs/starts").display().to_string();
    // The first start is the deployment's, the second one that of the first cold start.
    machine.use_script(&format!(
        "if [ \"$1\" = serve ]; then\n  echo start >> '{count}'\n  \
         [ \"$(wc -l < '{count}')\" -eq 2 ] && sleep 1 && exit 3\nfi\nexec \"$SERVICE\" \"$@\""
    ));
    let ran = machine.must(&["bench", "cold-start", "-n", "2", "--warm", "0", "--json"]);
    let forced: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(forced["runs"].as_array().unwrap().len(), 2);
    let starts = fs::read_to_string(&count).unwrap();
    // The one that failed, the one in its place, the one that was measured then, and the second.
    assert_eq!(starts.lines().count(), 5, "{starts}");
}

#[test]
fn a_service_that_does_not_start_is_told_with_its_last_words_and_leaves_nothing() {
    let mut machine = Machine::new("");
    machine.use_script("echo 'the store is of another version' >&2; exit 3");
    let args = ["bench", "cold-start", "--time-scale", "20"];
    let output = with_own_temp(&machine, &args).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("the store is of another version"), "{told}");
    assert!(told.contains("hint: see that the service starts"), "{told}");
    assert_eq!(left_in_temp(&machine), Vec::<String>::new());
    assert_eq!(running_in_temp(&machine), "");
}
