//! A reader of files with the real program, or with one that does as a test wants.

use std::{
    fs::{self, File, Permissions},
    io::{Read, Write},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::Duration,
};

use rag_service::{
    adapters::extract::SandboxedReader,
    config::ExtractLimits,
    pipeline::format::Format,
    ports::{
        FileReader,
        reader::{ReadError, Text, Unreadable},
    },
};
use tempfile::TempDir;

/// What a test's files may take: little, so that it ends soon.
pub(crate) const LIMITS: ExtractLimits = ExtractLimits {
    memory_bytes: 512 << 20,
    cpu: Duration::from_secs(30),
    time: Duration::from_secs(300),
    text_bytes: 8 << 20,
};

pub(crate) struct Bench {
    pub(crate) reader: SandboxedReader,
    pub(crate) folder: TempDir,
}

impl Bench {
    /// The real program.
    pub(crate) fn new() -> Self {
        Self::with(LIMITS)
    }

    pub(crate) fn with(limits: ExtractLimits) -> Self {
        Self::of(
            PathBuf::from(env!("CARGO_BIN_EXE_rag-service")),
            limits,
            tempfile::tempdir().unwrap(),
        )
    }

    /// A program that is a script of the shell.
    pub(crate) fn scripted(script: &str, limits: ExtractLimits) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("program");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, Permissions::from_mode(0o755)).unwrap();
        Self::of(program, limits, folder)
    }

    fn of(program: PathBuf, limits: ExtractLimits, folder: TempDir) -> Self {
        Self { reader: SandboxedReader::new(program, folder.path().to_owned(), limits, 2), folder }
    }

    pub(crate) async fn extracted(&self, format: Format, bytes: &[u8]) -> Result<Text, Unreadable> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        match self.reader.text(format, file).await {
            Ok(extracted) => Ok(extracted),
            Err(ReadError::Unreadable(unreadable)) => Err(unreadable),
            Err(ReadError::Hindered(error)) => panic!("{error}"),
        }
    }

    /// The text of a file.
    pub(crate) async fn text(&self, format: Format, bytes: &[u8]) -> Result<String, Unreadable> {
        let extracted = self.extracted(format, bytes).await?;
        let mut text = String::new();
        extracted.reader().read_to_string(&mut text).unwrap();
        assert_eq!(text.len() as u64, extracted.len());
        assert!(!text.contains('\0') && !text.trim().is_empty());
        Ok(text)
    }
}

/// A file beside this one.
pub(crate) fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/extract/files");
    let mut bytes = Vec::new();
    File::open(folder.join(name)).unwrap().read_to_end(&mut bytes).unwrap();
    bytes
}
