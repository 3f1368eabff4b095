//! The one thread of this process that writes. Changes that wait share a transaction, and so a sync.

use std::{
    io,
    path::{Path, PathBuf},
    thread,
};

use futures_util::future::FutureExt;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::error::{Refusal, engine};
use crate::ports::store::{Reply, StoreError};

/// Changes that may wait; who comes then waits to wait.
const QUEUE: usize = 256;

/// The most changes of one transaction.
const TOGETHER: usize = 64;

/// A change, tried within a transaction. It gets an error instead when there is no transaction.
type Change = Box<dyn FnOnce(Result<&Connection, StoreError>) -> Told + Send>;

/// Tells who asked how the transaction ended; whether the change itself went well, it knows.
type Told = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Hands changes to the writing thread.
#[derive(Debug)]
pub(super) struct Writer {
    /// None once the store closes.
    changes: Option<mpsc::Sender<Change>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread, which owns `connection`.
    pub(super) fn start(connection: Connection, path: PathBuf) -> io::Result<Self> {
        let (changes, waiting) = mpsc::channel(QUEUE);
        let thread = thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || write_all(&connection, waiting, &path))?;
        Ok(Self { changes: Some(changes), thread: Some(thread) })
    }

    /// Makes a change; the reply comes once it is on disk.
    pub(super) fn write<T: Send + 'static>(
        &self,
        path: &Path,
        change: impl FnOnce(&Connection) -> Result<T, Refusal> + Send + 'static,
    ) -> Reply<'_, T> {
        let (tell, told) = oneshot::channel();
        let path = path.to_path_buf();
        let change: Change = Box::new(move |connection| {
            let outcome = connection.and_then(|connection| {
                apart(connection, change).map_err(|refusal| refusal.about(&path))
            });
            // Nobody listens when the asker went away: the change stands all the same.
            Box::new(move |committed| {
                drop(tell.send(outcome.and_then(|done| committed.map(|()| done))));
            })
        });
        async move {
            let changes = self.changes.as_ref().expect("the writer lives as long as the store");
            changes.send(change).await.map_err(|_| stopped())?;
            told.await.map_err(|_| stopped())?
        }
        .boxed()
    }
}

impl Drop for Writer {
    /// Waits until all that was asked for is on disk.
    fn drop(&mut self) {
        self.changes = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writing thread had panicked");
        }
    }
}

fn stopped() -> StoreError {
    StoreError::Failed { reason: "the writing thread has stopped".into() }
}

/// Writes until the store is dropped and nothing waits any more.
fn write_all(connection: &Connection, mut waiting: mpsc::Receiver<Change>, path: &Path) {
    while let Some(first) = waiting.blocking_recv() {
        if let Err(error) = connection.execute_batch("BEGIN IMMEDIATE") {
            first(Err(engine(path, &error)))(Ok(()));
            continue;
        }
        let mut told = vec![first(Ok(connection))];
        while told.len() < TOGETHER
            && !connection.is_autocommit()
            && let Ok(next) = waiting.try_recv()
        {
            told.push(next(Ok(connection)));
        }
        let committed = connection.execute_batch("COMMIT");
        if committed.is_err() && !connection.is_autocommit() {
            // Also when this fails there is nothing left to do: the next BEGIN will say so.
            drop(connection.execute_batch("ROLLBACK"));
        }
        for tell in told {
            tell(committed.as_ref().copied().map_err(|error| engine(path, error)));
        }
    }
}

/// Tries a change such that its failure undoes nothing but itself.
fn apart<T>(
    connection: &Connection,
    change: impl FnOnce(&Connection) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    connection.execute_batch("SAVEPOINT change")?;
    let outcome = change(connection);
    // Some failures (a full disk) end the whole transaction, and the savepoint with it.
    if !connection.is_autocommit() {
        let undo =
            if outcome.is_err() { "ROLLBACK TO change; RELEASE change" } else { "RELEASE change" };
        connection.execute_batch(undo)?;
    }
    outcome
}
