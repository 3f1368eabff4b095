//! Which chunks have a term, and how often: lists of the full text index, kept for the next question.
//!
//! To read a list costs a fraction of a microsecond an entry, which for the words of many chunks is milliseconds. So what
//! was read is kept, and grows with the chunks that are added; deletions end it.

use std::{collections::HashMap, sync::Arc};

use rusqlite::Connection;

use super::{kind::Extent, lengths::Lengths};
use crate::pipeline::terms;

/// Entries that are kept (16 MB); all go when there are more.
const KEPT: usize = 2 << 20;

/// New chunks whose terms are looked through for the lists; of more, lists are read anew.
const FOLLOWED: i64 = 256;

/// That a chunk has a term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    /// The chunk's position among all.
    pub(super) position: u32,
    /// How often it has the term.
    pub(super) times: u32,
}

/// The chunks that have a term, by rising position.
pub(super) type List = Arc<Vec<Entry>>;

/// The lists of terms that were asked for.
#[derive(Debug, Default)]
pub(super) struct Lists {
    /// What they know of.
    pub(super) extent: Extent,
    size: usize,
    by_term: HashMap<String, List>,
    /// Terms of very many chunks, with how many these were, and of how many.
    common: HashMap<String, (usize, usize)>,
}

impl Lists {
    /// Takes over what changed until `lengths`, which is the state that `connection` sees.
    pub(super) fn catch_up(
        &mut self,
        connection: &Connection,
        lengths: &Lengths,
    ) -> rusqlite::Result<()> {
        let now = lengths.extent;
        if self.extent == now {
            return Ok(());
        }
        let are_few = now.last - self.extent.last <= FOLLOWED;
        if self.extent.deletions == now.deletions && are_few && !self.by_term.is_empty() {
            self.follow(connection, lengths)?;
        } else {
            self.forget();
        }
        self.extent = now;
        Ok(())
    }

    /// Puts the chunks that are new into the lists.
    fn follow(&mut self, connection: &Connection, lengths: &Lengths) -> rusqlite::Result<()> {
        let mut select =
            connection.prepare_cached("SELECT id, text FROM chunk WHERE id > ?1 ORDER BY id")?;
        let mut rows = select.query([self.extent.last])?;
        while let Some(row) = rows.next()? {
            let Some(position) = lengths.position(row.get(0)?) else { continue };
            for term in terms::indexed(row.get_ref(1)?.as_str()?).split_terminator(' ') {
                if let Some(list) = self.by_term.get_mut(term) {
                    let before = list.len();
                    push(Arc::make_mut(list), position);
                    self.size += list.len() - before;
                }
            }
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.by_term.clear();
        self.size = 0;
    }

    /// The list of a term, when it is kept.
    pub(super) fn get(&self, term: &str) -> Option<List> {
        self.by_term.get(term).cloned()
    }

    /// Keeps the list of a term, read in the state that is known here.
    pub(super) fn keep(&mut self, term: String, list: &List) {
        if self.size + list.len() > KEPT {
            self.forget();
        }
        self.size += list.len() + 1;
        self.by_term.insert(term, Arc::clone(list));
    }

    /// About how many of `all` chunks have a term, when these are very many.
    pub(super) fn common(&self, term: &str, all: usize) -> Option<usize> {
        let &(with, of) = self.common.get(term)?;
        let is_about = of - of / 4..=of + of / 4;
        is_about.contains(&all).then(|| with * all / of)
    }

    /// Remembers that very many chunks have a term, so that they need not be counted again.
    pub(super) fn note_common(&mut self, term: String, with: usize, of: usize) {
        self.common.insert(term, (with, of));
    }
}

/// Reads the list of a term.
pub(super) fn read(
    connection: &Connection,
    lengths: &Lengths,
    term: &str,
) -> rusqlite::Result<List> {
    let mut select = connection.prepare_cached("SELECT doc FROM term_place WHERE term = ?1")?;
    let mut rows = select.query([term])?;
    let mut list = Vec::new();
    let mut before = None;
    while let Some(row) = rows.next()? {
        let chunk: i64 = row.get(0)?;
        match (before, list.last_mut()) {
            (Some(id), Some(Entry { times, .. })) if id == chunk => *times += 1,
            _ => {
                let Some(position) = lengths.position(chunk) else { continue };
                list.push(Entry { position, times: 1 });
                before = Some(chunk);
            }
        }
    }
    list.shrink_to_fit();
    Ok(Arc::new(list))
}

/// How many chunks have a term.
pub(super) fn count(connection: &Connection, term: &str) -> rusqlite::Result<usize> {
    let mut select = connection.prepare_cached("SELECT doc FROM term_use WHERE term = ?1")?;
    let mut rows = select.query([term])?;
    rows.next()?.map_or(Ok(0), |row| row.get(0))
}

/// Adds one more of the term at a position, which is the last or a later one.
fn push(list: &mut Vec<Entry>, position: u32) {
    match list.last_mut() {
        Some(last) if last.position == position => last.times += 1,
        _ => list.push(Entry { position, times: 1 }),
    }
}
