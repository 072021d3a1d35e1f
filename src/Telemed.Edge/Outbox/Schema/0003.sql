-- The whole type of a characteristic, 16 octets as it is written: vendors have types of their own, without a 16-bit number.
ALTER TABLE capture ADD COLUMN type BLOB NOT NULL DEFAULT x'';
UPDATE capture SET type = unhex(printf('0000%04X00001000800000805F9B34FB', characteristic));
ALTER TABLE capture DROP COLUMN characteristic;

-- What the record at the cursor looked like: tells a meter that was reset and whose new numbers have passed it. NULL: not known.
ALTER TABLE meter ADD COLUMN fingerprint INTEGER;
