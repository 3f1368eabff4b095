//! The life of a stack, and what it calls for each purpose.

use ragctl_aws::{AwsBackend, Policy, Purpose, Reach, policy};
use ragctl_cloud::{ACCOUNT, Call};
use ragctl_stacks::{
    backend::{Backend, BackendError},
    desired::Desired,
    lease::Lease,
    plan::Scope,
};

use serde_json::json;

use super::evaluator::refusal;
use crate::support::{Deployed, Home, carry_out, desired, stack};

/// The region of every stack here.
pub(crate) const REGION: &str = "eu-west-1";

/// A life under way.
pub(crate) struct Life {
    pub(crate) home: Home,
    /// The file that was deployed last.
    file: Option<String>,
    /// Every call, and what it was for.
    pub(crate) calls: Vec<(Purpose, Call)>,
    /// Every policy that was printed.
    pub(crate) policies: Vec<(Purpose, Policy)>,
    refused: Vec<String>,
    /// What others had before.
    others: Option<Vec<String>>,
}

impl Life {
    pub(crate) async fn new() -> Self {
        let home = crate::lambda::home().await;
        Self {
            home,
            file: None,
            calls: Vec::new(),
            policies: Vec::new(),
            refused: Vec::new(),
            others: None,
        }
    }

    /// Plans and deploys each file in turn, then plans and destroys.
    pub(crate) async fn through(files: &[String]) -> Self {
        let mut life = Self::new().await;
        for file in files {
            life.deploys(file).await.well();
        }
        life.ends().await;
        life
    }

    /// Plans and deploys a file.
    pub(crate) async fn deploys(&mut self, file: &str) -> Deployed {
        let cloud = &self.home.cloud;
        self.others.get_or_insert_with(|| cloud.leftovers());
        let backend = self.home.backend(file).await;
        backend.live().await.unwrap();
        self.judge(Purpose::Plan, file);

        let backend = self.home.backend(file).await;
        let deployed = leased(&backend, async || carry_out(&backend, &desired(file)).await).await;
        // What `ragctl status`, `logs`, `bench import` and `rollback` ask for.
        backend.status().await.unwrap();
        let reach = Reach { tasks: 50, since: jiff::Timestamp::UNIX_EPOCH };
        backend.cold_times(reach).await.unwrap();
        backend.tail(None, 10).await.unwrap();
        backend.revisions().await.unwrap();
        // What `ragctl wake` and `ragctl sleep` ask for, where the stack can.
        self.home.cloud.with(|account| {
            account
                .region(REGION)
                .plant_answer("handbook-wake", json!({"state": "waking", "changed": true}));
        });
        match backend.wake().await {
            Ok(_) | Err(BackendError::NeverSleeps) => {}
            Err(error) => panic!("{error}"),
        }
        self.judge(Purpose::Deploy, file);
        self.file = Some(file.to_owned());
        deployed
    }

    /// Destroys what was deployed; nothing may be left.
    pub(crate) async fn ends(&mut self) {
        let file = self.file.clone().unwrap();
        let backend = self.home.backend(&file).await;
        let nothing = Desired::nothing(Scope::of(&stack(&file)));
        leased(&backend, async || carry_out(&backend, &nothing).await.well()).await;
        self.judge(Purpose::Destroy, &file);
        assert_eq!(Some(self.home.cloud.leftovers()), self.others);
    }

    /// Holds the calls since the last time against the policy of this file, and of the one before, whose things it may
    /// have to remove.
    pub(crate) fn judge(&mut self, purpose: Purpose, file: &str) {
        let calls = self.home.cloud.calls();
        self.home.cloud.clear_calls();
        let print = |file: &str| policy(&stack(file), REGION, ACCOUNT, purpose);
        let policies: Vec<Policy> =
            [Some(file), self.file.as_deref()].into_iter().flatten().map(print).collect();
        let refused = calls.iter().filter_map(|call| refusal(&policies, call));
        self.refused.extend(refused.map(|it| format!("{purpose:?}: {it}")));
        self.calls.extend(calls.into_iter().map(|call| (purpose, call)));
        self.policies.extend(policies.into_iter().map(|policy| (purpose, policy)));
    }

    /// No call may have been refused.
    #[track_caller]
    pub(crate) fn was_allowed(self) -> Self {
        assert!(self.refused.is_empty(), "{:#?}", self.refused);
        self
    }
}

/// Does something while it holds the lease.
async fn leased<T>(backend: &AwsBackend, work: impl AsyncFnOnce() -> T) -> T {
    let now = jiff::Timestamp::now();
    let lease = Lease {
        format: Lease::FORMAT,
        id: "ours".to_owned(),
        holder: "someone".to_owned(),
        host: "here".to_owned(),
        process: None,
        command: "ragctl deploy".to_owned(),
        taken_at: now,
        expires_at: now + Lease::LASTS,
    };
    backend.take_lease(&lease).await.unwrap();
    // It is renewed while the work goes on.
    backend.take_lease(&lease.renewed(now)).await.unwrap();
    let done = work().await;
    backend.release_lease("ours").await.unwrap();
    done
}
