use std::path::PathBuf;

use clap::ValueEnum;
use ragctl_image::{Digest, Image, Layout};
use ragctl_stacks::{
    rounded::megabytes,
    stack::{self, Compression, Target},
};
use serde::Serialize;

use crate::{
    bundle::BundleFolder,
    exit::Exit,
    failure::Failure,
    image::{self, Needed},
    output::{
        human::{Human, Page, table::table},
        style::{PLACE, styled},
    },
    session::Session,
};

/// Build the image of the bundled service into a folder
///
/// A static program, certificates, the embedder's data in a layer of its own, a user without rights, and nothing else. The
/// same bundle gives the same bytes, so that the digest says what is in it. The folder is an OCI image layout, which
/// skopeo, umoci and crane read too.
///
/// A bundle is a folder with `x86_64/rag-service`, `arm64/rag-service` or both, and the embedder's data in `embedder/`;
/// `service/make-bundle` makes one. It is `image.bundle` of the file; else the folder that `RAGCTL_BUNDLE` names; else
/// the one beside ragctl.
#[derive(clap::Args, Debug)]
#[command(after_help = "Example: without a stack file, for any registry\n  \
                        ragctl image build --bundle target/bundle --out image\n  \
                        ragctl image push ghcr.io/acme/handbook --from image")]
pub(crate) struct BuildArgs {
    /// Bundle to build of, in place of the file's
    #[arg(long, value_name = "DIR")]
    bundle: Option<PathBuf>,

    /// How layers are packed [default: the file's, or else gzip]
    #[arg(long, value_enum)]
    compression: Option<Packing>,

    /// Folder to build into [default: one of the stack's, in `.ragctl`]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Packing {
    /// Whatever pulls images understands it
    Gzip,
    /// Smaller, and unpacked faster; Fargate takes it
    Zstd,
}

impl From<Packing> for Compression {
    fn from(it: Packing) -> Self {
        match it {
            Packing::Gzip => Self::Gzip,
            Packing::Zstd => Self::Zstd,
        }
    }
}

/// What was built.
#[derive(Serialize)]
struct Built {
    event: &'static str,
    folder: PathBuf,
    #[serde(flatten)]
    image: Image,
}

impl Human for Built {
    fn human(&self, _page: Page) -> String {
        let Image { digest, platforms, .. } = &self.image;
        let mut text = String::new();
        for it in platforms {
            let row = |name: &str, size: u64, unpacked: u64, digest: Option<&Digest>| {
                let short = digest.map(|it| it.short().to_owned()).unwrap_or_default();
                vec![name.to_owned(), megabytes(size), megabytes(unpacked), short]
            };
            let mut rows: Vec<Vec<String>> = it
                .layers
                .iter()
                .map(|layer| row(layer.name, layer.size, layer.unpacked, Some(&layer.digest)))
                .collect();
            let unpacked = it.layers.iter().map(|layer| layer.unpacked).sum();
            rows.push(row("in all", it.size(), unpacked, None));
            let architecture = it.architecture;
            let parts = it.parts;
            text.extend([format!("linux {architecture}, a list of {parts} parts attached\n")]);
            text += &table(&["layer", "to pull", "unpacked", "digest"], &rows);
        }
        text + &format!("{digest} in {}\n", styled(PLACE, crate::session::shown(&self.folder)))
    }
}

pub(crate) async fn run(args: BuildArgs, session: &Session) -> Result<Exit, Failure> {
    let project = match (&args.bundle, &args.out) {
        // All that a file would say is said.
        (Some(_), Some(_)) => session.project().ok(),
        _ => Some(session.project()?),
    };
    let program = project.as_ref().map(|it| &it.stack.service.program);
    let build = match program {
        Some(stack::Program::Build(build)) => Some(build),
        _ => None,
    };
    let folder = project.as_ref().map(|it| it.file.folder().to_owned()).unwrap_or_default();
    let bundle = match &args.bundle {
        Some(path) => BundleFolder::of(None, &folder, Some(path)),
        None => {
            let in_file = build.and_then(|it| it.bundle.as_deref());
            BundleFolder::of(in_file, &folder, session.bundle())
        }
    };
    let of_file = build.map(|it| it.compression).unwrap_or_default();
    let by = args.compression.map_or(of_file, Compression::from);
    let layout = match (args.out, &project) {
        (Some(out), _) => Layout::new(out),
        (None, Some(project)) => image::layout(project),
        (None, None) => return Err(Failure::NoStackFile(PathBuf::from("."))),
    };
    // Where the stack runs on this machine, no image is needed for its processors.
    let needed = project.as_ref().filter(|it| it.stack.target != Target::Local);
    let needed = match needed.map(|it| (it.stack.target, it.stack.service.architecture)) {
        None => Needed::Any,
        Some((Target::Lambda, architecture)) => Needed::Only(architecture),
        Some((_, architecture)) => Needed::Among(architecture),
    };
    let folder = layout.folder().to_owned();
    let image = image::built(bundle, needed, by, layout).await?;
    image.remarks.iter().for_each(|it| session.output.warn(it));
    session.output.result(&Built { event: "built", folder, image })?;
    Ok(Exit::Done)
}
