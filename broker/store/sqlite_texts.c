/* The statements of the SQLite back end. */
#include "broker/store/sqlite.h"

#define HOLD_COLUMNS                                                                   \
	"id, identity, digest, rule, policy, canon, at_ms, until_ms, state, "          \
	"changed_ms, "                                                                 \
	"detail"
#define VOTE_COLUMNS "hold, by, at_ms, state, proof, reason, key, source, verified"
#define GRANT_COLUMNS                                                                  \
	"id, identity, rule, digest, at_ms, until_ms, uses, used, state, changed_ms, " \
	"detail"
#define ARTICLE_COLUMNS                                                                \
	"kind, name, digest, content, at_ms, changed_ms, state, by, hold, detail"
#define NOTICE_COLUMNS "id, outlet, at_ms, next_ms, tries, state, body, error"
#define REC_COLUMNS                                                                    \
	"sid, state, opened_ms, ended_ms, spk, h1, len, h, identity, class, keep_s, "  \
	"shred, ship, shipped, parts, shipped_ms, gone_ms, lock"
#define REC_HERE "state IN (2, 3) AND gone_ms = 0"

const char *const sqlite_texts[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_EVENT_PUT] = "INSERT INTO events (seq, at_ms, kind, identity, sid, rule, "
			  "detail, h) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_EVENT_EACH] = "SELECT seq, at_ms, kind, identity, sid, rule, detail, h "
			   "FROM events WHERE seq >= ?1 ORDER BY seq",
	[SQL_EVENT_OF] = "SELECT seq, at_ms, kind, identity, sid, rule, detail, h "
			 "FROM events WHERE sid = ?1 AND length(sid) > 0 ORDER BY seq",
	[SQL_EVENT_LAST] = "SELECT seq, h FROM events ORDER BY seq DESC LIMIT 1",
	[SQL_HOLD_PUT] = "INSERT INTO holds (" HOLD_COLUMNS ") "
			 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[SQL_HOLD_STATE] = "SELECT state FROM holds WHERE id = ?1",
	[SQL_HOLD_MOVE] = "UPDATE holds SET state = ?3, changed_ms = ?4 "
			  "WHERE id = ?1 AND state = ?2",
	[SQL_HOLD_EACH] =
	    "SELECT " HOLD_COLUMNS " FROM holds WHERE state = ?1 ORDER BY id",
	[SQL_HOLD_GET] = "SELECT " HOLD_COLUMNS " FROM holds WHERE id = ?1",
	[SQL_HOLD_NEXT] = "SELECT " HOLD_COLUMNS " FROM holds WHERE state = ?1 "
			  "AND id > ?2 AND changed_ms >= ?3 ORDER BY id LIMIT 1",
	[SQL_HOLDS_LIKE] = "SELECT " HOLD_COLUMNS " FROM holds WHERE identity = ?1 "
			   "AND rule = ?2 AND at_ms >= ?3 AND id <> ?4 "
			   "ORDER BY at_ms DESC, id LIMIT ?5",
	[SQL_VOTE_PUT] = "INSERT INTO votes (" VOTE_COLUMNS ") "
			 "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_VOTE_EACH] = "SELECT " VOTE_COLUMNS " FROM votes "
			  "WHERE hold = ?1 ORDER BY by, state",
	[SQL_GRANT_PUT] = "INSERT INTO grants (" GRANT_COLUMNS ") "
			  "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
	[SQL_GRANT_SET] = "UPDATE grants SET used = ?2, state = ?3, changed_ms = ?4 "
			  "WHERE id = ?1 AND state = 1 AND used BETWEEN ?2 - 1 AND ?2",
	[SQL_GRANT_GET] = "SELECT " GRANT_COLUMNS " FROM grants WHERE id = ?1",
	[SQL_GRANT_NEXT] = "SELECT " GRANT_COLUMNS " FROM grants "
			   "WHERE state = 1 AND id > ?1 ORDER BY id LIMIT 1",
	[SQL_ARTICLE_PUT] = "INSERT INTO articles (" ARTICLE_COLUMNS ") "
			    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	[SQL_ARTICLE_SET] = "UPDATE articles SET at_ms = ?4, changed_ms = ?5, "
			    "state = ?6, by = ?7, hold = ?8, detail = ?9 "
			    "WHERE kind = ?1 AND name = ?2 AND digest = ?3",
	[SQL_ARTICLE_GET] = "SELECT " ARTICLE_COLUMNS " FROM articles "
			    "WHERE kind = ?1 AND name = ?2 AND digest = ?3",
	[SQL_ARTICLE_NEXT] = "SELECT " ARTICLE_COLUMNS " FROM articles "
			     "WHERE (kind, name, digest) > (?1, ?2, ?3) AND state < 3 "
			     "ORDER BY kind, name, digest LIMIT 1",
	[SQL_NOTICE_PUT] = "INSERT INTO notices (" NOTICE_COLUMNS ") "
			   "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_NOTICE_SET] = "UPDATE notices SET next_ms = ?2, tries = ?3, state = ?4, "
			   "error = ?5 WHERE id = ?1 AND state <> 2",
	[SQL_NOTICE_GET] = "SELECT " NOTICE_COLUMNS " FROM notices WHERE id = ?1",
	[SQL_NOTICE_NEXT] = "SELECT " NOTICE_COLUMNS " FROM notices "
			    "WHERE id > ?1 AND state <> 2 ORDER BY id LIMIT 1",
	[SQL_NOTICE_DROP] = "DELETE FROM notices WHERE id = ?1",
	[SQL_REC_PUT] = "INSERT INTO recordings (" REC_COLUMNS ") "
			"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
			"?13, ?14, ?15, ?16, ?17, ?18)",
	[SQL_REC_SET] = "UPDATE recordings SET state = ?2, ended_ms = ?4, spk = ?5, "
			"h1 = ?6, len = ?7, h = ?8, shred = ?12, ship = ?13, "
			"shipped = ?14, parts = ?15, shipped_ms = ?16, gone_ms = ?17 "
			"WHERE sid = ?1 AND gone_ms = 0",
	[SQL_REC_GET] = "SELECT " REC_COLUMNS " FROM recordings WHERE sid = ?1",
	[SQL_REC_EACH] =
	    "SELECT " REC_COLUMNS " FROM recordings WHERE state = ?1 ORDER BY sid",
	[SQL_REC_TO_SHIP] = "SELECT " REC_COLUMNS " FROM recordings WHERE " REC_HERE
			    " AND ship < 2 ORDER BY ended_ms, sid",
	[SQL_REC_TO_EXPIRE] = "SELECT " REC_COLUMNS " FROM recordings WHERE " REC_HERE
			      " AND keep_s > 0 AND ended_ms + keep_s * 1000 < ?1 "
			      "ORDER BY ended_ms + keep_s * 1000, sid",
	[SQL_REC_OF] = "SELECT " REC_COLUMNS " FROM recordings "
		       "WHERE identity = ?1 AND opened_ms >= ?2 "
		       "ORDER BY opened_ms, sid",
};
