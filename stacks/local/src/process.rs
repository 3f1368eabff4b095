//! What the system knows of processes. On Linux from `/proc`; elsewhere a process is known by its number alone.

use std::{fs, path::Path, time::Duration};

use ragctl_stacks::lease::Process;
use rustix::{
    io::Errno,
    process::{Pid, Signal, kill_process, kill_process_group, test_kill_process},
};

/// Clock ticks a second in `/proc`: `USER_HZ` is 100 on every architecture that Linux has today.
/// Source: <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
const TICKS: u64 = 100;

/// What `/proc/<pid>/stat` says of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    state: char,
    group: u32,
    user_ticks: u64,
    system_ticks: u64,
    started: u64,
}

/// When a process started, in clock ticks since the machine did; 0 where the system does not tell, `None` when it is dead.
pub(crate) fn started(pid: u32) -> Option<u64> {
    if !has_proc() {
        let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
        // What may not be killed by us is there.
        let answer = test_kill_process(pid);
        return matches!(answer, Ok(()) | Err(Errno::PERM)).then_some(0);
    }
    // A process that nobody has waited for yet is dead all the same.
    stat(pid).filter(|it| !matches!(it.state, 'Z' | 'X' | 'x')).map(|it| it.started)
}

/// Whether this very process lives, not another one that got its number later.
pub(crate) fn is_alive(pid: u32, started_at: u64) -> bool {
    started(pid) == Some(started_at)
}

/// This process, as a lease names it.
#[must_use]
pub fn this_process() -> Process {
    let id = std::process::id();
    Process { id, started: started(id).unwrap_or_default(), space: space() }
}

/// Whether a process that a lease names is certainly gone. `host` is the lease's; of another machine's processes, and of
/// those that a container counts for itself, nothing is known.
pub(crate) fn is_gone(host: &str, process: &Process) -> bool {
    let here = rustix::system::uname();
    here.nodename().to_bytes() == host.as_bytes()
        && process.space == space()
        && !is_alive(process.id, process.started)
}

/// Which processes this one sees, as the system names them.
fn space() -> String {
    let link = fs::read_link("/proc/self/ns/pid");
    link.map(|it| it.to_string_lossy().into_owned()).unwrap_or_default()
}

/// The CPU time that a process has used so far.
pub(crate) fn cpu_time(pid: u32) -> Option<Duration> {
    let stat = stat(pid)?;
    Some(Duration::from_millis((stat.user_ticks + stat.system_ticks) * 1000 / TICKS))
}

/// The memory of a process that lies in RAM, in bytes.
pub(crate) fn resident_bytes(pid: u32) -> Option<u64> {
    kibibytes(pid, "VmRSS:")
}

/// A line of a process' status, in bytes.
fn kibibytes(pid: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Asks a task and all that it started to end. Tasks lead their own groups.
pub(crate) fn terminate_group(pid: u32) {
    signal(pid, |pid| kill_process_group(pid, Signal::TERM));
}

/// Ends a task and all that it started at once.
pub(crate) fn kill_group(pid: u32) {
    signal(pid, |pid| kill_process_group(pid, Signal::KILL));
}

/// Has a process and all that it started stand still.
pub(crate) fn stop_group(pid: u32) {
    signal(pid, |pid| kill_process_group(pid, Signal::STOP));
}

/// Has them go on.
pub(crate) fn continue_group(pid: u32) {
    signal(pid, |pid| kill_process_group(pid, Signal::CONT));
}

/// Whether a process stands still, or is no more. A signal is not there yet when it was sent.
pub(crate) fn stands_still(pid: u32) -> bool {
    stat(pid).is_none_or(|it| matches!(it.state, 'T' | 't' | 'Z' | 'X' | 'x'))
}

/// The processes of a group, by its leader.
pub(crate) fn group(leader: u32) -> Vec<u32> {
    let Ok(entries) = fs::read_dir("/proc") else { return vec![leader] };
    let pids = entries.flatten().filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|it| it.group == leader)).collect()
}

/// The most memory of a process that ever lay in RAM, in bytes.
pub(crate) fn peak_resident_bytes(pid: u32) -> Option<u64> {
    kibibytes(pid, "VmHWM:")
}

/// Asks one process to end.
pub(crate) fn terminate(pid: u32) {
    signal(pid, |pid| kill_process(pid, Signal::TERM));
}

/// Ends one process at once.
pub(crate) fn kill(pid: u32) {
    signal(pid, |pid| kill_process(pid, Signal::KILL));
}

fn signal(pid: u32, send: impl Fn(Pid) -> rustix::io::Result<()>) {
    let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return };
    if let Err(error) = send(pid) {
        // It is gone already, mostly: then there is nothing left to do.
        tracing::debug!(%error, pid = pid.as_raw_pid(), "a signal did not arrive");
    }
}

/// A process that carries a mark of ours in its environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Marked {
    /// The process.
    pub(crate) pid: u32,
    /// When it started.
    pub(crate) started: u64,
    /// The task that it belongs to.
    pub(crate) task: String,
}

/// Every living process whose environment says that it is a task of the stack at `root`. Empty where there is no `/proc`.
pub(crate) fn tasks_of(root: &Path) -> Vec<Marked> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|it| it.file_name().to_str()?.parse::<u32>().ok());
    let marked = pids.filter_map(|pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let task = task_in(&environment, root)?;
        Some(Marked { pid, started: started(pid)?, task })
    });
    marked.collect()
}

/// The value of `RAGCTL_TASK`, when `RAGCTL_STACK_ROOT` is `root`.
fn task_in(environment: &[u8], root: &Path) -> Option<String> {
    let value = |name: &str| {
        let mut entries = environment.split(|byte| *byte == 0);
        entries.find_map(|it| it.strip_prefix(name.as_bytes())?.strip_prefix(b"="))
    };
    if value("RAGCTL_STACK_ROOT")? != root.as_os_str().as_encoded_bytes() {
        return None;
    }
    String::from_utf8(value("RAGCTL_TASK")?.to_vec()).ok()
}

fn has_proc() -> bool {
    cfg!(target_os = "linux")
}

fn stat(pid: u32) -> Option<Stat> {
    parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The name, in parentheses, may hold anything, so the fields are counted from its end.
fn parse(text: &str) -> Option<Stat> {
    let (_, after) = text.rsplit_once(')')?;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
    Some(Stat {
        state: fields.first()?.chars().next()?,
        group: u32::try_from(number(2)?).ok()?,
        user_ticks: number(11)?,
        system_ticks: number(12)?,
        started: number(19)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let text = "42 (a) b (c)) S 1 42 42 0 -1 4194560 5 0 0 0 70 30 0 0 20 0 1 0 987 1 2 3";
        let found = parse(text).unwrap();
        assert_eq!(
            found,
            Stat { state: 'S', group: 42, user_ticks: 70, system_ticks: 30, started: 987 }
        );
    }

    #[test]
    fn this_process_lives_and_another_with_its_number_does_not() {
        let pid = std::process::id();
        let at = started(pid).unwrap();
        assert!(is_alive(pid, at));
        assert!(!is_alive(pid, at + 1));
    }

    #[test]
    fn a_holder_is_gone_only_when_this_machine_knows_it() {
        let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let alive = this_process();
        let dead = Process { started: alive.started + 1, ..alive.clone() };
        let elsewhere = Process { space: "pid:[1]".to_owned(), ..dead.clone() };
        assert!(is_gone(&host, &dead));
        assert!(!is_gone(&host, &alive));
        assert!(!is_gone("another", &dead));
        assert!(!is_gone(&host, &elsewhere));
    }

    #[test]
    fn a_task_is_known_by_its_root_and_not_by_a_longer_one() {
        let environment = b"PATH=/bin\0RAGCTL_STACK_ROOT=/x/shop\0RAGCTL_TASK=abc-1\0";
        assert_eq!(task_in(environment, Path::new("/x/shop")), Some("abc-1".to_owned()));
        assert_eq!(task_in(environment, Path::new("/x/sho")), None);
        assert_eq!(task_in(b"PATH=/bin\0", Path::new("/x/shop")), None);
    }
}
