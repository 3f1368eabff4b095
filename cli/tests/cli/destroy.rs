use std::time::Duration;

use insta::assert_snapshot;
use ragctl_cloud::{Cloud, Pace};

use crate::sandbox::{Sandbox, fargate, without_times};

#[test]
fn taking_down_says_what_is_lost_and_needs_the_name_or_consent() {
    let sandbox = Sandbox::handbook().deployed();
    let ran = sandbox.run(&["destroy"]);
    assert_snapshot!(ran.told(), @r"
    exit code: 64
    stderr:
    handbook (local)
      - scaling_policy/cpu
      - scalable_target/app
      - service/app
      - task_definition/app
      - store/app             deletes all documents in .ragctl/handbook/store
      - load_balancer/app
      - target_group/app
    0 to create, 0 to update, 0 to replace, 7 to delete
    error: taking the stack down needs your consent, and there is no terminal to ask on
    hint: `ragctl destroy --yes` agrees beforehand
    ");
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0, "nothing was deleted");
}

#[test]
fn nothing_is_left_but_the_file() {
    let sandbox = Sandbox::handbook().deployed();
    let ran = sandbox.run(&["destroy", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.starts_with("handbook is gone after "), "{}", ran.stdout);
    let left: Vec<_> =
        std::fs::read_dir(sandbox.path("")).unwrap().map(|it| it.unwrap().file_name()).collect();
    assert_eq!(left, ["ragctl.yaml"]);
}

#[test]
fn the_documents_can_be_kept() {
    let sandbox = Sandbox::handbook().deployed();
    let ran = sandbox.run(&["destroy", "--yes", "--keep-store"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.ends_with("; store/app was kept\n"), "{}", ran.stdout);
    assert!(!ran.stderr.contains("deletes all documents"), "{}", ran.stderr);
    let ran = sandbox.run(&["plan"]);
    assert!(!ran.stdout.contains("store/app"), "{}", ran.stdout);
    assert!(ran.stdout.contains("6 to create"), "{}", ran.stdout);
}

#[test]
fn documents_in_a_database_are_not_the_stacks() {
    let file = "stack: handbook\nstore: {engine: postgres, url: env:DATABASE_URL}\n";
    let sandbox = Sandbox::with(file).deployed();
    let ran = sandbox.run(&["destroy", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!ran.stderr.contains("deletes all documents"), "{}", ran.stderr);
    assert!(ran.stderr.contains("the documents are still in Postgres"), "{}", ran.stderr);
    let ran = sandbox.run(&["destroy", "--yes"]);
    assert_eq!(ran.stdout, "handbook: nothing was there\n");
    assert!(!ran.stderr.contains("Postgres"), "{}", ran.stderr);
}

#[test]
fn taking_down_what_is_not_there_is_done_already() {
    let sandbox = Sandbox::handbook();
    let ran = sandbox.run(&["destroy", "--yes"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "handbook: nothing was there\n"));
    assert!(!sandbox.has(".ragctl"));
}

#[test]
fn a_protected_stack_is_taken_down_by_its_name_alone() {
    let sandbox = Sandbox::with("stack: handbook\nprotected: true\n").deployed();
    let told = sandbox.run(&["destroy", "--yes"]).told();
    assert_eq!(sandbox.run(&["destroy"]).told(), told);
    assert_snapshot!(told, @r"
    exit code: 64
    stderr:
    error: `handbook` is protected, and there is no terminal to type its name on
    hint: nothing was changed; `ragctl destroy --confirm handbook` takes it down all the same
    ");
    for wrong in ["handboo", "Handbook", ""] {
        let ran = sandbox.run(&["destroy", "--yes", "--confirm", wrong]);
        assert_eq!(ran.code, 64, "{ran:?}");
        let told = format!("`--confirm {wrong}` does not name the stack, which is `handbook`\n");
        assert!(ran.stderr.contains(&told), "{}", ran.stderr);
    }
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0, "nothing was deleted");
    let ran = sandbox.run(&["destroy", "--confirm", "handbook"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(!sandbox.has(".ragctl"));
}

#[test]
fn a_wrong_name_is_refused_whether_the_stack_is_protected_or_not() {
    let sandbox = Sandbox::handbook().deployed();
    assert_eq!(sandbox.run(&["destroy", "--yes", "--confirm", "other"]).code, 64);
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0, "nothing was deleted");
    assert_eq!(sandbox.run(&["destroy", "--confirm", "handbook"]).code, 0);
}

#[test]
fn the_name_of_an_environments_stack_ends_in_the_environments() {
    let file = "stack: handbook\nenvironments: {production: {protected: true}}\n";
    let sandbox = Sandbox::with(file);
    let production =
        |args: &[&str]| sandbox.run(&[&["destroy", "--env", "production"], args].concat()).code;
    assert_eq!(production(&["--yes"]), 64);
    assert_eq!(production(&["--confirm", "handbook"]), 64);
    assert_eq!(production(&["--confirm", "handbook-production"]), 0);
    assert_eq!(sandbox.run(&["destroy", "--yes"]).code, 0, "without the environment it is not");
}

/// A stack behind CloudFront whose copies of the function take hours to go.
fn behind_cloudfront() -> (Sandbox, Cloud) {
    let cloud = Cloud::start_blocking();
    cloud.set_pace(Pace { replicas: Duration::from_secs(3600), ..Pace::default() });
    let at_the_edge = "idle: {after: 10m}\nstrategies: {edge-prewarm: true}\n";
    let sandbox = Sandbox::with(&(fargate("good") + at_the_edge));
    let ran = sandbox.run_on(&cloud, &["deploy", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(
        ran.stdout.contains(" at https://e") && ran.stdout.contains(".cloudfront.net"),
        "{ran:?}"
    );
    (sandbox, cloud)
}

/// The hours have passed: whatever CloudFront has copies of goes at once.
fn hours_later(cloud: &Cloud) {
    cloud.with(|account| account.forget_copies());
}

#[test]
fn what_only_time_removes_is_told_and_the_rest_is_done_later() {
    let (sandbox, cloud) = behind_cloudfront();
    let ran = sandbox.run_on(&cloud, &["destroy", "--yes"]);
    assert_eq!(ran.code, 4, "{ran:?}");
    assert_snapshot!(without_times(&ran.stdout), @r"
    handbook is gone after [time], but for what only time removes
    left for later, and `ragctl destroy` removes it then:
      secret/edge: `function/edge` needs it until then
      role/edge: `function/edge` needs it until then
      function/edge: CloudFront removes its copies of the function within a few hours
    ");
    let json = sandbox.run_on(&cloud, &["destroy", "--yes", "--json"]);
    let last = json.events().pop().unwrap();
    assert_eq!((json.code, &last["event"], &last["deleted"]), (4, &"destroyed".into(), &0.into()));
    assert_eq!(last["postponed"].as_object().unwrap().len(), 3);
    hours_later(&cloud);
    let ran = sandbox.run_on(&cloud, &["destroy", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(cloud.leftovers(), Vec::<String>::new());
}

#[test]
fn a_deployment_that_leaves_the_same_behind_is_done() {
    let (sandbox, cloud) = behind_cloudfront();
    sandbox.write("ragctl.yaml", &(fargate("good") + "idle: {after: 10m}\n"));
    let ran = sandbox.run_on(&cloud, &["deploy", "--yes"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(
        ran.stdout
            .contains("left for later, and `ragctl deploy` removes it then:\n  secret/edge: "),
        "{ran:?}"
    );
    hours_later(&cloud);
    let ran = sandbox.run_on(&cloud, &["deploy", "--yes"]);
    assert!(ran.code == 0 && !ran.stdout.contains("later"), "{ran:?}");
    assert_eq!(sandbox.run_on(&cloud, &["plan", "--detailed-exitcode"]).code, 0);
}
