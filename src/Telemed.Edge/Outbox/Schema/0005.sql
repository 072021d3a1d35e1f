-- What of the continuous series found no room, a row a device, until an entry tells the cloud of it.
CREATE TABLE gap (
    device TEXT    PRIMARY KEY,
    first  INTEGER NOT NULL,  -- milliseconds since 1970 UTC by the gateway's clock
    last   INTEGER NOT NULL,
    count  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
