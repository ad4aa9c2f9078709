/* A hold as it is kept: to the keeper's row and back.
 *
 * What comes back is checked like a stranger's: a row of another version, or one that
 * somebody has had in hand, becomes no hold. */
#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/holds_parts.h"
#include "broker/monitor/veiling.h"
#include "lib/base/clock.h"
#include "lib/model/needs.h"
#include "lib/wire/msg.h"
#include "policies/canon.h"
#include "policies/words.h"

#define VERSION 1

/* ---- to the row ---- */

/* Texts of the detail, and where they stand. */
static const struct {
	const char *name;
	size_t at, size;
} texts[] = {
#define T(name, member)                                                                \
	{                                                                              \
		name, offsetof(struct hold, member),                                   \
		    sizeof(((struct hold *)NULL)->member)                              \
	}
	T("owner", owner),
	T("key", key),
	T("source", source),
	T("profile", profile),
	T("reason", reason),
	T("says", verdict.reason),
	T("call", verdict.call),
	T("code", verdict.code),
#undef T
};
#define N_TEXTS (sizeof texts / sizeof texts[0])

static json_t *
keys_json(const struct hold *h)
{
	json_t *a = json_array();

	for (size_t i = 0; i < h->n_keys; i++)
		json_array_append_new(a, json_string(h->keys[i]));
	if (json_array_size(a) == h->n_keys)
		return a;
	json_decref(a);
	return NULL;
}

static char *
detail_of(const struct hold *h, json_t *request)
{
	json_t *o = json_pack("{s:i, s:s, s:I, s:I, s:b, s:b, s:o, s:o, s:o*}", "v",
	    VERSION, "path", h->path, "decide_ms", (json_int_t)h->decide_ms, "use_ms",
	    (json_int_t)h->use_ms, "cancel", h->cancel_on_disconnect, "join",
	    h->joinable, "keys", keys_json(h), "needs", needs_json(&h->verdict),
	    "request", request);

	for (size_t i = 0; o != NULL && i < N_TEXTS; i++)
		if (json_object_set_new(o, texts[i].name,
			json_string((const char *)h + texts[i].at)) != 0) {
			json_decref(o);
			o = NULL;
		}
	return keep_detail_take(o, JSON_COMPACT);
}

static bool
fits(const char *text)
{
	return text != NULL && strlen(text) <= MSG_TEXT_MAX;
}

char *
hold_row_detail(const struct hold *h, struct err *err)
{
	json_t *less = NULL;
	char *text = detail_of(h, json_incref(h->request));

	if (text != NULL && !fits(text) && hold_asked_for(h, "preview") != NULL) {
		/* A preview never stands in the way of a hold. */
		free(text);
		less = json_copy(h->request);
		text = json_object_set_new(less, "preview",
			   json_pack("{s:s, s:s}", "state", "failed", "why",
			       "there is too much of it to be kept")) != 0
			   ? NULL
			   : detail_of(h, json_incref(less));
		json_decref(less);
	}
	if (fits(text))
		return text;
	if (text == NULL)
		err_memory(err);
	else
		err_set(err, RC_REFUSE, "there is too much of it to be kept");
	free(text);
	return NULL;
}

/* ---- and back ---- */

const char *
hold_path_find(const char *name)
{
	static const char *const paths[] = { "exec", "api", "shell", "forward", "grant",
		"script", "runbook" };

	for (size_t i = 0; name != NULL && i < sizeof paths / sizeof paths[0]; i++)
		if (strcmp(name, paths[i]) == 0)
			return paths[i];
	return NULL;
}

/* A text that is there, whole, and fits. */
static bool
take_text(const json_t *o, const char *name, char *out, size_t size)
{
	const json_t *v = json_object_get(o, name);

	return json_is_string(v) &&
	       span_copy(
		   span_make(json_string_value(v), json_string_length(v)), out, size);
}

static bool
take_ms(const json_t *o, const char *name, uint64_t most, uint64_t *ret)
{
	const json_t *v = json_object_get(o, name);
	json_int_t n = json_integer_value(v);

	*ret = (uint64_t)n;
	return json_is_integer(v) && n > 0 && (uint64_t)n <= most;
}

static bool
take_bool(const json_t *o, const char *name, bool *ret)
{
	const json_t *v = json_object_get(o, name);

	*ret = json_is_true(v);
	return json_is_boolean(v);
}

static bool
take_keys(const json_t *list, struct hold *h)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n > HOLD_KEYS_MAX)
		return false;
	if (n == 0)
		return true;
	if ((h->keys = calloc(n, sizeof *h->keys)) == NULL)
		return false;
	for (; h->n_keys < n; h->n_keys++)
		if (!span_copy(
			span_of(json_string_value(json_array_get(list, h->n_keys))),
			h->keys[h->n_keys], sizeof *h->keys) ||
		    h->keys[h->n_keys][0] == '\0')
			return false;
	return true;
}

/* Longer than any hold may wait. */
#define MOST_MS (31ull * 24 * 3600 * 1000)

static enum rc
read_detail(struct span text, struct hold *h, struct err *err)
{
	json_t *o =
	    json_loadb((const char *)text.p, text.len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *request = json_object_get(o, "request");
	enum rc rc = RC_REFUSE;
	bool good;

	if (json_integer_value(json_object_get(o, "v")) != VERSION) {
		json_decref(o);
		return err_set(err, RC_REFUSE, "it was written by another version");
	}
	h->path = hold_path_find(json_string_value(json_object_get(o, "path")));
	good = h->path != NULL && take_ms(o, "decide_ms", MOST_MS, &h->decide_ms) &&
	       take_ms(o, "use_ms", MOST_MS, &h->use_ms) &&
	       take_bool(o, "cancel", &h->cancel_on_disconnect) &&
	       take_bool(o, "join", &h->joinable) &&
	       take_keys(json_object_get(o, "keys"), h) &&
	       (request == NULL || json_is_object(request)) &&
	       json_object_size(o) == N_TEXTS + 8 + (request != NULL);
	for (size_t i = 0; good && i < N_TEXTS; i++)
		good =
		    take_text(o, texts[i].name, (char *)h + texts[i].at, texts[i].size);
	if (!good)
		err_set(err, RC_REFUSE, "its detail is not what was written");
	else if ((rc = needs_read(json_object_get(o, "needs"), &h->verdict, err)) ==
		 RC_OK)
		h->request = json_incref((json_t *)(uintptr_t)request);
	json_decref(o);
	return rc;
}

static bool
read_proof(const json_t *o, enum proof *ret)
{
	const char *name = json_string_value(json_object_get(o, "proof"));

	for (enum proof p = PROOF_KEY; name != NULL && p <= PROOF_UID; p++)
		if (strcmp(name, proof_name(p)) == 0) {
			*ret = p;
			return true;
		}
	return false;
}

/* One that need not be there. */
static bool
maybe_text(const json_t *o, const char *name, char *out, size_t size)
{
	return json_object_get(o, name) == NULL || take_text(o, name, out, size);
}

static bool
read_yes(const json_t *o, struct hold *h)
{
	return h->voters.n < VOTERS_MAX && hold_voters(h) &&
	       json_integer_value(json_object_get(o, "at_ms")) > 0 &&
	       voter_read(o, &h->voters.v[h->voters.n++]);
}

/* A yes, or the word that ended it. */
static bool
read_vote(const json_t *o, struct hold *h)
{
	const char *state = json_string_value(json_object_get(o, "state"));
	bool yes = state != NULL &&
		   (strcmp(state, "pending") == 0 || strcmp(state, "approved") == 0);
	enum proof proof = PROOF_NONE;

	if (state == NULL || (yes && !read_yes(o, h)))
		return false;
	if (strcmp(state, hold_state_name(h->state)) != 0 || h->state == HOLD_PENDING)
		return true;
	h->proof = read_proof(o, &proof) ? proof_name(proof) : "";
	return take_text(o, "name", h->by, sizeof h->by) &&
	       maybe_text(o, "reason", h->why, sizeof h->why);
}

static bool
read_votes(struct span text, struct hold *h)
{
	json_t *list, *one;
	bool good;
	size_t i;

	if (text.len == 0)
		return true;
	list = json_loadb((const char *)text.p, text.len, JSON_REJECT_DUPLICATES, NULL);
	good = json_is_array(list);
	json_array_foreach(list, i, one) good = good && read_vote(one, h);
	json_decref(list);
	return good;
}

static bool
read_columns(const struct msg_recalled *row, struct hold *h)
{
	char id[ID_HOLD_TEXT];

	if (!id_hold_parse(row->id, id) || !span_is(row->id, id) ||
	    !name_identity(row->identity) || row->digest.len != HOLD_DIGEST ||
	    row->policy.len != sizeof h->verdict.policy || row->rule.len == 0 ||
	    row->text.len == 0 || !hold_state_ok(row->state))
		return false;
	memcpy(h->id, id, sizeof h->id);
	memcpy(h->digest, row->digest.p, HOLD_DIGEST);
	memcpy(h->verdict.policy, row->policy.p, row->policy.len);
	h->verdict.effect = EFFECT_HOLD;
	h->state = (enum hold_state)row->state;
	h->asked_ms = row->at_ms;
	h->changed_ms = row->changed_ms;
	return span_copy(row->identity, h->identity, sizeof h->identity) &&
	       span_copy(row->rule, h->verdict.rule, sizeof h->verdict.rule) &&
	       (h->canon = span_dup(row->text)) != NULL &&
	       (h->shown = veil_command_text(veil_of(h->all->m), h->canon)) != NULL;
}

/* ---- one thing, said in several places ---- */

static struct span
asked_text(const struct hold *h, const char *name)
{
	return span_of(json_string_value(hold_asked_for(h, name)));
}

static bool
read_stdin(const json_t *in, struct hold_facts *f)
{
	static const char *const names[] = { [HOLD_STDIN_NONE] = "none",
		[HOLD_STDIN_UNREVIEWED] = "unreviewed",
		[HOLD_STDIN_STAGED] = "hashed" };
	const char *kind = json_string_value(json_object_get(in, "kind"));
	size_t i = 0;

	while (kind != NULL && i < sizeof names / sizeof names[0] &&
	       strcmp(kind, names[i]) != 0)
		i++;
	if (kind == NULL || i == sizeof names / sizeof names[0])
		return false;
	f->stdin_kind = (enum hold_stdin)i;
	return f->stdin_kind != HOLD_STDIN_STAGED ||
	       id_unhex(span_of(json_string_value(json_object_get(in, "sha256"))),
		   f->stdin_digest, sizeof f->stdin_digest);
}

static bool
digest_is_of_it(const struct hold *h)
{
	struct hold_facts f = { .identity = span_of(h->identity),
		.profile = span_of(h->profile),
		.role = asked_text(h, "role"),
		.account = asked_text(h, "account"),
		.region = asked_text(h, "region"),
		.path = span_of(h->path),
		.canon = span_of(h->canon),
		.reason = span_of(h->reason) };
	uint8_t digest[HOLD_DIGEST];
	struct buf mode;
	bool same;

	buf_init(&mode, MSG_TEXT_MAX);
	if (hold_reveals(h)[0] != '\0')
		hold_mode_reveals(hold_reveals(h), &mode);
	f.mode = buf_span(&mode);
	same = buf_ok(&mode) && read_stdin(hold_asked_for(h, "stdin"), &f) &&
	       hold_digest(&f, digest, NULL) == RC_OK && hold_binds(h, digest);
	buf_clear(&mode);
	return same;
}

static bool
words_are_of_it(const struct hold *h, const json_t *argv)
{
	struct span list[WORDS_MOST];
	size_t n = json_array_size(argv);
	struct words *words = NULL;
	struct buf canon;
	bool same;

	if (n == 0 || n > WORDS_MOST)
		return false;
	for (size_t i = 0; i < n; i++)
		list[i] = span_of(json_string_value(json_array_get(argv, i)));
	if (words_from_list(list, n, &words, NULL) != RC_OK)
		return false;
	buf_init(&canon, MSG_TEXT_MAX);
	canon_put(words, &canon);
	same = buf_ok(&canon) && span_is(buf_span(&canon), h->canon);
	buf_clear(&canon);
	words_free(words);
	return same;
}

/* What people are shown of a command is what would run, and what its digest binds.
 * Without words it can never run. */
static bool
is_one_thing(const struct hold *h)
{
	const json_t *argv = hold_asked_for(h, "argv");

	return strcmp(h->path, "exec") != 0 || argv == NULL ||
	       (words_are_of_it(h, argv) && digest_is_of_it(h));
}

/* The clocks of before are not ours: what is left of its time is reckoned by the wall's,
 * and is never more than it was given. */
static void
set_times(const struct msg_recalled *row, struct hold *h)
{
	uint64_t wall = clock_wall_ms(), now = clock_mono_ms(), end = row->until_ms;
	uint64_t most = h->decide_ms;

	if (h->state == HOLD_APPROVED) {
		most = hold_shorter(h->all->m->rules.config->holds.use, h->use_ms);
		end = row->changed_ms + most;
	}
	h->since = now - (wall > row->at_ms ? wall - row->at_ms : 0);
	h->until = now;
	if (!hold_state_final(h->state) && end > wall)
		h->until += end - wall < most ? end - wall : most;
}

enum rc
hold_row_read(struct holds *all, const struct msg_recalled *row, struct hold **ret,
    struct err *err)
{
	struct hold *h = hold_blank(all);
	enum rc rc;

	if (h == NULL)
		return err_memory(err);
	h->left = true;
	if (!read_columns(row, h))
		rc = err_set(err, RC_REFUSE, "its columns are not what was written");
	else if ((rc = read_detail(row->detail, h, err)) == RC_OK &&
		 !read_votes(row->votes, h))
		rc = err_set(err, RC_REFUSE, "its votes are not what was written");
	else if (rc == RC_OK && !is_one_thing(h))
		rc = err_set(err, RC_REFUSE, "its parts are not of one command");
	if (rc != RC_OK) {
		hold_drop(h);
		return rc;
	}
	set_times(row, h);
	*ret = h;
	return RC_OK;
}
