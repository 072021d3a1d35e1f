-- What a specialist says of a teleconsult. A reading that nobody judged is a draft.

-- Each word on a reading is a row; the last one counts.
CREATE TABLE judgement (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    teleconsult BLOB    NOT NULL REFERENCES teleconsult (id),
    observation INTEGER NOT NULL REFERENCES observation (position),
    kept        INTEGER NOT NULL,
    reason      TEXT    NOT NULL, -- '' for one that is kept
    who         TEXT    NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

CREATE INDEX judgement_by_teleconsult ON judgement (teleconsult, observation);
CREATE INDEX judgement_by_observation ON judgement (observation, number);

-- The note while it is written. The revision tells a second window that it looks at an older one.
CREATE TABLE note_draft (
    teleconsult BLOB    NOT NULL PRIMARY KEY REFERENCES teleconsult (id),
    revision    INTEGER NOT NULL,
    document    TEXT    NOT NULL, -- NoteText as JSON
    who         TEXT    NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

-- What was signed: the note with the readings as they stood, and what was added afterwards. Never changed, never removed.
CREATE TABLE signed_note (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    teleconsult BLOB    NOT NULL REFERENCES teleconsult (id),
    addendum    INTEGER NOT NULL,
    document    TEXT    NOT NULL, -- SignedNote or Addendum as JSON
    digest      BLOB    NOT NULL, -- SHA-256 of the digest before it, if there is one, and the document in UTF-8
    who         TEXT    NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX signed_note_once ON signed_note (teleconsult) WHERE addendum = 0;
CREATE INDEX signed_note_by_teleconsult ON signed_note (teleconsult);

CREATE TRIGGER signed_note_stays BEFORE UPDATE ON signed_note BEGIN SELECT RAISE(ABORT, 'A signed note is never changed.'); END;
CREATE TRIGGER signed_note_remains BEFORE DELETE ON signed_note BEGIN SELECT RAISE(ABORT, 'A signed note is never removed.'); END;
