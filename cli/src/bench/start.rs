//! A start of so many seconds in front of a program: a script that waits, then becomes the program.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::failure::Failure;

/// Writes a script to `path` that runs as `serving` after `wait` when it is to serve, and as `service` when anything else is asked of it,
/// as its health check is.
pub(super) fn script(
    path: PathBuf,
    wait: Duration,
    serving: &str,
    service: &Path,
) -> Result<PathBuf, Failure> {
    let (seconds, service) = (wait.as_secs_f64(), quoted(service));
    let text = format!(
        "#!/bin/sh\nif [ \"$1\" = serve ]; then\n  sleep {seconds:.3}\n  exec {serving}\nfi\nexec {service} \"$@\"\n"
    );
    let written = fs::write(&path, text)
        .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)));
    match written {
        Ok(()) => Ok(path),
        Err(source) => Err(Failure::Unwritable { path, source }),
    }
}

/// A path as a shell takes it, whatever is in it.
pub(super) fn quoted(path: &Path) -> String {
    format!("'{}'", path.display().to_string().replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn it_waits_only_where_it_serves_and_takes_paths_as_they_are() {
        let folder = tempfile::Builder::new().prefix("it's ").tempdir().unwrap();
        let service = folder.path().join("service");
        fs::write(&service, "#!/bin/sh\necho \"own $1\"\n").unwrap();
        fs::set_permissions(&service, fs::Permissions::from_mode(0o755)).unwrap();
        let path = folder.path().join("start");
        let wait = Duration::from_millis(300);
        let path = script(path, wait, "echo serving", &service).unwrap();
        let said = |word: &str| {
            let began = std::time::Instant::now();
            let output = Command::new(&path).arg(word).output().unwrap();
            (String::from_utf8(output.stdout).unwrap(), began.elapsed() >= wait)
        };
        assert_eq!(said("serve"), ("serving\n".to_owned(), true));
        assert_eq!(said("healthcheck").0, "own healthcheck\n");
    }
}
