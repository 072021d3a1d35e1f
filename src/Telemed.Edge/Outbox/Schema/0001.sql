-- AUTOINCREMENT throughout: a number that was once given is never given again, also when its row is gone.

-- The raw notification, as it came: the evidence. Rows that nothing waits for any more are local history.
CREATE TABLE capture (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    device         TEXT    NOT NULL,
    characteristic INTEGER NOT NULL,
    value          BLOB    NOT NULL,
    arrival        INTEGER NOT NULL,  -- milliseconds since 1970 UTC by the gateway's clock, right or wrong
    boot           TEXT    NOT NULL,
    since_boot     INTEGER NOT NULL   -- milliseconds; with boot it re-dates what was captured before the time was known
) STRICT;

-- What the cloud has not yet receipted. Present or gone: there is no status.
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    lane     INTEGER NOT NULL,
    capture  INTEGER NOT NULL REFERENCES capture (number),
    payload  BLOB    NOT NULL
) STRICT;
CREATE INDEX outbox_by_lane ON outbox (lane);        -- its rowid orders each lane
CREATE INDEX outbox_by_capture ON outbox (capture);  -- so that a capture can be let go without a scan

-- Entries that may still be completed by something to come, each ready to be sent as it is. Present or gone.
CREATE TABLE held (
    capture INTEGER PRIMARY KEY REFERENCES capture (number),
    lane    INTEGER NOT NULL,
    payload BLOB    NOT NULL
) STRICT;

-- How far a meter's own memory has been read; moved in the transaction that stores what was read.
CREATE TABLE meter (
    device      TEXT    PRIMARY KEY,
    last_record INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What will not be sent again, and why. What the cloud refused it also keeps; what was set aside here is only here.
CREATE TABLE refused (
    sequence INTEGER PRIMARY KEY,
    by_cloud INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    payload  BLOB    NOT NULL
) STRICT;

-- One row. The epoch tells this file's numbers from those of an earlier or a lost file.
CREATE TABLE outbox_state (
    epoch INTEGER NOT NULL
) STRICT;
