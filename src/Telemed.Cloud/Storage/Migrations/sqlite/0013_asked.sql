-- What a specialist asked the unit to measure. That it is done is told by the readings that came to the teleconsult afterwards.
CREATE TABLE asked (
    id          BLOB    NOT NULL PRIMARY KEY,
    teleconsult BLOB    NOT NULL REFERENCES teleconsult (id),
    vital_sign  INTEGER NOT NULL,
    times       INTEGER NOT NULL,
    who         TEXT    NOT NULL,
    at          INTEGER NOT NULL,
    after       INTEGER NOT NULL -- the last observation that was there before it
) STRICT;

CREATE INDEX asked_by_teleconsult ON asked (teleconsult, at);

-- How far it got; the last row counts.
CREATE TABLE asked_step (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    asked   BLOB    NOT NULL REFERENCES asked (id),
    step    TEXT    NOT NULL CHECK (step IN ('seen', 'measuring', 'failed', 'withdrawn')),
    reason  TEXT    NOT NULL,
    who     TEXT    NOT NULL,
    at      INTEGER NOT NULL, -- by the clock of whoever said it
    UNIQUE (asked, step, at)
) STRICT;
