use std::{path::PathBuf, sync::Arc, time::Duration};

use ragctl_image::{Layout, Meter, Pushed, Registry};
use ragctl_stacks::{
    address::Kind,
    backend::Backend,
    plan::{Plan, plan},
    resource::{Image, ImagePlace, Resource},
    rounded::megabytes,
    stack::{self, ImageRepository},
};
use serde::Serialize;

use crate::{
    change::{Consent, Terms, Wanted, change},
    exit::Exit,
    failure::Failure,
    image,
    output::{
        human::{Human, Page},
        progress::{Wait, waiting},
        style::{PLACE, styled},
    },
    session::{Project, Session},
};

/// How often it is told how far it has come.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// Push an image to a registry: only what it does not have
///
/// Without a repository, the stack's image goes where `deploy` would push it: to `image.repository` of the file, or to a
/// repository of the stack's own in ECR, which is made with a policy that deletes the oldest images.
///
/// ECR is logged in to with the credentials of AWS, any other registry by the login files of Docker or Podman. A registry
/// on this machine (localhost) is spoken to without TLS.
///
/// The name with the digest, which is printed, is what `deploy --image` takes.
#[derive(clap::Args, Debug)]
#[command(
    after_help = "Example: in a pipeline, build once and deploy the same image everywhere\n  \
                        ragctl image build\n  \
                        image=$(ragctl image push ghcr.io/acme/handbook --json | jq -r .image)\n  \
                        ragctl deploy --env staging --image \"$image\" --yes"
)]
pub(crate) struct PushArgs {
    /// Repository to push to, such as `ghcr.io/acme/handbook`
    repository: Option<ImageRepository>,

    /// Tag that leads to the image from now on [default: the stack's name, or `latest` without a file]
    #[arg(long, value_name = "TAG", requires = "repository")]
    tag: Option<String>,

    /// Folder with the image [default: the one that the stack's was built into]
    #[arg(long, value_name = "DIR", requires = "repository")]
    from: Option<PathBuf>,
}

/// Where an image is now.
#[derive(Serialize)]
struct InRegistry {
    event: &'static str,
    image: String,
    digest: String,
    #[serde(flatten)]
    pushed: Option<Pushed>,
}

impl Human for InRegistry {
    fn human(&self, _page: Page) -> String {
        let told = match self.pushed {
            None => String::new(),
            Some(Pushed { sent: 0, there, .. }) => {
                format!("all {there} parts were there, and nothing was sent\n")
            }
            Some(Pushed { sent, there: 0, bytes }) => {
                format!("{sent} parts sent, {}\n", megabytes(bytes))
            }
            Some(Pushed { sent, there, bytes }) => {
                format!("{sent} parts sent, {}; {there} were there\n", megabytes(bytes))
            }
        };
        format!("{told}{}\n", styled(PLACE, &self.image))
    }
}

pub(crate) async fn run(args: PushArgs, session: &Session) -> Result<Exit, Failure> {
    let done = match &args.repository {
        Some(repository) => elsewhere(&args, repository, session).await?,
        None => as_deployed(session).await?,
    };
    session.output.item(&done)?;
    Ok(Exit::Done)
}

/// Pushes what was built to a repository that nobody but the command line names.
async fn elsewhere(
    args: &PushArgs,
    repository: &ImageRepository,
    session: &Session,
) -> Result<InRegistry, Failure> {
    let project = match args.from {
        Some(_) => session.project().ok(),
        None => Some(session.project()?),
    };
    let layout = match (&args.from, &project) {
        (Some(folder), _) => Layout::new(folder),
        (None, Some(project)) => image::layout(project),
        (None, None) => unreachable!("without a folder there is a project"),
    };
    let digest = layout.digest().map_err(Failure::Layout)?;
    let of_stack = || project.as_ref().map(|it| it.stack.name.to_string());
    let tag = args.tag.clone().or_else(of_stack).unwrap_or_else(|| "latest".to_owned());
    let registry = ragctl_aws::registry(repository.as_str()).await?;
    let pushed = pushed(&registry, &layout, &tag).await?;
    Ok(InRegistry {
        event: "pushed",
        image: registry.repository().image(&digest),
        digest: digest.to_string(),
        pushed: Some(pushed),
    })
}

/// Pushes, with a bar that fills.
async fn pushed(registry: &Registry, layout: &Layout, tag: &str) -> Result<Pushed, Failure> {
    let meter = Arc::new(Meter::default());
    let told = Wait::open();
    told.hint(&format!("pushing to {}", registry.repository()));
    let pushing = registry.push(layout, tag, &meter);
    tokio::pin!(pushing);
    let mut looks = tokio::time::interval(TELL_EVERY);
    loop {
        tokio::select! {
            done = &mut pushing => return done.map_err(|it| Failure::Registry(Box::new(it))),
            _ = looks.tick() => {
                if meter.total() > 0 {
                    let (sent, of) = (megabytes(meter.sent()), megabytes(meter.total()));
                    told.news(format!("pushing to {}: {sent} of {of}", registry.repository()));
                }
            }
        }
    }
}

/// Does of a deployment what concerns the image, and no more.
async fn as_deployed(session: &Session) -> Result<InRegistry, Failure> {
    let project = session.project()?;
    let stack::Program::Build(_) = &project.stack.service.program else {
        return Err(Failure::NothingToPush);
    };
    let desired = session.desired(&project, None).await?;
    let backend = session.backend(&project).await?;
    let live = waiting("reading what exists", backend.live()).await?;
    let wanted = [Image::own(), Image::elsewhere()];
    let wanted = wanted.iter().find_map(|at| desired.at(at));
    let Some(Resource::Image(wanted)) = wanted.cloned() else {
        return Err(Failure::NothingToPush);
    };
    let mut plan = plan(&desired, &live)?;
    only_images(&mut plan);
    let terms = Terms {
        command: "ragctl image push",
        again: "ragctl image push",
        consent: Consent::Given,
        lease_wait: Duration::ZERO,
        wake: false,
    };
    change(session, &project, &backend, Wanted::Planned(plan), &terms).await?;
    let image = match &wanted.place {
        ImagePlace::Repository(repository) => format!("{repository}@{}", wanted.digest),
        ImagePlace::Kept(_) => own(&project, &backend, &wanted.digest).await?,
    };
    Ok(InRegistry { event: "pushed", image, digest: wanted.digest, pushed: None })
}

async fn own(
    project: &Project,
    backend: &crate::backend::AnyBackend,
    digest: &str,
) -> Result<String, Failure> {
    let aws = backend.aws().ok_or(Failure::NoRollback(project.stack.target))?;
    Ok(aws.image_name(digest).await?)
}

/// Leaves out all steps but those that push.
fn only_images(plan: &mut Plan) {
    plan.steps.retain(|it| it.address.kind == Kind::Image && it.action.wanted().is_some());
    plan.steps.iter_mut().for_each(|it| it.after.clear());
}
