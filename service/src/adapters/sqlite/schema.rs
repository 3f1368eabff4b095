//! The file: how a connection is opened, what is in it, and which versions of it are understood.

mod steps;

use std::{
    fs::{self, File},
    io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, config::DbConfig};

use super::error::{Refusal, engine, file_system, place};
use crate::ports::StoreError;

/// The schema that this program writes, kept in the file's `user_version`. It changes with
/// `schema/now.sql`, and with what `pipeline::terms` makes of a text; then a step is added to [`steps`].
const VERSION: u32 = 3;

/// Marks the file as ours, in its `application_id`: `ragc`.
const APPLICATION: u32 = 0x7261_6763;

/// How long a connection waits for another process's change.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a file holds whose log was emptied, at most, so that one large ingestion does not stay.
const LOG_BYTES: u32 = 16 << 20;

/// Makes the folder, opens the file for writing, lays it out when it is new, and brings it up to date when it is old.
pub(super) fn open_for_writing(folder: &Path, path: &Path) -> Result<Connection, StoreError> {
    make_folder(folder).map_err(|error| file_system(folder, &error))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|e| engine(path, &e))?;
    connection.busy_timeout(PATIENCE).map_err(|e| engine(path, &e))?;
    refuse_foreign(&connection, path)?;
    prepare(&connection).map_err(|e| engine(path, &e))?;
    // Another process may have laid it out meanwhile, and a newer one differently.
    refuse_foreign(&connection, path)?;
    Ok(connection)
}

/// Opens the file, which is there, for searches.
pub(super) fn open_for_reading(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.pragma_update(None, "query_only", true)?;
    // Each statement has one plan whatever is asked. Otherwise SQLite parses it again for each value that it is given, which
    // took an eighth of a query. https://www.sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigenableqpsg
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Refuses a store that holds vectors of another model.
pub(super) fn refuse_other_model(connection: &Connection, wanted: &str) -> Result<(), Refusal> {
    let stored: Option<Option<String>> = connection
        .query_row("SELECT model FROM vector_space WHERE EXISTS (SELECT 1 FROM chunk)", [], |row| {
            row.get(0)
        })
        .optional()?;
    match stored.flatten() {
        Some(stored) if stored != wanted => {
            Err(Refusal::OtherModel { stored, wanted: wanted.to_owned() })
        }
        _ => Ok(()),
    }
}

/// Makes the folder and those above it, and makes sure that they are still there after a loss of power.
fn make_folder(folder: &Path) -> io::Result<()> {
    let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.exists()).collect();
    fs::create_dir_all(folder)?;
    for parent in missing.iter().filter_map(|folder| folder.parent()) {
        let is_here = parent.as_os_str().is_empty();
        File::open(if is_here { Path::new(".") } else { parent })?.sync_all()?;
    }
    Ok(())
}

/// Refuses a file that is not ours, or of a newer schema, before anything in it is touched.
fn refuse_foreign(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let read = || -> rusqlite::Result<(u32, u32, bool)> {
        // One view of the file, which another process may be laying out.
        let view = connection.unchecked_transaction()?;
        let number = |name| view.pragma_query_value(None, name, |row| row.get::<_, u32>(0));
        let is_empty = "SELECT NOT EXISTS (SELECT 1 FROM sqlite_schema)";
        Ok((
            number("application_id")?,
            number("user_version")?,
            view.query_row(is_empty, [], |row| row.get(0))?,
        ))
    };
    match read().map_err(|error| engine(path, &error))? {
        (APPLICATION, found, _) if found > VERSION => {
            Err(StoreError::Newer { place: place(path), found, known: VERSION })
        }
        (APPLICATION, 1..=VERSION, _) | (0, 0, true) => Ok(()),
        _ => Err(StoreError::Unusable {
            place: place(path),
            reason: "it is a database of another program".into(),
        }),
    }
}

/// Sets the connection up, and the file where it is new. Every commit is on disk before it returns.
fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    use_log(connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
    // What is deleted is overwritten, not only forgotten.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    steps::bring_up_to_date(connection)
}

/// Switches to the write-ahead log; SQLite does not wait here for another process that does the same.
fn use_log(connection: &Connection) -> rusqlite::Result<()> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mode = connection
            .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match mode {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                thread::sleep(Duration::from_millis(2));
            }
            other => return other.map(drop),
        }
    }
}
