//! From a revision to a process.

use std::{collections::BTreeMap, env, ffi::OsString, io, net::TcpListener, process::Stdio};

use ragctl_stacks::resource::{Resource, TaskDefinition};
use tokio::process::{Child, Command};

use super::{log, program};
use crate::{control::Values, folder::Folder, process, record::Record};

/// What a task keeps of the supervisor's environment; everything else of it stays outside.
const KEPT: [&str; 4] = ["PATH", "HOME", "TZ", "LANG"];

/// The variables of a process.
pub(crate) type Environment = BTreeMap<OsString, OsString>;

/// Why a task could not be started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LaunchError {
    /// Its value went with the supervisor that had it.
    #[error(
        "the value of `{reference}` for {variable} is not known any more; `ragctl deploy` hands it over again"
    )]
    SecretUnknown { variable: String, reference: String },
    /// The system refused.
    #[error("it could not be started: {0}")]
    System(#[from] io::Error),
}

/// A task to start.
pub(crate) struct Launch<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) record: &'a Record,
    pub(crate) definition: &'a TaskDefinition,
    pub(crate) id: &'a str,
    pub(crate) port: u16,
    pub(crate) values: &'a Values,
}

/// A task that was started.
pub(crate) struct Launched {
    pub(crate) child: Child,
    pub(crate) pid: u32,
    pub(crate) started: u64,
}

impl Launch<'_> {
    /// Starts the process.
    pub(crate) fn start(&self) -> Result<Launched, LaunchError> {
        let environment = self.environment()?;
        let output = log::open(self.folder, self.id)?;
        let child = Command::new(program::copy_of(self.folder, self.definition))
            .arg("serve")
            .env_clear()
            .envs(&environment)
            .current_dir(self.folder.base())
            // Its own group: a signal reaches all that it starts, and none reaches it by accident.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .kill_on_drop(false)
            .spawn()?;
        let pid = child.id().ok_or_else(|| io::Error::other("it ended at once"))?;
        // A process that is gone already will be found ended; until then any start time does.
        let started = process::started(pid).unwrap_or_default();
        Ok(Launched { child, pid, started })
    }

    /// The variables of the process: the definition's, its secrets, and those that this machine decides.
    pub(crate) fn environment(&self) -> Result<Environment, LaunchError> {
        let mut all = Environment::new();
        let kept = KEPT.into_iter().filter_map(|name| Some((name.into(), env::var_os(name)?)));
        all.extend(kept);
        let definition = self.definition;
        if let Some(Resource::Store(store)) =
            definition.store.as_ref().and_then(|it| self.record.resources.get(it))
        {
            all.insert("DATA_DIR".into(), self.folder.at_base(&store.path).into());
        }
        all.extend(definition.environment.iter().map(|(name, value)| (name.into(), value.into())));
        for (variable, reference) in &definition.secrets {
            let value = self.values.0.get(reference).ok_or_else(|| LaunchError::SecretUnknown {
                variable: variable.clone(),
                reference: reference.clone(),
            })?;
            all.insert(variable.into(), value.into());
        }
        all.insert("HOST".into(), "127.0.0.1".into());
        all.insert("PORT".into(), self.port.to_string().into());
        all.insert("RAGCTL_TASK".into(), self.id.into());
        all.insert("RAGCTL_STACK_ROOT".into(), self.folder.root().into());
        Ok(all)
    }
}

/// A loopback port that nobody listens on now, and that no task of ours was told to use.
pub(crate) fn free_port(taken: impl Fn(u16) -> bool) -> io::Result<u16> {
    // Held until the end, so that the system does not offer the same port twice.
    let mut offered = Vec::new();
    loop {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let port = listener.local_addr()?.port();
        if !taken(port) {
            return Ok(port);
        }
        offered.push(listener);
    }
}

/// Whether someone listens on a port.
pub(crate) fn is_taken(port: u16) -> bool {
    TcpListener::bind(("127.0.0.1", port)).is_err()
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, path::Path, time::Duration};

    use ragctl_stacks::{
        address::{Address, Kind, Name},
        resource::{ContainerHealthCheck, Program, Store},
    };

    use super::*;

    fn definition() -> TaskDefinition {
        TaskDefinition {
            name: Name::app(),
            program: Program::Binary { path: "/bin/true".into(), version: "1".into() },
            cpu: 256,
            memory: 512,
            port: 8000,
            environment: BTreeMap::from([("PORT".into(), "8000".into()), ("A".into(), "b".into())]),
            secrets: BTreeMap::from([("KEY".into(), "env:KEY".into())]),
            health_check: ContainerHealthCheck {
                command: Vec::new(),
                interval: Duration::from_secs(30),
                timeout: Duration::from_secs(5),
                retries: 3,
                start_period: Duration::ZERO,
            },
            stop_timeout: Duration::from_secs(30),
            store: Some(Address::app(Kind::Store)),
            fargate: None,
        }
    }

    #[test]
    fn a_task_gets_what_its_definition_says_its_secrets_and_a_port_of_its_own() {
        let folder = Folder::new(Path::new("/x/.ragctl/shop"));
        let mut record = Record::new("shop", 1.0);
        let store = Store { name: Name::app(), path: "data".into() };
        record.resources.insert(Address::app(Kind::Store), store.into());
        let values = Values(BTreeMap::from([("env:KEY".into(), "s3cret".into())]));
        let definition = definition();
        let launch = Launch {
            folder: &folder,
            record: &record,
            definition: &definition,
            id: "abc-1",
            port: 4711,
            values: &values,
        };
        let found = launch.environment().unwrap();
        let value = |name: &str| found.get(&OsString::from(name)).unwrap().to_str().unwrap();
        assert_eq!(value("PORT"), "4711");
        assert_eq!(value("HOST"), "127.0.0.1");
        assert_eq!(value("DATA_DIR"), "/x/data");
        assert_eq!((value("A"), value("KEY")), ("b", "s3cret"));
        assert_eq!(
            (value("RAGCTL_TASK"), value("RAGCTL_STACK_ROOT")),
            ("abc-1", "/x/.ragctl/shop")
        );
        assert!(
            !found.contains_key(&OsString::from("CARGO_MANIFEST_DIR")),
            "nothing else leaks in"
        );
        let missing = Launch { values: &Values::default(), ..launch }.environment().unwrap_err();
        assert!(missing.to_string().contains("`env:KEY` for KEY"), "{missing}");
    }

    #[test]
    fn a_free_port_is_not_one_of_ours() {
        let first = free_port(|_| false).unwrap();
        assert_ne!(free_port(|port| port == first).unwrap(), first);
        let held = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        assert!(is_taken(held.local_addr().unwrap().port()));
    }
}
