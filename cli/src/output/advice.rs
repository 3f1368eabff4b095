//! From a failure to what can be typed next, and the exit code: the one exhaustive match.

use std::io;

use ragctl_image::{BundleError, ContentsError, PackageError, RegistryError};
use ragctl_stacks::{backend::BackendError, config::edit::EditError, plan::PlanError};

use crate::{
    exit::Exit,
    failure::{Failure, Known, ProgramSource, StepsDone},
    service::CallError,
};

/// Whether whoever read our output has gone, which is no error.
pub(super) fn is_closed_pipe(failure: &Failure) -> bool {
    matches!(failure, Failure::Output(e) if e.kind() == io::ErrorKind::BrokenPipe)
}

/// The exit code, and what can be done.
pub(super) fn advice(failure: &Failure) -> (Exit, Option<String>) {
    let usage = |hint: &str| (Exit::Usage, Some(hint.to_owned()));
    let failed = |hint: &str| (Exit::Failed, Some(hint.to_owned()));
    match failure {
        Failure::NotTogether(..) => usage("leave one of the two out"),
        Failure::NoStackFile(_) => {
            usage("`ragctl init` writes one; `--file FILE` names one elsewhere")
        }
        Failure::Unreadable { .. } | Failure::Mistakes(_) => (Exit::Usage, None),
        Failure::Forbidden { findings, .. } => {
            let rule = findings.first().map(|it| it.rule.id).unwrap_or_default();
            usage(&format!("nothing was changed; `ragctl explain {rule}` says more"))
        }
        Failure::NotEdited { source: EditError::NotAlone { by_hand, .. }, .. } => usage(by_hand),
        Failure::NotEdited { source: EditError::NotReadable, .. } => {
            usage("`ragctl check` lists the mistakes")
        }
        Failure::Unwritable { source, .. } => failed(of_file(source)),
        Failure::Unpaintable { .. } => {
            failed("a name that ends with `.svg` gets the figure without painting it")
        }
        Failure::AlreadyThere(_) => usage("`ragctl init --force` writes it anew"),
        Failure::NotAName { suggestion: Some(name), .. } => {
            usage(&format!("`--name {name}` would do"))
        }
        Failure::NotAName { suggestion: None, .. } => {
            usage("a name is lower-case letters, digits and single hyphens: `--name handbook`")
        }
        Failure::NotASetting(_) => usage("`ragctl strategy explain NAME` lists the settings"),
        Failure::NoSuchStrategy { nearest: Some(nearest), .. } => {
            usage(&format!("did you mean `{nearest}`? `ragctl strategy list` lists all"))
        }
        Failure::NoSuchStrategy { nearest: None, .. } => usage("`ragctl strategy list` lists all"),
        Failure::NothingToExplain { nearest: Some(nearest), .. } => {
            usage(&format!("did you mean `{nearest}`? `ragctl explain` lists all rules"))
        }
        Failure::NothingToExplain { nearest: None, .. } => {
            usage("`ragctl explain` lists all rules, `ragctl strategy list` all strategies")
        }
        Failure::NoProgram { said_by, .. } => usage(match said_by {
            ProgramSource::File => {
                "correct `service.binary` in the file, or leave it out to use the bundled program"
            }
            ProgramSource::Variable => "correct or unset RAGCTL_SERVICE",
            ProgramSource::Nobody => {
                "build it with `cargo build --release -p rag-service`, put it beside ragctl, or name it with RAGCTL_SERVICE=PATH"
            }
        }),
        Failure::Bundle { what, said_by } => usage(match (what.as_ref(), said_by) {
            (BundleError::Unfit { .. }, _) => {
                "`service/make-bundle` in ragctl's sources makes one that can be used"
            }
            (_, ProgramSource::File) => "correct `image.bundle` in the file",
            (_, ProgramSource::Variable) => "correct the folder's name",
            (_, ProgramSource::Nobody) => {
                "`service/make-bundle` in ragctl's sources makes one; `image: {bundle: DIR}` in the file or RAGCTL_BUNDLE=DIR says where it is"
            }
        }),
        Failure::ImageBuild(_) => {
            failed("see that the folder is yours to write in, and that the disk has room")
        }
        Failure::Package(PackageError::TooLarge { .. }) => usage(
            "leave files out of the folders in `lambda.layers`, or write `service: {image: build}`: an image may have 10 GB",
        ),
        Failure::Package(_) => {
            usage("correct `lambda.layers` in the file, and see that the folders can be read")
        }
        Failure::Layout(_) => usage("`ragctl image build` builds one"),
        Failure::NothingToPush => {
            usage("write it, or name a repository: `ragctl image push ghcr.io/acme/handbook`")
        }
        Failure::Registry(error) => of_registry(error),
        Failure::Contents(error) => match error.as_ref() {
            ContentsError::Registry(error) => of_registry(error),
            ContentsError::Layout(_) => usage("`ragctl image build` builds one"),
            ContentsError::NoImage { .. } => (Exit::Failed, None),
        },
        Failure::PlanUnusable { .. } => usage("make a new one: `ragctl plan --out FILE`"),
        Failure::NothingToAdvise { .. } => usage("`ragctl check` says what forbids it"),
        Failure::LogUnusable { .. } => usage("docs/simulation.md says what a log may hold"),
        Failure::MeasuredUnusable { .. } | Failure::PricesUnusable { .. } => {
            usage("docs/budget-and-cost.md shows the form of the file")
        }
        Failure::ColdStartsUnusable { .. } => {
            usage("`ragctl bench cold-start --json > FILE` writes such a file")
        }
        Failure::NothingToImport { .. } => {
            usage("`aws ecs describe-tasks --cluster STACK --tasks ID…` prints what can be taken")
        }
        Failure::NoStarts { .. } => failed(
            "ECS forgets a task an hour after its end; `--since 168h` looks farther back in the log",
        ),
        Failure::MeasuredHere => usage("`ragctl bench cold-start --save` measures here"),
        Failure::NotMeasured(_) => {
            usage("leave that budget out, or measure where the phase can be told")
        }
        Failure::OthersPlan { .. } => {
            usage("use the plan with the file and the environment that it was made from")
        }
        Failure::Plan(PlanError::NotOurs(_)) => failed(
            "nothing was changed: rename the stack, or remove what has the names that it needs",
        ),
        Failure::Plan(_) => failed("this is a fault of ragctl; please report it with the file"),
        Failure::Apply(_) => failed("nothing was changed; look at a new plan: `ragctl plan`"),
        Failure::Backend(error) => of_backend(error),
        Failure::StepsFailed { failed, done, skipped, again } => {
            let of = failed.len() + done + skipped;
            let why = failed.iter().find_map(|it| of_backend(&it.source).1);
            let why = why.map_or_else(String::new, |why| format!("{why};\n      "));
            let hint = format!("{why}{done} of {of} steps are done; `{again}` again does the rest");
            (Exit::Failed, Some(hint))
        }
        Failure::ScratchFailed { .. } | Failure::StartedAnew => failed(
            "see that the service starts with the file's settings, as `ragctl deploy` starts it; nothing of it is left",
        ),
        Failure::ConsentNeeded { command, .. } => {
            usage(&format!("`{command} --yes` agrees beforehand"))
        }
        Failure::Protected(name) => usage(&format!(
            "nothing was changed; `ragctl destroy --confirm {name}` takes it down all the same"
        )),
        Failure::OtherName { .. } => {
            usage("nothing was changed; see that the file and the environment are those you mean")
        }
        Failure::Declined => (Exit::Failed, None),
        Failure::LeaseLost(_) => {
            failed("see who: `ragctl status`; then `ragctl deploy` again continues")
        }
        Failure::Interrupted { steps } => (Exit::Interrupted, steps.map(rest)),
        Failure::LeftRunning(steps) => {
            let hint = format!("`ragctl status` shows how it goes on; {}", rest(*steps));
            (Exit::Interrupted, Some(hint))
        }
        Failure::NotAwake { .. } => failed("`ragctl logs` may say more"),
        Failure::NothingDeployed(_) => failed("`ragctl deploy` deploys it"),
        Failure::NoEndpoint(_) => failed("`ragctl deploy` completes the stack"),
        Failure::NoPolicy(_) => {
            usage("name the file or the environment of a stack on AWS: `--file FILE`, `--env NAME`")
        }
        Failure::NotARepository(_) => {
            usage("an owner and a name, as in its address: `--repository acme/handbook`")
        }
        Failure::NoRollback(_) => usage("roll back by deploying the earlier file or program"),
        Failure::NoSuchRevision { known, .. } | Failure::AmbiguousRevision { known, .. } => {
            usage(&listed(known))
        }
        Failure::NoEarlierRevision { known, .. } => failed(&listed(known)),
        Failure::NothingToRender(_) => {
            usage("`target: fargate` in the file; `ragctl plan` shows what is made here")
        }
        Failure::NoSupervisor(_) => {
            usage("`ragctl logs` shows what the tasks say, `ragctl status` what AWS says of them")
        }
        Failure::NoFunction(_) => usage("`--local` measures the service on this machine"),
        Failure::FunctionFailed(_) => failed(
            "see that the event is one that it understands: `--payload FILE`, `--question TEXT`",
        ),
        Failure::NotRestored { .. } => {
            failed("`ragctl lambda tune` puts it back before it measures anything")
        }
        Failure::Call(error) => of_call(error),
        Failure::NotReady { .. } => failed(
            "`ragctl status` shows what it waits for, `ragctl logs` what it says; `--wait 300s` waits longer",
        ),
        Failure::ModelUnusable { .. } => usage("docs/bench.md shows the form of the file"),
        Failure::NoAnswer(_) => {
            failed("see `models:` in the file, and how long the provider takes")
        }
        Failure::NoPort(_) => (Exit::Failed, None),
        Failure::NotStopped { .. } => failed("`ragctl status` shows what they do"),
        Failure::BrokeOff(_) => failed("`ragctl logs` may say more; asking again may help"),
        Failure::NoSuchPath(_) => (Exit::Usage, None),
        Failure::NothingToIngest(_) => {
            usage("files that end in .txt, .md or .markdown are taken in")
        }
        Failure::FilesFailed { .. } => {
            failed("the reasons stand above; running it again takes in only what is missing")
        }
        Failure::StillProcessing { .. } => {
            failed("they are safe, and processing goes on; `ragctl status` shows how far it is")
        }
        Failure::Supervise(_) => (Exit::Failed, None),
        Failure::Output(_) => {
            (if is_closed_pipe(failure) { Exit::Done } else { Exit::Failed }, None)
        }
    }
}

fn of_registry(error: &RegistryError) -> (Exit, Option<String>) {
    let hint = match error {
        RegistryError::NotAllowed { host, .. } => {
            format!("log in first, as `docker login {host}` or `podman login {host}` does")
        }
        RegistryError::Unreachable { .. } => {
            "see that this machine reaches it (name, network, proxy), and run it again".to_owned()
        }
        RegistryError::Missing { .. } => "see that the name is right".to_owned(),
        RegistryError::Refused { .. } | RegistryError::Damaged { .. } => {
            "see that the name is right, and run it again: what was sent is not sent twice"
                .to_owned()
        }
        RegistryError::Layout(_) => {
            return (Exit::Usage, Some("`ragctl image build` builds one".to_owned()));
        }
    };
    (Exit::Failed, Some(hint))
}

fn listed(Known(revisions): &Known) -> String {
    match revisions.as_slice() {
        [] => "there are none; `ragctl deploy` makes one".to_owned(),
        all => format!("these are there:\n      {}", all.join("\n      ")),
    }
}

fn rest(StepsDone { done, of, again }: StepsDone) -> String {
    format!("{done} of {of} steps are done; `{again}` again does the rest")
}

fn of_backend(error: &BackendError) -> (Exit, Option<String>) {
    let hint = match error {
        BackendError::Leased(_) => {
            "`--lease-wait 5m` waits for its end; `ragctl unlock` ends it, if its holder is gone"
        }
        BackendError::PortTaken { .. } => {
            "stop that program, or choose another port in the file: `load_balancer: {port: 8080}`"
        }
        BackendError::FileUnusable { source, .. } => of_file(source),
        BackendError::RecordUnreadable { .. } => {
            "use the version of ragctl that wrote it, or take the stack down by hand and remove the file"
        }
        BackendError::ProgramUnusable { .. } => "see that the file is there and may be executed",
        BackendError::SecretMissing { .. } => {
            "see that what the file's `secrets` name is there and that you may read it"
        }
        BackendError::RolledBack { back_to: Some(_), .. } => {
            "the old revision serves again; `ragctl logs` shows what the new one said"
        }
        BackendError::RolledBack { back_to: None, .. } => "`ragctl logs` shows what it said",
        BackendError::SupervisorGone { .. } => {
            "`ragctl logs --supervisor` may say why; `ragctl deploy` starts it again"
        }
        BackendError::Unreachable { .. } => {
            "see that this machine reaches AWS (network, proxy, AWS_REGION, AWS_ENDPOINT_URL), and run it again"
        }
        BackendError::TimedOut { .. } => "`ragctl status` shows how it stands",
        BackendError::NoCredentials { .. } => {
            "`aws sso login` or AWS_PROFILE gives you some; `ragctl verify` says more"
        }
        BackendError::OtherAccount { .. } => {
            "use other credentials (AWS_PROFILE), or correct `aws: {account: …}` in the file"
        }
        BackendError::OtherTarget { .. } => {
            "take it down there first, by `ragctl destroy` with that `target` in the file; or name this one otherwise"
        }
        BackendError::NeverSleeps => "write `idle: true` in the file, and `ragctl deploy`",
        BackendError::NoRegion => "write `aws: {region: eu-west-1}` in the file, or set AWS_REGION",
        BackendError::NotAllowed { .. } => {
            "`ragctl iam policy` prints what the credentials must be allowed"
        }
        BackendError::Postponed { .. } => "run it again later",
        BackendError::NotOnThisTarget(_)
        | BackendError::StillNeeded { .. }
        | BackendError::Missing { .. }
        | BackendError::Refused { .. } => return (Exit::Failed, None),
    };
    (Exit::Failed, Some(hint.to_owned()))
}

/// What can be done about a file that cannot be used.
fn of_file(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on that disk",
        io::ErrorKind::ReadOnlyFilesystem => {
            "that disk is read-only: mount it for writing, or put the stack's file on another one"
        }
        io::ErrorKind::PermissionDenied => "see that the folder is yours to write in",
        io::ErrorKind::NotADirectory => "a file is where a folder should be: move it away",
        _ => "see that the folder exists and is yours to write in",
    }
}

fn of_call(error: &CallError) -> (Exit, Option<String>) {
    let hint = match error {
        CallError::Unreachable { .. } => {
            "`ragctl status` shows how it stands; `ragctl deploy` brings it back"
        }
        CallError::TimedOut { .. } | CallError::NotUnderstood { .. } => {
            "`ragctl logs` may say more"
        }
        CallError::Answered { code, .. } if code.starts_with("provider") => {
            "see `models:` in the file, and `ragctl logs`"
        }
        CallError::Answered { .. } => return (Exit::Failed, None),
    };
    (Exit::Failed, Some(hint.to_owned()))
}
