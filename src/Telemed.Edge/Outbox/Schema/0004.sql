-- Entries whose time may yet become known better: opaque, what it is found from. Present or gone, at the latest with its capture.
CREATE TABLE dating (
    capture INTEGER PRIMARY KEY REFERENCES capture (number) ON DELETE CASCADE,
    payload BLOB    NOT NULL
) STRICT;
