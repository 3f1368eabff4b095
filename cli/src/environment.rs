//! What the environment says of the machine and of whoever works on it. The only place that asks it.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
};

use ragctl_aws::Gate;

/// Who runs this, as the login names them.
pub(crate) fn user() -> String {
    let named = ["USER", "LOGNAME"].into_iter().find_map(std::env::var_os);
    let named = named.map(|name| name.to_string_lossy().into_owned());
    named.unwrap_or_else(|| format!("user {}", rustix::process::getuid().as_raw()))
}

/// What this machine is called.
pub(crate) fn host() -> String {
    rustix::system::uname().nodename().to_string_lossy().into_owned()
}

/// The program called `name` that a shell would start.
pub(crate) fn on_path(name: impl AsRef<Path>) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(&name)).find(|file| file.is_file())
}

/// What makes a rollout complete. Emulators of AWS never say that one is, so `RAGCTL_GATE=settled` lets the tasks speak.
pub(crate) fn gate() -> Gate {
    match std::env::var_os("RAGCTL_GATE") {
        Some(gate) if gate == "settled" => Gate::Settled,
        _ => Gate::Completed,
    }
}

/// The region that the environment means, for what asks nobody else.
pub(crate) fn region() -> Option<String> {
    ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find_map(secret).filter(|it| !it.is_empty())
}

/// The value of a variable that the stack file names as the place of a secret.
pub(crate) fn secret(name: impl AsRef<OsStr>) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}
