-- Values of continuous series that a gateway had no room for. Single readings are never among them.
CREATE TABLE series_gap (
    number       INTEGER PRIMARY KEY AUTOINCREMENT, -- in order of arrival
    gateway      TEXT    NOT NULL,
    outbox_epoch INTEGER NOT NULL,                  -- 64 bits, sign reinterpreted, as the sequence
    sequence     INTEGER NOT NULL,
    device       TEXT    NOT NULL,
    first        INTEGER NOT NULL,                  -- by the gateway's clock
    last         INTEGER NOT NULL,
    count        INTEGER NOT NULL,
    reason       TEXT    NOT NULL,
    received     INTEGER NOT NULL,                  -- by the cloud's clock
    UNIQUE (gateway, outbox_epoch, sequence)
) STRICT;
