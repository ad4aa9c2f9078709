/* From the approval of a hold of the path "grant" to the grant: judged anew, and made in
 * the same commit that spends the hold. */
#include "broker/monitor/grants_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

/* An approved one on its way to the store. */
struct making {
	struct making *next;
	struct grants *all;
	char hold[ID_HOLD_TEXT];
	struct wish *w;
	uint64_t at_ms;
	char *detail;
};

static void
free_making(struct making *k)
{
	for (struct making **p = &k->all->makings; *p != NULL; p = &(*p)->next)
		if (*p == k) {
			*p = k->next;
			break;
		}
	free(k->detail);
	free(k->w);
	free(k);
}

void
grantmake_free(struct grants *all)
{
	while (all->makings != NULL)
		free_making(all->makings);
}

static bool
take_number(const json_t *o, const char *key, uint64_t most, uint64_t *ret)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) <= 0 ||
	    (uint64_t)json_integer_value(v) > most)
		return false;
	*ret = (uint64_t)json_integer_value(v);
	return true;
}

/* What the hold was for, from what was stored with it. */
static bool
take_request(struct wish *w, const struct hold *h)
{
	const json_t *o = json_object_get(hold_request(h), "grant"), *v;
	const char *like = json_string_value(json_object_get(o, "like"));
	size_t i;

	json_array_foreach(json_object_get(o, "rules"), i, v)
	{
		if (!json_is_string(v) || w->n_rules == WISH_RULES ||
		    !span_copy(span_of(json_string_value(v)), w->rules[w->n_rules++],
			VERDICT_RULE))
			return false;
	}
	if (like != NULL &&
	    (!span_copy(span_of(like), w->like, sizeof w->like) ||
		!id_unhex(span_of(json_string_value(json_object_get(o, "digest"))),
		    w->digest, HOLD_DIGEST) ||
		!span_copy(span_of(json_string_value(json_object_get(o, "command"))),
		    w->command, sizeof w->command)))
		return false;
	return take_number(o, "for_ms", UINT64_MAX / 4, &w->for_ms) &&
	       take_number(o, "uses", GRANTS_USES, &w->uses) &&
	       span_copy(span_of(json_string_value(json_object_get(o, "by"))), w->by,
		   sizeof w->by) &&
	       span_copy(span_of(hold_identity(h)), w->identity, sizeof w->identity) &&
	       span_copy(span_of(hold_reason(h)), w->reason, sizeof w->reason);
}

/* What people said yes to is what is made: the digest is taken anew. */
static bool
is_what_was_shown(const struct wish *w, const struct hold *h)
{
	uint8_t digest[HOLD_DIGEST];
	struct buf canon;
	bool same;

	buf_init(&canon, WISH_CANON);
	wish_put(w, &canon);
	same = wish_digest(w, buf_cstr(&canon), digest, NULL) == RC_OK &&
	       buf_ok(&canon) && hold_binds(h, digest) &&
	       strcmp(buf_cstr(&canon), hold_canon(h)) == 0;
	buf_clear(&canon);
	return same;
}

static json_t *
keys_json(const struct identity *who)
{
	char print[SSHKEY_FINGERPRINT];
	json_t *a = json_array();

	for (size_t i = 0; i < who->key_count && i < GRANTS_KEYS; i++) {
		sshkey_fingerprint(who->keys[i].blob, print);
		json_array_append_new(a, json_string(print));
	}
	return a;
}

static char *
detail_text(const struct wish *w, const struct hold *h)
{
	const struct identity *who =
	    identity_by_name(w->all->m->rules.config->identities, span_of(w->identity));
	json_t *o = json_pack("{s:s, s:s, s:s*, s:o, s:o, s:o, s:I}", "by", w->by,
	    "reason", w->reason, "owner", who->owner, "keys", keys_json(who),
	    "approvals", hold_approvals_json(h), "rules", wish_rules(w), "for_ms",
	    (json_int_t)w->for_ms);

	if (w->like[0] != '\0' && o != NULL &&
	    (json_object_set_new(o, "like", json_string(w->like)) != 0 ||
		json_object_set_new(o, "command", json_string(w->command)) != 0)) {
		json_decref(o);
		return NULL;
	}
	return keep_detail_take(o, JSON_COMPACT);
}

/* The grant's row, as it went to the store and as it would come back. */
static struct msg_recalled
row_of(const struct making *k)
{
	const struct wish *w = k->w;
	const bool by_digest = w->like[0] != '\0';

	return (struct msg_recalled){ .what = RECALL_GRANT,
		.id = span_of(k->hold),
		.identity = span_of(w->identity),
		.rule = span_of(by_digest ? "" : w->rules[0]),
		.digest = span_make(w->digest, by_digest ? HOLD_DIGEST : 0),
		.at_ms = k->at_ms,
		.until_ms = k->at_ms + w->for_ms,
		.uses = (uint32_t)w->uses,
		.detail = span_of(k->detail) };
}

static void
made(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct making *k = arg;
	struct grants *all = k->all;
	struct msg_recalled row = row_of(k);
	struct hold *h = holds_find(all->m->holds, k->hold);
	struct err err = { "" };
	char text[256];

	(void)bytes;
	(void)fd;
	if (rc == RC_OK && grants_add(all, &row, &err) != RC_OK)
		/* The store has it; after a restart it is there. */
		log_line(LOG_ERROR, "grant %s: %s", k->hold, err.text);
	if (h != NULL && rc == RC_OK)
		hold_was_spent(h);
	else if (h != NULL)
		hold_close(h);
	snprintf(text, sizeof text, "not recorded, so not done: %.200s", why);
	petitions_end(all->petitions, k->hold, rc == RC_OK ? RC_OK : RC_FAIL,
	    rc == RC_OK ? "granted" : text);
	free_making(k);
}

static enum rc
send_new(struct making *k)
{
	const struct msg_recalled row = row_of(k);
	const struct msg_grant_new m = { .hold = row.id,
		.identity = row.identity,
		.rule = row.rule,
		.digest = row.digest,
		.at_ms = row.at_ms,
		.until_ms = row.until_ms,
		.uses = row.uses,
		.detail = row.detail };

	return keep_ask(k->all->m->keep, MSG_GRANT_NEW, &m, made, k);
}

/* Rules and people may have changed since they said yes, or while nobody ran. */
static enum rc
still_good(const struct wish *w, const struct hold *h, struct err *err)
{
	struct verdict now;
	enum rc rc;

	if (!is_what_was_shown(w, h))
		return err_set(err, RC_REFUSE, "it is not what people were shown");
	if ((rc = wish_judge(w, &now, err)) != RC_OK)
		return rc;
	if (!hold_suffices(h, &now))
		return err_set(
		    err, RC_REFUSE, "its rule asks for other approvals now; ask again");
	return RC_OK;
}

static bool
is_being_made(const struct grants *all, const char *id)
{
	for (const struct making *k = all->makings; k != NULL; k = k->next)
		if (strcmp(k->hold, id) == 0)
			return true;
	return false;
}

static void
make(struct grants *all, struct hold *h)
{
	struct making *k;
	struct err err = { "" };
	enum rc rc = RC_FAIL;

	if (is_being_made(all, hold_id(h)))
		return;
	if ((k = calloc(1, sizeof *k)) == NULL)
		return; /* it expires, or is made at the next start */
	k->all = all;
	k->next = all->makings;
	all->makings = k;
	memcpy(k->hold, hold_id(h), sizeof k->hold);
	k->at_ms = clock_wall_ms();
	if ((k->w = calloc(1, sizeof *k->w)) == NULL)
		rc = err_memory(&err);
	else {
		k->w->all = all;
		rc = take_request(k->w, h)
			 ? still_good(k->w, h, &err)
			 : err_set(&err, RC_REFUSE, "it says not what it is for");
	}
	if (rc == RC_OK &&
	    ((k->detail = detail_text(k->w, h)) == NULL || send_new(k) != RC_OK))
		rc = err_set(&err, RC_FAIL, "it cannot be recorded");
	if (rc == RC_OK)
		return;
	log_line(LOG_ERROR, "grant %s is not made: %s", k->hold, err.text);
	hold_close(h);
	petitions_end(all->petitions, k->hold, rc, err.text);
	free_making(k);
}

void
grantmake_settled(void *arg, struct hold *h, enum hold_state state, const char *by,
    const char *reason)
{
	struct grants *all = arg;

	(void)by;
	if (state == HOLD_APPROVED)
		make(all, h);
	else
		petitions_end(all->petitions, hold_id(h), RC_REFUSE,
		    reason[0] != '\0' ? reason : hold_state_name(state));
}
