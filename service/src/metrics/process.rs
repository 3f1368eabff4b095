//! What the system knows of this process, from Linux' `/proc`. Elsewhere nothing is known.

use std::fs;

/// What the process uses now.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Usage {
    pub(super) memory_bytes: Option<u64>,
    pub(super) open_files: Option<u64>,
    pub(super) cpu_s: Option<f64>,
}

/// Ticks of the kernel's clock towards programs in a second, on every architecture that Rust's standard library knows.
const TICKS_A_SECOND: f64 = 100.0;

/// Reads three small files of the system's memory; well under a millisecond.
pub(super) fn usage() -> Usage {
    Usage {
        memory_bytes: fs::read_to_string("/proc/self/status").ok().as_deref().and_then(memory),
        open_files: fs::read_dir("/proc/self/fd").ok().map(|files| files.count() as u64),
        cpu_s: fs::read_to_string("/proc/self/stat").ok().as_deref().and_then(cpu),
    }
}

/// Reads the line `VmRSS:     6840 kB`.
fn memory(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// Reads the times in user and kernel, the 14th and 15th field. The second may hold blanks, within brackets.
/// <https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html>
fn cpu(stat: &str) -> Option<f64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u32>().ok().map(f64::from);
    Some((ticks()? + ticks()?) / TICKS_A_SECOND)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_systems_files_are_read() {
        assert_eq!(memory("VmPeak:\t 9 kB\nVmRSS:\t    6840 kB\n"), Some(7_004_160));
        let stat = "42 (rag) service) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20 0 4 0 100 0 0";
        assert_eq!(cpu(stat), Some(3.0));
        assert_eq!((memory("nothing"), cpu("42 (cut")), (None, None));
        let usage = usage();
        assert!(usage.memory_bytes > Some(1 << 20), "{usage:?}");
        assert!(usage.open_files > Some(2) && usage.cpu_s.is_some(), "{usage:?}");
    }
}
