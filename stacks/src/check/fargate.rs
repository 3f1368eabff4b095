//! FG: what Fargate sells, and which image runs on it.

use super::{
    facts::Facts,
    finding::Found,
    rule::{Decided, On, Rule, Severity},
};
use crate::stack::{Architecture, ImageReference, Program, Target};

pub(super) static RULES: [Rule; 10] = [
    Rule {
        id: "FG01",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "Fargate does not sell this CPU with this memory",
        why: "Fargate sells certain pairs of CPU and memory only, and refuses a task definition \
              with any other.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html",
        remedy: "Write a pair that is sold; the message names the next one up.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "FG02",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "too little memory for the workers while they warm",
        why: "A task that is killed for its memory while it warms looks like a slow start.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html",
        remedy: "Raise `service.memory`.",
        decided: Decided::Design(
            "a worker of the service is no process: 8 workers were measured at 24 MiB together \
             under 64 clients, and Fargate sells 512 MiB at least",
        ),
    },
    Rule {
        id: "FG03",
        severity: Severity::Error,
        on: On::Fargate,
        title: "a field that Fargate does not take",
        why: "Fargate refuses `privileged`, `tmpfs`, `devices`, `sharedMemorySize`, `gpu`, `links` \
              and others.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html",
        remedy: "Leave them out.",
        decided: Decided::Design("the file has no such fields, and ragctl sends none"),
    },
    Rule {
        id: "FG04",
        severity: Severity::Error,
        on: On::EveryTarget,
        title: "Fargate does not sell this much disk",
        why: "A task has 20 GiB of disk for nothing, and up to 200 GiB for money.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html",
        remedy: "Write `ephemeral_storage:` and a number from 20 to 200.",
        decided: Decided::Mistake,
    },
    Rule {
        id: "FG05",
        severity: Severity::Error,
        on: On::Fargate,
        title: "the image is built for other processors",
        why: "Its program cannot be executed, and ECS starts it again and again.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html",
        remedy: "Write the `architecture` that the image is built for, or build it for both.",
        decided: Decided::Verify,
    },
    Rule {
        id: "FG06",
        severity: Severity::Warning,
        on: On::Aws,
        title: "the image's tag may be another image tomorrow",
        why: "AWS looks a tag up once for each deployment, so that the same file can deploy \
              another program tomorrow, and no plan can show it.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
        remedy: "Name the image by its digest, or by a tag that is given once.",
        decided: Decided::File(moving_tag),
    },
    Rule {
        id: "FG07",
        severity: Severity::Note,
        on: On::Fargate,
        title: "a large image without an index of its parts",
        why: "Above 250 MB, pulling the image is most of a cold start; an index (SOCI) lets a task \
              start before all is there.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-pull-behavior.html",
        remedy: "Make the image smaller, or add an index.",
        decided: Decided::Design(
            "the image holds one static program of a few megabytes and nothing else",
        ),
    },
    Rule {
        id: "FG08",
        severity: Severity::Error,
        on: On::Fargate,
        title: "an index that Fargate does not use",
        why: "An index (SOCI) needs gzip layers, a private ECR repository and platform 1.4.0.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html",
        remedy: "Push gzip layers to ECR.",
        decided: Decided::Design("the image needs no index, see FG07"),
    },
    Rule {
        id: "FG09",
        severity: Severity::Warning,
        on: On::Fargate,
        title: "the image lies in another region",
        why: "Each task pulls it from far away, which is slow and paid for.",
        source: "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-pull-behavior.html",
        remedy: "Replicate the repository into the stack's region, and name it there.",
        decided: Decided::File(far_image),
    },
    Rule {
        id: "FG10",
        severity: Severity::Note,
        on: On::Aws,
        title: "ARM costs a fifth less",
        why: "Fargate and Lambda sell the same CPU and memory about 20 % cheaper on ARM. Some have \
              seen ARM tasks placed more slowly, others have not.",
        source: "https://aws.amazon.com/fargate/pricing/",
        remedy: "Where the program is built for ARM too, write `architecture: arm64`. \
                 `ragctl verify` sees whether it is.",
        decided: Decided::File(not_on_arm),
    },
];

fn image<'a>(facts: &'a Facts<'_>) -> Option<&'a ImageReference> {
    match &facts.file.service.program {
        Program::Image(image) => Some(image),
        Program::Build(_) | Program::Bundled | Program::Binary(_) | Program::Zip { .. } => None,
    }
}

fn moving_tag(facts: &Facts<'_>) -> Option<Found> {
    let image = image(facts)?.as_str();
    if image.contains('@') {
        return None;
    }
    // A colon before the last slash belongs to the registry's port.
    let name = image.rsplit('/').next().unwrap_or(image);
    let what = match name.split_once(':') {
        None => format!("`{image}` has no tag, which means `latest`"),
        Some((_, "latest")) => format!("`{image}` is whatever was pushed last"),
        Some(_) => return None,
    };
    Some(Found::at(
        &["service.image"],
        format!("{what}, so that a plan cannot tell when it is another image"),
        "name it by its digest (`image@sha256:…`), or by a tag that is given once",
    ))
}

/// Where the image lies, and where the stack does, when those are two regions.
pub(super) fn elsewhere(facts: &Facts<'_>) -> Option<(String, String)> {
    let region = facts.file.aws.region.as_ref()?.to_string();
    let image = image(facts)?.as_str();
    let registry = image.split('/').next()?;
    let (_, rest) = registry.split_once(".dkr.ecr.")?;
    let lies_in = rest.split('.').next()?.to_owned();
    (lies_in != region).then_some((lies_in, region))
}

fn far_image(facts: &Facts<'_>) -> Option<Found> {
    let (lies_in, region) = elsewhere(facts)?;
    Some(Found::at(
        &["service.image", "aws.region"],
        format!(
            "the image lies in {lies_in} and the tasks run in {region}, so that each task pulls it from far away"
        ),
        format!("replicate the repository into {region}, and name it there"),
    ))
}

fn not_on_arm(facts: &Facts<'_>) -> Option<Found> {
    // Whoever has written it has chosen.
    let chosen = facts.is_written("service.architecture");
    let (what, built) = match facts.is_on(Target::Lambda) {
        true => ("the function runs", "program"),
        false => ("tasks run", "image"),
    };
    (facts.file.service.architecture == Architecture::X86_64 && !chosen).then(|| {
        Found::at(
            &["service.architecture"],
            format!("{what} on x86_64 (the default), and the same on ARM costs about 20 % less"),
            format!(
                "write `architecture: arm64` where the {built} is built for it, or `x86_64` to keep it"
            ),
        )
    })
}
