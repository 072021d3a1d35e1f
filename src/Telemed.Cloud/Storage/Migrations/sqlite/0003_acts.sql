-- What happened at a unit that is no reading, and what follows from it.

-- What became known of an observation after it was written down. It may have come before the observation, so it names it by its id.
CREATE TABLE amendment (
    number       INTEGER PRIMARY KEY AUTOINCREMENT, -- in order of arrival
    gateway      TEXT    NOT NULL,
    outbox_epoch INTEGER NOT NULL,                  -- 64 bits, sign reinterpreted, as the sequence
    sequence     INTEGER NOT NULL,
    observation  BLOB    NOT NULL,
    at           INTEGER NOT NULL,                  -- by the gateway's clock
    received     INTEGER NOT NULL,                  -- by the cloud's clock
    kind         INTEGER NOT NULL CHECK (kind IN (1, 2)), -- 1 whose it is, 2 when it was
    patient      BLOB,
    session      BLOB,
    unassigned   INTEGER,
    nurse        TEXT,
    reason       TEXT,
    note         TEXT,
    effective    INTEGER,
    method       INTEGER,
    uncertainty  INTEGER,
    UNIQUE (gateway, outbox_epoch, sequence)
) STRICT;

CREATE INDEX amendment_by_observation ON amendment (observation, kind);

-- How the observations stand that an amendment says something of: their own row and the newest valid amendment of each kind. Made from those
-- two and nothing else; the observation's row never changes.
CREATE TABLE amended (
    observation INTEGER NOT NULL PRIMARY KEY REFERENCES observation (position),
    assignment  INTEGER REFERENCES amendment (number), -- NULL: as measured
    retiming    INTEGER REFERENCES amendment (number),
    patient     BLOB,
    session     BLOB,
    unassigned  INTEGER NOT NULL,
    effective   INTEGER,
    method      INTEGER NOT NULL,
    uncertainty INTEGER NOT NULL
) STRICT;

CREATE INDEX amended_by_patient ON amended (patient) WHERE patient IS NOT NULL;

-- A reading may leave a teleconsult again, or come back changed, and whoever follows the positions must learn of it.
CREATE TABLE attachment_2 (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    teleconsult BLOB    NOT NULL REFERENCES teleconsult (id),
    observation INTEGER NOT NULL REFERENCES observation (position),
    late        INTEGER NOT NULL, -- stored after the teleconsult had ended
    state       INTEGER NOT NULL CHECK (state IN (0, 1, 2)) -- 0 past: a later row tells; 1 it belongs there; 2 it left
) STRICT;
INSERT INTO attachment_2 (position, teleconsult, observation, late, state) SELECT position, teleconsult, observation, late, 1 FROM attachment;
DROP TABLE attachment;
ALTER TABLE attachment_2 RENAME TO attachment;
CREATE UNIQUE INDEX attachment_present ON attachment (observation) WHERE state = 1;
CREATE INDEX attachment_by_teleconsult ON attachment (teleconsult, position);

-- Who is the same person: of patients that were joined, the one that the others were joined to; else herself.
ALTER TABLE patient ADD COLUMN person BLOB;
UPDATE patient SET person = id;
CREATE INDEX patient_by_person ON patient (person);

-- That a unit enrolled a patient by itself, in the words in which the gateway said it.
CREATE TABLE enrolment (
    patient  BLOB    NOT NULL PRIMARY KEY REFERENCES patient (id),
    gateway  TEXT    NOT NULL,
    nurse    TEXT    NOT NULL,
    at       INTEGER NOT NULL, -- by the gateway's clock
    received INTEGER NOT NULL,
    payload  BLOB    NOT NULL  -- a batch of one
) STRICT;

CREATE TABLE help_call (
    id          BLOB    NOT NULL PRIMARY KEY,
    gateway     TEXT    NOT NULL,
    station     TEXT    NOT NULL,
    at          INTEGER NOT NULL, -- by the gateway's clock
    received    INTEGER NOT NULL,
    answered    INTEGER,
    answered_by TEXT
) STRICT;

CREATE INDEX help_call_open ON help_call (received) WHERE answered IS NULL;
