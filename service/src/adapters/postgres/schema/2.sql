-- From version 1 to 2: what chunks mention. Keys are what names are compared by (see ports/graph.rs).
CREATE TABLE entity_mention (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chunk       bigint NOT NULL,
    key         text COLLATE "C" NOT NULL,
    name        text NOT NULL,
    kind        text NOT NULL,
    description text NOT NULL,
    vector      halfvec NOT NULL
);
CREATE INDEX entity_mention_by_chunk ON entity_mention (chunk);
CREATE INDEX entity_mention_by_key ON entity_mention (key, id);

-- `one` and `other` are the keys of the ends in their order, `source` and `target` their names in the same order.
CREATE TABLE relation_mention (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    chunk       bigint NOT NULL,
    one         text COLLATE "C" NOT NULL,
    other       text COLLATE "C" NOT NULL,
    source      text NOT NULL,
    target      text NOT NULL,
    keywords    text NOT NULL,
    description text NOT NULL,
    weight      real NOT NULL,
    vector      halfvec NOT NULL
);
CREATE INDEX relation_mention_by_chunk ON relation_mention (chunk);
CREATE INDEX relation_mention_by_ends ON relation_mention (one, other, id);
CREATE INDEX relation_mention_by_other ON relation_mention (other, one);
