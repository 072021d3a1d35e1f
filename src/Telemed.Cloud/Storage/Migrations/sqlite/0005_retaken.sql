-- What came from a gateway that was not registered is taken in when it is: then it stands here only for the record.
ALTER TABLE set_aside ADD COLUMN retaken INTEGER;
CREATE INDEX set_aside_of_strangers ON set_aside (source) WHERE reason = 'unknown-gateway' AND retaken IS NULL;
