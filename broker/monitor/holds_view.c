/* What is told of a hold: to the rest of the broker, to programs, to people. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/holds_parts.h"
#include "broker/monitor/veiling.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/model/needs.h"

const char *
hold_id(const struct hold *h)
{
	return h->id;
}

const char *
hold_identity(const struct hold *h)
{
	return h->identity;
}

const char *
hold_path(const struct hold *h)
{
	return h->path;
}

const char *
hold_canon(const struct hold *h)
{
	return h->canon;
}

const char *
hold_shown(const struct hold *h)
{
	return h->shown;
}

const char *
hold_reason(const struct hold *h)
{
	return h->reason;
}

const uint8_t *
hold_digest_of(const struct hold *h)
{
	return h->digest;
}

const struct verdict *
hold_verdict(const struct hold *h)
{
	return &h->verdict;
}

const json_t *
hold_request(const struct hold *h)
{
	return h->request;
}

const char *
hold_proof(const struct hold *h)
{
	return h->proof;
}

const char *
hold_reveals(const struct hold *h)
{
	const char *s = json_string_value(hold_asked_for(h, "reveals"));

	return s == NULL ? "" : s;
}

uint64_t
hold_decide_ms(const struct hold *h)
{
	return h->decide_ms;
}

uint64_t
hold_asked_ms(const struct hold *h)
{
	return h->asked_ms;
}

uint64_t
hold_age_ms(const struct hold *h)
{
	return clock_mono_ms() - h->since;
}

uint64_t
hold_until_ms(const struct hold *h)
{
	uint64_t now = clock_mono_ms();

	return clock_wall_ms() + (h->until > now ? h->until - now : 0);
}

bool
hold_binds(const struct hold *h, const uint8_t *digest)
{
	return memcmp(h->digest, digest, HOLD_DIGEST) == 0;
}

enum hold_state
hold_state(const struct hold *h)
{
	return h->state;
}

bool
hold_ends_with_caller(const struct hold *h)
{
	return h->cancel_on_disconnect;
}

const json_t *
hold_asked_for(const struct hold *h, const char *name)
{
	return json_object_get(h->request, name);
}

/* ---- JSON ---- */

/* Append it (taken), or make the list NULL: half of one must not stand for all. */
static void
append_take(json_t **list, json_t *one)
{
	if (one != NULL && json_array_append_new(*list, one) == 0)
		return;
	json_decref(*list);
	*list = NULL;
}

json_t *
hold_approvers_json(const struct hold *h)
{
	json_t *a = json_array();

	for (size_t i = 0; a != NULL && i < h->voters.n; i++)
		append_take(&a, json_string(h->voters.v[i].name));
	return a;
}

static const char *
given(const char *text)
{
	return text[0] != '\0' ? text : NULL;
}

json_t *
hold_approvals_json(const struct hold *h)
{
	return voters_json(&h->voters);
}

/* The conditions, and how far each has come. */
static json_t *
needs_so_far(const struct hold *h)
{
	json_t *a = needs_json(&h->verdict);

	for (size_t i = 0; a != NULL && i < h->verdict.n_needs; i++)
		if (json_object_set_new(json_array_get(a, i), "have",
			json_integer(approval_votes(h, &h->verdict.needs[i]))) != 0) {
			json_decref(a);
			return NULL;
		}
	return a;
}

/* A copy of its own: what is stored is never masked. */
static json_t *
request_without_preview(const struct hold *h)
{
	json_t *o = json_deep_copy(h->request);

	json_object_del(o, "preview");
	return o;
}

json_t *
hold_json(const struct hold *h)
{
	char hex[2 * HOLD_DIGEST + 1], asked[21], until[21];
	json_t *request = request_without_preview(h), *o;

	if (request == NULL && h->request != NULL)
		return NULL;
	id_hex(h->digest, HOLD_DIGEST, hex);
	clock_iso(h->asked_ms, asked);
	clock_iso(hold_until_ms(h), until);
	o = json_pack("{s:s, s:s, s:s*, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, "
		      "s:o, s:o, s:s, s:s, s:o*}",
	    "id", h->id, "identity", h->identity, "owner", given(h->owner), "source",
	    h->source, "profile", h->profile, "path", h->path, "command", h->shown,
	    "asker_says", h->reason, "rule", h->verdict.rule, "digest", hex, "state",
	    hold_state_name(h->state), "needs", needs_so_far(h), "approvals",
	    hold_approvals_json(h), "asked", asked, "until", until, "request", request);
	if (o != NULL && !veil_json(veil_of(h->all->m), o)) {
		json_decref(o);
		return NULL;
	}
	return o;
}

void
hold_line_take(json_t *o, struct buf *out)
{
	char *s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	json_decref(o);
	if (s == NULL) {
		out->bad = true;
		return;
	}
	buf_text(out, s);
	buf_u8(out, '\n');
	free(s);
}

/* ---- text ---- */

void
hold_stdin_put(const json_t *request, struct buf *out)
{
	const json_t *in = json_object_get(request, "stdin");
	const char *kind = json_string_value(json_object_get(in, "kind"));
	const char *sum = json_string_value(json_object_get(in, "sha256"));

	if (kind != NULL && strcmp(kind, "none") == 0)
		buf_text(out, "none");
	else if (kind != NULL && strcmp(kind, "hashed") == 0 && sum != NULL) {
		buf_text(out, "sha256 ");
		text_escape(out, span_of(sum));
		buf_printf(out, ", %lld bytes",
		    (long long)json_integer_value(json_object_get(in, "bytes")));
	} else
		buf_text(out, "not reviewed");
}

void
hold_target_put(const json_t *request, struct buf *out)
{
	const char *name = json_string_value(json_object_get(request, "target"));
	const char *id = json_string_value(json_object_get(request, "target_id"));

	if (name != NULL)
		buf_text(out, name);
	if (name != NULL && id != NULL && strcmp(name, id) != 0)
		buf_printf(out, " (%s)", id);
}
