-- From version 1 to 2: content in parts and with its hash, chunks with their position. The hashes, and the parts, are
-- made by steps.rs from `document_text`, which goes when they are there.
ALTER TABLE document RENAME TO old_document;
DROP INDEX document_by_status;
DROP INDEX document_by_track;
CREATE TABLE document (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    source        TEXT NOT NULL,
    hash          TEXT NOT NULL,
    format        TEXT NOT NULL,
    bytes         INTEGER NOT NULL,
    status        TEXT NOT NULL,
    track_id      TEXT NOT NULL,
    summary       TEXT NOT NULL,
    length        INTEGER NOT NULL,
    chunks        INTEGER NOT NULL DEFAULT 0,
    created_at    INTEGER NOT NULL,
    updated_at    INTEGER NOT NULL,
    holder        TEXT,
    claimed_until INTEGER,
    attempts      INTEGER NOT NULL DEFAULT 0,
    error         TEXT
) STRICT;
INSERT INTO document (number, id, source, hash, format, bytes, status, track_id, summary, length, chunks,
    created_at, updated_at, holder, claimed_until, error)
SELECT number, id, source, '', 'text', 0, status, track_id, summary, length, chunks,
    created_at, updated_at, holder, claimed_until, error
FROM old_document;
-- No number is given twice, not even that of a document that was deleted.
DELETE FROM sqlite_sequence WHERE name = 'document';
INSERT INTO sqlite_sequence (name, seq) SELECT 'document', seq FROM sqlite_sequence WHERE name = 'old_document';
DROP TABLE old_document;
CREATE INDEX document_by_status ON document (status, number);
CREATE INDEX document_by_track ON document (track_id, number);

CREATE TABLE document_part (
    document INTEGER NOT NULL,
    position INTEGER NOT NULL,
    bytes    BLOB NOT NULL,
    PRIMARY KEY (document, position)
) STRICT;

ALTER TABLE chunk RENAME TO old_chunk;
DROP INDEX chunk_by_document;
CREATE TABLE chunk (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    document INTEGER NOT NULL,
    position INTEGER NOT NULL,
    text     TEXT NOT NULL
) STRICT;
INSERT INTO chunk (id, document, position, text)
SELECT id, document, row_number() OVER (PARTITION BY document ORDER BY id) - 1, text FROM old_chunk ORDER BY id;
DELETE FROM sqlite_sequence WHERE name = 'chunk';
INSERT INTO sqlite_sequence (name, seq) SELECT 'chunk', seq FROM sqlite_sequence WHERE name = 'old_chunk';
DROP TABLE old_chunk;
CREATE UNIQUE INDEX chunk_by_document ON chunk (document, position);
