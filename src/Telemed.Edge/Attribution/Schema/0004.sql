-- Since when a meter stands at its station: what it measured before, it measured elsewhere. NULL: since ever.
ALTER TABLE device ADD COLUMN station_boot TEXT;              -- with the next: the moment by the boot's clock
ALTER TABLE device ADD COLUMN station_since_boot INTEGER;     -- milliseconds
ALTER TABLE device ADD COLUMN station_since INTEGER;          -- milliseconds since 1970 UTC by the gateway's clock
ALTER TABLE device ADD COLUMN station_confidence INTEGER;     -- what that was worth
