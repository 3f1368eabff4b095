-- What is to be found. `number` counts up and is never given twice, so it is the order of arrival.
CREATE TABLE document (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    source        TEXT NOT NULL,
    status        TEXT NOT NULL,
    track_id      TEXT NOT NULL,
    summary       TEXT NOT NULL,
    length        INTEGER NOT NULL,             -- characters
    chunks        INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,             -- microseconds since 1970, as all times here
    updated_at    INTEGER NOT NULL,
    holder        TEXT,                         -- who works on it, while `processing`
    claimed_until INTEGER,
    error         TEXT
) STRICT;
CREATE INDEX document_by_status ON document (status, number);
CREATE INDEX document_by_track ON document (track_id, number);

-- Apart from `document`, so that listing and claiming never touch it.
CREATE TABLE document_text (
    document INTEGER PRIMARY KEY,
    text     TEXT NOT NULL
) STRICT;

-- Ids count up in the order of commits, so that "all after the last one seen" is complete.
CREATE TABLE chunk (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL,
    text     TEXT NOT NULL
) STRICT;
CREATE INDEX chunk_by_document ON chunk (document);

-- What is kept in memory of a chunk; apart from `chunk`, so that loading it reads nothing else.
CREATE TABLE chunk_vector (
    chunk INTEGER PRIMARY KEY,
    terms INTEGER NOT NULL,                     -- how many the chunk has, for BM25
    scale REAL NOT NULL,
    cells BLOB NOT NULL                         -- signed bytes; times `scale` they are the vector
) STRICT;

-- Terms come ready cut (see pipeline/terms.rs); `ascii` only parts them at spaces.
CREATE VIRTUAL TABLE chunk_term USING fts5 (
    terms, content = '', contentless_delete = 1, tokenize = 'ascii'
);
CREATE VIRTUAL TABLE term_use USING fts5vocab ('chunk_term', 'row');
CREATE VIRTUAL TABLE term_place USING fts5vocab ('chunk_term', 'instance');

-- What the vectors are, and how often chunks were deleted, so that every process notices.
CREATE TABLE vector_space (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    model     TEXT,
    dimension INTEGER,
    deletions INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO vector_space (only) VALUES (1);
