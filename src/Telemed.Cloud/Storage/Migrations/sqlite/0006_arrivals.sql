-- A gateway whose clock was wrong learns later when a reading came to it, too.
ALTER TABLE amendment ADD COLUMN arrival INTEGER;
ALTER TABLE amended ADD COLUMN arrival INTEGER;
