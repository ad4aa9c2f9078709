-- The store's tables.  Version 1.  What has happened (events) is only ever added to;
-- each row carries a hash over itself and the row before it, so that an edit made
-- around the triggers shows.
PRAGMA application_id = 1651666795;
PRAGMA user_version = 1;

CREATE TABLE events (
	seq INTEGER PRIMARY KEY CHECK (seq > 0),
	at_ms INTEGER NOT NULL CHECK (at_ms >= 0),
	kind TEXT NOT NULL,
	identity TEXT NOT NULL,
	sid BLOB NOT NULL CHECK (length(sid) IN (0, 16)),
	rule TEXT NOT NULL,
	detail TEXT NOT NULL,
	h BLOB NOT NULL CHECK (length(h) = 32)
) STRICT;

CREATE INDEX events_by_sid ON events (sid) WHERE length(sid) > 0;

CREATE TRIGGER events_no_update BEFORE UPDATE ON events
BEGIN
	SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TRIGGER events_no_delete BEFORE DELETE ON events
BEGIN
	SELECT RAISE(ABORT, 'events are append-only');
END;

-- Also against INSERT OR REPLACE, for which no delete trigger runs.
CREATE TRIGGER events_in_order BEFORE INSERT ON events
WHEN NEW.seq <> (SELECT coalesce(max(seq), 0) + 1 FROM events)
BEGIN
	SELECT RAISE(ABORT, 'events are append-only');
END;

CREATE TABLE holds (
	id TEXT PRIMARY KEY,
	identity TEXT NOT NULL,
	digest BLOB NOT NULL CHECK (length(digest) = 32),
	rule TEXT NOT NULL,
	policy BLOB NOT NULL CHECK (length(policy) = 32),
	canon BLOB NOT NULL,
	at_ms INTEGER NOT NULL,
	until_ms INTEGER NOT NULL,
	-- enum hold_state: 1 pending, 2 approved, 3 denied, 4 expired, 5 cancelled, 6 spent
	state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 6),
	changed_ms INTEGER NOT NULL,
	detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX holds_by_state ON holds (state);

CREATE TRIGGER holds_no_delete BEFORE DELETE ON holds
BEGIN
	SELECT RAISE(ABORT, 'holds are kept');
END;

CREATE TRIGGER holds_bind BEFORE UPDATE OF id, identity, digest, rule, policy, canon,
	at_ms, until_ms, detail ON holds
BEGIN
	SELECT RAISE(ABORT, 'a hold binds what it was made for');
END;

CREATE TRIGGER holds_end BEFORE UPDATE OF state ON holds
WHEN OLD.state > 2
BEGIN
	SELECT RAISE(ABORT, 'the hold is over');
END;

-- What people said: a person says yes (1 counted, 2 sufficed) once, and no (3) once.
CREATE TABLE votes (
	hold TEXT NOT NULL REFERENCES holds (id),
	by TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),
	proof TEXT NOT NULL,
	reason TEXT NOT NULL,
	PRIMARY KEY (hold, by, state)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER votes_no_update BEFORE UPDATE ON votes
BEGIN
	SELECT RAISE(ABORT, 'votes are append-only');
END;

CREATE TRIGGER votes_no_delete BEFORE DELETE ON votes
BEGIN
	SELECT RAISE(ABORT, 'votes are append-only');
END;

CREATE TABLE recordings (
	sid BLOB PRIMARY KEY CHECK (length(sid) = 16),
	-- enum store_rec_state: 1 open, 2 closed, 3 recovered, 4 lost
	state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
	opened_ms INTEGER NOT NULL,
	ended_ms INTEGER NOT NULL,
	-- the session key that was certified, and the chain then: empty before
	spk BLOB NOT NULL CHECK (length(spk) IN (0, 32)),
	h1 BLOB NOT NULL CHECK (length(h1) IN (0, 32)),
	-- the file's valid length, and the chain at its end
	len INTEGER NOT NULL CHECK (len >= 0),
	h BLOB NOT NULL CHECK (length(h) IN (0, 32))
) STRICT, WITHOUT ROWID;

CREATE INDEX recordings_by_state ON recordings (state);

CREATE TRIGGER recordings_no_delete BEFORE DELETE ON recordings
BEGIN
	SELECT RAISE(ABORT, 'recordings are kept');
END;
