/* What a hold is about: the digest that it binds, and what is kept with it so that
 * people can look at it and the asker can come back for it later. */
#include <jansson.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "policies/cover.h"

/* More of them are not listed, and the list says so. */
#define RESOURCES_MOST 64

static const struct profile *
profile_of(const struct session *s)
{
	return config_profile(
	    session_monitor(s)->rules.config, span_of(s->profile_name));
}

bool
heldfacts_stages(const struct session *s)
{
	return (s->verdict.asks & VERDICT_ASK_HASHED) && ask_reads(s);
}

static enum hold_stdin
stdin_kind(const struct session *s)
{
	if (!ask_reads(s))
		return HOLD_STDIN_NONE;
	return s->staged ? HOLD_STDIN_STAGED : HOLD_STDIN_UNREVIEWED;
}

enum rc
heldfacts_digest(const struct session *s, uint8_t ret[HOLD_DIGEST], struct err *err)
{
	const struct profile *p = profile_of(s);
	struct hold_facts f = {
		.identity = span_of(s->identity),
		.profile = span_of(s->profile_name),
		.role = span_of(p == NULL ? "" : p->role),
		.account = span_of(p == NULL ? "" : p->account),
		.region = span_of(s->region),
		.path = span_of("exec"),
		.canon = span_of(s->canon),
		.stdin_kind = stdin_kind(s),
		.reason = span_of(s->command.reason),
	};

	memcpy(f.stdin_digest, s->staged_sha256, sizeof f.stdin_digest);
	return hold_digest(&f, ret, err);
}

/* ---- what is kept ---- */

static json_t *
argv_json(const struct session *s)
{
	json_t *a = json_array();

	for (size_t i = 0; i < words_count(s->command.words); i++)
		json_array_append_new(a, json_string(words_at(s->command.words, i)));
	return a;
}

static json_t *
stdin_json(const struct session *s)
{
	static const char *const names[] = { [HOLD_STDIN_NONE] = "none",
		[HOLD_STDIN_UNREVIEWED] = "unreviewed",
		[HOLD_STDIN_STAGED] = "hashed" };
	json_t *o = json_pack("{s:s}", "kind", names[stdin_kind(s)]);
	char hex[65];

	if (o == NULL || !s->staged)
		return o;
	id_hex(s->staged_sha256, sizeof s->staged_sha256, hex);
	json_object_set_new(o, "sha256", json_string(hex));
	json_object_set_new(o, "bytes", json_integer((json_int_t)s->staged_len));
	return o;
}

static json_t *
calls_json(const struct session *s)
{
	json_t *a = json_array();

	for (size_t i = 0; i < s->aws->n_calls; i++)
		json_array_append_new(
		    a, json_sprintf("%s:%s", apicall_service(s->aws->calls[i].api),
			   apicall_operation(s->aws->calls[i].api)));
	return a;
}

static bool
has(const json_t *a, const char *text)
{
	for (size_t i = 0; i < json_array_size(a); i++)
		if (strcmp(json_string_value(json_array_get(a, i)), text) == 0)
			return true;
	return false;
}

/* What the words name, each once.  A need without a name ("*") says nothing. */
static void
put_resources(struct session *s, json_t *o)
{
	json_t *a = json_array();
	struct iam_needs needs = { 0 };
	char partition[ASK_PARTITION];
	struct iam_place place;
	struct err err = { "" };
	struct facts f;
	size_t i;

	if (ask_facts(s, PATH_EXEC, partition, &f, &err)) {
		place = (struct iam_place){ f.partition, f.account, f.region };
		if (cover_needs(s->aws, &place, &needs, &err) != RC_OK)
			needs = (struct iam_needs){ 0 };
	}
	for (i = 0; i < needs.n && json_array_size(a) < RESOURCES_MOST; i++)
		if (strcmp(needs.v[i].resource, "*") != 0 &&
		    !has(a, needs.v[i].resource))
			json_array_append_new(a, json_string(needs.v[i].resource));
	if (i < needs.n)
		json_object_set_new(o, "more_resources", json_true());
	json_object_set_new(o, "resources", a);
	cover_clear(&needs);
}

json_t *
heldfacts_request(struct session *s)
{
	const struct profile *p = profile_of(s);
	json_t *o = json_pack("{s:o, s:b, s:s, s:s, s:s, s:s, s:o, s:o}", "argv",
	    argv_json(s), "out", (int)s->command.out, "profile", s->profile_name,
	    "role", p == NULL ? "" : p->role, "account", p == NULL ? "" : p->account,
	    "region", s->region, "stdin", stdin_json(s), "calls", calls_json(s));

	if (o == NULL)
		return NULL;
	put_resources(s, o);
	if (s->previewed != NULL)
		json_object_set(o, "preview", s->previewed);
	return o;
}

/* ---- and read again ---- */

static enum rc
read_words(const json_t *argv, struct words **ret, struct err *err)
{
	struct span list[WORDS_MOST];
	size_t n = json_array_size(argv);

	if (n == 0 || n > WORDS_MOST)
		return err_set(err, RC_REFUSE, "a stored request without words");
	for (size_t i = 0; i < n; i++) {
		const char *word = json_string_value(json_array_get(argv, i));

		if (word == NULL)
			return err_set(err, RC_REFUSE, "a stored word is no text");
		list[i] = span_of(word);
	}
	return words_from_list(list, n, ret, err);
}

enum rc
heldfacts_read(const struct hold *h, struct command *c, bool *stages, struct err *err)
{
	const json_t *o = hold_request(h);
	const char *profile = json_string_value(json_object_get(o, "profile"));
	const char *kind =
	    json_string_value(json_object_get(json_object_get(o, "stdin"), "kind"));
	struct words *words = NULL;
	enum rc rc;

	if (profile == NULL || kind == NULL ||
	    !span_copy(span_of(profile), c->profile, sizeof c->profile) ||
	    !span_copy(span_of(hold_reason(h)), c->reason, sizeof c->reason))
		return err_set(err, RC_REFUSE, "a stored request lacks a part");
	if ((rc = read_words(json_object_get(o, "argv"), &words, err)) != RC_OK)
		return rc;
	words_free(c->words);
	c->words = words;
	c->out = json_is_true(json_object_get(o, "out"));
	*stages = strcmp(kind, "hashed") == 0;
	return RC_OK;
}
