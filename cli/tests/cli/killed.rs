//! The program killed at any call to AWS, as by `kill -9`: run again it goes on from what is there, without waiting for its own lease.

use std::{
    process::Stdio,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Duration,
};

use ragctl_cloud::Cloud;

use crate::sandbox::Sandbox;

/// Side by side, for most of a run is waiting.
const AT_ONCE: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_call_of_a_deployment_it_converges_when_it_is_run_again() {
    let (next, handle) = (AtomicUsize::new(1), tokio::runtime::Handle::current());
    thread::scope(|threads| {
        for _ in 0..AT_ONCE {
            threads.spawn(|| while killed(&handle, next.fetch_add(1, Ordering::Relaxed)) {});
        }
    });
    let calls = next.into_inner() - AT_ONCE;
    assert!(calls > 20, "a deployment has more calls than {calls} that change something");
}

/// Kills a deployment at its call with this number; whether it has so many.
fn killed(handle: &tokio::runtime::Handle, call: usize) -> bool {
    let cloud = handle.block_on(Cloud::start());
    let sandbox = Sandbox::fargate("good");
    cloud.stall_at(Some(call));
    let mut program = sandbox.command_on(&cloud, &["deploy", "--yes"]);
    let mut program = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let has_ended = loop {
        if cloud.stalled() {
            program.kill().unwrap();
            program.wait().unwrap();
            break false;
        }
        if let Some(status) = program.try_wait().unwrap() {
            assert!(status.success(), "call {call}");
            break true;
        }
        thread::sleep(Duration::from_millis(2));
    };
    cloud.stall_at(None);
    if has_ended {
        return false;
    }
    for args in [["deploy", "--yes"], ["plan", "--detailed-exitcode"], ["destroy", "--yes"]] {
        let ran = sandbox.run_on(&cloud, &args);
        assert_eq!(ran.code, 0, "{args:?} after a kill at call {call}: {ran:#?}");
    }
    assert_eq!(cloud.leftovers(), Vec::<String>::new(), "killed at call {call}");
    true
}
