//! A folder with a stack file, and the program run in it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use ragctl_cloud::Cloud;
use serde_json::{Value, json};

pub(crate) use crate::ran::Ran;

/// A folder of its own for one test.
pub(crate) struct Sandbox {
    home: tempfile::TempDir,
}

impl Sandbox {
    /// A folder without anything in it.
    pub(crate) fn empty() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    /// A folder with this stack file.
    pub(crate) fn with(file: &str) -> Self {
        let sandbox = Self::empty();
        sandbox.write("ragctl.yaml", file);
        sandbox
    }

    /// A folder with a stack named `handbook`, and nothing more said of it.
    pub(crate) fn handbook() -> Self {
        Self::with("stack: handbook\n")
    }

    /// A folder with a stack named `handbook` on Fargate, whose image is `rag-service` with this tag.
    pub(crate) fn fargate(tag: &str) -> Self {
        Self::with(&fargate(tag))
    }

    /// Puts a bundle into a folder: one that can be built and pushed, and runs nowhere.
    pub(crate) fn bundle(&self, folder: &str) {
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../stacks/image/fixtures/bundle");
        for path in ["x86_64/rag-service", "arm64/rag-service", "embedder/static-minilm-256.bin"] {
            let to = self.path(folder).join(path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(fixture.join(path), to).unwrap();
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    /// The program with these arguments over the fake, and with nothing of our own environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = bare(self.home.path(), args);
        command.args(["--backend", "fake"]);
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        Ran::of(self.command(args).output().unwrap())
    }

    /// The program with these arguments over the backend of the stack's own target.
    pub(crate) fn command_for_real(&self, args: &[&str]) -> Command {
        bare(self.home.path(), args)
    }

    /// Runs the program over the backend of the stack's own target.
    pub(crate) fn run_for_real(&self, args: &[&str]) -> Ran {
        Ran::of(bare(self.home.path(), args).output().unwrap())
    }

    /// The program with these arguments over an account of AWS in memory.
    pub(crate) fn command_on(&self, cloud: &Cloud, args: &[&str]) -> Command {
        let mut command = bare(self.home.path(), args);
        command.env("AWS_ENDPOINT_URL", cloud.endpoint());
        command.envs([
            ("AWS_ACCESS_KEY_ID", "123456789012"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_CONFIG_FILE", "/dev/null"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null"),
        ]);
        command
    }

    /// Runs the program over an account of AWS in memory.
    pub(crate) fn run_on(&self, cloud: &Cloud, args: &[&str]) -> Ran {
        Ran::of(self.command_on(cloud, args).output().unwrap())
    }

    /// Starts the program.
    pub(crate) fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Deploys, which must succeed.
    pub(crate) fn deployed(self) -> Self {
        assert_eq!(self.run(&["deploy", "--yes"]).code, 0);
        self
    }

    /// Edits what the fake remembers of `handbook`.
    pub(crate) fn remember(&self, edit: impl FnOnce(&mut Value)) {
        const FILE: &str = ".ragctl/handbook/fake.json";
        let mut record = match self.has(FILE) {
            true => serde_json::from_str(&self.read(FILE)).unwrap(),
            false => json!({"state": {"resources": {}, "lease": null}}),
        };
        edit(&mut record);
        self.write(FILE, &record.to_string());
    }
}

/// A stack file for Fargate. What tasks of an image do in the account in memory, its tag says.
pub(crate) fn fargate(tag: &str) -> String {
    format!("stack: handbook\ntarget: fargate\nservice: {{image: \"rag-service:{tag}\"}}\n")
}

fn bare(home: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ragctl"));
    command.args(args).current_dir(home).env_clear().env("USER", "ada").stdin(Stdio::null());
    command
}

impl Ran {
    /// All that was said, times made equal.
    pub(crate) fn told(&self) -> String {
        let part = |name: &str, text: &str| match text {
            "" => String::new(),
            text => format!("{name}:\n{}", without_times(text)),
        };
        let (out, err) = (part("stdout", &self.stdout), part("stderr", &self.stderr));
        format!("exit code: {}\n{out}{err}", self.code)
    }

    /// Each line of stdout as JSON.
    pub(crate) fn events(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Stdout as one JSON document.
    pub(crate) fn document(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}\n{self:?}"))
    }
}

/// `0.012 s` becomes `[time]`.
pub(crate) fn without_times(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let unit = word.trim_end_matches(|c: char| !c.is_ascii_alphabetic()).lines().next();
        let is_number =
            words.last().is_some_and(|it| it.parse::<f64>().is_ok() && it.contains('.'));
        if unit == Some("s") && is_number {
            words.pop();
            words.push(word.replacen('s', "[time]", 1));
        } else {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
}

/// Sends what Ctrl-C sends.
pub(crate) fn interrupt(child: &Child) {
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
}
