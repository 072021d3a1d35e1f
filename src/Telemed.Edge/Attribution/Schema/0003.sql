-- A session keeps its moments as the gateway knew them: the boot and the time since it, which no setting of the clock moves, beside the
-- wall clock (opened, closed) and what that was worth (0 unknown, 1 estimated, 2 known).
ALTER TABLE patient_session ADD COLUMN opened_boot TEXT NOT NULL DEFAULT '00000000000000000000000000000000';
ALTER TABLE patient_session ADD COLUMN opened_since_boot INTEGER NOT NULL DEFAULT 0;   -- milliseconds
ALTER TABLE patient_session ADD COLUMN opened_confidence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE patient_session ADD COLUMN closed_boot TEXT;
ALTER TABLE patient_session ADD COLUMN closed_since_boot INTEGER;
ALTER TABLE patient_session ADD COLUMN closed_confidence INTEGER;
ALTER TABLE patient_session ADD COLUMN end_reason INTEGER;                            -- SessionEnd; NULL: open
ALTER TABLE patient_session ADD COLUMN touched INTEGER NOT NULL DEFAULT 0;            -- milliseconds since opened_boot; when it last showed life

-- The unit's list as the cloud sent it: who comes, who works here, which meters are somebody's own. One row, sealed.
CREATE TABLE roster (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    revision INTEGER NOT NULL,
    payload  BLOB    NOT NULL
) STRICT;

-- Wrong PINs since the last right one. They outlive a restart: pulling the plug is no new beginning.
CREATE TABLE pin_failures (
    account TEXT    NOT NULL PRIMARY KEY,
    count   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
