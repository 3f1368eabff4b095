//! The service's program, for the test binaries that run it.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// The service's program, which lies beside ragctl; built when it was left out.
pub(crate) fn service() -> PathBuf {
    static SERVICE: OnceLock<PathBuf> = OnceLock::new();
    SERVICE.get_or_init(built).clone()
}

fn built() -> PathBuf {
    let folder = Path::new(env!("CARGO_BIN_EXE_ragctl")).parent().unwrap();
    let service = folder.join("rag-service");
    if !service.exists() {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--locked", "--package", "rag-service", "--target-dir"]);
        cargo.arg(folder.parent().unwrap());
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        assert!(cargo.status().unwrap().success());
    }
    service
}
