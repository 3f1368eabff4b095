//! Stores that older programs wrote: `version-1.sql` is how the first of them laid its file out.

use std::{collections::BTreeMap, path::Path, process::Command, time::Duration};

use rag_service::{
    adapters::sqlite::SqliteStore,
    pipeline::terms,
    ports::{
        Store,
        store::{Added, DocumentStatus, PART_BYTES, Page, Search, Sort, SortBy},
    },
};
use rusqlite::{Connection, params};
use tempfile::TempDir;

use crate::{
    sqlite::{FOLDER, folder_of_the_parent},
    suite::{self, MODEL, at},
};

/// A store as version 1 left it.
struct Old {
    folder: TempDir,
    engine: Connection,
}

impl Old {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let engine = Connection::open(folder.path().join("rag.sqlite")).unwrap();
        engine.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
        engine.execute_batch(include_str!("version-1.sql")).unwrap();
        engine.pragma_update(None, "application_id", 0x7261_6763).unwrap();
        engine.pragma_update(None, "user_version", 1).unwrap();
        engine.execute("UPDATE vector_space SET model = ?1, dimension = 4", [MODEL]).unwrap();
        Self { folder, engine }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a document with these chunks, or one that waits.
    fn add(&self, source: &str, text: &str, chunks: &[&str]) {
        let status = if chunks.is_empty() { "pending" } else { "processed" };
        self.engine
            .execute(
                "INSERT INTO document (id, source, status, track_id, summary, length, chunks,
                     created_at, updated_at)
                 VALUES ('doc-' || ?1, ?1, ?2, 'track-old', 'its summary', ?3, ?4, ?5, ?5)",
                params![source, status, text.len(), chunks.len(), at(0).as_microsecond()],
            )
            .unwrap();
        let number = self.engine.last_insert_rowid();
        let keep = "INSERT INTO document_text (document, text) VALUES (?1, ?2)";
        self.engine.execute(keep, params![number, text]).unwrap();
        for chunk in chunks {
            let keep = "INSERT INTO chunk (document, text) VALUES (?1, ?2)";
            self.engine.execute(keep, params![number, chunk]).unwrap();
            let id = self.engine.last_insert_rowid();
            let terms = terms::indexed(chunk);
            let keep = "INSERT INTO chunk_term (rowid, terms) VALUES (?1, ?2)";
            self.engine.execute(keep, params![id, terms]).unwrap();
            let keep =
                "INSERT INTO chunk_vector (chunk, terms, scale, cells) VALUES (?1, ?2, ?3, ?4)";
            let cells = [127_u8, 0, 0, 0];
            let count = terms.split_terminator(' ').count();
            self.engine.execute(keep, params![id, count, 1.0 / 127.0, cells]).unwrap();
        }
    }
}

/// What a file's tables and indexes are, whatever the words that made them.
fn layout(engine: &Connection) -> BTreeMap<String, Vec<String>> {
    let named = "SELECT type || ' ' || name, name, ifnull(sql, '') FROM sqlite_schema";
    let mut select = engine.prepare(named).unwrap();
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).unwrap();
    let mut layout = BTreeMap::new();
    for row in rows {
        let (title, name, sql): (String, String, String) = row.unwrap();
        let columns = if title.starts_with("index") {
            "SELECT ifnull(name, 'rowid') || ' ' || desc FROM pragma_index_xinfo(?1)"
        } else {
            "SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || ifnull(dflt_value, '') || ' ' || pk
             FROM pragma_table_xinfo(?1)"
        };
        let mut select = engine.prepare(columns).unwrap();
        let columns = select.query_map([name], |row| row.get(0)).unwrap();
        let mut columns: Vec<String> = columns.collect::<Result<_, _>>().unwrap();
        let words = ["AUTOINCREMENT", "STRICT", "UNIQUE", "CHECK", "contentless_delete"];
        columns.extend(words.iter().filter(|it| sql.contains(**it)).map(ToString::to_string));
        layout.insert(title, columns);
    }
    layout
}

#[tokio::test]
async fn a_store_of_version_1_is_found_as_it_was() {
    let old = Old::new();
    let long = "A long text about 検索. ".repeat(PART_BYTES / 10);
    old.add("a.md", "an apple\na pear", &["an apple", "a pear"]);
    old.add("gone", "gone", &["gone"]);
    old.add("copy of a", "an apple\na pear", &["an apple", "a pear"]);
    old.add("waits", &long, &[]);
    old.add("newest", "newest", &[]);
    // As the old program deleted: the numbers are not given again.
    let deleted = "DELETE FROM document_text WHERE document IN (2, 5); DELETE FROM document WHERE number IN (2, 5);
         DELETE FROM chunk_term WHERE rowid = 3; DELETE FROM chunk_vector WHERE chunk = 3;
         DELETE FROM chunk WHERE id = 3; UPDATE vector_space SET deletions = 1;";
    old.engine.execute_batch(deleted).unwrap();

    let store = SqliteStore::open(old.path(), MODEL).unwrap();
    let by_source = Sort { by: SortBy::Created, ascending: true };
    let page = Page { page: 1, size: 9, sort: by_source, ..Page::default() };
    let listed = store.documents(page).await.unwrap().documents;
    let short: Vec<_> =
        listed.iter().map(|one| (one.id.as_str(), one.status, one.chunks)).collect();
    use DocumentStatus::{Pending, Processed};
    assert_eq!(
        short,
        [("doc-a.md", Processed, 2), ("doc-copy of a", Processed, 2), ("doc-waits", Pending, 0)]
    );
    for one in &listed {
        assert_eq!((one.summary.as_str(), one.format.as_str()), ("its summary", "text"));
        assert_eq!((one.track_id.as_str(), one.created_at), ("track-old", at(0)));
    }
    let both = Search {
        vector: Some(vec![1.0, 0.0, 0.0, 0.0]),
        text: Some("pear".into()),
        limit: 9,
        threshold: 0.9,
    };
    let found = store.candidates(both).await.unwrap();
    let ids: Vec<_> = found.matching.iter().map(|hit| hit.chunk).collect();
    assert_eq!((found.near.len(), &ids[..]), (4, &[2, 5][..]));
    let names: Vec<_> = store
        .chunks(ids)
        .await
        .unwrap()
        .iter()
        .map(rag_service::ports::store::Chunk::name)
        .collect();
    assert_eq!(names, ["doc-a.md-chunk-001", "doc-copy of a-chunk-001"]);

    // What it holds is known by its hash now, and goes on.
    let same = Added::Same { track_id: "track-old".into() };
    assert_eq!(suite::add(&store, "a.md", "an apple\na pear").await, same);
    assert_eq!(suite::add(&store, "copy of a", "an apple\na pear").await, same);
    let again = suite::add(&store, "third", "an apple\na pear").await;
    let source = "a.md".to_owned();
    assert_eq!(again, Added::Duplicate { source, track_id: "track-old".into() });
    let claimed = store.claim("one".into(), at(1), at(60)).await.unwrap().unwrap();
    assert_eq!((claimed.source.as_str(), claimed.attempt), ("waits", 1));
    assert_eq!(claimed.bytes, long.len() as u64);
    assert_eq!(suite::content(&store, &claimed.id).await, long);
    assert_eq!(suite::add(&store, "new", "new").await, Added::New);
    let number = "SELECT number FROM document WHERE id = 'doc-new'";
    assert_eq!(old.engine.query_row(number, [], |row| row.get(0)), Ok(6));
}

#[test]
fn a_store_brought_up_to_date_is_laid_out_as_a_new_one() {
    let (old, new) = (Old::new(), TempDir::new().unwrap());
    old.add("a.md", "an apple", &["an apple"]);
    for _ in 0..2 {
        SqliteStore::open(old.path(), MODEL).unwrap();
    }
    SqliteStore::open(new.path(), MODEL).unwrap();
    let made = Connection::open(new.path().join("rag.sqlite")).unwrap();
    let expected = layout(&made);
    assert!(expected.len() > 20, "{expected:?}");
    assert_eq!(layout(&old.engine), expected);
}

#[test]
#[ignore = "the child of `a_kill_leaves_a_store_old_or_new`"]
fn opens_the_folder() {
    SqliteStore::open(Path::new(&folder_of_the_parent()), MODEL).unwrap();
}

#[test]
fn a_kill_leaves_a_store_old_or_new() {
    let old = Old::new();
    old.engine.execute_batch("BEGIN").unwrap();
    for number in 0..300 {
        let text = format!("{number}: {}", "some words of some text, ".repeat(100));
        old.add(&number.to_string(), &text, &[&text]);
    }
    old.engine.execute_batch("COMMIT").unwrap();
    // The child is killed a little later each time, until it was fast enough.
    let mut delay = Duration::from_millis(1);
    loop {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "migration::opens_the_folder"])
            .env(FOLDER, old.path())
            .stdout(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(delay);
        delay = delay * 5 / 4;
        let is_done = child.try_wait().unwrap().is_some_and(|status| status.success());
        child.kill().unwrap();
        child.wait().unwrap();

        let tables = layout(&old.engine);
        let has = |table: &str| tables.contains_key(&format!("table {table}"));
        let version: u32 =
            old.engine.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        let there = [has("document_text"), has("document_part"), has("entity_mention")];
        let expected =
            [[true, false, false], [false, true, false], [false, true, true]][version as usize - 1];
        assert_eq!(there, expected, "version {version}");
        let count = "SELECT count(*) FROM document JOIN chunk ON document = number";
        assert_eq!(old.engine.query_row(count, [], |row| row.get(0)), Ok(300));
        let check = "PRAGMA integrity_check";
        assert_eq!(old.engine.query_row(check, [], |row| row.get(0)), Ok("ok".to_owned()));
        if is_done {
            assert_eq!(version, 3);
            break;
        }
    }
}
