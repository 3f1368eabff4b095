-- What is to be found. `number` counts up and is never given twice, so it is the order of arrival.
CREATE TABLE document (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    source        TEXT NOT NULL,
    hash          TEXT NOT NULL,                -- of the content: of one document, but for copies that version 1 let in
    format        TEXT NOT NULL,
    bytes         INTEGER NOT NULL,
    status        TEXT NOT NULL,
    track_id      TEXT NOT NULL,
    summary       TEXT NOT NULL,
    length        INTEGER NOT NULL,             -- characters
    chunks        INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,             -- microseconds since 1970, as all times here
    updated_at    INTEGER NOT NULL,
    holder        TEXT,                         -- who works on it, while `processing`
    claimed_until INTEGER,
    attempts      INTEGER NOT NULL DEFAULT 0,   -- how often it was taken since it was last finished, given back or sent
    error         TEXT
) STRICT;
CREATE INDEX document_by_status ON document (status, number);
CREATE INDEX document_by_track ON document (track_id, number);
CREATE INDEX document_by_hash ON document (hash);
CREATE INDEX document_by_creation ON document (created_at, number);
CREATE INDEX document_by_change ON document (updated_at, number);
CREATE INDEX document_by_source ON document (source, number);

-- What it holds, as it came, in parts of one MiB. Apart from `document`, so that listing and claiming never touch it.
CREATE TABLE document_part (
    document INTEGER NOT NULL,
    position INTEGER NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (document, position)
) STRICT;

-- Ids count up in the order of commits, so that "all after the last one seen" is complete.
CREATE TABLE chunk (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL,
    position INTEGER NOT NULL,                  -- within the document
    text     TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX chunk_by_document ON chunk (document, position);

-- Terms come ready cut (see pipeline/terms.rs); `ascii` only parts them at spaces.
CREATE VIRTUAL TABLE chunk_term USING fts5 (
    terms, content = '', contentless_delete = 1, tokenize = 'ascii'
);
CREATE VIRTUAL TABLE term_use USING fts5vocab ('chunk_term', 'row');
CREATE VIRTUAL TABLE term_place USING fts5vocab ('chunk_term', 'instance');

-- How many terms a chunk has, for BM25. In memory, as the vectors are, and loaded first: so apart from all else.
CREATE TABLE chunk_length (
    id    INTEGER PRIMARY KEY,
    terms INTEGER NOT NULL
) STRICT;

-- The vectors in memory; apart from `chunk`, so that loading them reads nothing else.
CREATE TABLE chunk_vector (
    id    INTEGER PRIMARY KEY,
    scale REAL NOT NULL,
    cells BLOB NOT NULL                         -- signed bytes; times `scale` they are the vector
) STRICT;

-- The same vectors in halves of a float (little end first): read for the best of a search alone.
CREATE TABLE chunk_exact (
    id    INTEGER PRIMARY KEY,
    cells BLOB NOT NULL
) STRICT;

-- What chunks say of things. Ids count up with those of the chunks.
CREATE TABLE entity_mention (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    chunk       INTEGER NOT NULL,
    key         TEXT NOT NULL,                  -- what the name is compared by
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

-- What chunks say of two things, which `one` and `other` are the keys of: `one` is not the greater.
CREATE TABLE relation_mention (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    chunk       INTEGER NOT NULL,
    one         TEXT NOT NULL,
    other       TEXT NOT NULL,
    source      TEXT NOT NULL,                  -- the name of `one`
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

-- What the vectors are, and how often chunks were deleted, so that every process notices.
CREATE TABLE vector_space (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    model     TEXT,
    dimension INTEGER,
    deletions INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO vector_space (only) VALUES (1);
