-- What goes in the place of an entry that says nothing until it is completed, when it is let go without that. NULL: it goes as it is.
ALTER TABLE held ADD COLUMN alone BLOB;
