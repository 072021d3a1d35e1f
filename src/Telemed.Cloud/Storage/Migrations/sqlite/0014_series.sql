-- What a sensor that stays on sent in a minute is one observation: its values as they came over the wire (SampledSeries), and in v0 to v3 the last of each.
ALTER TABLE observation ADD COLUMN series BLOB;

-- Values stored: those of a series each.
ALTER TABLE gateway_intake ADD COLUMN samples INTEGER NOT NULL DEFAULT 0;
UPDATE gateway_intake SET samples = stored;
