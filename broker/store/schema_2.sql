-- Version 2: what a recording was made under, and how far it has been archived.  Rows
-- of version 1 belong to nobody and are kept for ever.
PRAGMA user_version = 2;

ALTER TABLE recordings ADD COLUMN identity TEXT NOT NULL DEFAULT '';
ALTER TABLE recordings ADD COLUMN class TEXT NOT NULL DEFAULT '';
-- seconds that it is kept after its end; 0: for ever
ALTER TABLE recordings ADD COLUMN keep_s INTEGER NOT NULL DEFAULT 0
	CHECK (keep_s >= 0);
-- enum store_lock, of its objects in the archive
ALTER TABLE recordings ADD COLUMN lock INTEGER NOT NULL DEFAULT 0
	CHECK (lock BETWEEN 0 AND 2);
-- enum store_shred: 0 has no shred key, 1 has one, 2 its key was destroyed
ALTER TABLE recordings ADD COLUMN shred INTEGER NOT NULL DEFAULT 0
	CHECK (shred BETWEEN 0 AND 2);
-- enum store_ship: 0 not whole in the archive, 1 all but its proof, 2 all
ALTER TABLE recordings ADD COLUMN ship INTEGER NOT NULL DEFAULT 0
	CHECK (ship BETWEEN 0 AND 2);
-- bytes from the beginning, and segments, that have arrived there; when the last did
ALTER TABLE recordings ADD COLUMN shipped INTEGER NOT NULL DEFAULT 0
	CHECK (shipped >= 0);
ALTER TABLE recordings ADD COLUMN parts INTEGER NOT NULL DEFAULT 0 CHECK (parts >= 0);
ALTER TABLE recordings ADD COLUMN shipped_ms INTEGER NOT NULL DEFAULT 0;
-- when our own copy was removed; 0: it was not
ALTER TABLE recordings ADD COLUMN gone_ms INTEGER NOT NULL DEFAULT 0;

CREATE INDEX recordings_to_ship ON recordings (ended_ms)
	WHERE state IN (2, 3) AND ship < 2 AND gone_ms = 0;
CREATE INDEX recordings_to_expire ON recordings (ended_ms + keep_s * 1000)
	WHERE state IN (2, 3) AND keep_s > 0 AND gone_ms = 0;
CREATE INDEX recordings_by_identity ON recordings (identity, opened_ms);

CREATE TRIGGER recordings_bind BEFORE UPDATE OF sid, opened_ms, identity, class, keep_s,
	lock ON recordings
BEGIN
	SELECT RAISE(ABORT, 'a recording is kept as it was opened');
END;

CREATE TRIGGER recordings_gone BEFORE UPDATE ON recordings
WHEN OLD.gone_ms > 0 OR NEW.shred < OLD.shred OR NEW.ship < OLD.ship
	OR NEW.shipped < OLD.shipped OR NEW.parts < OLD.parts
BEGIN
	SELECT RAISE(ABORT, 'the recording is past that');
END;
