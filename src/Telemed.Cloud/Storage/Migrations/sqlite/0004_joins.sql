-- Which patients are one person. Rows are only added; the last one of a patient says how it stands, and one that undoes another points at it.
CREATE TABLE joining (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    patient      BLOB    NOT NULL REFERENCES patient (id),
    into_patient BLOB    REFERENCES patient (id), -- NULL: she is herself
    decided_by   TEXT    NOT NULL,                -- account; empty: the rule
    reason       TEXT    NOT NULL,
    at           INTEGER NOT NULL,
    undoes       INTEGER UNIQUE REFERENCES joining (number),
    CHECK (undoes IS NULL OR into_patient IS NULL)
) STRICT;

CREATE INDEX joining_by_patient ON joining (patient, number);

-- Whom an enrolled patient may be, and why that is not certain. Settled by the last row of joining, not by removing anything here.
CREATE TABLE join_doubt (
    patient   BLOB    NOT NULL REFERENCES patient (id),
    candidate BLOB    NOT NULL REFERENCES patient (id),
    reasons   TEXT    NOT NULL, -- codes with blanks between
    opened    INTEGER NOT NULL,
    PRIMARY KEY (patient, candidate)
) STRICT, WITHOUT ROWID;
