//! A Postgres server of the tests' own, which ends when they do.

use std::{
    fs,
    io::{Read, Seek, Write},
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::LazyLock,
};

use tempfile::TempDir;

/// Names the folder that has `initdb` and `pg_ctl`.
const BIN: &str = "POSTGRES_BIN";

/// Who runs the server when we are root, which Postgres refuses to be.
const NOBODY: u32 = 65_534;

/// The password of the role `keyed`; all others need none.
pub(super) const PASSWORD: &str = "open sesame";

/// A server, and what stops it.
pub(super) struct Server {
    folder: PathBuf,
    bin: PathBuf,
    pub(super) port: u16,
    /// Stops the server once its input is closed: when this is dropped, or this process ends, however it does.
    watchdog: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().ok();
    }
}

/// The folder with the server's programs; says so when there is none.
pub(super) fn bin() -> Option<PathBuf> {
    let bin = std::env::var_os(BIN).map(PathBuf::from);
    if bin.is_none() {
        // Past the harness, which shows what a test prints only when it fails.
        writeln!(std::io::stderr(), "skipped: {BIN} names no folder with initdb and pg_ctl").ok();
    }
    bin
}

/// The server that tests share; each has a schema or a database of its own on it.
pub(super) fn shared() -> &'static Server {
    // Once it could not be started, it is not tried again.
    static SHARED: LazyLock<Server> = LazyLock::new(Server::start);
    &SHARED
}

impl Server {
    /// Makes a server and starts it, in well under two seconds.
    pub(super) fn start() -> Self {
        let bin = bin().expect("tests ask before they start a server");
        // The watchdog removes it.
        let folder = TempDir::with_prefix("rag-postgres-").unwrap().keep();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        if is_root() {
            chown(&folder, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut watchdog = as_nobody(Command::new("sh"));
        watchdog
            .args([
                "-c",
                "read -r _; \"$0/pg_ctl\" -D \"$1/data\" -m immediate stop; rm -rf \"$1\"",
            ])
            .args([&bin, &folder])
            .process_group(0);
        let watchdog = watchdog
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { folder, bin, port, watchdog };
        server.lay_out();
        server.control(&["start"]);
        server
    }

    fn lay_out(&self) {
        let mut initdb = as_nobody(Command::new(self.bin.join("initdb")));
        initdb.args([
            "-A",
            "trust",
            "--no-sync",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C",
            "-D",
        ]);
        run(initdb.arg(self.data())).unwrap();
        let settings = format!(
            "port = {}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = ''\nfsync = off\n\
             shared_buffers = 256MB\n",
            self.port,
        );
        append(&self.data().join("postgresql.conf"), &settings);
        let trusted = fs::read_to_string(self.data().join("pg_hba.conf")).unwrap();
        let hba = format!("host all keyed 127.0.0.1/32 scram-sha-256\n{trusted}");
        fs::write(self.data().join("pg_hba.conf"), hba).unwrap();
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// Runs `pg_ctl`.
    pub(super) fn control(&self, arguments: &[&str]) {
        let mut control = as_nobody(Command::new(self.bin.join("pg_ctl")));
        let log = self.folder.join("log");
        control.args(["-w", "-s", "-D"]).arg(self.data()).arg("-l").arg(&log).args(arguments);
        if let Err(told) = run(&mut control) {
            panic!("{told}\n{}", fs::read_to_string(&log).unwrap_or_default());
        }
    }

    /// The address of a database, without protection.
    pub(super) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}?sslmode=disable", self.port)
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").unwrap().uid() == 0
}

fn as_nobody(mut command: Command) -> Command {
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command.current_dir("/");
    command
}

fn append(path: &Path, text: &str) {
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// Runs a program; what it told when it failed.
fn run(command: &mut Command) -> Result<(), String> {
    // The server keeps what it is given open: a pipe would never end.
    let mut told = tempfile::tempfile().unwrap();
    let [out, error] = [told.try_clone().unwrap(), told.try_clone().unwrap()];
    let status = command.stdin(Stdio::null()).stdout(out).stderr(error).status();
    if status.as_ref().is_ok_and(ExitStatus::success) {
        return Ok(());
    }
    let mut text = format!("{command:?}: {status:?}\n");
    told.rewind().unwrap();
    told.read_to_string(&mut text).unwrap();
    Err(text)
}
