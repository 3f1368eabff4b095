//! Debian's docker-registry, on a port of its own.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    thread::sleep,
    time::{Duration, Instant},
};

pub(crate) struct DockerRegistry {
    process: Child,
    port: u16,
    folder: tempfile::TempDir,
}

impl DockerRegistry {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let config = format!(
            "version: 0.1\nlog: {{level: info, accesslog: {{disabled: false}}}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}}}\nhttp: {{addr: '127.0.0.1:{port}'}}\n",
            folder.path().join("images").display()
        );
        fs::write(folder.path().join("config.yml"), config).unwrap();
        let log = File::create(folder.path().join("log")).unwrap();
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(folder.path().join("config.yml"));
        command.stdout(log.try_clone().unwrap()).stderr(log);
        let process = command.spawn().unwrap();
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "docker-registry does not answer");
            sleep(Duration::from_millis(20));
        }
        Self { process, port, folder }
    }

    pub(crate) fn repository(&self, path: &str) -> String {
        format!("localhost:{}/{path}", self.port)
    }

    /// How many requests to write something it has logged.
    pub(crate) fn writes(&self) -> usize {
        let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
        let writes = ["\"POST ", "\"PUT ", "\"PATCH "];
        log.lines().filter(|line| writes.iter().any(|it| line.contains(it))).count()
    }
}

impl Drop for DockerRegistry {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
