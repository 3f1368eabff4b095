use insta::assert_snapshot;

use crate::sandbox::{Sandbox, fargate};

#[test]
fn a_plan_is_a_result_and_changes_nothing() {
    let sandbox = Sandbox::handbook();
    let ran = sandbox.run(&["plan"]);
    assert_snapshot!(ran.stdout, @r"
    handbook (local)
      + store/app             documents in .ragctl/handbook/store
      + task_definition/app   rag-service, 1024 CPU units, 2048 MiB
      + target_group/app      checks /health every 30s
      + load_balancer/app     port 8080
      + service/app           revision 53a36f695689
      + scalable_target/app   1 to 10 tasks
      + scaling_policy/cpu    70 % CPU
    7 to create, 0 to update, 0 to replace, 0 to delete
    first answer  0.07 s (0.01 s to 0.15 s) after a cold start
    rollout       0.07 s (0.01 s to 0.15 s)
    ");
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(!sandbox.has(".ragctl"));
}

#[test]
fn the_detailed_exit_code_tells_changes_from_none() {
    let sandbox = Sandbox::handbook();
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 2);
    assert_eq!(sandbox.run(&["plan"]).code, 0);
    let sandbox = sandbox.deployed();
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0);
    assert_snapshot!(sandbox.run(&["plan"]).stdout, @r"
    handbook (local)
    nothing to do: all is as the file says
    ");
}

#[test]
fn an_edited_file_is_planned_field_by_field() {
    let sandbox = Sandbox::handbook().deployed();
    sandbox.write(
        "ragctl.yaml",
        "stack: handbook\nautoscaling: {maximum: 3}\nstrategies: {keepalive: true}\n",
    );
    assert_snapshot!(sandbox.run(&["plan"]).stdout, @r"
    handbook (local)
      ~ scalable_target/app   maximum: 10 → 3
      + schedule/keepalive    GET /health at rate(10 minutes)
    1 to create, 1 to update, 0 to replace, 0 to delete
    first answer  0.07 s (0.01 s to 0.15 s) after a cold start
    rollout       0.07 s (0.01 s to 0.15 s)
    ");
}

#[test]
fn a_saved_plan_is_carried_out_exactly() {
    let sandbox = Sandbox::handbook();
    let ran = sandbox.run(&["plan", "--out", "p.plan"]);
    assert_eq!(ran.stderr, "`ragctl deploy --plan p.plan` carries it out\n");
    // The plan says what is done, whatever the file says meanwhile.
    sandbox.write("ragctl.yaml", "stack: handbook\nautoscaling: {maximum: 3}\n");
    assert_eq!(sandbox.run(&["deploy", "--plan", "p.plan"]).code, 0);
    let ran = sandbox.run(&["plan"]);
    assert!(ran.stdout.contains("maximum: 10 → 3"), "{}", ran.stdout);
}

#[test]
fn documents_are_not_deleted_because_new_ones_are_kept_elsewhere() {
    let sandbox = Sandbox::handbook().deployed();
    let file = "stack: handbook\nstore: {engine: postgres, url: env:DATABASE_URL}\n";
    sandbox.write("ragctl.yaml", file);
    let ran = sandbox.run(&["plan"]);
    assert!(ran.stdout.contains("secrets.DATABASE_URL: env:DATABASE_URL (new)"), "{}", ran.stdout);
    let summary = "0 to create, 1 to update, 1 to replace, 0 to delete\n";
    assert!(ran.stdout.contains(summary), "{}", ran.stdout);
    assert_eq!(sandbox.run(&["deploy"]).code, 0, "nothing is lost, so that nothing is asked");
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0);
    let told = sandbox.run(&["destroy"]).stderr;
    assert!(told.contains("deletes all documents in .ragctl/handbook/store"), "{told}");
}

#[test]
fn a_stale_plan_is_refused_and_nothing_is_done() {
    let sandbox = Sandbox::handbook();
    sandbox.run(&["plan", "--out", "p.plan"]);
    let sandbox = sandbox.deployed();
    let before = sandbox.read(".ragctl/handbook/fake.json");
    let ran = sandbox.run(&["deploy", "--plan", "p.plan"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains("error: the plan is out of date: `store/app` has changed since"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.ends_with("hint: nothing was changed; look at a new plan: `ragctl plan`\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(sandbox.read(".ragctl/handbook/fake.json"), before);
}

#[test]
fn what_is_no_plan_of_ours_is_refused() {
    let sandbox = Sandbox::handbook();
    sandbox.run(&["plan", "--out", "p.plan"]);
    let plan = sandbox.read("p.plan");
    for (text, reason) in [
        ("{", "the file is not a plan"),
        (&plan.replacen("\"format\": 1", "\"format\": 9", 1), "the plan has format 9"),
        (
            &plan.replacen("\"handbook\"", "\"other\"", 1),
            "is for `other` on target `local`, and the file is for `handbook` on target `local`",
        ),
    ] {
        sandbox.write("edited.plan", text);
        let ran = sandbox.run(&["deploy", "--plan", "edited.plan"]);
        assert_eq!(ran.code, 64, "{}", ran.stderr);
        assert!(ran.stderr.contains(reason), "{}", ran.stderr);
    }
    assert!(!sandbox.has(".ragctl"));
}

#[test]
fn a_service_program_that_is_not_there_is_told_with_where_it_was_looked_for() {
    let sandbox = Sandbox::with("stack: handbook\nservice: {binary: bin/missing}\n");
    let ran = sandbox.run_for_real(&["plan"]);
    assert_eq!(ran.code, 64);
    assert!(
        ran.stderr.contains("/bin/missing\nhint: correct `service.binary` in the file"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_plan_can_be_a_comment_on_a_pull_request() {
    let sandbox = Sandbox::handbook();
    let comment = sandbox.run(&["plan", "--markdown"]);
    assert_snapshot!(comment.told(), @r"
    exit code: 0
    stdout:
    ### handbook (local)

    **7 to create, 0 to update, 0 to replace, 0 to delete**

    ```diff
    +  store/app             documents in .ragctl/handbook/store
    +  task_definition/app   rag-service, 1024 CPU units, 2048 MiB
    +  target_group/app      checks /health every 30s
    +  load_balancer/app     port 8080
    +  service/app           revision 53a36f695689
    +  scalable_target/app   1 to 10 tasks
    +  scaling_policy/cpu    70 % CPU
    ```

    ```text
    first answer  [time] (0.01 s to [time]) after a cold start
    rollout       [time] (0.01 s to [time])
    ```
    ");
    let sandbox = sandbox.deployed();
    assert_eq!(
        sandbox.run(&["plan", "--markdown", "--detailed-exitcode"]).told(),
        "exit code: 0\nstdout:\n### handbook (local)\n\n**Nothing to do**: all is as the file says.\n"
    );
    sandbox.write("ragctl.yaml", "stack: handbook\nautoscaling: {maximum: 3}\n");
    let ran = sandbox.run(&["plan", "--markdown", "--detailed-exitcode"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stdout.contains("!~ scalable_target/app   maximum: 10 → 3\n"), "{}", ran.stdout);
}

#[test]
fn a_plan_is_markdown_or_json() {
    for args in [["plan", "--markdown", "--json"], ["--json", "plan", "--markdown"]] {
        let ran = Sandbox::handbook().run(&args);
        assert_eq!(ran.code, 64, "{args:?} {ran:?}");
        assert!(ran.stderr.contains("`--markdown` cannot be used with `--json`"), "{}", ran.stderr);
    }
}

#[test]
fn a_plan_says_what_it_does_to_seconds_and_dollars() {
    let file = |rest: &str| {
        format!(
            "{}aws: {{region: us-east-1}}\nbudget: {{image_size: 600, warm_up: 30s}}\n{rest}",
            fargate("good")
        )
    };
    let sandbox = Sandbox::with(&file("strategies: {prewarm: true}\n")).deployed();
    let tuned = file(
        "strategies: {prewarm: true}\nload_balancer: {health_check: {interval: 5s, timeout: 4s}}\n\
         autoscaling: {minimum: 2}\n",
    );
    sandbox.write("ragctl.yaml", &tuned);
    let ran = sandbox.run(&["plan"]);
    let (_, lines) = ran.stdout.split_once("0 to delete\n").unwrap();
    assert_snapshot!(lines, @r"
    first answer  86 s → 78 s, -7.5 s (51 s to 126 s) after a cold start
    rollout       116 s → 108 s, -7.5 s (81 s to 186 s)
    cost          63.42 → 103.11 $/month, +39.69 $/month
    ");
    let outlook = &sandbox.run(&["plan", "--json"]).document()["outlook"];
    assert_eq!(outlook["live"]["monthly_usd"], 63.416);
    assert_eq!(outlook["planned"]["monthly_usd"], 103.106);
    let planned = &sandbox.run(&["deploy", "--yes", "--json"]).events()[0];
    assert_eq!((&planned["event"], &planned["outlook"]), (&"planned".into(), outlook));
    let nothing = sandbox.run(&["plan"]);
    assert!(nothing.stdout.ends_with("nothing to do: all is as the file says\n"), "{nothing:?}");
    let gone = sandbox.run(&["destroy", "--yes", "--json"]);
    assert!(gone.events()[0]["outlook"].is_null(), "{}", gone.stdout);
}

#[test]
fn a_plan_that_is_read_back_from_json_is_the_same() {
    let sandbox = Sandbox::handbook();
    let ran = sandbox.run(&["plan", "--json"]);
    sandbox.write("p.plan", &ran.stdout);
    let deployed = sandbox.run(&["deploy", "--plan", "p.plan"]);
    assert_eq!(deployed.code, 0, "{}", deployed.stderr);
    assert!(deployed.stderr.contains("\nfirst answer  "), "{}", deployed.stderr);
}
