//! What exists and what runs, as it is kept in `record.json`. Only the supervisor writes it while it lives.

use std::collections::BTreeMap;

use jiff::Timestamp;
use ragctl_stacks::{
    address::{Address, Kind, Name},
    backend::{BackendError, Reply},
    resource::{
        Digest, LoadBalancer, Resource, ScalableTarget, Service, TargetGroup, TaskDefinition,
    },
    status::Rollout,
};
use serde::{Deserialize, Serialize};

use crate::folder::{self, Folder};

/// What exists and what runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// Version of this file's form.
    pub(crate) format: u32,
    /// Whose record it is.
    pub(crate) stack: String,
    /// How many times faster than real the timings run.
    pub(crate) time_scale: f64,
    /// The supervisor that wrote it last.
    pub(crate) supervisor: Option<Supervisor>,
    /// All that exists.
    pub(crate) resources: BTreeMap<Address, Resource>,
    /// What tasks run or ran, by the digest of its content.
    pub(crate) revisions: BTreeMap<String, TaskDefinition>,
    /// How the service is doing.
    pub(crate) service: ServiceRecord,
    /// Its tasks, oldest first.
    pub(crate) tasks: Vec<TaskRecord>,
}

/// A supervisor, and how it is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Supervisor {
    /// Its process.
    pub(crate) pid: u32,
    /// When the process started, as the system counts; a pid alone is used again.
    pub(crate) started: u64,
    /// Where it listens for commands.
    pub(crate) port: u16,
    /// What a command must show.
    pub(crate) token: String,
}

/// How the service is doing, beyond what was wanted of it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct ServiceRecord {
    /// How many tasks there should be while awake. Autoscaling owns it.
    pub(crate) count: u32,
    /// Whether it is scaled to zero.
    pub(crate) asleep: bool,
    /// The last rollout.
    pub(crate) rollout: Option<Rollout>,
    /// How many tasks were ever started; names the next one.
    pub(crate) started: u64,
}

/// A task's process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct TaskRecord {
    /// Its id.
    pub(crate) id: String,
    /// What it runs.
    pub(crate) revision: Digest,
    /// Its process.
    pub(crate) pid: u32,
    /// When the process started, as the system counts.
    pub(crate) started: u64,
    /// The loopback port that it was told to listen on.
    pub(crate) port: u16,
    /// When it was started.
    pub(crate) started_at: Timestamp,
    /// From its start to its first good health check.
    pub(crate) healthy_after_ms: Option<u64>,
    /// Whether it is on its way out.
    pub(crate) leaving: bool,
}

impl Record {
    /// The version that this program writes and reads.
    pub(crate) const FORMAT: u32 = 1;

    /// The record of a stack of which nothing exists.
    pub(crate) fn new(stack: &str, time_scale: f64) -> Self {
        Self {
            format: Self::FORMAT,
            stack: stack.to_owned(),
            time_scale,
            supervisor: None,
            resources: BTreeMap::new(),
            revisions: BTreeMap::new(),
            service: ServiceRecord::default(),
            tasks: Vec::new(),
        }
    }

    /// The record in `folder`; `None` when there is none.
    pub(crate) fn load(folder: &Folder) -> Reply<Option<Self>> {
        let path = folder.record();
        let Some(bytes) = folder::read(&path)? else { return Ok(None) };
        let unreadable = |reason| BackendError::RecordUnreadable { path: path.clone(), reason };
        parse(&bytes).map(Some).map_err(unreadable)
    }

    /// Writes the record to `folder`.
    pub(crate) fn save(&self, folder: &Folder) -> Reply<()> {
        let json = serde_json::to_vec_pretty(self).expect("a record has a JSON form");
        folder::write(&folder.record(), &json)
    }

    /// The service, if there is one.
    pub(crate) fn service(&self) -> Option<&Service> {
        self.resources.values().find_map(|it| match it {
            Resource::Service(it) => Some(it),
            _ => None,
        })
    }

    /// The target group that is called `name`.
    pub(crate) fn target_group(&self, name: &Name) -> Option<&TargetGroup> {
        match self.resources.get(&Address { kind: Kind::TargetGroup, name: name.clone() }) {
            Some(Resource::TargetGroup(it)) => Some(it),
            _ => None,
        }
    }

    /// The balancer, if there is one.
    pub(crate) fn load_balancer(&self) -> Option<&LoadBalancer> {
        self.resources.values().find_map(|it| match it {
            Resource::LoadBalancer(it) => Some(it),
            _ => None,
        })
    }

    /// The bounds of the count of tasks, if there are any.
    pub(crate) fn scalable_target(&self) -> Option<&ScalableTarget> {
        self.resources.values().find_map(|it| match it {
            Resource::ScalableTarget(it) => Some(it),
            _ => None,
        })
    }

    /// The content of a revision.
    pub(crate) fn revision(&self, digest: &Digest) -> Option<&TaskDefinition> {
        self.revisions.get(digest.as_str())
    }

    /// The port that clients use.
    pub(crate) fn port(&self) -> Option<u16> {
        Some(self.load_balancer()?.on_this_machine()?.0)
    }

    /// Where clients reach the stack.
    pub(crate) fn endpoint(&self) -> Option<String> {
        self.port().map(|port| format!("http://127.0.0.1:{port}"))
    }
}

/// What every version of the form has.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

fn parse(bytes: &[u8]) -> Result<Record, String> {
    let broken = |error: serde_json::Error| {
        format!(
            "it is broken ({error}); move it away and run `ragctl deploy`: the tasks that still run are found by themselves"
        )
    };
    let head: Head = serde_json::from_slice(bytes).map_err(broken)?;
    if head.format > Record::FORMAT {
        return Err(format!(
            "it was written by a newer ragctl (format {}, this one knows {}); use that one",
            head.format,
            Record::FORMAT
        ));
    }
    serde_json::from_slice(bytes).map_err(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_as_it_was_written() {
        let home = tempfile::tempdir().unwrap();
        let folder = Folder::new(home.path());
        let mut record = Record::new("shop", 60.0);
        record.supervisor = Some(Supervisor { pid: 1, started: 2, port: 3, token: "t".into() });
        record.save(&folder).unwrap();
        assert_eq!(Record::load(&folder).unwrap(), Some(record));
    }

    #[test]
    fn a_newer_record_is_refused_by_its_number() {
        let error = parse(br#"{"format": 2, "something": "else"}"#).unwrap_err();
        assert_eq!(
            error,
            "it was written by a newer ragctl (format 2, this one knows 1); use that one"
        );
    }

    #[test]
    fn a_broken_record_says_where_and_what_to_do() {
        let error = parse(br#"{"format": 1, "stack":"#).unwrap_err();
        assert!(error.contains("line 1") && error.contains("ragctl deploy"), "{error}");
    }
}
