-- Files of readings that were carried by hand and taken in, each with the receipts that go back the same way.
CREATE TABLE carried_import (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    gateway  TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    who      TEXT    NOT NULL,
    digest   BLOB    NOT NULL, -- of the file
    entries  INTEGER NOT NULL,
    refused  INTEGER NOT NULL,
    receipts BLOB    NOT NULL  -- receipts as on the wire, each behind its length in 4 octets
) STRICT;

CREATE INDEX carried_import_by_gateway ON carried_import (gateway, number);

-- The gateway's public key for such files: as its status told it, else as somebody entered it. Empty: not known.
ALTER TABLE gateway_status ADD COLUMN carried_key TEXT NOT NULL DEFAULT '';
ALTER TABLE gateway ADD COLUMN carried_key TEXT NOT NULL DEFAULT '';
