//! What has vectors: chunks, and what they mention. The same tables for each, and the same questions to them.

use rusqlite::{Connection, params};

use super::packed::{Packed, halves};

/// What has vectors, by the statements that ask for them.
#[derive(Debug)]
pub(super) struct Kind {
    /// How far they have come: see `Extent`.
    pub(super) extent: &'static str,
    /// How many there are.
    pub(super) count: &'static str,
    /// The ids of all, rising.
    pub(super) ids: &'static str,
    /// The vectors after an id, in bytes.
    pub(super) load: &'static str,
    /// One vector, in halves.
    pub(super) exact: &'static str,
    /// Keeps a vector in bytes, and in halves.
    pub(super) keep: [&'static str; 2],
}

/// A kind by the table that gives it its ids, by the shortest index that holds all ids, and by what its tables begin with.
macro_rules! kind {
    ($counted:literal, $listed:literal, $name:literal) => {
        Kind {
            extent: concat!(
                "SELECT ifnull((SELECT seq FROM sqlite_sequence WHERE name = '",
                $counted,
                "'), 0), deletions FROM vector_space"
            ),
            count: concat!("SELECT count(*) FROM ", $counted),
            ids: concat!("SELECT id FROM ", $listed),
            load: concat!(
                "SELECT id, scale, cells FROM ",
                $name,
                "_vector WHERE id > ?1 ORDER BY id"
            ),
            exact: concat!("SELECT cells FROM ", $name, "_exact WHERE id = ?1"),
            keep: [
                concat!("INSERT INTO ", $name, "_vector (id, scale, cells) VALUES (?1, ?2, ?3)"),
                concat!("INSERT INTO ", $name, "_exact (id, cells) VALUES (?1, ?2)"),
            ],
        }
    };
}

/// Chunks.
pub(super) static CHUNKS: Kind = kind!("chunk", "chunk_length ORDER BY id", "chunk");

/// Mentions of things. Their ids rise with those of their chunks, so that the index by chunk has them in order.
pub(super) static ENTITIES: Kind =
    kind!("entity_mention", "entity_mention ORDER BY chunk, id", "entity");

/// Mentions of relations.
pub(super) static RELATIONS: Kind =
    kind!("relation_mention", "relation_mention ORDER BY chunk, id", "relation");

impl Kind {
    /// Keeps the vector of what has this id.
    pub(super) fn insert(
        &self,
        connection: &Connection,
        id: i64,
        vector: &[f32],
    ) -> rusqlite::Result<()> {
        let packed = Packed::of(vector);
        let [bytes, exact] = self.keep;
        connection.prepare_cached(bytes)?.execute(params![id, packed.scale, packed.bytes()])?;
        connection.prepare_cached(exact)?.execute(params![id, halves(vector)])?;
        Ok(())
    }
}

/// How far the store's chunks, or mentions, have come: grows with every change of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Extent {
    /// The highest id given so far.
    pub(super) last: i64,
    /// How often chunks were deleted.
    pub(super) deletions: i64,
}

impl Extent {
    /// As it is now.
    pub(super) fn read(connection: &Connection, kind: &Kind) -> rusqlite::Result<Self> {
        connection
            .prepare_cached(kind.extent)?
            .query_row([], |row| Ok(Self { last: row.get(0)?, deletions: row.get(1)? }))
    }

    /// Whether this knows all that `other` knows.
    pub(super) fn covers(self, other: Self) -> bool {
        self.last >= other.last && self.deletions >= other.deletions
    }
}
