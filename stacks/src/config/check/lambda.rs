//! What the target `lambda` needs, and what has no meaning there or anywhere else.

use super::{Check, Finding};
use crate::stack::{Compression, Front, ImageChoice, Lambda, Target, UrlAuth};

/// What a function of Lambda cannot have besides its own: the embedder's layer is one of five.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html>
const MOST_LAYERS: usize = 4;

pub(super) fn check(check: &mut Check<'_>) {
    if check.file.target != Target::Lambda {
        elsewhere(check);
        return;
    }
    strategies(check);
    sleeps_by_itself(check);
    image(check);
    layers(check);
    timeout(check);
    front(check);
    provisioned(check);
}

/// Which strategies make sense for functions only.
fn elsewhere(check: &mut Check<'_>) {
    let target = check.file.target;
    if !check.file.strategies.provisioned_concurrency.0.enabled {
        return;
    }
    check.refuse(
        &["strategies.provisioned-concurrency", "target"],
        Finding {
            title: format!("`provisioned-concurrency` does not work with the target `{target}`"),
            label: "only functions of AWS Lambda have it".to_owned(),
            help: "switch it off; here `prewarm` and a minimum of one task do the same".to_owned(),
        },
    );
}

fn strategies(check: &mut Check<'_>) {
    let strategies = &check.file.strategies;
    if strategies.async_init.0.enabled {
        check.refuse(
            &["strategies.async-init", "target"],
            Finding {
                title: "`async-init` does not work with the target `lambda`".to_owned(),
                label: "a function stands still once it has answered, and warms nothing behind"
                    .to_owned(),
                help: "switch it off; `prewarm` warms before the first request is answered"
                    .to_owned(),
            },
        );
    }
    if strategies.edge_prewarm.0.enabled {
        check.refuse(
            &["strategies.edge-prewarm", "target"],
            Finding {
                title: "`edge-prewarm` does not work with the target `lambda`".to_owned(),
                label: "Lambda sets a sandbox up itself, and no request is refused meanwhile"
                    .to_owned(),
                help: "switch it off; `provisioned-concurrency` takes cold starts away".to_owned(),
            },
        );
    }
}

fn sleeps_by_itself(check: &mut Check<'_>) {
    if !check.file.idle.0.enabled {
        return;
    }
    check.refuse(
        &["idle", "target"],
        Finding {
            title: "`idle` has no meaning for the target `lambda`".to_owned(),
            label: "Lambda runs nothing while nobody asks".to_owned(),
            help: "remove it (in an environment: `idle: false`)".to_owned(),
        },
    );
}

fn image(check: &mut Check<'_>) {
    let file = check.file;
    let is_built = file.service.image == Some(ImageChoice::Build);
    if is_built && file.image.compression == Compression::Zstd {
        check.refuse(
            &["image.compression", "target"],
            Finding {
                title: "Lambda does not take images whose layers are packed by `zstd`".to_owned(),
                label: "layers must be `gzip`".to_owned(),
                help: "write `compression: gzip`".to_owned(),
            },
        );
    }
    if is_built && file.image.repository.is_some() {
        check.refuse(
            &["image.repository", "target"],
            Finding {
                title: "`image.repository` has no meaning for the target `lambda`".to_owned(),
                label: "Lambda pulls images from ECR in its own region only".to_owned(),
                help: "remove it: the stack's own repository there is made with it".to_owned(),
            },
        );
    }
    let named = match &file.service.image {
        Some(ImageChoice::Named(image)) => image.as_str(),
        Some(ImageChoice::Build) | None => return,
    };
    if !named.contains(".dkr.ecr.") {
        check.refuse(
            &["service.image", "target"],
            Finding {
                title: format!("Lambda cannot pull `{named}`"),
                label: "it pulls images from ECR in its own region only".to_owned(),
                help: "write `image: build`, or copy it to ECR; without `image`, ragctl makes a \
                       ZIP archive of the bundled service"
                    .to_owned(),
            },
        );
    }
}

fn layers(check: &mut Check<'_>) {
    let file = check.file;
    if file.lambda.layers.is_empty() {
        return;
    }
    if file.service.image.is_some() {
        check.refuse(
            &["lambda.layers", "service.image"],
            Finding {
                title: "a function from an image has no layers".to_owned(),
                label: "only one from a ZIP archive has".to_owned(),
                help: "put the folders into the image, or remove `service.image`".to_owned(),
            },
        );
    }
    let count = file.lambda.layers.len();
    if count > MOST_LAYERS {
        check.refuse(
            &["lambda.layers"],
            Finding {
                title: format!("`lambda.layers` has {count} folders"),
                label: format!("a function has at most {MOST_LAYERS} beside the embedder's"),
                help: "put some into one folder".to_owned(),
            },
        );
    }
}

/// An invocation must have time for a request.
fn timeout(check: &mut Check<'_>) {
    let request = check.file.service.request_timeout;
    let timeout = check.file.lambda.timeout.unwrap_or_else(|| Lambda::timeout_for(request.get()));
    if timeout.get() > request.get() {
        return;
    }
    let shown = check.shown("service.request_timeout", request);
    check.refuse(
        &["lambda.timeout", "service.request_timeout"],
        Finding {
            title: format!("an invocation ends after {timeout}, and a request may take {shown}"),
            label: "Lambda would kill the service before it can answer".to_owned(),
            help: "lower `service.request_timeout` below `lambda.timeout`, which is at most 15m"
                .to_owned(),
        },
    );
}

fn front(check: &mut Check<'_>) {
    let lambda = &check.file.lambda;
    let front = lambda.front;
    if front != Front::Url && lambda.auth == UrlAuth::Iam {
        check.refuse(
            &["lambda.auth", "lambda.front"],
            Finding {
                title: "`lambda.auth: iam` is about a function's URL, and there is none".to_owned(),
                label: "used with `front: url` only".to_owned(),
                help: "remove it, or write `front: url`".to_owned(),
            },
        );
    }
}

fn provisioned(check: &mut Check<'_>) {
    let provisioned = &check.file.strategies.provisioned_concurrency.0;
    if !provisioned.enabled {
        return;
    }
    const STRATEGY: &str = "strategies.provisioned-concurrency";
    let (minimum, maximum) = (provisioned.minimum, provisioned.maximum);
    if let Some(maximum) = maximum.filter(|it| *it < minimum) {
        check.refuse(
            &[&format!("{STRATEGY}.maximum"), &format!("{STRATEGY}.minimum")],
            Finding {
                title: format!("`maximum: {maximum}` is below `minimum: {minimum}`"),
                label: "must be at least the minimum".to_owned(),
                help: format!("write `maximum: {minimum}` or more, or lower `minimum`"),
            },
        );
    }
    let most = maximum.unwrap_or(minimum);
    if let Some(reserved) = check.file.lambda.concurrency.filter(|it| *it < most) {
        check.refuse(
            &[&format!("{STRATEGY}.minimum"), "lambda.concurrency"],
            Finding {
                title: format!(
                    "{most} sandboxes are to be set up ahead, and `lambda.concurrency` allows {reserved}"
                ),
                label: "Lambda refuses more than may be at work at once".to_owned(),
                help: format!("write `concurrency: {most}` or more, or lower it here"),
            },
        );
    }
}
