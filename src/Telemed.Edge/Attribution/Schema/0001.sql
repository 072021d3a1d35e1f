-- Who is being measured, and which meters stand where. Times are milliseconds since 1970 UTC by the gateway's clock.
CREATE TABLE device (
    address TEXT NOT NULL PRIMARY KEY,      -- 12 hexadecimal digits
    label   TEXT NOT NULL,
    station TEXT NOT NULL
) STRICT;

CREATE TABLE patient_session (
    id      TEXT    NOT NULL PRIMARY KEY,   -- 32 hexadecimal digits
    station TEXT    NOT NULL,
    patient TEXT    NOT NULL,               -- 32 hexadecimal digits
    nurse   TEXT    NOT NULL,               -- an account, not a name
    opened  INTEGER NOT NULL,
    closed  INTEGER                         -- NULL: open
) STRICT;

CREATE UNIQUE INDEX one_open_session_a_station ON patient_session (station) WHERE closed IS NULL;
CREATE INDEX session_by_time ON patient_session (station, opened);
