//! A small disk of its own for a test: memory that is mounted where nobody else sees it.

use std::{
    fs,
    io::{BufRead, BufReader, ErrorKind, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// The file that fills the disk.
const FILL: &str = "fill";

/// A disk at a folder, in a mount namespace that lasts as long as this value.
pub(crate) struct Disk {
    /// Holds the namespace open until its input ends.
    holder: Child,
    /// Whether it lies in a namespace of users too, in which we are root.
    has_users: bool,
    folder: PathBuf,
    tools: tempfile::TempDir,
}

impl Disk {
    /// Mounts a disk of so many bytes at `folder`, or says why that is not possible here.
    pub(crate) fn mount(folder: &Path, bytes: usize) -> Result<Self, String> {
        Self::held(folder, bytes, true)
            .or_else(|first| Self::held(folder, bytes, false).map_err(|_| first))
    }

    fn held(folder: &Path, bytes: usize, has_users: bool) -> Result<Self, String> {
        let script =
            format!("mount -t tmpfs -o size={bytes} tmpfs \"$0\" && echo mounted && exec cat");
        let mut holder = Command::new("unshare")
            .arg(if has_users { "-rm" } else { "-m" })
            .args(["sh", "-c", &script])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("unshare: {error}"))?;
        let mut said = String::new();
        BufReader::new(holder.stdout.take().unwrap()).read_line(&mut said).unwrap();
        if said != "mounted\n" {
            holder.wait().unwrap();
            let mut why = String::new();
            holder.stderr.take().unwrap().read_to_string(&mut why).unwrap();
            return Err(why.trim().to_owned());
        }
        let (folder, tools) = (folder.to_owned(), tempfile::tempdir().unwrap());
        Ok(Self { holder, has_users, folder, tools })
    }

    /// A folder elsewhere.
    pub(crate) fn tools(&self) -> &Path {
        self.tools.path()
    }

    /// The folder as it is seen from outside.
    pub(crate) fn seen(&self) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.holder.id()));
        root.join(self.folder.strip_prefix("/").unwrap())
    }

    /// A program that is run in the folder.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.holder.id().to_string(), "--mount"]);
        if self.has_users {
            command.args(["--user", "--preserve-credentials"]);
        }
        // The folder has to be entered after its disk can be seen.
        command.args(["sh", "-c", "cd \"$0\" && exec \"$@\""]).arg(&self.folder).arg(program);
        command
    }

    fn must(&self, program: &str, args: &[&str]) {
        assert!(self.command(program).args(args).status().unwrap().success(), "{program} {args:?}");
    }

    /// Leaves so many bytes free, or fewer.
    pub(crate) fn fill_but(&self, bytes: u64) {
        let path = self.seen().join(FILL);
        let mut file = fs::File::create(&path).unwrap();
        let mut size = 0;
        loop {
            match file.write(&[0; 4096]) {
                Ok(written) => size += written as u64,
                Err(error) if error.kind() == ErrorKind::StorageFull => break,
                Err(error) => panic!("{error}"),
            }
        }
        file.set_len(size.saturating_sub(bytes)).unwrap();
    }

    /// Makes room again.
    pub(crate) fn free(&self) {
        fs::remove_file(self.seen().join(FILL)).unwrap();
    }

    /// Lets nothing on the disk be written from now on, whoever has it open or not.
    pub(crate) fn forbid_writing(&self) {
        self.must("mount", &["-o", "remount,ro", "."]);
    }

    /// Lets it be written again.
    pub(crate) fn allow_writing(&self) {
        self.must("mount", &["-o", "remount,rw", "."]);
    }

    /// Lays over the folder a view of it that nobody may write to. Who has a file open still may.
    pub(crate) fn cover(&self) {
        self.must("sh", &["-c", "mount --bind . . && mount -o remount,ro,bind \"$PWD\""]);
    }

    /// Takes the view away.
    pub(crate) fn uncover(&self) {
        self.must("sh", &["-c", "umount -l \"$PWD\""]);
    }

    /// Whatever a test has done to it, lets a stack be taken down on it.
    pub(crate) fn mend(&self) {
        let script = "grep -q \" $PWD ro,\" /proc/self/mounts && (umount -l \"$PWD\"; mount -o remount,rw \"$PWD\")
            rm -rf \"$PWD/fill\" \"$PWD/docs\"";
        drop(self.command("sh").args(["-c", script]).output());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.holder.stdin.take());
        drop(self.holder.wait());
    }
}
