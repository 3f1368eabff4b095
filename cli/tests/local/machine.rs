//! A folder on this machine with a stack in it, which is taken down at the end.

use std::{
    fs,
    io::{self, Write},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{disk::Disk, ran::Ran, service::service};

/// A folder with a stack called `handbook`.
pub(crate) struct Machine {
    /// Dropped after all that runs on it was taken down.
    disk: Option<Disk>,
    home: tempfile::TempDir,
    program: PathBuf,
    pub(crate) port: u16,
}

impl Machine {
    /// A folder with two documents and a stack on a free port; `rest` is the rest of its file.
    pub(crate) fn new(rest: &str) -> Self {
        Self::with(None, tempfile::tempdir().unwrap(), service(), rest)
    }

    /// The same on a disk of its own of so many bytes; `None`, which is told, where this machine does not let us have one.
    ///
    /// The service's program, which a stack copies, takes a quarter of it.
    pub(crate) fn on_disk(bytes: usize) -> Option<Self> {
        let home = tempfile::tempdir().unwrap();
        let disk = match Disk::mount(home.path(), bytes) {
            Ok(disk) => disk,
            Err(reason) => {
                // Past what the test runner keeps for tests that fail.
                let told = format!("skipped: no disk can be mounted: {reason}\n");
                io::stderr().write_all(told.as_bytes()).unwrap();
                return None;
            }
        };
        let padding = "#".repeat(bytes / 4);
        let program = disk.tools().join("service.sh");
        let run = format!("#!/bin/sh\nexec '{}' \"$@\"\n{padding}\n", service().display());
        fs::write(&program, run).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Some(Self::with(Some(disk), home, program, ""))
    }

    /// Changes the service's program, so that a revision with it is another one.
    pub(crate) fn change_program(&self) {
        let mut text = fs::read_to_string(&self.program).unwrap();
        text.push_str("# changed\n");
        fs::write(&self.program, text).unwrap();
    }

    /// The disk, of a machine that was made with one.
    pub(crate) fn disk(&self) -> &Disk {
        self.disk.as_ref().unwrap()
    }

    fn with(disk: Option<Disk>, home: tempfile::TempDir, program: PathBuf, rest: &str) -> Self {
        let port = free_port();
        let machine = Self { disk, home, program, port };
        machine.write_stack(rest);
        machine.write("docs/kite.md", "# Kites\n\nA kite is held by a line of forty metres.\n");
        machine.write(
            "docs/deep/boat.txt",
            "The boat is called Marigold and lies in the harbour of Ystad.\n",
        );
        machine.write("docs/picture.png", "no text");
        machine
    }

    /// Writes the stack file anew.
    pub(crate) fn write_stack(&self, rest: &str) {
        let port = self.port;
        self.write(
            "ragctl.yaml",
            &format!("stack: handbook\nload_balancer: {{port: {port}}}\n{rest}"),
        );
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let home = self.home.path();
        self.disk.as_ref().map_or_else(|| home.to_owned(), Disk::seen).join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Lets further tasks run this shell script; `$SERVICE` is the real program.
    pub(crate) fn use_script(&mut self, script: &str) {
        let text = format!("#!/bin/sh\nSERVICE='{}'\n{script}\n", service().display());
        self.write("service.sh", &text);
        self.program = self.path("service.sh");
        fs::set_permissions(&self.program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let ragctl = env!("CARGO_BIN_EXE_ragctl");
        let mut command = match &self.disk {
            Some(disk) => disk.command(ragctl),
            None => Command::new(ragctl),
        };
        if self.disk.is_none() {
            command.current_dir(self.home.path());
        }
        command.args(args).stdin(Stdio::null());
        command.env("RAGCTL_SERVICE", &self.program).env("USER", "ada");
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// Runs the program, which must succeed.
    pub(crate) fn must(&self, args: &[&str]) -> Ran {
        let ran = self.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {ran:#?}");
        ran
    }

    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// What `status` says.
    pub(crate) fn status(&self) -> Value {
        let shown: Value = serde_json::from_str(&self.must(&["status", "--json"]).stdout).unwrap();
        shown["status"].clone()
    }

    /// Looks at the status until it is as wanted, for half a minute at most.
    pub(crate) fn wait_until(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        let began = Instant::now();
        loop {
            let status = self.status();
            if wanted(&status) {
                return status;
            }
            assert!(began.elapsed() < Duration::from_secs(30), "it did not come about: {status:#}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The processes of the tasks that are healthy.
    pub(crate) fn healthy(status: &Value) -> Vec<u32> {
        let tasks = status["tasks"].as_array().cloned().unwrap_or_default();
        let healthy = tasks.iter().filter(|task| task["state"] == "healthy");
        healthy.map(|task| u32::try_from(task["pid"].as_u64().unwrap()).unwrap()).collect()
    }

    /// The supervisor's process, as the record names it.
    pub(crate) fn supervisor(&self) -> u32 {
        let record = fs::read_to_string(self.path(".ragctl/handbook/record.json")).unwrap();
        let record: Value = serde_json::from_str(&record).unwrap();
        u32::try_from(record["supervisor"]["pid"].as_u64().unwrap()).unwrap()
    }

    /// What the folder holds beside what the test has put there.
    pub(crate) fn left_over(&self) -> Vec<String> {
        let names = fs::read_dir(self.path("")).unwrap();
        let names = names.map(|it| it.unwrap().file_name().into_string().unwrap());
        names.filter(|it| !["ragctl.yaml", "docs", "service.sh"].contains(&it.as_str())).collect()
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        if let Some(disk) = &self.disk {
            disk.mend();
        }
        // A test that has failed must not leave processes behind, whatever it has done to the stack.
        drop(self.command(&["unlock", "--yes"]).output());
        drop(self.command(&["destroy", "--yes"]).output());
    }
}

/// A port that nobody listens on, and that the system gives nobody by itself, as it gives tasks theirs.
fn free_port() -> u16 {
    static TRIED: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 500 * 20).unwrap();
    loop {
        let port = 20_000 + (first + TRIED.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Kills a process at once.
pub(crate) fn kill(pid: u32) {
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
}

/// Whether the process runs.
pub(crate) fn runs(pid: u32) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", &pid.to_string()]).output().unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}
