//! A version of a function takes over from another one, by its alias.

use serde::Serialize;

use crate::budget::{
    assumed::{PREPARE, PUBLISH},
    cold_start::ColdStart,
    range::Range,
};

/// How a version of a function takes over from another one. Nobody waits for the old one: what it has it finishes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct VersionRollout {
    /// How long all of it takes, in seconds.
    pub seconds: Range,
    /// Until the version may be called, in seconds. Assumed.
    #[serde(rename = "publish_s")]
    pub publish: Range,
    /// Until its sandboxes are set up ahead, in seconds; none: none are.
    #[serde(rename = "provision_s")]
    pub provision: Option<Range>,
    /// Until it has answered a question, in seconds.
    #[serde(rename = "probe_s")]
    pub probe: Range,
}

impl VersionRollout {
    pub(super) fn of(cold: &ColdStart) -> Self {
        // All of them are set up at the same time; what the first query warms is left for the probe.
        let provision = cold.ahead.map(|it| {
            let set_up = cold.beyond().zip(it.first_200, |all, left| (all - left).max(0.0));
            PREPARE + set_up
        });
        let probe = cold.first_200();
        let seconds = PUBLISH + provision.unwrap_or_default() + probe;
        Self { seconds, publish: PUBLISH, provision, probe }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::tests::{on_lambda, shape};

    fn rollout(lines: &str) -> VersionRollout {
        let stack = on_lambda(&format!("budget: {{warm_up: 5s}}\n{lines}"));
        VersionRollout::of(&ColdStart::of(&shape(&stack), &stack.budget, None))
    }

    #[test]
    fn without_sandboxes_ahead_the_probe_is_a_cold_start() {
        let plain = rollout("");
        assert_eq!(plain.provision, None);
        // One pool after the other, and a sandbox.
        assert!(plain.probe.typical > 10.0 && plain.probe.typical < 11.0, "{plain:?}");
        assert_eq!(plain.seconds, PUBLISH + plain.probe);
    }

    #[test]
    fn sandboxes_ahead_are_waited_for_and_then_asked() {
        let warm = "strategies: {prewarm: true, provisioned-concurrency: true}\n";
        let ahead = rollout(warm);
        let provision = ahead.provision.unwrap();
        assert!(provision.best >= 65.0 && provision.worst < 130.0, "{ahead:?}");
        assert_eq!(ahead.probe, Range::ZERO);
        // Without prewarm, they are warmed all the same.
        let alone = rollout("strategies: {provisioned-concurrency: true}\n");
        assert_eq!(alone.probe, Range::ZERO);
        assert!(alone.provision.unwrap().typical >= provision.typical, "{alone:?}");
    }
}
