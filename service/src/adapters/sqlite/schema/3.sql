-- From version 2 to 3: lists in any order by an index, how long chunks are apart from their vectors, vectors in halves
-- beside those in bytes (for what was stored before there are none), and what chunks mention.
CREATE INDEX document_by_hash ON document (hash);
CREATE INDEX document_by_creation ON document (created_at, number);
CREATE INDEX document_by_change ON document (updated_at, number);
CREATE INDEX document_by_source ON document (source, number);

CREATE TABLE chunk_length (
    id    INTEGER PRIMARY KEY,
    terms INTEGER NOT NULL
) STRICT;
INSERT INTO chunk_length (id, terms) SELECT chunk, terms FROM chunk_vector ORDER BY chunk;
ALTER TABLE chunk_vector DROP COLUMN terms;
ALTER TABLE chunk_vector RENAME COLUMN chunk TO id;
CREATE TABLE chunk_exact (
    id    INTEGER PRIMARY KEY,
    cells BLOB NOT NULL
) STRICT;

CREATE TABLE entity_mention (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    chunk       INTEGER NOT NULL,
    key         TEXT NOT NULL,
    name        TEXT NOT NULL,
    kind        TEXT NOT NULL,
    description TEXT NOT NULL
) STRICT;
CREATE INDEX entity_mention_by_chunk ON entity_mention (chunk);
CREATE INDEX entity_mention_by_key ON entity_mention (key, id);
CREATE TABLE entity_vector (
    id    INTEGER PRIMARY KEY,
    scale REAL NOT NULL,
    cells BLOB NOT NULL
) STRICT;
CREATE TABLE entity_exact (
    id    INTEGER PRIMARY KEY,
    cells BLOB NOT NULL
) STRICT;

CREATE TABLE relation_mention (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    chunk       INTEGER NOT NULL,
    one         TEXT NOT NULL,
    other       TEXT NOT NULL,
    source      TEXT NOT NULL,
    target      TEXT NOT NULL,
    keywords    TEXT NOT NULL,
    description TEXT NOT NULL,
    weight      REAL NOT NULL
) STRICT;
CREATE INDEX relation_mention_by_chunk ON relation_mention (chunk);
CREATE INDEX relation_mention_by_ends ON relation_mention (one, other, id);
CREATE INDEX relation_mention_by_other ON relation_mention (other, one);
CREATE TABLE relation_vector (
    id    INTEGER PRIMARY KEY,
    scale REAL NOT NULL,
    cells BLOB NOT NULL
) STRICT;
CREATE TABLE relation_exact (
    id    INTEGER PRIMARY KEY,
    cells BLOB NOT NULL
) STRICT;
