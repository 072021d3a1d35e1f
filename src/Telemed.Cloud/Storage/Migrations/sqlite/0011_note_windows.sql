-- The window that saved a draft last, as the page named it: an answer that was lost on the way is not another window's word.
ALTER TABLE note_draft ADD COLUMN saved_by_window TEXT NOT NULL DEFAULT '';
