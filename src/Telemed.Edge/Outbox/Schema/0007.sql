-- A reading's commit touches as few pages as it can: the table of its lane instead of one table with an index by lane, the capture that knows its
-- entries instead of an index by capture, and numbers handed out by the one writer instead of AUTOINCREMENT. A number that was once given is still
-- never given again, also when its row is gone: whoever deletes a row writes down, in the same transaction, how far the numbers had come.
ALTER TABLE outbox_state ADD COLUMN last_sequence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox_state ADD COLUMN last_capture INTEGER NOT NULL DEFAULT 0;
ALTER TABLE outbox_state ADD COLUMN last_kept INTEGER NOT NULL DEFAULT 0;
UPDATE outbox_state SET
    last_sequence = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'outbox'), 0),
    last_capture = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'capture'), 0),
    last_kept = coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'kept'), 0);

-- Made anew, as a number's own rule cannot be altered; and with it what refers to it.
CREATE TABLE capture_7 (
    number         INTEGER PRIMARY KEY,
    device         TEXT    NOT NULL,
    type           BLOB    NOT NULL,  -- of the characteristic, 16 octets as it is written
    value          BLOB    NOT NULL,
    arrival        INTEGER NOT NULL,  -- milliseconds since 1970 UTC by the gateway's clock, right or wrong
    boot           TEXT    NOT NULL,
    since_boot     INTEGER NOT NULL,  -- milliseconds; with boot it re-dates what was captured before the time was known
    first_sequence INTEGER,           -- its entries lie in this range (others may lie there too); NULL: none came of it yet
    last_sequence  INTEGER
) STRICT;
INSERT INTO capture_7 SELECT number, device, type, value, arrival, boot, since_boot,
    (SELECT min(sequence) FROM outbox WHERE outbox.capture = number), (SELECT max(sequence) FROM outbox WHERE outbox.capture = number)
    FROM capture;
CREATE TABLE held_7 (
    capture      INTEGER PRIMARY KEY REFERENCES capture_7 (number),
    lane         INTEGER NOT NULL,
    payload      BLOB    NOT NULL,
    alone        BLOB,     -- goes in its place when it is let go without what would complete it; NULL: it goes as it is
    keep_kind    INTEGER,  -- its document, written down when it goes
    keep_key     BLOB,
    keep_payload BLOB
) STRICT;
INSERT INTO held_7 SELECT capture, lane, payload, alone, keep_kind, keep_key, keep_payload FROM held;
CREATE TABLE dating_7 (
    capture INTEGER PRIMARY KEY REFERENCES capture_7 (number) ON DELETE CASCADE,
    payload BLOB    NOT NULL
) STRICT;
INSERT INTO dating_7 SELECT capture, payload FROM dating;

-- What the cloud has not yet receipted. Present or gone: there is no status.
CREATE TABLE outbox_urgent (
    sequence INTEGER PRIMARY KEY,           -- one numbering for all lanes
    capture  INTEGER,                       -- NULL: no notification stands behind it
    at       INTEGER,                       -- milliseconds since 1970 UTC by the gateway's clock; NULL: the capture's arrival
    sealed   INTEGER NOT NULL DEFAULT 0,
    payload  BLOB    NOT NULL
) STRICT;
CREATE TABLE outbox_normal (sequence INTEGER PRIMARY KEY, capture INTEGER, at INTEGER, sealed INTEGER NOT NULL DEFAULT 0, payload BLOB NOT NULL) STRICT;
CREATE TABLE outbox_bulk (sequence INTEGER PRIMARY KEY, capture INTEGER, at INTEGER, sealed INTEGER NOT NULL DEFAULT 0, payload BLOB NOT NULL) STRICT;
INSERT INTO outbox_urgent SELECT sequence, capture, at, sealed, payload FROM outbox WHERE lane = 0 ORDER BY sequence;
INSERT INTO outbox_normal SELECT sequence, capture, at, sealed, payload FROM outbox WHERE lane = 1 ORDER BY sequence;
INSERT INTO outbox_bulk SELECT sequence, capture, at, sealed, payload FROM outbox WHERE lane = 2 ORDER BY sequence;

DROP TABLE outbox;
DROP TABLE held;
DROP TABLE dating;
DROP TABLE capture;
ALTER TABLE capture_7 RENAME TO capture;
ALTER TABLE held_7 RENAME TO held;
ALTER TABLE dating_7 RENAME TO dating;

-- To read by; who writes names the lane's own table.
CREATE VIEW outbox AS
    SELECT sequence, 0 AS lane, capture, at, sealed, payload FROM outbox_urgent UNION ALL
    SELECT sequence, 1, capture, at, sealed, payload FROM outbox_normal UNION ALL
    SELECT sequence, 2, capture, at, sealed, payload FROM outbox_bulk;

CREATE TABLE kept_7 (
    number  INTEGER PRIMARY KEY,
    kind    INTEGER NOT NULL,
    key     BLOB    NOT NULL,  -- 16 octets
    payload BLOB    NOT NULL,
    UNIQUE (kind, key)
) STRICT;
INSERT INTO kept_7 SELECT number, kind, key, payload FROM kept;
DROP TABLE kept;
ALTER TABLE kept_7 RENAME TO kept;
