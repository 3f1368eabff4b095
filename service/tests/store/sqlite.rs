//! The SQLite store: the contract, and what its file can do to it.

use std::{
    ffi::OsString,
    fs,
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::Command,
    sync::Arc,
    thread,
};

use rag_service::{
    adapters::sqlite::SqliteStore,
    ports::{Store, StoreError},
};
use rusqlite::Connection;
use tempfile::TempDir;

use crate::suite::{self, Library, MODEL, Place, contract};

/// Names the folder to a child process.
pub(crate) const FOLDER: &str = "RAG_TEST_FOLDER";

/// A folder of its own.
struct Folder(TempDir);

impl Default for Folder {
    fn default() -> Self {
        Self(TempDir::new().unwrap())
    }
}

impl Folder {
    fn path(&self) -> &Path {
        self.0.path()
    }

    fn refusal(&self) -> StoreError {
        SqliteStore::open(self.path(), MODEL).unwrap_err()
    }

    fn engine(&self) -> Connection {
        Connection::open(self.path().join("rag.sqlite")).unwrap()
    }
}

impl Place for Folder {
    async fn open(&self, model: &str) -> Result<Arc<dyn Library>, StoreError> {
        Ok(Arc::new(SqliteStore::open(self.path(), model)?))
    }

    fn child(&self) -> Command {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--ignored", "--exact", "sqlite::adds_until_killed", "--nocapture"]);
        command.env(FOLDER, self.path());
        command
    }
}

contract!(Folder);

pub(crate) fn folder_of_the_parent() -> OsString {
    std::env::var_os(FOLDER).expect("the parent names the folder")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the child of `what_was_acknowledged_survives_a_kill`"]
async fn adds_until_killed() {
    let store = SqliteStore::open(Path::new(&folder_of_the_parent()), MODEL).unwrap();
    suite::adds_until_killed(Arc::new(store)).await;
}

#[test]
#[ignore = "the child of `a_folder_that_may_not_be_written_is_refused`"]
fn refuses_the_folder() {
    let refused = SqliteStore::open(Path::new(&folder_of_the_parent()), MODEL).unwrap_err();
    assert!(matches!(refused, StoreError::Unusable { .. }), "{refused:?}");
    println!("refused: {refused}");
}

#[test]
fn a_folder_that_may_not_be_written_is_refused() {
    use std::os::unix::fs::MetadataExt;
    let folder = Folder::default();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    let is_root = fs::metadata(&locked).unwrap().uid() == 0;
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();

    // Nothing is read-only to root: there, a child without rights tries it.
    let program = folder.path().join("child");
    fs::copy(std::env::current_exe().unwrap(), &program).unwrap();
    let mut child = Command::new(&program);
    child.args(["--ignored", "--exact", "sqlite::refuses_the_folder", "--nocapture"]);
    child.env(FOLDER, &locked).current_dir("/");
    if is_root {
        child.uid(65_534).gid(65_534);
    }
    let output = child.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("cannot be used: "), "{told}");
}

#[test]
fn a_folder_is_made_with_its_parents() {
    let folder = Folder::default();
    let deep = folder.path().join("a/b/c");
    SqliteStore::open(&deep, MODEL).unwrap();
    assert!(deep.join("rag.sqlite").is_file());
}

#[test]
fn a_file_in_the_place_of_the_folder_is_refused() {
    let folder = Folder::default();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let refused = SqliteStore::open(&file, MODEL).unwrap_err();
    assert!(matches!(refused, StoreError::Unusable { .. }), "{refused:?}");
}

#[test]
fn a_newer_schema_is_refused_and_left_as_it_is() {
    let folder = Folder::default();
    SqliteStore::open(folder.path(), MODEL).unwrap();
    folder.engine().pragma_update(None, "user_version", 99).unwrap();
    let refused = folder.refusal();
    assert!(matches!(refused, StoreError::Newer { found: 99, known: 3, .. }), "{refused:?}");
    let version: u32 =
        folder.engine().pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = Folder::default();
    folder.engine().execute_batch("CREATE TABLE theirs (x)").unwrap();
    let refused = folder.refusal();
    assert!(matches!(refused, StoreError::Unusable { .. }), "{refused:?}");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = Folder::default();
    fs::write(folder.path().join("rag.sqlite"), "no database at all. ".repeat(100)).unwrap();
    let refused = folder.refusal();
    assert!(matches!(refused, StoreError::Unusable { .. }), "{refused:?}");
}

#[test]
fn many_may_open_a_new_store_at_once() {
    let folder = Folder::default();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| SqliteStore::open(folder.path(), MODEL).unwrap());
        }
    });
}

#[tokio::test]
async fn deleted_words_are_gone_from_the_file() {
    let folder = Folder::default();
    let store = SqliteStore::open(folder.path(), MODEL).unwrap();
    for source in ["xylophone", "other"] {
        suite::keep_text(&store, source, &format!("{source} concert")).await;
    }
    store.delete(vec!["doc-xylophone".into()]).await.unwrap();
    drop(store);
    let bytes = fs::read(folder.path().join("rag.sqlite")).unwrap();
    let holds = |word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    assert!(holds(b"other"));
    assert!(!holds(b"xylophone"));
}

#[tokio::test]
async fn cleared_words_are_gone_from_the_file() {
    let folder = Folder::default();
    let store = SqliteStore::open(folder.path(), MODEL).unwrap();
    for source in ["xylophone", "bassoon"] {
        suite::keep_text(&store, source, &format!("{source} concert")).await;
    }
    assert_eq!(store.clear().await.unwrap(), 2);
    drop(store);
    let bytes = fs::read(folder.path().join("rag.sqlite")).unwrap();
    for word in [&b"xylophone"[..], b"bassoon", b"concert"] {
        assert!(!bytes.windows(word.len()).any(|window| window == word), "{word:?}");
    }
}
