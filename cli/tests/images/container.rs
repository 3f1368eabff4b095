//! An image's files as the whole world of its program: a root and namespaces of its own, its user, its environment.

use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::Value;

/// How long is waited for what comes about by itself.
const LIMIT: Duration = Duration::from_secs(60);

pub(crate) struct Container {
    process: Child,
    root: PathBuf,
    port: u16,
    environment: Vec<String>,
    user: String,
}

impl Container {
    /// Runs what `config`, which umoci has made of the image's configuration, says.
    pub(crate) fn run(root: &Path, config: &Value) -> Self {
        let texts = |it: &Value| -> Vec<String> {
            it.as_array().unwrap().iter().map(|it| it.as_str().unwrap().to_owned()).collect()
        };
        let process = &config["process"];
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut environment = texts(&process["env"]);
        environment.extend([format!("PORT={port}"), "DATA_DIR=/data".to_owned()]);
        let (uid, gid) = (&process["user"]["uid"], &process["user"]["gid"]);
        let user = format!("{uid}:{gid}");
        // Unpacked as by somebody without rights, all files are theirs.
        let owner = Command::new("chown").arg(&user).arg(root.join("data")).status().unwrap();
        assert!(owner.success());
        let args = texts(&process["args"]);
        let child = within(root, &user, &environment, &args).stdout(Stdio::null()).spawn().unwrap();
        let container = Self { process: child, root: root.to_owned(), port, environment, user };
        let began = Instant::now();
        // While it opens its store it answers 503.
        while container.send("GET", "/health", "").is_none_or(|(status, _)| status != 200) {
            assert!(began.elapsed() < LIMIT, "the service does not answer");
            sleep(Duration::from_millis(20));
        }
        container
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.answer("GET", path, "")
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Value {
        self.answer("POST", path, body)
    }

    fn answer(&self, method: &str, path: &str, body: &str) -> Value {
        let (status, answer) = self.send(method, path, body).unwrap();
        assert_eq!(status, 200, "{method} {path}: {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    fn send(&self, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.0\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        stream.write_all(request.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
    }

    /// Waits until so many documents are processed.
    pub(crate) fn is_ready_with_documents(&self, count: u64) {
        let began = Instant::now();
        loop {
            let counts = self.get("/documents/status_counts");
            if counts["status_counts"]["processed"].as_u64() == Some(count) {
                return;
            }
            assert!(began.elapsed() < LIMIT, "{counts}");
            sleep(Duration::from_millis(50));
        }
    }

    /// Whether the image's own health check, run beside the service, says that it is.
    pub(crate) fn is_healthy(&self) -> bool {
        let args = ["/rag-service".to_owned(), "healthcheck".to_owned()];
        within(&self.root, &self.user, &self.environment, &args).status().unwrap().success()
    }

    /// The user that the service runs as, says the kernel.
    pub(crate) fn user(&self) -> String {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    }

    /// Ends it as ECS does; it must end by itself, and well.
    pub(crate) fn stop(mut self) {
        let id = self.process.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(self.process.wait().unwrap().success());
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// A program in namespaces and a root of its own: no file, mount, name or message of others is there.
fn within(root: &Path, user: &str, environment: &[String], args: &[String]) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--uts", "--ipc", "chroot", &format!("--userspec={user}")]);
    command.arg(root).args(args).env_clear();
    command.envs(environment.iter().filter_map(|it| it.split_once('=')));
    // `unshare` and `chroot` are found by this; the program's own path replaces it in an image.
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    command
}
