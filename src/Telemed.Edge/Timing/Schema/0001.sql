-- What is known of the time, of the gateway's own and of the meters' clocks. Spans and instants are milliseconds, instants since 1970 UTC.

-- Starts of the machine, in their order.
CREATE TABLE boot (
    ordinal INTEGER PRIMARY KEY AUTOINCREMENT,
    id      TEXT    NOT NULL UNIQUE,   -- the kernel's boot id
    seen    INTEGER NOT NULL,          -- how long after the start the gateway was certainly still running
    moved   INTEGER                    -- since when the machine's clock is moved and not confirmed; NULL: it stands
) STRICT;

-- Who said when what time it was. Statements of one group agree with each other.
CREATE TABLE fix (
    boot        INTEGER NOT NULL REFERENCES boot (ordinal) ON DELETE CASCADE,
    grp         INTEGER NOT NULL,      -- order of the groups
    source      INTEGER NOT NULL,      -- FixSource
    since_boot  INTEGER NOT NULL,
    utc         INTEGER NOT NULL,
    uncertainty INTEGER NOT NULL
) STRICT;
CREATE INDEX fix_by_boot ON fix (boot);

-- Each visit of a meter, with what its clock showed then; and each setting of its clock by us.
CREATE TABLE meter_clock (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    device     TEXT    NOT NULL,
    boot       TEXT    NOT NULL,
    since_boot INTEGER NOT NULL,
    round_trip INTEGER NOT NULL,
    shown      INTEGER,                -- the meter's wall time, no zone, milliseconds since 2000-01-01; NULL: it does not tell
    is_set     INTEGER NOT NULL,       -- 1: what it shows after we set it
    complete   INTEGER NOT NULL,       -- 1: everything that the meter had was taken in this visit
    read_to    INTEGER                 -- the number of the last record taken up to then; NULL: it does not number them
) STRICT;
CREATE INDEX meter_clock_by_device ON meter_clock (device, number);
