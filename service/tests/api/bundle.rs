//! The program as it comes in a bundle: what it says that it is, and its table in a file.

use std::path::{Path, PathBuf};

use crate::program::{output, program};

/// The table's file among the sources.
fn table() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("model/static-table.bin")
}

#[test]
fn what_the_program_is_stands_in_its_bytes_as_it_says_it() {
    let folder = tempfile::tempdir().unwrap();
    let (code, said, _) = output(&mut program(folder.path(), &["about"]));
    assert_eq!(code, Some(0));
    let place = if cfg!(feature = "built-in-table") { "inside" } else { "file" };
    let version = env!("CARGO_PKG_VERSION");
    let line = format!("rag-service-bundle:{{\"version\":\"{version}\",\"table\":\"{place}\"}}\n");
    assert_eq!(said, line);
    let bytes = std::fs::read(env!("CARGO_BIN_EXE_rag-service")).unwrap();
    let found = bytes.windows(line.len()).filter(|it| *it == line.as_bytes()).count();
    assert_eq!(found, 1);
}

#[test]
fn the_table_is_read_from_a_file_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let guide = folder.path().join("guide.md");
    std::fs::write(&guide, "The balancer drains connections for thirty seconds.").unwrap();
    let arguments = ["ingest", guide.to_str().unwrap()];
    let mut ingest = program(folder.path(), &arguments);
    ingest.env("EMBEDDING_MODEL_FILE", table());
    assert_eq!(output(&mut ingest), (Some(0), format!("added {}\n", guide.display()), "".into()));

    let cut_off = folder.path().join("table.bin");
    std::fs::write(&cut_off, &std::fs::read(table()).unwrap()[..1 << 20]).unwrap();
    for (path, reason) in [(&*cut_off, "it is cut off"), (Path::new("/nowhere"), "cannot be read")]
    {
        let mut serve = program(folder.path(), &["serve"]);
        let (code, _, told) = output(serve.env("EMBEDDING_MODEL_FILE", path));
        assert_eq!(code, Some(1), "{told}");
        assert!(told.contains(reason) && told.contains("service/make-bundle"), "{told}");
    }
}

#[test]
fn a_program_without_a_table_says_where_it_wants_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = program(folder.path(), &["serve"]);
    wrong.env("PORT", "70000").env("EMBEDDER_DIR", " ");
    let (code, _, told) = output(&mut wrong);
    assert_eq!(code, Some(64));
    let lines = if cfg!(feature = "built-in-table") { 1 } else { 2 };
    assert_eq!(told.lines().count(), lines, "{told}");
    assert_eq!(told.contains("error: EMBEDDER_DIR: not set"), lines == 2, "{told}");
}
