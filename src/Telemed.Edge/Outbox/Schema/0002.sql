-- An entry may be a person's act, behind which no notification stands: it has its own time instead. What holds a person's name or
-- identifiers is sealed. Numbering goes on where it was.
CREATE TABLE outbox_2 (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    lane     INTEGER NOT NULL,
    capture  INTEGER REFERENCES capture (number),  -- NULL: no notification stands behind it
    at       INTEGER,                              -- milliseconds since 1970 UTC by the gateway's clock; NULL: the capture's arrival
    sealed   INTEGER NOT NULL DEFAULT 0,
    payload  BLOB    NOT NULL
) STRICT;
INSERT INTO outbox_2 (sequence, lane, capture, payload) SELECT sequence, lane, capture, payload FROM outbox;
DELETE FROM sqlite_sequence WHERE name = 'outbox_2';
INSERT INTO sqlite_sequence (name, seq) SELECT 'outbox_2', seq FROM sqlite_sequence WHERE name = 'outbox';
DROP TABLE outbox;
ALTER TABLE outbox_2 RENAME TO outbox;
CREATE INDEX outbox_by_lane ON outbox (lane);
CREATE INDEX outbox_by_capture ON outbox (capture);

ALTER TABLE refused ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;

-- Documents for people, opaque and sealed, each written in the transaction of the entry that it is about. A document that changes gets a
-- new number, so that who has read up to one number asks for what is newer. An empty payload only says that the key was there once.
CREATE TABLE kept (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    INTEGER NOT NULL,
    key     BLOB    NOT NULL,  -- 16 octets
    payload BLOB    NOT NULL,
    UNIQUE (kind, key)
) STRICT;

-- The document of an entry that is held, written down when the entry goes.
ALTER TABLE held ADD COLUMN keep_kind INTEGER;
ALTER TABLE held ADD COLUMN keep_key BLOB;
ALTER TABLE held ADD COLUMN keep_payload BLOB;
