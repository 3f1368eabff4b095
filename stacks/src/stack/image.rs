//! The name of a container image.

use std::fmt;

use super::value::{FromText, ValueError, quoted, text_value};

/// The name of a container image: `registry/repository:tag`, or `…@sha256:` and 64 hex digits.
///
/// Source: <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ImageReference(String);

const EXPECTED: &str = "an image such as `registry/repository:tag`";

impl ImageReference {
    /// Where it lies, and which one there: its digest, or else its tag, or else `latest`.
    pub fn repository_and_name(&self) -> (&str, &str) {
        let (tagged, digest) = match self.0.split_once('@') {
            Some((tagged, digest)) => (tagged, Some(digest)),
            None => (self.0.as_str(), None),
        };
        let name_at = tagged.rfind('/').map_or(0, |slash| slash + 1);
        let (path, tag) = match tagged[name_at..].split_once(':') {
            Some((name, tag)) => (&tagged[..name_at + name.len()], tag),
            None => (tagged, "latest"),
        };
        (path, digest.unwrap_or(tag))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromText for ImageReference {
    const EXPECTED: &'static str = EXPECTED;

    fn from_text(text: &str) -> Result<Self, ValueError> {
        let refused = |what: &str| {
            Err(ValueError::new(format!("cannot be {}", quoted(text)), EXPECTED).because(what))
        };
        let (tagged, digest) = match text.split_once('@') {
            Some((tagged, digest)) => (tagged, Some(digest)),
            None => (text, None),
        };
        if tagged.len() > 255 {
            return refused("without its digest it may have at most 255 characters");
        }
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return refused("after `@` comes `sha256:` and exactly 64 hexadecimal digits");
        }
        // A colon before the last slash belongs to the registry's port.
        let name_at = tagged.rfind('/').map_or(0, |slash| slash + 1);
        let (path, tag) = match tagged[name_at..].split_once(':') {
            Some((name, tag)) => (&tagged[..name_at + name.len()], Some(tag)),
            None => (tagged, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return refused("a tag has 1 to 128 letters, digits, `_`, `.` and `-`");
        }
        if path.split_once("://").is_some() {
            return refused("leave out the `https://`");
        }
        let (registry, repository) = registry_and_repository(path);
        if registry.is_some_and(|registry| !is_registry(registry)) {
            return refused("the part before the first `/` is no host");
        }
        if repository.split('/').all(is_component) {
            return Ok(Self(text.to_owned()));
        }
        if repository.chars().any(|c| c.is_ascii_uppercase()) {
            return refused("the name of a repository is lower-case");
        }
        refused(
            "a repository has lower-case letters and digits, with single `.`, `_`, `-` or `/` between",
        )
    }
}

text_value!(ImageReference, { "minLength": 1, "maxLength": 327 });

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit()))
}

fn is_tag(text: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
    (1..=128).contains(&text.len()) && text.chars().all(inside) && !text.starts_with(['.', '-'])
}

/// The first part is a registry when it looks like a host, as Docker decides it.
fn registry_and_repository(path: &str) -> (Option<&str>, &str) {
    match path.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => {
            (Some(first), rest)
        }
        _ => (None, path),
    }
}

fn is_registry(text: &str) -> bool {
    let (host, port) = text.split_once(':').unwrap_or((text, "443"));
    let inside = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    !host.is_empty() && host.chars().all(inside) && port.parse::<u16>().is_ok()
}

fn is_component(text: &str) -> bool {
    let edge = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    text.starts_with(edge)
        && text.ends_with(edge)
        && text.chars().all(|c| edge(c) || "._-".contains(c))
        && !text.contains("..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_somewhere_and_is_one_of_those_there() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let both = format!("localhost:5000/rag:dev@{digest}");
        for (text, repository, name) in [
            ("rag", "rag", "latest"),
            ("localhost:5000/rag:dev", "localhost:5000/rag", "dev"),
            ("localhost:5000/rag", "localhost:5000/rag", "latest"),
            (both.as_str(), "localhost:5000/rag", digest.as_str()),
        ] {
            let image = ImageReference::from_text(text).unwrap();
            assert_eq!(image.repository_and_name(), (repository, name), "{text}");
        }
    }

    #[test]
    fn images_are_told_from_what_is_none() {
        let digest = format!("repo@sha256:{}", "a".repeat(64));
        for image in [
            "rag-service",
            "rag-service:1.2.0",
            "localhost:5000/rag:dev",
            "ghcr.io/ragctl/rag-service:v1",
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com/rag:latest",
            "a/b__c/d-e.f:T_1",
            digest.as_str(),
        ] {
            assert!(ImageReference::from_text(image).is_ok(), "{image}");
        }
        let long = "a".repeat(256);
        for image in [
            "",
            " ",
            "Rag-Service",
            "rag service",
            "rag:",
            "rag:a b",
            "/rag",
            "rag/",
            "https://ghcr.io/rag",
            "rag@sha256:abc",
            "rag@md5:abc",
            "ghcr.io:port/rag",
            long.as_str(),
        ] {
            assert!(ImageReference::from_text(image).is_err(), "{image}");
        }
    }
}
