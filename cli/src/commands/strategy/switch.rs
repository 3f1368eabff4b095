use std::{
    fs, io,
    path::{Path, PathBuf},
};

use ragctl_stacks::{
    config::{
        self,
        edit::{self, NewValue},
    },
    strategy::{self, Strategy},
};
use serde::Serialize;

use super::named;
use crate::{
    change::Wanted,
    commands::deploy::{TermsArgs, deploy},
    exit::Exit,
    failure::Failure,
    output::{
        human::{Human, Page, diff::diff},
        style::{PLACE, styled},
    },
    session::{Project, Session, StackFile},
};

/// Switch a strategy on in the stack file, and deploy
///
/// The file keeps its comments and its order. With `--env`, the environment's overlay is edited.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: keep the service warm in working hours\n  \
                        ragctl strategy enable keepalive --set schedule='cron(0/10 8-18 ? * MON-FRI *)'\n\n\
                        Example: edit the file, deploy later\n  \
                        ragctl strategy enable prewarm --no-deploy")]
pub(super) struct EnableArgs {
    /// Its name in `ragctl strategy list`
    name: String,

    /// A setting of the strategy; may be given again
    #[arg(long = "set", value_name = "KEY=VALUE")]
    settings: Vec<String>,

    #[command(flatten)]
    after: AfterArgs,
}

/// Switch a strategy off in the stack file, and deploy
///
/// The file keeps its comments and its order, and the strategy's settings. With `--env`, the environment's overlay is
/// edited.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example:\n  ragctl strategy disable keepalive")]
pub(super) struct DisableArgs {
    /// Its name in `ragctl strategy list`
    name: String,

    #[command(flatten)]
    after: AfterArgs,
}

/// What comes after the edit.
#[derive(clap::Args, Debug)]
struct AfterArgs {
    /// Only edit the file
    #[arg(long)]
    no_deploy: bool,

    #[command(flatten)]
    terms: TermsArgs,
}

/// What became of the file.
#[derive(Serialize)]
struct Switched {
    event: &'static str,
    file: String,
    strategy: &'static str,
    on: bool,
    changed: bool,
}

impl Human for Switched {
    fn human(&self, _page: Page) -> String {
        let Self { file, strategy, changed, .. } = self;
        let state = if self.on { "on" } else { "off" };
        let already = if *changed { "" } else { " already" };
        format!("{} is {state}{already} in {file}\n", styled(PLACE, strategy))
    }
}

pub(super) async fn enable(args: EnableArgs, session: &Session) -> Result<Exit, Failure> {
    let strategy = named(&args.name)?;
    let mut edits = vec![(format!("strategies.{}", strategy.name()), NewValue::Switch(true))];
    for setting in &args.settings {
        edits.push(set(strategy, setting)?);
    }
    let command = "ragctl strategy enable";
    switch(Switch { strategy, on: true, edits, command }, &args.after, session).await
}

pub(super) async fn disable(args: DisableArgs, session: &Session) -> Result<Exit, Failure> {
    let strategy = named(&args.name)?;
    let edits = vec![(format!("strategies.{}", strategy.name()), NewValue::Switch(false))];
    let command = "ragctl strategy disable";
    switch(Switch { strategy, on: false, edits, command }, &args.after, session).await
}

/// What to edit, and for whom.
struct Switch {
    strategy: &'static dyn Strategy,
    on: bool,
    edits: Vec<(String, NewValue)>,
    command: &'static str,
}

async fn switch(switch: Switch, after: &AfterArgs, session: &Session) -> Result<Exit, Failure> {
    let file = session.file()?;
    let text = edited(&file, session.environment(), &switch.edits)?;
    let stack = config::load(&text, &file.shown(), session.environment());
    let stack = stack.map_err(Failure::Mistakes)?;
    let output = session.output;
    let told = Switched {
        event: "edited",
        file: file.shown(),
        strategy: switch.strategy.name(),
        on: switch.on,
        changed: text != file.text,
    };
    if told.changed {
        output.note(diff(&file.text, &text).trim_end());
        replace(&file.path, &text)?;
    }
    for it in switch.strategy.contradictions(&stack) {
        output.warn(&format!("{}; {}", it.why, it.remedy));
    }
    output.item(&told)?;
    if after.no_deploy {
        return Ok(Exit::Done);
    }
    let project = Project { stack: strategy::applied(&stack), file: StackFile { text, ..file } };
    let wanted = Wanted::Resources(session.desired(&project, None)?);
    let deployed = deploy(session, &project, wanted, &after.terms, switch.command).await;
    if let Err(Failure::Declined | Failure::ConsentNeeded { .. }) = &deployed
        && told.changed
    {
        output.note("the file keeps the edit; `ragctl deploy` carries it out");
    }
    deployed.map(|()| Exit::Done)
}

/// A setting as it is written on the command line: `workers=4`.
fn set(strategy: &dyn Strategy, setting: &str) -> Result<(String, NewValue), Failure> {
    let parts = setting.split_once('=').filter(|(key, _)| !key.is_empty() && !key.contains('.'));
    let (key, value) = parts.ok_or_else(|| Failure::NotASetting(setting.to_owned()))?;
    let value = match value.parse() {
        Ok(number) => NewValue::Number(number),
        Err(_) => NewValue::Text(value.to_owned()),
    };
    Ok((format!("strategies.{}.{key}", strategy.name()), value))
}

fn edited(
    file: &StackFile,
    environment: Option<&str>,
    edits: &[(String, NewValue)],
) -> Result<String, Failure> {
    let mut text = file.text.clone();
    for (path, value) in edits {
        text = edit::set(&text, environment, path, value)
            .map_err(|source| Failure::NotEdited { path: file.path.clone(), source })?;
    }
    Ok(text)
}

/// Writes the user's file so that it is the old one or the new one, whatever happens meanwhile.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let unwritable = |source| Failure::Unwritable { path: path.to_owned(), source };
    // A link stays a link.
    let path = path.canonicalize().map_err(unwritable)?;
    let beside = beside(&path);
    let written = write(&path, &beside, text);
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written.map_err(unwritable)
}

fn write(path: &Path, beside: &Path, text: &str) -> io::Result<()> {
    fs::write(beside, text)?;
    fs::set_permissions(beside, fs::metadata(path)?.permissions())?;
    fs::rename(beside, path)
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    path.with_file_name(name)
}
