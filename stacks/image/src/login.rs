//! Who somebody is to a registry.

use std::fmt;

use docker_credential::{
    CredentialRetrievalError as Retrieval, DockerCredential, get_credential, get_podman_credential,
};
use oci_client::secrets::RegistryAuth;

/// The name of Docker Hub in login files.
const DOCKER_HUB_IN_FILES: &str = "https://index.docker.io/v1/";

/// Who somebody is to a registry.
#[derive(Clone)]
pub enum Login {
    /// Nobody.
    Nobody,
    /// This user.
    User {
        /// The name.
        name: String,
        /// The password.
        password: String,
    },
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody => f.write_str("Nobody"),
            Self::User { name, .. } => write!(f, "User({name})"),
        }
    }
}

/// A login file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the login for {host} cannot be had: {reason}")]
pub struct LoginError {
    host: String,
    reason: String,
}

impl Login {
    /// What the login files of Docker or Podman say of `host`; nobody where they say nothing.
    ///
    /// These are `config.json` in `DOCKER_CONFIG` or `~/.docker`, and `REGISTRY_AUTH_FILE` or `auth.json` where Podman keeps
    /// it. A helper that they name is run.
    ///
    /// # Errors
    ///
    /// [`LoginError`] where a file cannot be read, or its helper fails.
    pub fn of_files(host: &str) -> Result<Self, LoginError> {
        let server = if host == "docker.io" { DOCKER_HUB_IN_FILES } else { host };
        for found in [get_credential(server), get_podman_credential(server)] {
            match found {
                Ok(DockerCredential::UsernamePassword(name, password)) => {
                    return Ok(Self::User { name, password });
                }
                Ok(DockerCredential::IdentityToken(_)) => {
                    let reason = "its file holds an identity token, which cannot be used here; log in with a name and a password";
                    return Err(Self::failed(host, reason));
                }
                Err(error) if says_nothing(&error) => {}
                Err(error) => return Err(Self::failed(host, &told(&error))),
            }
        }
        Ok(Self::Nobody)
    }

    fn failed(host: &str, reason: &str) -> LoginError {
        LoginError { host: host.to_owned(), reason: reason.to_owned() }
    }

    pub(crate) fn auth(&self) -> RegistryAuth {
        match self {
            Self::Nobody => RegistryAuth::Anonymous,
            Self::User { name, password } => RegistryAuth::Basic(name.clone(), password.clone()),
        }
    }
}

/// Whether there is no file, or none that knows the registry. A file that cannot be opened counts as none, as it does to
/// other tools.
fn says_nothing(error: &Retrieval) -> bool {
    match error {
        Retrieval::ConfigNotFound
        | Retrieval::ConfigReadError
        | Retrieval::NoCredentialConfigured => true,
        // That is how a helper says that it knows nothing.
        Retrieval::HelperFailure { stdout, .. } => stdout.contains("credentials not found"),
        _ => false,
    }
}

/// What a helper has printed may hold a password, and is not told.
fn told(error: &Retrieval) -> String {
    match error {
        Retrieval::HelperFailure { helper, .. } => format!("the helper {helper} failed"),
        other => other.to_string(),
    }
}
