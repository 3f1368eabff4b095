//! Tuning and measuring on this machine. What it takes is looked at in order only: this machine may be busy.

use std::{
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use ragctl_cloud::{Answer, Cloud};
use serde_json::{Value, json};

use crate::{
    sandbox::{Ran, Sandbox},
    service_program::service,
};

/// Runs with the service's program, and without a limit of what two sizes take.
fn local(sandbox: &Sandbox, args: &[&str]) -> Ran {
    let mut command = sandbox.command_for_real(&[&["lambda"], args].concat());
    command.env("RAGCTL_SERVICE", service()).env("TMPDIR", sandbox.path("tmp"));
    fs::create_dir_all(sandbox.path("tmp")).unwrap();
    Ran::of(command.output().unwrap())
}

fn left(sandbox: &Sandbox) -> Vec<PathBuf> {
    fs::read_dir(sandbox.path("tmp")).unwrap().map(|it| it.unwrap().path()).collect()
}

const FEW: [&str; 8] = ["tune", "--local", "--sizes", "3008,512", "--runs", "2", "--cold", "1"];

#[test]
fn sizes_are_measured_without_aws_and_without_a_file() {
    let sandbox = Sandbox::empty();
    let ran = local(&sandbox, &[&FEW[..], &["--chart", "tune.svg", "--json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    let sizes = told["sizes"].as_array().unwrap();
    assert_eq!(sizes.len(), 2);
    for (size, mb) in sizes.iter().zip([512, 3008]) {
        assert_eq!((&size["outcome"], &size["memory_mb"]), (&"measured".into(), &mb.into()));
        assert_eq!((&size["cold"]["runs"], &size["warm"]["runs"]), (&1.into(), &2.into()));
        assert!(size["cold"]["init_ms"]["p50"].as_f64().unwrap() > 0.0, "{size}");
        assert!(size["warm"]["init_ms"].is_null(), "{size}");
        let usd = |sort: &str| size[format!("{sort}_usd_per_million")].as_f64().unwrap();
        assert!(usd("cold") > usd("warm") && usd("warm") > 0.2, "{size}");
    }
    assert!([512, 3008].contains(&told["choice"]["memory_mb"].as_u64().unwrap()));
    let limited = told["limited_by"].as_str().unwrap();
    assert!(limited.contains("control group") || limited.contains("signals"), "{limited}");
    assert!(sandbox.read("tune.svg").starts_with("<svg "));
    assert!(left(&sandbox).is_empty(), "its folder is gone");
}

#[test]
fn people_get_a_table_a_chart_and_the_reason() {
    let ran = local(&Sandbox::handbook(), &FEW);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("rag-service on this machine, its CPU limited by "));
    for words in [
        "\n  memory ",
        " 512 MB",
        " 3008 MB",
        "█",
        "chosen by cost",
        "MB is the cheapest of 2 sizes",
    ] {
        assert!(ran.stdout.contains(words), "{words}\n{}", ran.stdout);
    }
}

#[test]
fn cold_is_told_apart_from_warm_and_from_set_up_ahead() {
    let ran = local(&Sandbox::empty(), &["measure", "--local", "-n", "2", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let told: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(told["memory_mb"], 1769);
    for sort in ["cold", "warm", "ahead"] {
        assert_eq!(told[sort]["runs"], 2, "{told}");
        assert_eq!(told[sort]["init_ms"].is_null(), sort != "cold", "{told}");
    }
    assert!(told["speed_up"]["warm"].is_number() && told["speed_up"]["ahead"].is_number());
    let text = local(&Sandbox::empty(), &["measure", "--local", "-n", "1"]).stdout;
    assert!(text.contains("set up ahead") && text.contains("times sooner"), "{text}");
}

#[test]
fn an_event_that_the_service_refuses_is_told_with_its_words() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "event.json",
        r#"{"version": "2.0", "rawPath": "/nowhere", "headers": {},
        "requestContext": {"http": {"method": "GET", "path": "/nowhere"}}}"#,
    );
    let ran = local(&sandbox, &[&FEW[..], &["--payload", "event.json"]].concat());
    assert_eq!(ran.code, 1, "{}", ran.stdout);
    assert!(ran.stderr.contains("error: the function fails: it answered 404"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: "), "{}", ran.stderr);
}

#[test]
fn wrong_input_is_refused_before_anything_is_begun() {
    let sandbox = Sandbox::empty();
    for (args, words) in [
        (&["tune", "--local", "--sizes", "64"][..], "MB from 128 to 10240"),
        (&["tune", "--local", "--sizes", "128,20000"], "MB from 128 to 10240"),
        (&["tune", "--local", "--sizes", "half"], "MB from 128 to 10240"),
        (&["tune", "--local", "--runs", "0"], "0 is not in 1..=1000"),
        (&["tune", "--local", "--cold", "0"], "0 is not in 1..=100"),
        (&["tune", "--goal", "cheap"], "[possible values: cost, speed, balanced]"),
        (&["tune", "--payload", "a", "--question", "b"], "cannot be used with"),
        (&["measure", "-n", "0"], "0 is not in 1..=1000"),
        (&["tune", "--local", "--payload", "missing"], "missing cannot be read"),
        (&["tune"], "there is no ragctl.yaml"),
    ] {
        let ran = local(&sandbox, args);
        assert_eq!((ran.code, ran.stdout.as_str()), (64, ""), "{args:?}");
        assert!(ran.stderr.contains(words), "{args:?}\n{}", ran.stderr);
    }
}

#[test]
fn a_missing_program_and_a_target_without_functions_are_told_with_what_to_do() {
    let sandbox = Sandbox::handbook();
    let mut command = sandbox.command_for_real(&["lambda", "tune", "--local"]);
    let ran = Ran::of(command.env("RAGCTL_SERVICE", "nowhere").output().unwrap());
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("the service's program is not there"), "{}", ran.stderr);
    let ran = local(&sandbox, &["tune"]);
    assert_eq!(ran.code, 64);
    assert!(ran.stderr.contains("a stack on `local` has no function"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: `--local` "), "{}", ran.stderr);
}

#[test]
fn a_stack_that_is_not_deployed_has_nothing_to_tune_and_leaves_no_lease() {
    let file = "stack: handbook\ntarget: lambda\n";
    let sandbox = Sandbox::with(file);
    let cloud = Cloud::start_blocking();
    for command in ["tune", "measure"] {
        let ran = sandbox.run_on(&cloud, &["lambda", command]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert!(ran.stderr.contains("nothing is deployed for `handbook`"), "{}", ran.stderr);
    }
}

const BUNDLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../stacks/image/fixtures/bundle");

/// An account with a stack whose function uses 40 ms of a processor for each event.
fn deployed_on(cloud: &Cloud) -> Sandbox {
    let answer = Answer::returning(json!({"statusCode": 200, "body": "{}"}));
    cloud.with(|account| {
        let answer = answer.working(Duration::from_millis(40));
        account.region("us-east-1").plant_answer("handbook-app", answer);
    });
    let sandbox = Sandbox::with(&format!(
        "stack: handbook\ntarget: lambda\naws: {{region: us-east-1}}\nimage: {{bundle: '{BUNDLE}'}}\n"
    ));
    let ran = sandbox.run_on(cloud, &["deploy", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    sandbox
}

#[test]
fn a_function_on_aws_is_tuned_and_measured_and_stays_as_it_was() {
    let cloud = Cloud::start_blocking();
    let sandbox = deployed_on(&cloud);
    let tune = ["lambda", "tune", "--sizes", "128,1024,3008", "--runs", "2", "--cold", "1"];
    let ran = sandbox.run_on(&cloud, &tune);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("handbook-app in us-east-1\n"), "{}", ran.stdout);
    assert!(ran.stdout.contains("128 MB   654 ms  654 ms  100 ms  554 ms"), "{}", ran.stdout);
    // What it works in a millisecond costs the same up to a whole processor; what handing over takes does not.
    assert!(ran.stdout.contains("128 MB is the cheapest of 3 sizes"), "{}", ran.stdout);
    let price = r#"{"format": 1, "prices": [{"item": "lambda_gb_second", "architecture": "x86_64",
        "region": "us-east-1", "usd": 1.0, "date": "2026-11-01", "source": "our contract"}]}"#;
    sandbox.write("prices.json", price);
    let told = [&tune[..], &["--json", "--goal", "speed", "--prices", "prices.json"]].concat();
    let told = sandbox.run_on(&cloud, &told).document();
    assert_eq!(told["choice"]["memory_mb"], 3008);
    assert_eq!(told["tariff"]["gb_second_usd"], 1.0);
    let measured = sandbox.run_on(&cloud, &["lambda", "measure", "-n", "2", "--json"]).document();
    assert_eq!(measured["cold"]["init_ms"]["p50"], 100.0);
    assert_eq!((&measured["memory_mb"], &measured["ahead"]), (&json!(1769), &Value::Null));
    assert_eq!(sandbox.run_on(&cloud, &["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn a_stack_on_another_target_is_refused_with_what_to_do() {
    let cloud = Cloud::start_blocking();
    let sandbox = deployed_on(&cloud);
    let file =
        "stack: handbook\ntarget: fargate\naws: {region: us-east-1}\nservice: {image: 'a:1'}\n";
    sandbox.write("ragctl.yaml", file);
    for command in [&["plan"][..], &["deploy", "--yes"], &["destroy", "--yes"]] {
        let ran = sandbox.run_on(&cloud, command);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{command:?} {}", ran.stderr);
        let words = "error: the stack runs on lambda, and the file says fargate";
        assert!(ran.stderr.contains(words), "{}", ran.stderr);
        assert!(ran.stderr.contains("hint: take it down there first"), "{}", ran.stderr);
    }
}

#[test]
fn an_interruption_ends_it_and_leaves_nothing() {
    let sandbox = Sandbox::empty();
    fs::create_dir_all(sandbox.path("tmp")).unwrap();
    let mut command =
        sandbox.command_for_real(&["lambda", "tune", "--local", "--runs", "1000", "--cold", "100"]);
    command.env("RAGCTL_SERVICE", service()).env("TMPDIR", sandbox.path("tmp"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    while !left(&sandbox).iter().any(|it| it.join("data").exists()) {
        assert_eq!(child.try_wait().unwrap(), None, "it goes on for long");
        std::thread::sleep(Duration::from_millis(20));
    }
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!((ran.code, ran.stdout.as_str()), (130, ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("error: interrupted"), "{}", ran.stderr);
    assert!(left(&sandbox).is_empty());
}
