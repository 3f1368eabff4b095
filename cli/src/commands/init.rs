use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::ValueEnum;
use ragctl_stacks::{
    config,
    stack::{LONGEST_NAME, StackName, Target},
};
use serde::Serialize;

use crate::{
    exit::Exit,
    failure::Failure,
    output::{
        human::{Human, Page},
        json,
    },
    session::{STATE, Session, shown},
};

/// Write a stack file to start from
///
/// Nothing is asked: the name comes from the folder, the rest are defaults. A schema for editors is written beside it.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: start a stack on this machine\n  ragctl init\n  ragctl deploy")]
pub(crate) struct InitArgs {
    /// Where the stack shall run
    #[arg(long, value_enum, default_value_t = TargetName::Local)]
    target: TargetName,

    /// Name of the stack [default: the folder's name]
    #[arg(long)]
    name: Option<String>,

    /// Write over a stack file that is there
    #[arg(long)]
    force: bool,
}

/// Where a stack runs, as the command line names it.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum TargetName {
    /// This machine; nothing to sign up for
    Local,
    /// AWS ECS on Fargate
    Fargate,
    /// AWS Lambda
    Lambda,
}

impl From<TargetName> for Target {
    fn from(name: TargetName) -> Self {
        match name {
            TargetName::Local => Self::Local,
            TargetName::Fargate => Self::Fargate,
            TargetName::Lambda => Self::Lambda,
        }
    }
}

/// What was written.
#[derive(Serialize)]
pub(crate) struct Written {
    stack: StackName,
    target: Target,
    files: Vec<String>,
}

impl Human for Written {
    fn human(&self, _page: Page) -> String {
        let next = match self.target {
            Target::Local => "`ragctl deploy` runs it on this machine",
            Target::Fargate | Target::Lambda => "`ragctl check` says what is still to be filled in",
        };
        format!("wrote {} for the stack `{}`; {next}\n", self.files.join(", "), self.stack)
    }
}

pub(crate) fn run(args: &InitArgs, session: &Session) -> Result<Exit, Failure> {
    let path = session.new_file()?;
    let folder = path.parent().expect("a file lies in a folder").to_owned();
    let name = match &args.name {
        Some(name) => chosen(name)?,
        None => guessed(&folder),
    };
    if path.exists() && !args.force {
        return Err(Failure::AlreadyThere(path));
    }
    let target = Target::from(args.target);
    let mut files = vec![path.clone(), folder.join(config::SCHEMA_FILE)];
    write(&files[0], &config::template(&name, target))?;
    write(&files[1], &json::document(&config::schema()))?;
    files.extend(ignore_state(&folder)?);
    let files = files.iter().map(|it| shown(it)).collect();
    session.output.result(&Written { stack: name, target, files })?;
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|source| Failure::Unwritable { path: path.to_owned(), source })
}

/// In a git checkout, keeps what ragctl keeps out of it. Returns the file that was changed.
fn ignore_state(folder: &Path) -> Result<Option<PathBuf>, Failure> {
    if !folder.ancestors().any(|it| it.join(".git").exists()) {
        return Ok(None);
    }
    let path = folder.join(".gitignore");
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        read => read.map_err(|source| Failure::Unreadable { path: path.clone(), source })?,
    };
    let ignored = |line: &str| line.trim().trim_matches('/') == STATE;
    if text.lines().any(ignored) {
        return Ok(None);
    }
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    write(&path, &format!("{text}{end}{STATE}/\n"))?;
    Ok(Some(path))
}

/// The name that was asked for, if it is one.
fn chosen(name: &str) -> Result<StackName, Failure> {
    name.parse().map_err(|_| {
        let suggestion = nearest(name).parse().ok();
        Failure::NotAName { name: name.to_owned(), suggestion }
    })
}

/// The folder's name, made a stack's.
fn guessed(folder: &Path) -> StackName {
    let name = nearest(&folder.file_name().unwrap_or_default().to_string_lossy());
    name.parse().unwrap_or_else(|_| "rag".parse().expect("`rag` is a name"))
}

fn nearest(text: &str) -> String {
    let lower = text.to_lowercase();
    let parts = lower.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit());
    let name = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
    let name = name.trim_start_matches(|c: char| c.is_ascii_digit() || c == '-');
    let cut: String = name.chars().take(LONGEST_NAME).collect();
    cut.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folders_name_becomes_a_stacks() {
        for (folder, name) in [
            ("/home/a/handbook", "handbook"),
            ("/home/a/My Notes (2024)", "my-notes-2024"),
            ("/home/a/2024-notes", "notes"),
            ("/home/a/日本語", "rag"),
            ("/", "rag"),
            ("/a/a-very-long-name-for-a-folder", "a-very-long-name-for-a-f"),
        ] {
            assert_eq!(guessed(Path::new(folder)).as_str(), name);
        }
    }
}
