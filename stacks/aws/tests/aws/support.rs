//! A stack, and an account to deploy it to.

use std::{
    path::{Path, PathBuf},
    sync::{LazyLock, Mutex},
    time::Duration,
};

use ragctl_aws::{AwsBackend, AwsOptions, Gate};
use ragctl_cloud::Cloud;
use ragctl_image::{Archives, Bundle, Layout, package};
use ragctl_stacks::{
    apply::{Outcome, apply},
    backend::Backend,
    config,
    desired::{Desired, layer_names},
    event::Event,
    live::Live,
    plan::{Plan, Scope, plan},
    resource::{Package, Program},
    stack::{self, Architecture, Compression, Stack, Target},
    strategy,
};

/// What every stack here has, and is as short as a file can be.
pub(crate) const MINIMAL: &str = "stack: handbook\ntarget: fargate\naws: {region: eu-west-1}\nservice: {image: 'rag-service:good'}\n";

/// An account of its own, and a folder for what is kept of failures.
pub(crate) struct Home {
    pub(crate) cloud: Cloud,
    folder: tempfile::TempDir,
}

impl Home {
    pub(crate) async fn new() -> Self {
        Self { cloud: Cloud::start().await, folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn failures(&self) -> PathBuf {
        self.folder.path().join("failures")
    }

    /// The backend of the stack that this text asks for.
    pub(crate) async fn backend(&self, text: &str) -> AwsBackend {
        let stack = stack(text);
        let options = AwsOptions {
            image: built(&stack).map(|it| it.layout.clone()),
            archives: packed(&stack).map(|_| archives()),
            stack,
            failures: self.failures(),
            gate: Gate::Completed,
            endpoint: Some(self.cloud.endpoint()),
            is_abandoned: |_| false,
        };
        AwsBackend::new(options).await.unwrap()
    }

    /// Brings the account to what the text says; the plan, the outcome and what was told.
    pub(crate) async fn deploy(&self, text: &str) -> Deployed {
        let backend = self.backend(text).await;
        carry_out(&backend, &desired(text)).await
    }

    /// The steps that would bring the account to what the text says.
    pub(crate) async fn plan(&self, text: &str) -> Plan {
        let live = self.backend(text).await.live().await.unwrap();
        planned(&desired(text), &live)
    }

    /// Takes the stack down; nothing may be left.
    pub(crate) async fn destroy(&self, text: &str) -> Deployed {
        let backend = self.backend(text).await;
        carry_out(&backend, &Desired::nothing(Scope::of(&stack(text)))).await
    }
}

/// Deploys as a program that is killed at the call of this number among those that change something; whether it came so far.
pub(crate) async fn killed_at(home: &Home, text: &str, call: usize) -> bool {
    home.cloud.stall_at(Some(call));
    let backend = home.backend(text).await;
    let wanted = desired(text);
    let was_killed = tokio::select! {
        done = carry_out(&backend, &wanted) => {
            done.well();
            false
        }
        () = stalled(home) => true,
    };
    drop(backend);
    home.cloud.stall_at(None);
    was_killed
}

/// Waits until a call stands still.
pub(crate) async fn stalled(home: &Home) {
    while !home.cloud.stalled() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// As long as the copies of a function at the edge take to go here.
pub(crate) const COPIES: Duration = Duration::from_millis(60);

/// What came of a deployment.
pub(crate) struct Deployed {
    pub(crate) plan: Plan,
    pub(crate) outcome: Outcome,
    pub(crate) events: Vec<Event>,
}

impl Deployed {
    /// It must have come to its good end.
    #[track_caller]
    pub(crate) fn well(self) -> Plan {
        assert!(self.outcome.is_complete(), "{:#?}", self.outcome.failed);
        self.plan
    }
}

pub(crate) async fn carry_out(backend: &AwsBackend, wanted: &Desired) -> Deployed {
    let live = backend.live().await.unwrap();
    let plan = planned(wanted, &live);
    let events = Mutex::new(Vec::new());
    let tell = |event: Event| events.lock().unwrap().push(event);
    let outcome = apply(&plan, &live, backend, &tell).await.unwrap();
    Deployed { plan, outcome, events: events.into_inner().unwrap() }
}

pub(crate) fn planned(wanted: &Desired, live: &Live) -> Plan {
    plan(&wanted.clone().leaving_to_others(live), live).unwrap()
}

pub(crate) fn stack(text: &str) -> Stack {
    let stack = config::load(text, "ragctl.yaml", None);
    strategy::applied(&stack.unwrap_or_else(|mistakes| panic!("{mistakes}")))
}

pub(crate) fn desired(text: &str) -> Desired {
    let stack = stack(text);
    let program = match &stack.service.program {
        stack::Program::Image(image) => Program::Image(image.to_string()),
        stack::Program::Zip { .. } => Program::Zip(packed(&stack).expect("it is packed")),
        _ => Program::Built(built(&stack).expect("an image is named or built").digest.clone()),
    };
    Desired::of(&stack, &program)
}

/// An image that was built of the fixture, which runs nowhere.
pub(crate) struct Built {
    pub(crate) layout: Layout,
    pub(crate) digest: String,
    _folder: tempfile::TempDir,
}

/// The image that the file lets be built, if it does: the same for each file with the same compression.
pub(crate) fn built(stack: &Stack) -> Option<&'static Built> {
    static GZIP: LazyLock<Built> = LazyLock::new(|| build_by(Compression::Gzip, None));
    static ZSTD: LazyLock<Built> = LazyLock::new(|| build_by(Compression::Zstd, None));
    static OF_ONE: LazyLock<Built> =
        LazyLock::new(|| build_by(Compression::Gzip, Some(Architecture::X86_64)));
    let stack::Program::Build(build) = &stack.service.program else { return None };
    Some(match build.compression {
        // Lambda takes no index.
        _ if stack.target == Target::Lambda => &OF_ONE,
        Compression::Gzip => &GZIP,
        Compression::Zstd => &ZSTD,
    })
}

fn build_by(by: Compression, only: Option<Architecture>) -> Built {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../image/fixtures/bundle");
    let folder = tempfile::tempdir().unwrap();
    let layout = Layout::new(folder.path());
    let bundle = Bundle::open(&fixture, only).unwrap();
    let bundle = only.map_or(bundle.clone(), |it| bundle.only(it));
    let image = ragctl_image::build(&bundle, by, &layout).unwrap();
    Built { layout, digest: image.digest.to_string(), _folder: folder }
}

/// Where all archives lie, for they are called by what is in them.
fn archives() -> Archives {
    static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());
    Archives::new(FOLDER.path())
}

/// The archives of the fixture and of the file's folders, if the file lets some be made.
pub(crate) fn packed(stack: &Stack) -> Option<Package> {
    let stack::Program::Zip { .. } = &stack.service.program else { return None };
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../image/fixtures/bundle");
    let architecture = stack.service.architecture;
    let bundle = Bundle::open(&fixture, Some(architecture)).unwrap();
    let folders =
        stack.lambda.layers.iter().map(|(name, path)| (name.to_string(), path.clone())).collect();
    let embeds = layer_names(stack).contains("embedder");
    let made = package(&bundle, architecture, embeds, &folders, &archives()).unwrap();
    let layers = made.layers.into_iter().map(|(name, it)| (name, it.digest.to_string())).collect();
    Some(Package { code: made.code.digest.to_string(), layers })
}

/// The lines of a plan, for messages.
pub(crate) fn lines(plan: &Plan) -> String {
    plan.lines().iter().map(|it| format!("{}\n", it.text)).collect()
}
