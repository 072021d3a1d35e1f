-- Captures that were added to an entry of another capture: with the entries they are what was ever taken.
ALTER TABLE outbox_state ADD COLUMN grown INTEGER NOT NULL DEFAULT 0;
