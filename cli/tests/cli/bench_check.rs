use insta::assert_snapshot;
use serde_json::json;

use crate::sandbox::Sandbox;

/// A result with runs that took these seconds until ready.
fn result(ready: &[f64], strategies: &[&str]) -> String {
    let run = |ready: &f64| json!({"phases": {"bind": ready / 2.0}, "ready_s": ready, "first_query_s": 1.0 + ready / 10.0, "second_query_s": 0.4});
    let runs: Vec<_> = ready.iter().map(run).collect();
    json!({
        "format": 1, "stack": "handbook", "where": "this machine", "when": "2026-11-27",
        "strategies": strategies, "time_scale": 1.0, "runs": runs, "summary": {"runs": ready.len()}
    })
    .to_string()
}

const BEFORE: [f64; 6] = [5.0, 5.1, 5.2, 5.3, 5.4, 5.5];

/// A folder with a baseline and a result whose seconds are so many times as long.
fn measured(times: f64) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("last.json", &result(&BEFORE, &[]));
    sandbox.write("now.json", &result(&BEFORE.map(|it| it * times), &[]));
    sandbox
}

#[test]
fn a_result_within_its_budget_passes() {
    let ran = measured(1.01).run(&[
        "bench",
        "check",
        "--result",
        "now.json",
        "--budget",
        "p95=8s",
        "--budget",
        "bind.p50=2700ms",
        "--baseline",
        "last.json",
        "--fail-on-regression",
    ]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_snapshot!(ran.stdout, @r"
    handbook: 6 runs, 6 before
      figure            budget  now     before  change  verdict
      total p50                 6.78 s  6.72 s  +1 %    noise (p 0.70)
      total p95         8.00 s  7.11 s  7.05 s  +1 %    kept
      ready p50                 5.25 s  5.20 s  +1 %    noise (p 0.70)
      first-query p50           1.53 s  1.52 s  0 %     noise (p 0.70)
      second-query p50          0.40 s  0.40 s  0 %     noise (p 1.00)
      bind p50          2.70 s  2.63 s  2.60 s  +1 %    kept; noise (p 0.70)
    passed
    ");
}

#[test]
fn a_broken_budget_fails_with_a_code_of_its_own() {
    let ran = measured(1.0).run(&["bench", "check", "--result", "now.json", "--budget", "p95=7s"]);
    assert_eq!(ran.code, 5);
    assert_snapshot!(ran.stdout, @r"
    handbook: 6 runs
      figure     budget  now     before  change  verdict
      total p95  7.00 s  7.05 s                  broken
    failed: over budget
    ");
}

#[test]
fn what_got_slower_fails_where_that_is_asked_for() {
    let args = ["bench", "check", "--result", "now.json", "--baseline", "last.json"];
    let sandbox = measured(1.5);
    let told = sandbox.run(&args);
    assert_eq!(told.code, 0);
    assert!(told.stdout.ends_with("passed, and slower than before\n"), "{}", told.stdout);
    let failed = sandbox.run(&[&args[..], &["--fail-on-regression"]].concat());
    assert_eq!(failed.code, 5);
    assert_snapshot!(failed.stdout, @r"
    handbook: 6 runs, 6 before
      figure            budget  now     before  change  verdict
      total p50                 9.58 s  6.72 s  +43 %   slower by 2.89 s (p 0.0022)
      ready p50                 7.80 s  5.20 s  +50 %   slower by 2.63 s (p 0.0022)
      first-query p50           1.78 s  1.52 s  +17 %   slower by 0.26 s (p 0.0022)
      second-query p50          0.40 s  0.40 s  0 %     noise (p 1.00)
      bind p50                  3.90 s  2.60 s  +50 %   slower by 1.31 s (p 0.0022)
    failed: slower than before
    ");
    let json = sandbox.run(&[&args[..], &["--fail-on-regression", "--json"]].concat());
    let document = json.document();
    assert_eq!(
        (json.code, &document["passed"], &document["slower"]),
        (5, &false.into(), &true.into())
    );
    assert_eq!(document["rows"][0]["change"]["verdict"], "slower");
    assert_eq!(document["rows"][0]["figure"], "total");
}

#[test]
fn too_few_runs_are_said_to_be_too_few_and_fail_nothing() {
    let sandbox = measured(1.0);
    sandbox.write("now.json", &result(&[9.0, 9.1], &[]));
    let args = ["bench", "check", "--result", "now.json", "--baseline", "last.json"];
    let ran = sandbox.run(&[&args[..], &["--fail-on-regression"]].concat());
    assert_eq!(ran.code, 0);
    assert!(
        ran.stdout.contains("too few runs to tell a change from noise: 5 each"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_summary_is_appended_to_the_file_or_printed() {
    let sandbox = measured(1.5);
    sandbox.write("now.json", &result(&BEFORE, &["prewarm"]));
    sandbox.write("summary.md", "# The job\n\n");
    let args = [
        "bench",
        "check",
        "--result",
        "now.json",
        "--budget",
        "p50=6.5s",
        "--baseline",
        "last.json",
        "--markdown",
    ];
    let told = sandbox.run(&[&args[..], &["summary.md"]].concat());
    assert!(
        told.stderr.contains("warning: measured otherwise: strategies: none before, prewarm now"),
        "{}",
        told.stderr
    );
    let printed = sandbox.run(&[&args[..], &["-"]].concat());
    assert_eq!(sandbox.read("summary.md"), format!("# The job\n\n{}", printed.stdout));
    assert_snapshot!(printed.stdout, @r"
    ### Cold starts of handbook

    **failed: over budget**

    | figure | budget | now | before | change | verdict |
    | --- | --: | --: | --: | --: | --- |
    | total p50 | 6.50 s | 6.72 s | 6.72 s | 0 % | broken; noise (p 1.00) |
    | ready p50 |  | 5.20 s | 5.20 s | 0 % | noise (p 1.00) |
    | first-query p50 |  | 1.52 s | 1.52 s | 0 % | noise (p 1.00) |
    | second-query p50 |  | 0.40 s | 0.40 s | 0 % | noise (p 1.00) |
    | bind p50 |  | 2.60 s | 2.60 s | 0 % | noise (p 1.00) |

    6 runs, 6 before.

    ⚠ Measured otherwise: strategies: none before, prewarm now.
    ");
    let both = sandbox.run(&[&args[..], &["-", "--json"]].concat());
    assert_eq!(both.code, 64);
}

#[test]
fn what_cannot_be_checked_is_no_pass() {
    let sandbox = measured(1.0);
    sandbox.write("newer.json", r#"{"format": 2}"#);
    sandbox.write("broken.json", "ready: 5 s");
    let told = |args: &[&str]| {
        let ran = sandbox.run(&[&["bench", "check", "--result"], args].concat());
        assert_eq!(ran.code, 64, "{}", ran.told());
        ran.stderr
    };
    let limit = ["--budget", "p95=8s"];
    assert!(told(&["now.json"]).contains("required arguments"));
    assert!(told(&["now.json", "--budget", "p90=8s"]).contains("there are p50, p95, p99"));
    assert!(told(&["now.json", "--budget", "warm.p95=8s"]).contains("no run tells `warm`"));
    assert!(
        told(&[&["missing.json"], &limit[..]].concat()).contains("missing.json cannot be read")
    );
    assert!(told(&[&["newer.json"], &limit[..]].concat()).contains("the record has format 2"));
    let broken = told(&[&["broken.json"], &limit[..]].concat());
    assert!(broken.contains("is not a record of cold starts"), "{broken}");
    assert!(broken.contains("hint: `ragctl bench cold-start --json > FILE`"), "{broken}");
}
