-- A frame of a maker's own characteristic, which has no 16-bit number: without its UUID nobody could read it later.
ALTER TABLE set_aside ADD COLUMN vendor_characteristic BLOB; -- 16 octets as it is written
