//! Where images lie: a registry, and a path in it.

use std::{fmt, net::IpAddr, str::FromStr};

use crate::digest::Digest;

/// Where images lie without a registry in their name.
const DOCKER_HUB: &str = "docker.io";

/// A registry, and a path in it: `ghcr.io/team/handbook`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repository {
    pub(crate) host: String,
    pub(crate) path: String,
    /// Whether it is spoken to in the clear.
    pub(crate) is_plain: bool,
}

/// A text names no repository.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` names no repository: {reason}")]
pub struct RepositoryError {
    /// The text.
    text: String,
    /// What is wrong with it.
    reason: &'static str,
}

impl Repository {
    /// The repository `path` where a registry answers: `https://host`, or `http://host:port` for one on this machine.
    ///
    /// # Errors
    ///
    /// [`RepositoryError`] where the address has no scheme, or speaks in the clear with another machine.
    pub fn at(endpoint: &str, path: &str) -> Result<Self, RepositoryError> {
        let wrong = |reason| RepositoryError { text: endpoint.to_owned(), reason };
        let trimmed = endpoint.trim_end_matches('/');
        let (is_plain, host) =
            match (trimmed.strip_prefix("https://"), trimmed.strip_prefix("http://")) {
                (Some(host), _) => (false, host),
                (_, Some(host)) if is_loopback(host) => (true, host),
                (_, Some(_)) => {
                    return Err(wrong("a registry elsewhere is spoken to by HTTPS only"));
                }
                (None, None) => {
                    return Err(wrong("it begins with neither `https://` nor `http://`"));
                }
            };
        Ok(Self { host: host.to_owned(), path: path.to_owned(), is_plain })
    }

    /// The registry's host, and its port if it has one of its own.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The path in the registry.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The name of the image with this digest.
    #[must_use]
    pub fn image(&self, digest: &Digest) -> String {
        format!("{self}@{digest}")
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.host, self.path)
    }
}

impl FromStr for Repository {
    type Err = RepositoryError;

    fn from_str(text: &str) -> Result<Self, RepositoryError> {
        let wrong = |reason| RepositoryError { text: text.to_owned(), reason };
        let (host, path) = match text.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
            _ => (DOCKER_HUB, text),
        };
        if path.contains(['@', ':']) {
            return Err(wrong("a repository has neither a tag nor a digest"));
        }
        let is_inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
        let is_part = |part: &str| !part.is_empty() && part.chars().all(is_inside);
        if !path.split('/').all(is_part) {
            return Err(wrong(
                "its path has lower-case letters, digits, `.`, `_`, `-`, and `/` between",
            ));
        }
        let host = host.to_owned();
        Ok(Self { is_plain: is_loopback(&host), host, path: path.to_owned() })
    }
}

/// Whether a host is this machine, where registries for trying things out speak in the clear.
fn is_loopback(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let name = name.trim_matches(['[', ']']);
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_a_host_and_a_path() {
        for (text, host, path, is_plain) in [
            ("ghcr.io/team/rag", "ghcr.io", "team/rag", false),
            ("localhost:5000/rag", "localhost:5000", "rag", true),
            ("127.0.0.1:5000/a/b", "127.0.0.1:5000", "a/b", true),
            ("team/rag", "docker.io", "team/rag", false),
        ] {
            let it: Repository = text.parse().unwrap();
            assert_eq!((it.host(), it.path(), it.is_plain), (host, path, is_plain), "{text}");
        }
        for wrong in ["", "ghcr.io/", "ghcr.io/A", "ghcr.io/a:tag", "a@sha256:b", "a//b"] {
            assert!(wrong.parse::<Repository>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_this_machine_is_spoken_to_in_the_clear() {
        assert!(Repository::at("http://127.0.0.1:4570", "rag").unwrap().is_plain);
        assert!(
            !Repository::at("https://1.dkr.ecr.eu-west-1.amazonaws.com/", "rag").unwrap().is_plain
        );
        assert!(Repository::at("http://registry.example.org", "rag").is_err());
        assert!(Repository::at("registry.example.org", "rag").is_err());
    }
}
