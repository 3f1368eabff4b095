//! The check that a task definition names, run beside the task with the task's own environment.

use std::{path::PathBuf, process::Stdio, time::Duration};

use ragctl_stacks::{
    resource::{Program, TaskDefinition},
    timing::container_check::Check,
};
use tokio::{process::Command, time::timeout};

use super::{launch::Environment, program};
use crate::{folder::Folder, process};

/// What is run, and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    program: PathBuf,
    args: Vec<String>,
    limit: Duration,
}

impl Run {
    /// The check of a definition, in ECS's words: `["CMD", program, …]`, `["CMD-SHELL", line]`; `["NONE"]` and nothing mean
    /// that there is none. The service's own program is the stack's copy of it.
    pub(crate) fn of(folder: &Folder, definition: &TaskDefinition) -> Option<Self> {
        let check = &definition.health_check;
        let mut words = check.command.iter().map(String::as_str);
        let (program, args): (&str, Vec<&str>) = match words.next()? {
            "NONE" => return None,
            "CMD" => (words.next()?, words.collect()),
            "CMD-SHELL" => ("/bin/sh", std::iter::once("-c").chain(words).collect()),
            program => (program, words.collect()),
        };
        let own = matches!(&definition.program, Program::Binary { path, .. } if path == program);
        let program =
            if own { program::copy_of(folder, definition) } else { PathBuf::from(program) };
        let args = args.into_iter().map(str::to_owned).collect();
        Some(Self { program, args, limit: check.timeout })
    }

    /// Runs the check; what takes too long is ended, and has failed. In real time: it waits for a process.
    pub(crate) async fn once(&self, environment: Environment, folder: PathBuf) -> Check {
        let child = Command::new(&self.program)
            .args(&self.args)
            .env_clear()
            .envs(environment)
            .current_dir(folder)
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                tracing::warn!(%error, program = %self.program.display(), "could not run a health check");
                return Check::Failed;
            }
        };
        let pid = child.id();
        match timeout(self.limit, child.wait()).await {
            Ok(Ok(status)) if status.success() => Check::Passed,
            Ok(_) => Check::Failed,
            Err(_) => {
                if let Some(pid) = pid {
                    process::kill_group(pid);
                }
                drop(child.wait().await);
                Check::Failed
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path};

    use ragctl_stacks::{address::Name, resource::ContainerHealthCheck};

    use super::*;

    fn run(command: &[&str], limit: Duration) -> Option<Run> {
        let definition = TaskDefinition {
            name: Name::app(),
            program: Program::Binary { path: "/opt/service".into(), version: "1".into() },
            cpu: 256,
            memory: 512,
            port: 8000,
            environment: BTreeMap::new(),
            secrets: BTreeMap::new(),
            health_check: ContainerHealthCheck {
                command: command.iter().map(|it| (*it).to_owned()).collect(),
                interval: Duration::from_secs(30),
                timeout: limit,
                retries: 3,
                start_period: Duration::ZERO,
            },
            stop_timeout: Duration::from_secs(30),
            store: None,
            fargate: None,
        };
        Run::of(&Folder::new(Path::new("/x/.ragctl/shop")), &definition)
    }

    #[tokio::test]
    async fn a_check_passes_by_its_exit_code_alone() {
        let second = Duration::from_secs(20);
        for (command, passes) in [
            (&["CMD", "/bin/sh", "-c", "exit 0"][..], Check::Passed),
            (&["CMD-SHELL", "exit 0"], Check::Passed),
            (&["CMD-SHELL", "exit 1"], Check::Failed),
            (&["/nowhere/to/be/found"], Check::Failed),
        ] {
            let found = run(command, second).unwrap().once(Environment::new(), "/".into()).await;
            assert_eq!(found, passes, "{command:?}");
        }
        assert_eq!(run(&["NONE"], second), None);
        assert_eq!(run(&[], second), None);
    }

    #[tokio::test]
    async fn a_check_that_hangs_is_ended_and_has_failed() {
        let hangs = run(&["CMD-SHELL", "sleep 60; exit 0"], Duration::from_millis(50)).unwrap();
        assert_eq!(hangs.once(Environment::new(), "/".into()).await, Check::Failed);
    }

    #[test]
    fn the_services_own_program_is_the_stacks_copy() {
        let own = run(&["CMD", "/opt/service", "healthcheck"], Duration::ZERO).unwrap();
        assert!(own.program.starts_with("/x/.ragctl/shop/programs"), "{own:?}");
        assert_eq!(own.args, ["healthcheck"]);
    }
}
