use ragctl_aws::{Finding, State, without_region};
use ragctl_stacks::{
    backend::BackendError,
    stack::{ImageReference, Program},
};
use serde::Serialize;

use crate::{exit::Exit, failure::Failure, output::progress::waiting, session::Session};

/// Check what a deployment needs, before there is one, and change nothing
///
/// On AWS: credentials, region, permissions, network, certificate, listener, secrets, image and names. All findings are
/// told at once, each with its remedy. No secret's value is read.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: before the first deployment to an account\n  \
                        ragctl verify --env production\n\n\
                        Exit code 1 says that a deployment would fail; warnings do not change it.")]
pub(crate) struct VerifyArgs {
    /// Image to check, in place of the file's
    #[arg(long, value_name = "IMAGE")]
    image: Option<ImageReference>,
}

/// What the checks found.
#[derive(Debug, Serialize)]
pub(crate) struct Verified {
    /// The stack.
    pub(crate) stack: String,
    /// Where it runs.
    pub(crate) target: String,
    /// What was found, in the order of the checks; nothing where nothing outside this machine is needed.
    pub(crate) findings: Vec<Finding>,
}

pub(crate) async fn run(args: VerifyArgs, session: &Session) -> Result<Exit, Failure> {
    let mut project = session.project()?;
    if let Some(image) = args.image {
        project.stack.service.program = Program::Image(image);
    }
    let findings = match session.backend(&project).await {
        Ok(backend) => match backend.aws() {
            Some(aws) => waiting("asking AWS for what a deployment needs", aws.verify()).await,
            None => Vec::new(),
        },
        Err(Failure::Backend(BackendError::NoRegion)) => without_region(),
        Err(failure) => return Err(failure),
    };
    let (stack, target) = (project.stack.name.to_string(), project.stack.target.to_string());
    let verified = Verified { stack, target, findings };
    session.output.result(&verified)?;
    Ok(match verified.count(State::Failed) {
        0 => Exit::Done,
        _ => Exit::Failed,
    })
}

impl Verified {
    /// How many findings came out so.
    pub(crate) fn count(&self, state: State) -> usize {
        self.findings.iter().filter(|it| it.state == state).count()
    }
}
