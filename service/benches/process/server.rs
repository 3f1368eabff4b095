//! The service as a process.

use std::{
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::client::Client;

/// A running service; stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    pub(crate) started: Instant,
}

impl Server {
    /// Starts the service on the store under `data`, with these settings.
    pub(crate) fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let started = Instant::now();
        let child = Command::new(env!("CARGO_BIN_EXE_rag-service"))
            .arg("serve")
            .env_clear()
            .env("PORT", port.to_string())
            .env("DATA_DIR", data)
            .env("LOG_LEVEL", "warn")
            .envs(settings.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        Self { child, port, started }
    }

    /// Waits until `path` is answered with 200, and tells how long after the start that was.
    pub(crate) fn until_ok(&self, path: &str) -> Duration {
        loop {
            let answer = Client::connect(self.port).and_then(|mut it| it.get(path));
            if answer.is_ok_and(|it| it.status == 200) {
                return self.started.elapsed();
            }
            assert!(
                self.started.elapsed() < Duration::from_secs(60),
                "{path} is answered within a minute"
            );
            std::thread::sleep(Duration::from_micros(200));
        }
    }

    /// CPU time used so far, in user and kernel.
    pub(crate) fn cpu(&self) -> Duration {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |at: usize| fields[at].parse::<u64>().unwrap();
        // Linux counts in hundredths of a second towards programs, whatever the kernel's own tick.
        Duration::from_millis((ticks(11) + ticks(12)) * 10)
    }

    /// Resident memory in MiB.
    pub(crate) fn memory_mib(&self) -> f64 {
        self.status_mib("VmRSS:")
    }

    /// The most resident memory so far, in MiB.
    pub(crate) fn peak_mib(&self) -> f64 {
        self.status_mib("VmHWM:")
    }

    fn status_mib(&self, field: &str) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|it| it.starts_with(field)).unwrap();
        let kib: f64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib / 1024.0
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
