/* What a hold is about: the digest that it binds, and what is kept with it so that
 * people can look at it and the asker can come back for it later. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "policies/cover.h"

/* More of them are not listed, and the list says so. */
#define RESOURCES_MOST 64
/* How a session on a target runs: a word or two, and its documents. */
#define MODE_MOST 512

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
	const struct instance *at = s->remote == NULL ? NULL : s->remote->at;
	struct buf mode;
	enum rc rc;
	struct hold_facts f = {
		.identity = span_of(s->identity),
		.profile = span_of(s->profile_name),
		.role = span_of(p == NULL ? "" : p->role),
		.account = span_of(p == NULL ? "" : p->account),
		.region = span_of(s->region),
		.path = span_of(path_name(ask_path(s))),
		.canon = span_of(s->canon),
		.stdin_kind = stdin_kind(s),
		.target = span_of(at == NULL ? "" : at->id),
		.run_as = span_of(at == NULL ? "" : at->os_user),
		.reason = span_of(s->command.reason),
	};

	buf_init(&mode, MODE_MOST + VERDICT_REVEALS);
	if (at != NULL && remote_mode(s, &mode))
		f.mode = buf_span(&mode);
	else if (at == NULL && s->verdict.reveals[0] != '\0') {
		hold_mode_reveals(s->verdict.reveals, &mode);
		f.mode = buf_span(&mode);
	}
	memcpy(f.stdin_digest, s->staged_sha256, sizeof f.stdin_digest);
	rc = buf_ok(&mode) ? hold_digest(&f, ret, err) : err_memory(err);
	buf_clear(&mode);
	return rc;
}

/* ---- what is kept ---- */

/* Nothing is left out for want of memory: people would approve less than runs.  one is
 * taken. */
static bool
add_take(json_t *list, json_t *one)
{
	return one != NULL && json_array_append_new(list, one) == 0;
}

static bool
set_take(json_t *o, const char *name, json_t *value)
{
	return value != NULL && json_object_set_new(o, name, value) == 0;
}

static json_t *
whole_take(json_t *j, bool whole)
{
	if (whole)
		return j;
	json_decref(j);
	return NULL;
}

static json_t *
argv_json(const struct session *s)
{
	json_t *a = json_array();
	bool whole = a != NULL;

	for (size_t i = 0; whole && i < words_count(s->command.words); i++)
		whole = add_take(a, json_string(words_at(s->command.words, i)));
	return whole_take(a, whole);
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
	return whole_take(
	    o, set_take(o, "sha256", json_string(hex)) &&
		   set_take(o, "bytes", json_integer((json_int_t)s->staged_len)));
}

static json_t *
calls_json(const struct session *s)
{
	json_t *a = json_array();
	bool whole = a != NULL;

	for (size_t i = 0; whole && s->aws != NULL && i < s->aws->n_calls; i++)
		whole = add_take(
		    a, json_sprintf("%s:%s", apicall_service(s->aws->calls[i].api),
			   apicall_operation(s->aws->calls[i].api)));
	return whole_take(a, whole);
}

static bool
has(const json_t *a, const char *text)
{
	for (size_t i = 0; i < json_array_size(a); i++)
		if (strcmp(json_string_value(json_array_get(a, i)), text) == 0)
			return true;
	return false;
}

/* Each once.  A need without a name ("*") says nothing. */
static bool
list_resources(const struct iam_needs *needs, json_t *o)
{
	json_t *a = json_array();
	bool whole = a != NULL;
	size_t i;

	for (i = 0; whole && i < needs->n && json_array_size(a) < RESOURCES_MOST; i++)
		if (strcmp(needs->v[i].resource, "*") != 0 &&
		    !has(a, needs->v[i].resource))
			whole = add_take(a, json_string(needs->v[i].resource));
	if (whole && i < needs->n)
		whole = set_take(o, "more_resources", json_true());
	return set_take(o, "resources", whole_take(a, whole));
}

/* A target is the one thing that its session is about. */
static bool
put_target(struct session *s, const struct facts *f, json_t *o)
{
	const struct remote *r = s->remote;
	json_t *a = json_array();
	struct buf arn, mode;
	bool whole = a != NULL;

	buf_init(&arn, 1024);
	buf_init(&mode, MODE_MOST);
	if (whole && remotelease_arn(s, f, &arn))
		whole = add_take(a, json_stringn((const char *)arn.p, arn.len));
	whole = whole && remote_mode(s, &mode) &&
		set_take(o, "mode", json_string(buf_cstr(&mode)));
	buf_clear(&arn);
	buf_clear(&mode);
	return set_take(o, "resources", whole_take(a, whole)) &&
	       set_take(o, "target", json_string(r->at->name)) &&
	       set_take(o, "target_id", json_string(r->at->id)) &&
	       set_take(o, "run_as", json_string(r->at->os_user)) &&
	       (r->host[0] == '\0' || set_take(o, "host", json_string(r->host))) &&
	       (s->command.line == NULL ||
		   set_take(o, "line", json_string(s->command.line)));
}

/* What the words name, where they can be read so. */
static bool
put_resources(struct session *s, json_t *o)
{
	struct iam_needs needs = { 0 };
	char partition[ASK_PARTITION];
	struct iam_place place;
	struct err err = { "" };
	struct facts f;
	enum rc rc;
	bool whole;

	if (!ask_facts(s, ask_path(s), partition, &f, &err))
		return s->remote == NULL && list_resources(&needs, o);
	if (s->remote != NULL)
		return put_target(s, &f, o);
	place = (struct iam_place){ f.partition, f.account, f.region };
	if ((rc = cover_needs(s->aws, &place, &needs, &err)) != RC_OK) {
		needs = (struct iam_needs){ 0 };
		return rc == RC_REFUSE && list_resources(&needs, o);
	}
	whole = list_resources(&needs, o);
	cover_clear(&needs);
	return whole;
}

json_t *
heldfacts_request(struct session *s)
{
	const struct profile *p = profile_of(s);
	json_t *o = json_pack("{s:b, s:s, s:s, s:s, s:s}", "out", (int)s->command.out,
	    "profile", s->profile_name, "role", p == NULL ? "" : p->role, "account",
	    p == NULL ? "" : p->account, "region", s->region);
	bool whole =
	    o != NULL &&
	    (s->command.words == NULL || set_take(o, "argv", argv_json(s))) &&
	    (s->runbook[0] == '\0' || set_take(o, "runbook", bookrun_json(s))) &&
	    (s->verdict.reveals[0] == '\0' ||
		set_take(o, "reveals", json_string(s->verdict.reveals))) &&
	    set_take(o, "stdin", stdin_json(s)) &&
	    set_take(o, "calls", calls_json(s)) && put_resources(s, o) &&
	    (s->previewed == NULL || json_object_set(o, "preview", s->previewed) == 0);

	return whole_take(o, whole);
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

/* What stood behind the "--" of ssm. */
static enum rc
read_line(const json_t *o, struct command *c, struct err *err)
{
	const json_t *line = json_object_get(o, "line");

	free(c->line);
	c->line = NULL;
	if (line == NULL)
		return RC_OK;
	if (!json_is_string(line))
		return err_set(err, RC_REFUSE, "a stored line is no text");
	c->line = strdup(json_string_value(line));
	return c->line == NULL ? err_memory(err) : RC_OK;
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
	if ((rc = read_line(o, c, err)) != RC_OK)
		return rc;
	c->out = json_is_true(json_object_get(o, "out"));
	*stages = strcmp(kind, "hashed") == 0;
	return RC_OK;
}
