/* Votes of a hold as JSON; see votes.h. */
#include "broker/keeper/votes.h"

#include <stdlib.h>
#include <string.h>

#include "broker/keeper/audit.h"

struct gather {
	json_t *list;
	bool reasons;
};

static uint64_t
time_of(const json_t *vote)
{
	return (uint64_t)json_integer_value(json_object_get(vote, "at_ms"));
}

/* They come by name. */
static int
insert_by_time_take(json_t *list, json_t *vote)
{
	size_t at = json_array_size(list);

	while (at > 0 && time_of(json_array_get(list, at - 1)) > time_of(vote))
		at--;
	return json_array_insert_new(list, at, vote);
}

static enum rc
add_vote(void *arg, const struct store_vote *v, struct err *err)
{
	struct gather *g = arg;
	json_t *o = json_object();
	int bad = 0;

	bad |= json_object_set_new(o, "name", audit_text(v->by));
	bad |= json_object_set_new(o, "proof", audit_text(v->proof));
	bad |= json_object_set_new(o, "state", json_string(hold_state_name(v->state)));
	bad |= json_object_set_new(o, "key", audit_text(v->key));
	bad |= json_object_set_new(o, "source", audit_text(v->source));
	bad |= json_object_set_new(o, "verified", json_boolean(v->verified));
	bad |= json_object_set_new(o, "at_ms", json_integer((json_int_t)v->at_ms));
	if (g->reasons)
		bad |= json_object_set_new(o, "reason", audit_text(v->reason));
	else
		bad |= json_object_set_new(
		    o, "reason_bytes", json_integer((json_int_t)v->reason.len));
	if (bad != 0) {
		json_decref(o);
		return err_memory(err);
	}
	return insert_by_time_take(g->list, o) == 0 ? RC_OK : err_memory(err);
}

static enum rc
gather(struct store *s, struct span hold, bool reasons, json_t **list, char **text,
    struct err *err)
{
	struct gather g = { json_array(), reasons };
	enum rc rc =
	    g.list == NULL ? err_memory(err) : store_votes(s, hold, add_vote, &g, err);

	*text = rc == RC_OK ? json_dumps(g.list, JSON_COMPACT) : NULL;
	*list = g.list;
	if (rc == RC_OK && *text == NULL)
		rc = err_memory(err);
	return rc;
}

static enum rc
fit(struct store *s, struct span hold, json_t **list, char **text, struct err *err)
{
	enum rc rc = gather(s, hold, true, list, text, err);

	if (rc != RC_OK || strlen(*text) <= VOTES_TEXT)
		return rc;
	json_decref(*list);
	free(*text);
	rc = gather(s, hold, false, list, text, err);
	if (rc == RC_OK && strlen(*text) > VOTES_TEXT)
		return err_set(err, RC_FAIL, "a hold with too many votes");
	return rc;
}

enum rc
votes_json(struct store *s, struct span hold, json_t **ret, struct err *err)
{
	json_t *list = NULL;
	char *text = NULL;
	enum rc rc = fit(s, hold, &list, &text, err);

	free(text);
	if (rc == RC_OK)
		*ret = list;
	else
		json_decref(list);
	return rc;
}

enum rc
votes_text(struct store *s, struct span hold, char **ret, struct err *err)
{
	json_t *list = NULL;
	char *text = NULL;
	enum rc rc = fit(s, hold, &list, &text, err);

	json_decref(list);
	if (rc == RC_OK)
		*ret = text;
	else
		free(text);
	return rc;
}
