-- What is kept of a meter's pairing.
ALTER TABLE device ADD COLUMN paired INTEGER;     -- when it was read again after pairing; NULL: enrolled by hand
ALTER TABLE device ADD COLUMN held TEXT;          -- why it is not visited until a person acts; NULL: it is visited
ALTER TABLE device ADD COLUMN held_since INTEGER;
