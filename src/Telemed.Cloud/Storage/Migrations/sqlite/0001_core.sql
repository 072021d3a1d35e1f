-- Instants are milliseconds since 1970 UTC. Ids are 16 octets, most significant first. A device is its 12 hexadecimal digits.

CREATE TABLE unit (
    clues     TEXT NOT NULL PRIMARY KEY,
    name      TEXT NOT NULL,
    time_zone TEXT NOT NULL
) STRICT;

CREATE TABLE patient (
    id         BLOB NOT NULL PRIMARY KEY,
    name       TEXT NOT NULL,
    birth_date TEXT,
    sex        TEXT
) STRICT;

CREATE TABLE gateway (
    id   TEXT NOT NULL PRIMARY KEY,
    unit TEXT NOT NULL REFERENCES unit (clues)
) STRICT;

-- What a gateway last said of itself. No reference to gateway: the word of one not registered yet counts once it is.
CREATE TABLE gateway_status (
    gateway        TEXT    NOT NULL PRIMARY KEY,
    online         INTEGER NOT NULL,
    since          INTEGER NOT NULL, -- by the cloud's clock: when online became what it is
    waiting        INTEGER NOT NULL,
    oldest_waiting INTEGER,
    software       TEXT    NOT NULL
) STRICT;

-- What came of each outbox of each gateway. An outbox that was made anew has another epoch and counts from 1 again.
CREATE TABLE gateway_intake (
    gateway          TEXT    NOT NULL,
    outbox_epoch     INTEGER NOT NULL,
    stored           INTEGER NOT NULL,
    duplicates       INTEGER NOT NULL,
    refused          INTEGER NOT NULL,
    highest_sequence INTEGER NOT NULL,
    last_received    INTEGER NOT NULL,
    PRIMARY KEY (gateway, outbox_epoch)
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    address TEXT NOT NULL PRIMARY KEY,
    kind    TEXT NOT NULL,
    label   TEXT NOT NULL,
    unit    TEXT NOT NULL REFERENCES unit (clues)
) STRICT;

CREATE TABLE teleconsult (
    id             BLOB    NOT NULL PRIMARY KEY,
    patient        BLOB    NOT NULL REFERENCES patient (id),
    asking_unit    TEXT    NOT NULL REFERENCES unit (clues),
    answering_unit TEXT    NOT NULL REFERENCES unit (clues),
    specialist     TEXT    NOT NULL,
    scheduled      INTEGER NOT NULL,
    started        INTEGER,
    ended          INTEGER,
    CHECK (ended IS NULL OR started IS NOT NULL)
) STRICT;

CREATE INDEX teleconsult_by_patient ON teleconsult (patient, started);
CREATE INDEX teleconsult_by_unit ON teleconsult (asking_unit);

-- One row an observation, as the gateway decided and sent it. Rows are never changed: what is done with one is another table's fact.
-- The patient is not a reference: a reading of somebody the cloud has not heard of yet is kept all the same.
CREATE TABLE observation (
    position        INTEGER PRIMARY KEY AUTOINCREMENT, -- in order of arrival
    id              BLOB    NOT NULL UNIQUE,
    gateway         TEXT    NOT NULL,
    device          TEXT    NOT NULL,
    vital_sign      INTEGER NOT NULL,
    patient         BLOB,
    session         BLOB,
    unassigned      INTEGER NOT NULL, -- UnassignedReason
    effective       INTEGER,
    device_local    TEXT,             -- the meter's own wall time, no zone
    arrival         INTEGER NOT NULL, -- by the gateway's clock
    stored          INTEGER NOT NULL, -- by the cloud's clock
    method          INTEGER NOT NULL, -- TimeMethod
    uncertainty     INTEGER NOT NULL, -- milliseconds
    record_number   INTEGER,
    user_slot       INTEGER,
    flags           INTEGER NOT NULL, -- ObservationFlags
    sample_type     INTEGER,
    sample_location INTEGER,
    meal            INTEGER,
    v0              TEXT,             -- the parts in order, 'number unit' or 'reason-absent unit'; text keeps the scale
    v1              TEXT,
    v2              TEXT,
    v3              TEXT,
    outbox_epoch    INTEGER NOT NULL, -- CaptureRef; 64 bits, sign reinterpreted
    capture         INTEGER NOT NULL
) STRICT;

CREATE INDEX observation_by_patient ON observation (patient, effective) WHERE patient IS NOT NULL;
CREATE INDEX observation_unassigned ON observation (position) WHERE patient IS NULL;

-- That an observation belongs to a teleconsult. The position is the order in which readings came to teleconsults, which is not the
-- order in which they were stored: a reader that has seen up to a position misses nothing that is attached afterwards.
CREATE TABLE attachment (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    teleconsult BLOB    NOT NULL REFERENCES teleconsult (id),
    observation INTEGER NOT NULL UNIQUE REFERENCES observation (position),
    late        INTEGER NOT NULL -- stored after the teleconsult had ended
) STRICT;

CREATE INDEX attachment_by_teleconsult ON attachment (teleconsult, position);

-- What could not be decoded or stored, with its octets and the reason. The digest covers whatever makes two of them the same.
CREATE TABLE set_aside (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    digest         BLOB    NOT NULL UNIQUE,
    origin         TEXT    NOT NULL CHECK (origin IN ('payload', 'gateway', 'entry')),
    source         TEXT    NOT NULL, -- the gateway, or the topic where that names none
    reason         TEXT    NOT NULL,
    device         TEXT,
    characteristic INTEGER,
    arrival        INTEGER,          -- by the gateway's clock
    octets         BLOB    NOT NULL,
    first_seen     INTEGER NOT NULL,
    last_seen      INTEGER NOT NULL,
    times          INTEGER NOT NULL
) STRICT;

-- Who read which patient's data.
CREATE TABLE audit (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    at          INTEGER NOT NULL,
    who         TEXT    NOT NULL,
    what        TEXT    NOT NULL,
    patient     BLOB,
    teleconsult BLOB
) STRICT;
