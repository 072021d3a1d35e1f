-- What a unit's gateways must know to work without the cloud.

-- Empty where not known. What CURP and NSS are worth is decided when they are used; sex stays as it was.
ALTER TABLE patient ADD COLUMN given_name TEXT NOT NULL DEFAULT '';
ALTER TABLE patient ADD COLUMN first_surname TEXT NOT NULL DEFAULT '';
ALTER TABLE patient ADD COLUMN second_surname TEXT NOT NULL DEFAULT '';
ALTER TABLE patient ADD COLUMN curp TEXT NOT NULL DEFAULT '';
ALTER TABLE patient ADD COLUMN nss TEXT NOT NULL DEFAULT '';
ALTER TABLE patient ADD COLUMN nss_suffix TEXT NOT NULL DEFAULT '';

CREATE INDEX patient_by_curp ON patient (curp) WHERE curp <> '';
CREATE INDEX patient_by_nss ON patient (nss) WHERE nss <> '';

-- A gateway at a patient's home is told of that patient alone.
ALTER TABLE gateway ADD COLUMN home_of BLOB REFERENCES patient (id);

CREATE TABLE station (
    unit TEXT NOT NULL REFERENCES unit (clues),
    id   TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (unit, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE nurse (
    unit         TEXT NOT NULL REFERENCES unit (clues),
    account      TEXT NOT NULL,
    display_name TEXT NOT NULL,
    pin_verifier TEXT NOT NULL,
    PRIMARY KEY (unit, account)
) STRICT, WITHOUT ROWID;

-- Spans of one meter and slot never overlap. slot -1: whatever the slot.
CREATE TABLE personal_device (
    device  TEXT    NOT NULL REFERENCES device (address),
    slot    INTEGER NOT NULL CHECK (slot BETWEEN -1 AND 255),
    since   INTEGER NOT NULL,
    until   INTEGER CHECK (until > since), -- not included; NULL: until further notice
    patient BLOB    NOT NULL REFERENCES patient (id),
    PRIMARY KEY (device, slot, since)
) STRICT, WITHOUT ROWID;

-- What each gateway is to hold. The digest covers all but revision and made, so that only a change makes a new revision.
CREATE TABLE roster (
    gateway  TEXT    NOT NULL PRIMARY KEY REFERENCES gateway (id),
    revision INTEGER NOT NULL,
    made     INTEGER NOT NULL,
    digest   BLOB    NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE gateway_status ADD COLUMN roster_revision INTEGER NOT NULL DEFAULT 0;
