-- What happens to an appointment before it begins. A teleconsult that began has neither.
ALTER TABLE teleconsult ADD COLUMN ready INTEGER;                                     -- since when the patient waits at the asking unit
ALTER TABLE teleconsult ADD COLUMN closed TEXT CHECK (closed IN ('missed', 'cancelled')); -- it will not begin
ALTER TABLE teleconsult ADD COLUMN walk_in INTEGER NOT NULL DEFAULT 0;

CREATE INDEX teleconsult_by_schedule ON teleconsult (scheduled);
CREATE INDEX teleconsult_by_start ON teleconsult (started) WHERE started IS NOT NULL;

-- Each thing done to an appointment, for whoever asks why it is as it is. Those made before this table have no row.
CREATE TABLE booking (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    teleconsult BLOB    NOT NULL REFERENCES teleconsult (id),
    act         TEXT    NOT NULL CHECK (act IN ('made', 'moved', 'ready', 'notReady', 'missed', 'cancelled')),
    scheduled   INTEGER NOT NULL, -- as it stands from here on
    reason      TEXT    NOT NULL, -- '' where none is asked for
    who         TEXT    NOT NULL,
    at          INTEGER NOT NULL
) STRICT;

CREATE INDEX booking_by_teleconsult ON booking (teleconsult, number);
