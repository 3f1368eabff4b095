//! Whether the image can be pulled, and runs on the processors that the stack asks for.

use aws_sdk_ecr::{
    config::Region,
    types::{Image, ImageFailureCode, ImageIdentifier},
};
use ragctl_stacks::{
    backend::Reply,
    stack::{Architecture, ImageReference, Program},
};
use serde_json::Value;

use super::{
    Subject,
    finding::{Finding, Findings, list},
};
use crate::{
    call::{OrAbsent, call},
    ecr::{InEcr, in_ecr},
};

/// The forms in which a registry may answer.
const FORMS: [&str; 4] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// Tags that are usually moved on to the next image. Ours.
const MOVING: [&str; 8] =
    ["latest", "main", "master", "edge", "nightly", "dev", "develop", "stable"];

/// The registry that an image is in, by the name that people know.
pub(super) fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) => first,
        _ => "Docker Hub",
    }
}

/// Asks the registry for the image, where it is one of AWS's.
pub(super) async fn check(subject: Subject<'_>) -> Vec<Finding> {
    let mut found = Findings::of("image");
    let image = match &subject.stack.service.program {
        Program::Image(image) => image,
        Program::Build(_) => {
            found.skipped("it is built, and pushed by `ragctl deploy`");
            return found.done();
        }
        Program::Bundled | Program::Binary(_) | Program::Zip { .. } => {
            found.skipped("the file names none");
            return found.done();
        }
    };
    match in_ecr(image.as_str()) {
        Some(named) => {
            let ours = subject.aws.names.region();
            if named.region != ours {
                found.warning(
                    format!(
                        "it lies in {}, so every task pulls it from far away, for money",
                        named.region
                    ),
                    format!("push it to {ours} too, or let ECR replicate it, and name that one"),
                );
            }
            match pulled(subject, &named).await {
                Ok(Pulled::There(it)) => judge(subject, &mut found, image, &named, &it),
                Ok(Pulled::NoRepository) => found.failed(
                    format!("there is no repository {} in {}", named.repository, named.region),
                    format!(
                        "`aws ecr create-repository --region {} --repository-name {}` makes it; then push the image",
                        named.region, named.repository
                    ),
                ),
                Ok(Pulled::NoImage) => found.failed(
                    format!("{image} is not there"),
                    format!(
                        "push it; `aws ecr list-images --region {} --repository-name {}` lists those that are",
                        named.region, named.repository
                    ),
                ),
                Err(error) => found.unanswered(&error),
            }
        }
        None => {
            if let Some(tag) = moving(image.as_str()) {
                moves(&mut found, tag, image.as_str(), None);
            }
            let registry = registry(image.as_str());
            found.skipped(format!(
                "{registry} cannot be asked from here whether {image} is there, and for which processors"
            ));
        }
    }
    found.done()
}

enum Pulled {
    There(Image),
    NoImage,
    NoRepository,
}

async fn pulled(subject: Subject<'_>, named: &InEcr<'_>) -> Reply<Pulled> {
    let id = match named.digest {
        Some(digest) => ImageIdentifier::builder().image_digest(digest),
        None => ImageIdentifier::builder().image_tag(named.tag),
    };
    let region = Region::new(named.region.to_owned());
    let asked = subject
        .aws
        .clients
        .ecr
        .batch_get_image()
        .registry_id(named.account)
        .repository_name(named.repository)
        .image_ids(id.build())
        .set_accepted_media_types(Some(FORMS.map(str::to_owned).to_vec()))
        .customize()
        .config_override(aws_sdk_ecr::Config::builder().region(region))
        .send();
    let answer = call("ecr BatchGetImage", asked).await;
    let Some(answer) = answer.or_absent(&["RepositoryNotFoundException"])? else {
        return Ok(Pulled::NoRepository);
    };
    let is_missing = answer
        .failures()
        .iter()
        .any(|it| it.failure_code() == Some(&ImageFailureCode::ImageNotFound));
    let image = answer.images.unwrap_or_default().into_iter().next();
    Ok(match image {
        Some(image) if !is_missing => Pulled::There(image),
        _ => Pulled::NoImage,
    })
}

fn judge(
    subject: Subject<'_>,
    found: &mut Findings,
    image: &ImageReference,
    named: &InEcr<'_>,
    pulled: &Image,
) {
    let digest = pulled.image_id().and_then(|it| it.image_digest());
    if let Some(tag) = moving(image.as_str()) {
        moves(found, tag, image.as_str(), digest);
    }
    let wanted = subject.stack.service.architecture;
    let built_for = built_for(pulled.image_manifest().unwrap_or_default());
    match built_for {
        Some(all) if !all.iter().any(|it| it == in_docker(wanted)) => {
            let other = all.iter().find_map(|it| in_file(it));
            let build = format!(
                "build and push it for them too: `docker buildx build --platform linux/{} --push -t {}.dkr.ecr.{}.amazonaws.com/{} .`",
                in_docker(wanted), named.account, named.region, named.repository
            );
            found.failed(
                format!("it is built for {}, and the stack runs on {wanted}", list(&all)),
                match other {
                    Some(other) => format!("`service: {{architecture: {other}}}` in the file, or {build}"),
                    None => build,
                },
            );
        }
        Some(_) => found.passed(format!("{image} is there, for {wanted}")),
        None => found.passed(format!(
            "{image} is there; its manifest does not say for which processors, and {wanted} is wanted"
        )),
    }
}

/// The processors that an index has images for; `None` for a manifest, which does not say.
fn built_for(manifest: &str) -> Option<Vec<String>> {
    let manifest: Value = serde_json::from_str(manifest).ok()?;
    let architecture = |it: &Value| it["platform"]["architecture"].as_str().map(ToOwned::to_owned);
    let all = manifest["manifests"].as_array()?.iter().filter_map(architecture);
    // What is attested of an image stands beside it, for `unknown`.
    let all: Vec<String> = all.filter(|it| it != "unknown").collect();
    (!all.is_empty()).then_some(all)
}

/// What Docker calls the processors.
const fn in_docker(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::X86_64 => "amd64",
        Architecture::Arm64 => "arm64",
    }
}

/// What the file calls what Docker calls so.
fn in_file(docker: &str) -> Option<Architecture> {
    [Architecture::X86_64, Architecture::Arm64].into_iter().find(|it| in_docker(*it) == docker)
}

/// The tag, if it is one that moves and no digest holds it.
fn moving(image: &str) -> Option<&str> {
    let name = image.rsplit('/').next().unwrap_or(image);
    let tag = name.split_once(':').map_or("latest", |(_, tag)| tag);
    (!image.contains('@') && MOVING.contains(&tag)).then_some(tag)
}

fn moves(found: &mut Findings, tag: &str, image: &str, digest: Option<&str>) {
    let at = image.rfind('/').map_or(0, |slash| slash + 1);
    let bare = image[at..].split(':').next().map_or(0, str::len) + at;
    let digest = digest.unwrap_or("sha256:…");
    found.warning(
        format!("`{tag}` may be another image tomorrow, and the plan cannot tell"),
        format!("name it by its digest: `service: {{image: {}@{digest}}}`", &image[..bare]),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_that_move_are_told_from_those_that_stay() {
        for (image, tag) in [
            ("ghcr.io/a/b", Some("latest")),
            ("localhost:5000/b:main", Some("main")),
            ("ghcr.io/a/b:1.4", None),
            ("ghcr.io/a/b:latest@sha256:1", None),
        ] {
            assert_eq!(moving(image), tag, "{image}");
        }
    }

    #[test]
    fn what_is_attested_of_an_image_is_no_image() {
        let index = r#"{"manifests": [{"platform": {"architecture": "amd64"}}, {"platform": {"architecture": "unknown"}}]}"#;
        assert_eq!(built_for(index), Some(vec!["amd64".to_owned()]));
        assert_eq!(built_for(r#"{"config": {}}"#), None);
    }
}
