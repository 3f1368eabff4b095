//! What becomes of the tasks that a supervisor finds when it starts. Pure.

use std::collections::BTreeSet;

use crate::{process::Marked, record::TaskRecord};

/// What becomes of the tasks that were found.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Adoption {
    /// They run on, and are watched again.
    pub(crate) kept: Vec<TaskRecord>,
    /// They run, and were on their way out or are of no known revision: they are stopped.
    pub(crate) stopped: Vec<TaskRecord>,
    /// They do not run any more.
    pub(crate) lost: Vec<TaskRecord>,
    /// Processes of tasks that the record does not name: they are ended.
    pub(crate) orphans: Vec<Marked>,
}

/// Sorts the tasks of the record, and the processes that carry the stack's mark.
pub(crate) fn sort(
    tasks: Vec<TaskRecord>,
    marked: Vec<Marked>,
    is_alive: impl Fn(&TaskRecord) -> bool,
    is_known: impl Fn(&TaskRecord) -> bool,
) -> Adoption {
    let mut found = Adoption::default();
    for task in tasks {
        let place = match (is_alive(&task), task.leaving || !is_known(&task)) {
            (false, _) => &mut found.lost,
            (true, true) => &mut found.stopped,
            (true, false) => &mut found.kept,
        };
        place.push(task);
    }
    // What a living task has started itself carries its name, and is its own business.
    let living: BTreeSet<&str> =
        found.kept.iter().chain(&found.stopped).map(|task| task.id.as_str()).collect();
    found.orphans = marked.into_iter().filter(|it| !living.contains(it.task.as_str())).collect();
    found
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use ragctl_stacks::resource::Digest;

    use super::*;

    fn task(id: &str, pid: u32, leaving: bool) -> TaskRecord {
        TaskRecord {
            id: id.into(),
            revision: Digest::of(&id),
            pid,
            started: 1,
            port: 1,
            started_at: Timestamp::UNIX_EPOCH,
            healthy_after_ms: None,
            leaving,
        }
    }

    #[test]
    fn each_process_finds_its_place() {
        let tasks = vec![
            task("well", 1, false),
            task("leaving", 2, true),
            task("dead", 3, false),
            task("unknown", 4, false),
        ];
        let mark = |pid, task: &str| Marked { pid, started: 1, task: task.into() };
        let marked = vec![mark(1, "well"), mark(9, "well"), mark(5, "nobody"), mark(6, "dead")];
        let found = sort(tasks, marked, |it| it.pid != 3, |it| it.id != "unknown");
        let ids = |tasks: &[TaskRecord]| tasks.iter().map(|it| it.pid).collect::<Vec<_>>();
        assert_eq!(ids(&found.kept), [1]);
        assert_eq!(ids(&found.stopped), [2, 4]);
        assert_eq!(ids(&found.lost), [3]);
        let orphans: Vec<_> = found.orphans.iter().map(|it| it.pid).collect();
        assert_eq!(orphans, [5, 6], "what a living task started is left to it");
    }
}
