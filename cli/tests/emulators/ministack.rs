//! ministack as a process: an emulator that runs nothing, but looks at what each caller is allowed.

use std::{
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::calls::{How, act, call};

/// An account of its own.
pub(crate) struct Ministack {
    process: Child,
    pub(crate) port: u16,
}

/// A user's access key.
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) secret: String,
}

impl Ministack {
    pub(crate) fn start() -> Self {
        let program = std::env::var_os("MINISTACK").unwrap_or_else(|| "ministack".into());
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let process = Command::new(&program)
            .env("AUTH", "true")
            .env("BIND_HOST", "127.0.0.1")
            .env("GATEWAY_PORT", port.to_string())
            .current_dir(std::env::temp_dir())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
        let account = Self { process, port };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < Duration::from_secs(60), "ministack does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        account
    }

    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Makes a user who may do what a policy says, and nothing else.
    pub(crate) fn user(&self, name: &str, policy: &str) -> Key {
        let iam = |form: &str, tag: &str| {
            act(self.port, "iam", &format!("{form}&UserName={name}&Version=2010-05-08"), tag)
        };
        iam("Action=CreateUser", "Arn");
        let document = encoded(policy);
        iam(
            &format!("Action=PutUserPolicy&PolicyName=ragctl&PolicyDocument={document}"),
            "RequestId",
        );
        let form = format!("Action=CreateAccessKey&UserName={name}&Version=2010-05-08");
        let key = call("iam", &How::Query(&form)).send(self.port);
        let part = |tag: &str| {
            let rest = key.body.split_once(&format!("<{tag}>")).unwrap().1;
            rest.split_once('<').unwrap().0.to_owned()
        };
        Key { id: part("AccessKeyId"), secret: part("SecretAccessKey") }
    }
}

impl Drop for Ministack {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// As a form has it.
fn encoded(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(byte).collect()
}
