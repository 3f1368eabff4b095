//! A share of the processors by the kernel, where this user may make a control group.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Once,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use crate::process;

/// Where control groups are: version 1 with a folder for the CPU, and version 2.
const V1: &str = "/sys/fs/cgroup/cpu";
const V2: &str = "/sys/fs/cgroup";

/// What the names of our groups begin with; then come the number of the process that made them, and theirs.
const PREFIX: &str = "ragctl-lambda-";

/// How often it is tried to take a group away, each a millisecond after the last: it cannot be, before its last process is.
const TRIES: u32 = 200;

/// A control group, which is taken away when it is dropped.
#[derive(Debug)]
pub(super) struct Cgroup {
    path: PathBuf,
    /// The file, and the word, by which the limit is lifted.
    lift: (&'static str, &'static str),
}

impl Cgroup {
    /// A group for one process and all that it starts; none where there can be none.
    pub(super) fn with(pid: u32, share: f64, period: Duration) -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        static SWEPT: Once = Once::new();
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        // Whole microseconds, and no less than the kernel takes.
        let quota = Duration::max(period.mul_f64(share), Duration::from_millis(1)).as_micros();
        let period = period.as_micros();
        let v1 = ["cpu.cfs_period_us", "cpu.cfs_quota_us"];
        let (root, lift) = match Path::new(V1).join(v1[1]).exists() {
            true => (V1, (v1[1], "-1")),
            false => (V2, ("cpu.max", "max")),
        };
        let limits = match root {
            V1 => vec![(v1[0], period.to_string()), (v1[1], quota.to_string())],
            _ => vec![("cpu.max", format!("{quota} {period}"))],
        };
        SWEPT.call_once(|| sweep(Path::new(root)));
        let made = Self { path: Path::new(root).join(name), lift }.made(&limits, pid);
        made.inspect_err(|error| tracing::debug!(%error, "no control group for a sandbox")).ok()
    }

    fn made(self, limits: &[(&str, String)], pid: u32) -> io::Result<Self> {
        // Taken away again when a limit is refused, as where the controller is not delegated.
        fs::create_dir(&self.path)?;
        for (file, value) in limits {
            fs::write(self.path.join(file), value)?;
        }
        fs::write(self.path.join("cgroup.procs"), pid.to_string())?;
        Ok(self)
    }
}

/// Takes groups away that processes have left behind which are no more.
fn sweep(root: &Path) {
    for entry in fs::read_dir(root).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let maker = name.to_str().and_then(|it| it.strip_prefix(PREFIX)?.split('-').next());
        let maker: Option<u32> = maker.and_then(|it| it.parse().ok());
        if maker.is_some_and(|pid| process::started(pid).is_none()) {
            fs::remove_dir(entry.path()).ok();
        }
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        // Who has no share left cannot even end before the next period.
        let (file, word) = self.lift;
        fs::write(self.path.join(file), word).ok();
        for _ in 0..TRIES {
            match fs::remove_dir(&self.path) {
                Err(error) if error.kind() == io::ErrorKind::ResourceBusy => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                _ => return,
            }
        }
        tracing::debug!(group = %self.path.display(), "a control group is left");
    }
}
