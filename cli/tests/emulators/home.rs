//! A folder with a stack, deployed to an emulator.

use std::{
    fs,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{fakecloud::Fakecloud, http::Request, ran::Ran};

/// What every stack here has, with the shortest times that the balancer takes.
pub(crate) const FILE: &str = "stack: handbook
target: fargate
aws: {region: us-east-1}
service: {image: 'rag-service:good'}
load_balancer: {deregistration_delay: 0s, health_check: {interval: 5s, timeout: 4s}}
";

/// How long is waited for what comes about by itself.
const LIMIT: Duration = Duration::from_secs(30);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// An account, and a folder with a stack called `handbook`.
pub(crate) struct Home {
    pub(crate) account: Fakecloud,
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) fn new(file: &str) -> Self {
        let home = Self { account: Fakecloud::start(), folder: tempfile::tempdir().unwrap() };
        home.write(file);
        home
    }

    /// Writes the stack file anew.
    pub(crate) fn write(&self, file: &str) {
        fs::write(self.folder.path().join("ragctl.yaml"), file).unwrap();
    }

    /// The program with these arguments, in the root user's name.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ragctl"));
        command.args(args).current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        command.envs([
            ("AWS_ENDPOINT_URL", self.account.endpoint().as_str()),
            ("AWS_ACCESS_KEY_ID", "123456789012"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
            ("RAGCTL_GATE", "settled"),
            ("USER", "ada"),
        ]);
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

    /// Nothing may be left to do. fakecloud counts tasks a moment longer, or later, than it shows them.
    pub(crate) fn is_settled(&self) {
        let plan = || self.run(&["plan", "--detailed-exitcode"]);
        if !comes_about(|| plan().code == 0) {
            panic!("{:#?}", plan());
        }
    }

    /// What the service answers through the balancer, once a task gets requests.
    pub(crate) fn post(&self, path: &str, json: &str) -> String {
        let port = self.account.balancer("handbook");
        let began = Instant::now();
        loop {
            let request = Request::post(path, json).header("Content-Type", "application/json");
            let answer = request.send(port);
            if answer.status < 500 || began.elapsed() > LIMIT {
                assert_eq!(answer.status, 200, "{path}: {}", answer.body);
                return answer.body;
            }
            thread::sleep(PAUSE);
        }
    }
}

/// Looks until it is so, as long as the limit.
pub(crate) fn comes_about(is_so: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    loop {
        if is_so() {
            return true;
        }
        if began.elapsed() > LIMIT {
            return false;
        }
        thread::sleep(PAUSE);
    }
}
