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

use crate::sandbox::Sandbox;

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
