use ragctl_stacks::{
    config::{
        self,
        edit::{self, NewValue},
    },
    strategy::Strategy,
};
use serde::Serialize;

use super::{about, named};
use crate::{
    change::Wanted,
    commands::deploy::{TermsArgs, deploy},
    exit::Exit,
    failure::Failure,
    output::{
        human::{Human, Page, diff::diff},
        style::{PLACE, styled},
    },
    rewrite::rewrite,
    session::{Session, StackFile},
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
    let opened = config::open(&text, &file.shown(), session.environment());
    let opened = opened.map_err(Failure::Mistakes)?;
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
        rewrite(&file.path, &text)?;
    }
    let about_it = about(switch.strategy, &opened);
    for it in &about_it {
        output.warn(&format!("{}; {} ({})", it.why, it.remedy, it.rule.id));
    }
    output.item(&told)?;
    if after.no_deploy {
        return Ok(Exit::Done);
    }
    let mut project = session.to_plan(StackFile { text, ..file })?;
    let is_told = |id| about_it.iter().any(|it| it.rule.id == id);
    project.warnings.retain(|it| !is_told(it.rule.id));
    let wanted = Wanted::Resources(session.desired(&project, None).await?);
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
