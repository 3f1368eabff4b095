//! What is different when somebody sits there: colour, questions, progress in place.

use std::{
    fs::File,
    io::{Read, Write},
    process::{Child, Command},
    sync::mpsc,
    thread,
    time::Duration,
};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

use ragctl_cloud::{Cloud, Pace};

use crate::sandbox::{self, Sandbox, fargate};

/// A program on a terminal of its own.
struct Terminal {
    keyboard: File,
    child: Child,
    screen: mpsc::Receiver<Vec<u8>>,
    seen: String,
}

impl Terminal {
    fn start(mut command: Command) -> Self {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
        let ours = openpt(flags).unwrap();
        grantpt(&ours).unwrap();
        unlockpt(&ours).unwrap();
        let name = ptsname(&ours, Vec::new()).unwrap();
        let open = || File::options().read(true).write(true).open(name.to_str().unwrap()).unwrap();
        command.env("TERM", "xterm").stdin(open()).stdout(open()).stderr(open());
        let child = command.spawn().unwrap();
        drop(command);
        let (to, screen) = mpsc::channel();
        let mut reader = File::from(ours.try_clone().unwrap());
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            // Reading fails once the program has closed its side.
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                if to.send(bytes[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Self { keyboard: File::from(ours), child, screen, seen: String::new() }
    }

    /// Waits until the screen shows this, and returns all that it has shown.
    fn wait_for(&mut self, text: &str) -> &str {
        while !self.seen.contains(text) {
            match self.screen.recv_timeout(Duration::from_secs(10)) {
                Ok(bytes) => self.seen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("`{text}` did not come: {}", self.seen),
            }
        }
        &self.seen
    }

    /// Sends what Ctrl-C sends.
    fn interrupts(&self) {
        sandbox::interrupt(&self.child);
    }

    fn types(&mut self, text: &str) {
        self.keyboard.write_all(text.as_bytes()).unwrap();
    }

    /// All that was shown, and the exit code.
    fn ends(mut self) -> (String, i32) {
        let code = self.child.wait().unwrap().code().unwrap();
        while let Ok(bytes) = self.screen.recv_timeout(Duration::from_millis(200)) {
            self.seen.push_str(&String::from_utf8_lossy(&bytes));
        }
        (self.seen, code)
    }
}

#[test]
fn colour_is_for_terminals_and_not_for_those_who_do_not_want_it() {
    let sandbox = Sandbox::handbook();
    let (seen, code) = Terminal::start(sandbox.command(&["plan"])).ends();
    assert_eq!(code, 0);
    assert!(seen.contains("\x1b[32m  + store/app"), "{seen:?}");
    let mut command = sandbox.command(&["plan"]);
    command.env("NO_COLOR", "1");
    let (seen, _) = Terminal::start(command).ends();
    assert!(seen.contains("  + store/app") && !seen.contains('\x1b'), "{seen:?}");
}

#[test]
fn off_a_terminal_there_is_no_escape_in_anything() {
    let sandbox = Sandbox::with("stack: handbook\nstrategies: {keepalive: true}\n");
    for args in [
        &["--help"][..],
        &["plan"],
        &["deploy"],
        &["status"],
        &["strategy", "list"],
        &["strategy", "disable", "keepalive"],
        &["plan", "--wrong"],
        &["destroy", "--yes"],
    ] {
        let ran = sandbox.run(args);
        assert!(!ran.stdout.contains('\x1b') && !ran.stderr.contains('\x1b'), "{args:?}: {ran:?}");
    }
    let broken = Sandbox::with("stack: 1 2 3\n").run(&["check"]);
    assert!(!broken.stderr.contains('\x1b'), "{broken:?}");
}

#[test]
fn off_a_terminal_a_rollout_on_aws_has_no_escape_in_anything() {
    let (sandbox, cloud) = (Sandbox::fargate("good"), Cloud::start_blocking());
    let ran = sandbox.run_on(&cloud, &["deploy", "--yes"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    sandbox.write("ragctl.yaml", &fargate("crash"));
    let failed = sandbox.run_on(&cloud, &["deploy", "--yes"]);
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    assert!(failed.stderr.contains("could not open the index"), "{}", failed.stderr);
    for ran in [ran, failed, sandbox.run_on(&cloud, &["rollback", "--list"])] {
        let told = ran.stdout + &ran.stderr;
        assert!(!told.contains('\x1b') && !told.contains('\r'), "{told:?}");
    }
}

#[test]
fn taking_down_asks_for_the_name_and_takes_no_other() {
    let sandbox = Sandbox::handbook().deployed();
    let mut terminal = Terminal::start(sandbox.command(&["destroy"]));
    terminal.wait_for("Type `handbook` to go on:");
    terminal.types("yes\n");
    let (seen, code) = terminal.ends();
    assert_eq!(code, 1);
    assert!(seen.contains("nothing was changed, as you said"), "{seen}");
    assert_eq!(sandbox.run(&["plan", "--detailed-exitcode"]).code, 0);

    let mut terminal = Terminal::start(sandbox.command(&["destroy"]));
    terminal.wait_for("Type `handbook` to go on:");
    terminal.types("handbook\n");
    let (seen, code) = terminal.ends();
    assert_eq!(code, 0, "{seen}");
    assert!(!sandbox.has(".ragctl"));
}

#[test]
fn a_protected_stack_asks_for_its_name_even_with_yes() {
    let sandbox = Sandbox::with("stack: handbook\nprotected: true\n").deployed();
    let mut terminal = Terminal::start(sandbox.command(&["destroy", "--yes"]));
    terminal.wait_for("the stack is protected, so `--yes` is not enough");
    terminal.wait_for("Type `handbook` to go on:");
    terminal.types("handbook\n");
    let (seen, code) = terminal.ends();
    assert_eq!(code, 0, "{seen}");
    assert!(!sandbox.has(".ragctl"));
}

#[test]
fn a_question_can_be_interrupted_and_leaves_no_lease() {
    let sandbox = Sandbox::handbook().deployed();
    let mut terminal = Terminal::start(sandbox.command(&["destroy"]));
    terminal.wait_for("Type `handbook` to go on:");
    let pid = terminal.child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &pid]).status().unwrap().success());
    let (seen, code) = terminal.ends();
    assert_eq!(code, 130, "{seen}");
    assert!(sandbox.read(".ragctl/handbook/fake.json").contains("\"lease\": null"));
}

#[test]
fn progress_is_shown_in_place() {
    let sandbox = Sandbox::handbook();
    sandbox.remember(|it| it["step_ms"] = 300.into());
    let mut terminal = Terminal::start(sandbox.command(&["deploy"]));
    terminal.wait_for("creating store/app");
    let (seen, code) = terminal.ends();
    assert_eq!(code, 0, "{seen}");
    assert!(seen.contains("handbook is up after"), "{seen}");
}

/// A deployment to AWS whose rollout takes some seconds, interrupted once, on a terminal that asks what that means.
fn interrupted_rollout() -> (Sandbox, Cloud, Terminal) {
    let (sandbox, cloud) = (Sandbox::fargate("good"), Cloud::start_blocking());
    assert_eq!(sandbox.run_on(&cloud, &["deploy", "--yes"]).code, 0);
    sandbox.write("ragctl.yaml", &fargate("slow"));
    cloud.set_pace(Pace { phase: Duration::from_millis(60), ..Pace::default() });
    let mut terminal = Terminal::start(sandbox.command_on(&cloud, &["deploy", "--yes"]));
    terminal.wait_for("updating service/app");
    terminal.interrupts();
    terminal.wait_for("[l]eave it running on AWS, or stop it and roll [b]ack?");
    (sandbox, cloud, terminal)
}

fn serving(sandbox: &Sandbox, cloud: &Cloud) -> String {
    let list = sandbox.run_on(cloud, &["rollback", "--list"]).stdout;
    list.lines().find(|it| it.contains("serves")).unwrap_or_default().to_owned()
}

#[test]
fn a_rollout_can_be_left_running_on_aws() {
    for by_word in [true, false] {
        let (sandbox, cloud, mut terminal) = interrupted_rollout();
        if by_word {
            terminal.types("what?\n");
            terminal.types("l\n");
        } else {
            terminal.interrupts();
        }
        let (seen, code) = terminal.ends();
        assert_eq!(code, 130, "{seen}");
        assert!(seen.contains("left, and the rollout goes on on AWS"), "{seen}");
        assert!(seen.contains("`ragctl status` shows how it goes on"), "{seen}");
        assert_eq!(seen.matches("[l]eave").count(), if by_word { 2 } else { 1 }, "{seen}");
        let ran = sandbox.run_on(&cloud, &["deploy", "--yes"]);
        assert_eq!(ran.code, 0, "the lease was given back, and it goes on: {}", ran.stderr);
        assert!(serving(&sandbox, &cloud).contains("rag-service:slow"));
    }
}

#[test]
fn a_rollout_can_be_stopped_and_rolled_back() {
    let (sandbox, cloud, mut terminal) = interrupted_rollout();
    terminal.types("b\n");
    terminal.wait_for("stopping the rollout");
    let (seen, code) = terminal.ends();
    assert_eq!(code, 1, "{seen}");
    assert!(seen.contains("did not get healthy"), "{seen}");
    assert!(seen.contains("the old revision serves again"), "{seen}");
    assert!(serving(&sandbox, &cloud).contains("rag-service:good"));
}

#[test]
fn without_a_terminal_a_rollout_is_left_at_once() {
    let (sandbox, cloud) = (Sandbox::fargate("slow"), Cloud::start_blocking());
    cloud.set_pace(Pace { phase: Duration::from_millis(60), ..Pace::default() });
    for signal in ["-INT", "-TERM"] {
        let mut command = sandbox.command_on(&cloud, &["deploy", "--yes"]);
        let child = command.stderr(std::process::Stdio::piped()).spawn().unwrap();
        let created = |it: &ragctl_cloud::Call| it.action == "CreateService" && it.error.is_none();
        while !cloud.calls().iter().any(created) {
            thread::sleep(Duration::from_millis(20));
        }
        thread::sleep(Duration::from_millis(300));
        let pid = child.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let ran = sandbox::Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 130, "{}", ran.stderr);
        assert!(ran.stderr.contains("error: interrupted\n"), "{}", ran.stderr);
        assert!(!ran.stderr.contains("[l]eave"), "{}", ran.stderr);
    }
}
