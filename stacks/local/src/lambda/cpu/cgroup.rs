//! A share of the processors by the kernel, where this user may make a control group.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

/// Where control groups are: version 1 with a folder for the CPU, and version 2.
const V1: &str = "/sys/fs/cgroup/cpu";
const V2: &str = "/sys/fs/cgroup";

/// How often it is tried to take a group away: it cannot be, before its last process is.
const TRIES: u32 = 50;

/// A control group, which is taken away when it is dropped.
#[derive(Debug)]
pub(super) struct Cgroup(PathBuf);

impl Cgroup {
    /// A group for one process and all that it starts; none where there can be none.
    pub(super) fn with(pid: u32, share: f64, period: Duration) -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("ragctl-lambda-{}-{number}", std::process::id());
        // Whole microseconds, and no less than the kernel takes.
        let quota = Duration::max(period.mul_f64(share), Duration::from_millis(1)).as_micros();
        let period = period.as_micros();
        let made = if Path::new(V1).join("cpu.cfs_quota_us").exists() {
            let limits = [
                ("cpu.cfs_period_us", period.to_string()),
                ("cpu.cfs_quota_us", quota.to_string()),
            ];
            Self::made(Path::new(V1).join(name), &limits, pid)
        } else {
            let limits = [("cpu.max", format!("{quota} {period}"))];
            Self::made(Path::new(V2).join(name), &limits, pid)
        };
        made.inspect_err(|error| tracing::debug!(%error, "no control group for a sandbox")).ok()
    }

    fn made(path: PathBuf, limits: &[(&str, String)], pid: u32) -> io::Result<Self> {
        fs::create_dir(&path)?;
        // Taken away again when a limit is refused, as where the controller is not delegated.
        let group = Self(path);
        for (file, value) in limits {
            fs::write(group.0.join(file), value)?;
        }
        fs::write(group.0.join("cgroup.procs"), pid.to_string())?;
        Ok(group)
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        for _ in 0..TRIES {
            match fs::remove_dir(&self.0) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                _ => return,
            }
        }
        tracing::debug!(group = %self.0.display(), "a control group is left");
    }
}
