use std::time::{Duration, Instant};

use ragctl_cloud::{Cloud, Faults};

use crate::sandbox::Sandbox;

/// What is added to each call, so that what is printed says something of a real account.
const DELAY: Duration = Duration::from_millis(50);

/// Prints what each switch takes, where it is asked for: `-- --nocapture`.
#[test]
fn each_strategy_is_switched_on_and_off_on_aws_and_then_nothing_is_planned() {
    for name in ["prewarm", "reduced-workers", "async-init", "keepalive", "edge-prewarm"] {
        let (sandbox, cloud) = (Sandbox::fargate("good"), Cloud::start_blocking());
        assert_eq!(sandbox.run_on(&cloud, &["deploy", "--yes"]).code, 0);
        let before = sandbox.run_on(&cloud, &["render", "--format", "aws-json"]).stdout;
        cloud.set_faults(Faults { delay: DELAY, ..Faults::default() });
        for verb in ["enable", "disable"] {
            cloud.clear_calls();
            let began = Instant::now();
            let ran = sandbox.run_on(&cloud, &["strategy", verb, name, "--yes"]);
            let took = began.elapsed();
            assert_eq!(ran.code, 0, "{verb} {name}: {ran:?}");
            let calls = cloud.calls();
            let changing = calls.iter().filter(|it| it.mutating).count();
            assert!(changing > 2, "more than the lease: {verb} {name}");
            println!(
                "| `ragctl strategy {verb} {name}` | {} | {changing} | {:.1} s |",
                calls.len(),
                took.as_secs_f64()
            );
            let plan = sandbox.run_on(&cloud, &["plan", "--detailed-exitcode"]);
            assert_eq!(plan.code, 0, "after {verb} {name}: {plan:?}");
        }
        let after = sandbox.run_on(&cloud, &["render", "--format", "aws-json"]).stdout;
        assert_eq!(before, after, "{name} leaves nothing behind in the file");
    }
}
