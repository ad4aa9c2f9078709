-- Version 3: what people approve lasts.  Each yes is kept with the key and the place it
-- came from; grants, articles (scripts, runbooks) and notices have their tables.
PRAGMA user_version = 3;

ALTER TABLE votes ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE votes ADD COLUMN source TEXT NOT NULL DEFAULT '';
ALTER TABLE votes ADD COLUMN verified INTEGER NOT NULL DEFAULT 0
	CHECK (verified BETWEEN 0 AND 1);

DROP INDEX holds_by_state;
CREATE INDEX holds_by_state ON holds (state, id, changed_ms);
CREATE INDEX holds_by_asker ON holds (identity, rule, at_ms);

-- Each table's first trigger is also against INSERT OR REPLACE, for which a delete
-- trigger need not run.
CREATE TRIGGER holds_begin BEFORE INSERT ON holds
WHEN NEW.state <> 1 OR EXISTS (SELECT 1 FROM holds WHERE id = NEW.id)
BEGIN
	SELECT RAISE(ABORT, 'a hold begins pending, once');
END;

CREATE TRIGGER holds_move BEFORE UPDATE OF state ON holds
WHEN NOT ((OLD.state = 1 AND NEW.state BETWEEN 2 AND 5)
	OR (OLD.state = 2 AND NEW.state BETWEEN 4 AND 6))
BEGIN
	SELECT RAISE(ABORT, 'a hold does not go there');
END;

CREATE TRIGGER holds_approved BEFORE UPDATE OF state ON holds
WHEN NEW.state = 2 AND NOT EXISTS
	(SELECT 1 FROM votes WHERE hold = NEW.id AND state = 2)
BEGIN
	SELECT RAISE(ABORT, 'nobody approved the hold');
END;

CREATE TRIGGER votes_begin BEFORE INSERT ON votes
WHEN NOT EXISTS (SELECT 1 FROM holds WHERE id = NEW.hold AND state = 1)
	OR EXISTS (SELECT 1 FROM votes WHERE hold = NEW.hold AND by = NEW.by
		AND (state = 3) = (NEW.state = 3))
BEGIN
	SELECT RAISE(ABORT, 'a person is heard once, while people are asked');
END;

-- Its id is that of the hold which was spent for it.
CREATE TABLE grants (
	id TEXT PRIMARY KEY REFERENCES holds (id),
	identity TEXT NOT NULL CHECK (identity <> ''),
	rule TEXT NOT NULL,
	digest BLOB NOT NULL CHECK (length(digest) IN (0, 32)),
	at_ms INTEGER NOT NULL CHECK (at_ms >= 0),
	until_ms INTEGER NOT NULL CHECK (until_ms > at_ms),
	uses INTEGER NOT NULL CHECK (uses BETWEEN 1 AND 1000000),
	used INTEGER NOT NULL CHECK (used BETWEEN 0 AND uses),
	-- enum msg_grant_state: 1 open, 2 used up, 3 revoked, 4 expired
	state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 4),
	changed_ms INTEGER NOT NULL,
	detail TEXT NOT NULL,
	CHECK (rule <> '' OR length(digest) = 32),
	CHECK ((state = 2) = (used = uses))
) STRICT, WITHOUT ROWID;

CREATE INDEX grants_open ON grants (id) WHERE state = 1;

CREATE TABLE articles (
	-- enum msg_article_kind: 1 script, 2 runbook
	kind INTEGER NOT NULL CHECK (kind BETWEEN 1 AND 2),
	name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 128),
	digest BLOB NOT NULL CHECK (length(digest) = 32),
	content TEXT NOT NULL,
	at_ms INTEGER NOT NULL CHECK (at_ms >= 0),
	changed_ms INTEGER NOT NULL,
	-- enum msg_article_state: 1 waiting, 2 approved, 3 removed
	state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),
	by TEXT NOT NULL,
	-- that was spent for it; empty: none yet
	hold TEXT NOT NULL,
	detail TEXT NOT NULL,
	PRIMARY KEY (kind, name, digest),
	CHECK (state = 3 OR (state = 2) = (hold <> ''))
) STRICT, WITHOUT ROWID;

CREATE INDEX articles_by_hold ON articles (hold) WHERE hold <> '';

CREATE TRIGGER grants_begin BEFORE INSERT ON grants
WHEN NEW.state <> 1 OR NEW.used <> 0
	OR EXISTS (SELECT 1 FROM grants WHERE id = NEW.id)
	OR EXISTS (SELECT 1 FROM articles WHERE hold = NEW.id AND hold <> '')
	OR NOT EXISTS (SELECT 1 FROM holds WHERE id = NEW.id AND state = 6)
BEGIN
	SELECT RAISE(ABORT, 'a grant begins with a hold spent for it');
END;

CREATE TRIGGER grants_no_delete BEFORE DELETE ON grants
BEGIN
	SELECT RAISE(ABORT, 'grants are kept');
END;

CREATE TRIGGER grants_bind BEFORE UPDATE OF id, identity, rule, digest, at_ms, until_ms,
	uses, detail ON grants
BEGIN
	SELECT RAISE(ABORT, 'a grant binds what it was made for');
END;

CREATE TRIGGER grants_move BEFORE UPDATE ON grants
WHEN OLD.state <> 1 OR NEW.used < OLD.used OR NEW.used > OLD.used + 1
BEGIN
	SELECT RAISE(ABORT, 'the grant is past that');
END;

CREATE TRIGGER articles_begin BEFORE INSERT ON articles
WHEN NEW.state <> 1 OR EXISTS (SELECT 1 FROM articles
	WHERE kind = NEW.kind AND name = NEW.name AND digest = NEW.digest)
BEGIN
	SELECT RAISE(ABORT, 'an article begins waiting, once');
END;

CREATE TRIGGER articles_no_delete BEFORE DELETE ON articles
BEGIN
	SELECT RAISE(ABORT, 'articles are kept');
END;

CREATE TRIGGER articles_bind BEFORE UPDATE OF kind, name, digest, content ON articles
BEGIN
	SELECT RAISE(ABORT, 'an article is its content');
END;

-- 1 to 2 by a hold that was spent for it alone; 1 or 2 to 3; 3 to 1, brought anew.
CREATE TRIGGER articles_move BEFORE UPDATE ON articles
WHEN NOT ((OLD.state = 1 AND NEW.state = 2
		AND EXISTS (SELECT 1 FROM holds WHERE id = NEW.hold AND state = 6)
		AND NOT EXISTS (SELECT 1 FROM grants WHERE id = NEW.hold)
		AND NOT EXISTS (SELECT 1 FROM articles
			WHERE hold = NEW.hold AND hold <> ''))
	OR (OLD.state IN (1, 2) AND NEW.state = 3 AND NEW.hold = OLD.hold)
	OR (OLD.state = 3 AND NEW.state = 1))
BEGIN
	SELECT RAISE(ABORT, 'the article does not go there');
END;

CREATE TRIGGER articles_brought BEFORE UPDATE OF at_ms, by, detail ON articles
WHEN OLD.state <> 3 AND (NEW.at_ms <> OLD.at_ms OR NEW.by <> OLD.by
	OR NEW.detail <> OLD.detail)
BEGIN
	SELECT RAISE(ABORT, 'an article stays as it was brought');
END;

-- What waits for a webhook.  A delivered one is removed, and nothing else is.
CREATE TABLE notices (
	id TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 22),
	outlet TEXT NOT NULL CHECK (outlet <> ''),
	at_ms INTEGER NOT NULL CHECK (at_ms >= 0),
	next_ms INTEGER NOT NULL CHECK (next_ms >= 0),
	tries INTEGER NOT NULL CHECK (tries >= 0),
	-- enum msg_notice_state: 1 waiting, 2 delivered, 3 set aside
	state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 3),
	body TEXT NOT NULL,
	error TEXT NOT NULL
) STRICT;

CREATE TRIGGER notices_begin BEFORE INSERT ON notices
WHEN NEW.state <> 1 OR NEW.tries <> 0
	OR EXISTS (SELECT 1 FROM notices WHERE id = NEW.id)
BEGIN
	SELECT RAISE(ABORT, 'a notice begins waiting, once');
END;

CREATE TRIGGER notices_no_delete BEFORE DELETE ON notices
WHEN OLD.state <> 2
BEGIN
	SELECT RAISE(ABORT, 'a notice stays until it is delivered');
END;

CREATE TRIGGER notices_bind BEFORE UPDATE OF id, outlet, at_ms, body ON notices
BEGIN
	SELECT RAISE(ABORT, 'a notice says what it said');
END;

CREATE TRIGGER notices_end BEFORE UPDATE ON notices
WHEN OLD.state = 2
BEGIN
	SELECT RAISE(ABORT, 'the notice was delivered');
END;
