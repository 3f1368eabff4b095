//! Composition: which file, which stack, which backend, and where what is said goes.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use ragctl_aws::{AwsBackend, AwsOptions};
use ragctl_image::{Archive, Image, PlatformInImage};
use ragctl_local::{LocalBackend, LocalOptions, SupervisorProgram};
use ragctl_stacks::{
    backend::Backend,
    check::{self, Finding, Severity},
    config,
    desired::{Desired, layer_names},
    plan::Scope,
    resource::{Package, Program},
    stack::{self, ImageBuild, ImageReference, Stack, Target},
    strategy,
};

use crate::{
    archives,
    backend::{AnyBackend, FakeFile},
    bundle::BundleFolder,
    cli::{ApiKey, BackendChoice, Global},
    environment,
    failure::Failure,
    image::{self, Needed},
    output::{Format, Output},
    program,
    service::Client,
};

/// The stack file's name, where none is given.
pub(crate) const FILE: &str = "ragctl.yaml";

/// Beside the stack file: what ragctl keeps of its stacks.
pub(crate) const STATE: &str = ".ragctl";

/// How much longer than the service's own limit an answer may stay away.
const PATIENCE: Duration = Duration::from_secs(30);

/// What every command works with.
pub(crate) struct Session {
    /// Where what is said goes.
    pub(crate) output: Output,
    global: Global,
}

/// A stack file, as it was read.
pub(crate) struct StackFile {
    /// Its path, absolute.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
}

/// A stack and where it comes from.
pub(crate) struct Project {
    /// Its file.
    pub(crate) file: StackFile,
    /// The stack, its strategies applied.
    pub(crate) stack: Stack,
    /// What to say with its plan: what rules find, but for what forbids a plan. Nothing where none is made.
    pub(crate) warnings: Vec<Finding>,
}

impl Session {
    /// A session with what the command line says.
    pub(crate) const fn new(global: Global) -> Self {
        let format = if global.json { Format::Json } else { Format::Human };
        Self { output: Output::new(format), global }
    }

    /// The environment that was chosen.
    pub(crate) fn environment(&self) -> Option<&str> {
        self.global.env.as_deref()
    }

    /// The file that was chosen, or the path that a new one gets.
    pub(crate) fn new_file(&self) -> Result<PathBuf, Failure> {
        absolute(self.global.file.as_deref().unwrap_or(Path::new(FILE)))
    }

    /// The stack file: the one that was named, or the nearest one upwards from here.
    pub(crate) fn file(&self) -> Result<StackFile, Failure> {
        let path = match &self.global.file {
            Some(path) => absolute(path)?,
            None => nearest(&absolute(Path::new("."))?)?,
        };
        let text = fs::read_to_string(&path);
        let text = text.map_err(|source| Failure::Unreadable { path: path.clone(), source })?;
        Ok(StackFile { path, text })
    }

    /// The stack that the file asks for.
    pub(crate) fn project(&self) -> Result<Project, Failure> {
        let file = self.file()?;
        let stack = config::load(&file.text, &file.shown(), self.environment());
        let stack = strategy::applied(&stack.map_err(Failure::Mistakes)?);
        Ok(Project { file, stack, warnings: Vec::new() })
    }

    /// The stack that the file asks for, to be planned: no rule may forbid it.
    pub(crate) fn project_to_plan(&self) -> Result<Project, Failure> {
        self.to_plan(self.file()?)
    }

    /// As [`Self::project_to_plan`], of a file that was read already.
    pub(crate) fn to_plan(&self, file: StackFile) -> Result<Project, Failure> {
        let opened = config::open(&file.text, &file.shown(), self.environment());
        let opened = opened.map_err(Failure::Mistakes)?;
        let (errors, mut warnings): (Vec<_>, Vec<_>) =
            check::told(&opened).into_iter().partition(|it| it.rule.severity == Severity::Error);
        if !errors.is_empty() {
            return Err(Failure::Forbidden { file: file.shown(), findings: errors });
        }
        warnings.retain(|it| it.rule.severity == Severity::Warning);
        Ok(Project { file, stack: strategy::applied(&opened.stack), warnings })
    }

    /// What the stack needs on its target; `image` is what the command line says in place of the file.
    pub(crate) async fn desired(
        &self,
        project: &Project,
        image: Option<&ImageReference>,
    ) -> Result<Desired, Failure> {
        match (&project.stack.service.program, image) {
            (stack::Program::Build(build), None) => {
                return self.desired_of_built(project, build).await;
            }
            (stack::Program::Zip { .. }, None) => {
                let program = Program::Zip(self.packed(project).await?);
                return Ok(Desired::of(&project.stack, &program));
            }
            _ => {}
        }
        let program = match (self.global.backend, image) {
            (_, Some(image)) => Program::Image(image.to_string()),
            (BackendChoice::Fake, None) if project.stack.target == Target::Local => {
                Program::Binary { path: "rag-service".to_owned(), version: "1".to_owned() }
            }
            (BackendChoice::Fake | BackendChoice::Target, None) => {
                let named = self.global.service.as_deref();
                program::find(&project.stack.service.program, project.file.folder(), named)?
            }
        };
        Ok(Desired::of(&project.stack, &program))
    }

    /// The same where the file lets the image be built: it is built, and what it is called by is known.
    async fn desired_of_built(
        &self,
        project: &Project,
        build: &ImageBuild,
    ) -> Result<Desired, Failure> {
        let image = self.built(project, build).await?;
        let program = match &build.repository {
            Some(repository) => Program::Image(format!("{repository}@{}", image.digest)),
            None => Program::Built(image.digest.to_string()),
        };
        let desired = Desired::of(&project.stack, &program);
        let size = image.platform(project.stack.service.architecture).map(PlatformInImage::size);
        Ok(desired.with_image_size(size.unwrap_or_default()))
    }

    /// Builds the image that the file lets be built.
    pub(crate) async fn built(
        &self,
        project: &Project,
        build: &ImageBuild,
    ) -> Result<Image, Failure> {
        let bundle =
            BundleFolder::of(build.bundle.as_deref(), project.file.folder(), self.bundle());
        // Lambda takes no index of images.
        let needed = match project.stack.target {
            Target::Lambda => Needed::Only(project.stack.service.architecture),
            Target::Local | Target::Fargate => Needed::Among(project.stack.service.architecture),
        };
        let layout = image::layout(project);
        let image = image::built(bundle, needed, build.compression, layout).await?;
        image.remarks.iter().for_each(|it| self.output.warn(it));
        Ok(image)
    }

    /// Makes the archives that a function is made of.
    pub(crate) async fn packed(&self, project: &Project) -> Result<Package, Failure> {
        let stack = &project.stack;
        let in_file = match &stack.service.program {
            stack::Program::Zip { bundle } => bundle.as_deref(),
            _ => None,
        };
        let folder = project.file.folder();
        let bundle = BundleFolder::of(in_file, folder, self.bundle());
        let layers = stack.lambda.layers.iter();
        let packages = archives::packed(
            bundle,
            stack.service.architecture,
            layer_names(stack),
            layers.map(|(name, path)| (name.to_string(), folder.join(path))).collect(),
            archives::of(project),
        )
        .await?;
        packages.remarks.iter().for_each(|it| self.output.warn(it));
        let digest = |it: Archive| it.digest.to_string();
        Ok(Package {
            layers: packages.layers.into_iter().map(|(name, it)| (name, digest(it))).collect(),
            code: digest(packages.code),
        })
    }

    /// The bundle that the environment names.
    pub(crate) fn bundle(&self) -> Option<&Path> {
        self.global.bundle.as_deref()
    }

    /// The backend of the stack's target, at the speed at which the stack runs.
    pub(crate) async fn backend(&self, project: &Project) -> Result<AnyBackend, Failure> {
        self.backend_at(project, 1.0).await
    }

    /// The backend of the stack's target for commands that change it. `time_scale` is how many times faster than real
    /// the timings shall run; none: as fast as they do.
    pub(crate) async fn backend_for_change(
        &self,
        project: &Project,
        time_scale: Option<f64>,
    ) -> Result<AnyBackend, Failure> {
        let backend = self.backend(project).await?;
        if matches!(backend, AnyBackend::Aws(_)) {
            // Time on AWS runs as it does.
            return Ok(backend);
        }
        let time_scale = match time_scale {
            Some(scale) => scale,
            None => backend.status().await?.map_or(1.0, |status| status.time_scale),
        };
        self.backend_at(project, time_scale).await
    }

    async fn backend_at(&self, project: &Project, time_scale: f64) -> Result<AnyBackend, Failure> {
        let root = project.state_folder();
        match (self.global.backend, project.stack.target) {
            (BackendChoice::Fake, _) => Ok(AnyBackend::Fake(FakeFile::new(&root))),
            (BackendChoice::Target, Target::Local) => {
                let options = LocalOptions {
                    supervisor: supervisor(&root),
                    root,
                    stack: project.stack.name.to_string(),
                    time_scale,
                    secrets: Box::new(secret),
                };
                Ok(AnyBackend::Local(LocalBackend::new(options)))
            }
            (BackendChoice::Target, Target::Fargate | Target::Lambda) => self.aws(project).await,
        }
    }

    /// AWS, as the file and the environment name it.
    pub(crate) async fn aws(&self, project: &Project) -> Result<AnyBackend, Failure> {
        let program = &project.stack.service.program;
        let is_built = matches!(program, stack::Program::Build(_));
        let is_packed = matches!(program, stack::Program::Zip { .. });
        let options = AwsOptions {
            image: is_built.then(|| image::layout(project)),
            archives: is_packed.then(|| archives::of(project)),
            stack: project.stack.clone(),
            failures: project.file.folder().join(STATE).join("failures"),
            gate: environment::gate(),
            endpoint: None,
            is_abandoned: ragctl_local::is_abandoned,
        };
        Ok(AnyBackend::Aws(Box::new(AwsBackend::new(options).await?)))
    }

    /// The service's program on this machine, whatever runs on the stack's target; without a stack, the bundled one.
    pub(crate) fn program_here(&self, project: Option<&Project>) -> Result<PathBuf, Failure> {
        let named = self.global.service.as_deref();
        let bundled = &stack::Program::Bundled;
        let wanted = project.map_or(bundled, |it| match &it.stack.service.program {
            binary @ stack::Program::Binary(_) => binary,
            _ => bundled,
        });
        let folder = project.map_or(Path::new("."), |it| it.file.folder());
        match program::find(wanted, folder, named)? {
            Program::Binary { path, .. } => absolute(Path::new(&path)),
            Program::Image(_) | Program::Built(_) | Program::Zip(_) => {
                unreachable!("a binary was looked for")
            }
        }
    }

    /// A client of the service, if it is deployed.
    pub(crate) async fn client(&self, project: &Project) -> Result<Client, Failure> {
        let name = || project.stack.name.to_string();
        let status = self.backend(project).await?.status().await?;
        let status = status.ok_or_else(|| Failure::NothingDeployed(name()))?;
        let endpoint = status.endpoint.ok_or_else(|| Failure::NoEndpoint(name()))?;
        let silence = project.stack.service.request_timeout.duration() + PATIENCE;
        Ok(Client::new(&endpoint, silence, self.api_key()))
    }

    /// What the service is shown.
    pub(crate) fn api_key(&self) -> Option<&ApiKey> {
        self.global.api_key.as_ref()
    }
}

impl StackFile {
    /// Its path, as messages show it.
    pub(crate) fn shown(&self) -> String {
        shown(&self.path)
    }

    /// The folder that it lies in, from which its paths start.
    pub(crate) fn folder(&self) -> &Path {
        self.path.parent().expect("a file lies in a folder")
    }
}

impl Project {
    /// What ragctl keeps of this stack.
    pub(crate) fn state_folder(&self) -> PathBuf {
        self.file.folder().join(STATE).join(self.stack.name.as_str())
    }

    /// Whose plans it has.
    pub(crate) fn scope(&self) -> Scope {
        Scope::of(&self.stack)
    }
}

/// A path as messages show it: from here where it lies here, else whole.
pub(crate) fn shown(path: &Path) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(here).unwrap_or(path).display().to_string()
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|source| Failure::Unreadable { path: path.to_owned(), source })
}

fn nearest(here: &Path) -> Result<PathBuf, Failure> {
    let found = here.ancestors().map(|folder| folder.join(FILE)).find(|path| path.is_file());
    found.ok_or_else(|| Failure::NoStackFile(here.to_owned()))
}

/// This program itself, which holds the supervisor too.
pub(crate) fn supervisor(root: &Path) -> SupervisorProgram {
    let program = std::env::current_exe().unwrap_or_else(|_| PathBuf::from("ragctl"));
    let args = ["supervise".into(), "--root".into(), root.into()].into();
    SupervisorProgram { program, args }
}

/// Looks up a secret that the stack file names.
pub(crate) fn secret(reference: &str) -> Result<String, String> {
    match reference.strip_prefix("env:") {
        Some(name) => environment::secret(name)
            .ok_or_else(|| format!("the variable {name} is not set, or is no text")),
        None => Err("on this machine a secret comes from a variable: `env:NAME`".to_owned()),
    }
}
