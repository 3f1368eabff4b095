use std::path::PathBuf;

use ragctl_image::{Contents, Layout};
use ragctl_stacks::{rounded::megabytes, stack::ImageReference};
use serde::Serialize;

use crate::{
    exit::Exit,
    failure::Failure,
    image,
    output::{
        human::{Human, Page, table::table},
        progress::waiting,
    },
    session::Session,
};

/// Show what is in an image: layers, sizes, user, command, list of parts
///
/// Without an image, the one that was built for the stack.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: an image in a registry, by its tag\n  \
                        ragctl image inspect ghcr.io/acme/handbook:latest\n\n\
                        Example: the digest of what was built\n  \
                        ragctl image inspect --json | jq -r .digest")]
pub(crate) struct InspectArgs {
    /// Image in a registry, by tag or digest
    image: Option<ImageReference>,

    /// Folder with an image, in place of the stack's
    #[arg(long, value_name = "DIR", conflicts_with = "image")]
    from: Option<PathBuf>,
}

/// What is in an image.
#[derive(Serialize)]
struct Shown {
    image: String,
    #[serde(flatten)]
    contents: Contents,
}

impl Human for Shown {
    fn human(&self, _page: Page) -> String {
        let mut text = format!("{}\n{}\n", self.image, self.contents.digest);
        for it in &self.contents.platforms {
            let parts = it.parts.map_or_else(
                || "no list of parts attached".to_owned(),
                |count| format!("a list of {count} parts attached"),
            );
            let runs = it.command.join(" ");
            text.extend([
                format!("\n{}, {parts}\n", it.platform),
                format!("  runs {runs} as user {}\n", named(&it.user)),
            ]);
            if !it.environment.is_empty() {
                text.extend([format!("  with {}\n", it.environment.join(" "))]);
            }
            let mut rows: Vec<Vec<String>> = it
                .layers
                .iter()
                .map(|layer| {
                    let packed = layer.media_type.rsplit(['+', '.']).next().unwrap_or_default();
                    let short = layer.digest.trim_start_matches("sha256:");
                    let short = &short[..short.len().min(12)];
                    let name = if layer.name.is_empty() { "?" } else { &layer.name };
                    [name, &megabytes(layer.size), packed, short].map(str::to_owned).to_vec()
                })
                .collect();
            let all = it.layers.iter().map(|layer| layer.size).sum();
            rows.push(vec!["in all".to_owned(), megabytes(all)]);
            text += &table(&["layer", "to pull", "packed", "digest"], &rows);
        }
        text
    }
}

fn named(user: &str) -> &str {
    if user.is_empty() { "root" } else { user }
}

pub(crate) async fn run(args: InspectArgs, session: &Session) -> Result<Exit, Failure> {
    let shown = match &args.image {
        Some(image) => in_registry(image).await?,
        None => {
            let layout = match args.from {
                Some(folder) => Layout::new(folder),
                None => image::layout(&session.project()?),
            };
            let contents = layout.contents().map_err(|it| Failure::Contents(Box::new(it)))?;
            Shown { image: crate::session::shown(layout.folder()), contents }
        }
    };
    session.output.result(&shown)?;
    Ok(Exit::Done)
}

async fn in_registry(image: &ImageReference) -> Result<Shown, Failure> {
    let (repository, name) = image.repository_and_name();
    let registry = ragctl_aws::registry(repository).await?;
    let contents = waiting("asking the registry", registry.contents(name)).await;
    let contents = contents.map_err(|it| Failure::Contents(Box::new(it)))?;
    Ok(Shown { image: image.to_string(), contents })
}
