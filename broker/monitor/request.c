/* Back to a hold: "request ID" runs what people approved, waits for them, or tells what
 * has become of it.
 *
 * What runs are the stored words, never the caller's, read and judged as if they had just
 * been asked for.  Whoever asks for another's request learns nothing, not even that it
 * is there. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/model/status.h"

#define USAGE "usage: request ID [--wait SECONDS|--no-wait] [--json]"
#define RETRY_SECONDS 60

static void
no_such(struct session *s)
{
	tell_coded(
	    s, STATUS_DENIED, "denied", "request", "you have no request of that id");
}

/* ---- the words ---- */

static enum rc
read_option(struct session *s, const char *word, const char *next, size_t *used,
    struct err *err)
{
	if (strcmp(word, "--json") == 0)
		s->json = true;
	else if (strcmp(word, "--no-wait") == 0)
		s->command.wait_ms = 0;
	else if (strcmp(word, "--wait") == 0 && next != NULL) {
		*used = 2;
		return command_wait(&s->command, span_of(next), err);
	} else
		return err_set(err, RC_REFUSE, "%s", USAGE);
	return RC_OK;
}

static enum rc
read_call(struct session *s, const char **id, struct err *err)
{
	const struct words *w = s->command.words;
	enum rc rc = RC_OK;
	size_t used;

	for (size_t i = 1; rc == RC_OK && i < words_count(w); i += used) {
		const char *word = words_at(w, i);

		used = 1;
		if (word[0] == '-')
			rc = read_option(s, word, words_at(w, i + 1), &used, err);
		else if (*id != NULL)
			rc = err_set(err, RC_REFUSE, "%s", USAGE);
		else
			*id = word;
	}
	if (rc != RC_OK)
		return rc;
	if (*id == NULL)
		return err_set(err, RC_REFUSE, "%s", USAGE);
	/* Its words are the stored ones, and so is what belongs to them. */
	if (s->command.dry_run || s->command.out)
		return err_set(err, RC_REFUSE,
		    "--dry-run and --out are for the command itself, when it is asked "
		    "for");
	return RC_OK;
}

/* ---- one that is over ---- */

static const struct {
	enum hold_state state;
	const char *event; /* also how its line begins */
	int status;
	const char *text; /* behind the id */
	int64_t retry;
} ends[] = {
	{ HOLD_DENIED, "denied", STATUS_DENIED, "was denied", -1 },
	{ HOLD_EXPIRED, "expired", STATUS_HELD,
	    "was not approved, or not used, in time; ask again", RETRY_SECONDS },
	{ HOLD_CANCELLED, "cancelled", STATUS_DENIED,
	    "was withdrawn, or ended with its caller; ask again", -1 },
	{ HOLD_SPENT, "spent", STATUS_DENIED, "was used; ask again", -1 },
};

static bool
is_vote_for(const json_t *vote, enum hold_state state)
{
	const json_t *is = json_object_get(vote, "state");

	if (json_is_integer(is))
		return json_integer_value(is) == (json_int_t)state;
	return json_is_string(is) &&
	       strcmp(json_string_value(is), hold_state_name(state)) == 0;
}

/* With whose word it came there. */
static const json_t *
vote_of(const json_t *votes, enum hold_state state)
{
	for (size_t i = json_array_size(votes); i > 0; i--)
		if (is_vote_for(json_array_get(votes, i - 1), state))
			return json_array_get(votes, i - 1);
	return NULL;
}

static const char *
text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text != NULL && text[0] != '\0' ? text : NULL;
}

static void
tell_end(struct session *s, size_t end, const json_t *votes, uint64_t changed_ms)
{
	const json_t *vote = vote_of(votes, ends[end].state);
	char at[21];
	struct notice n = { .event = ends[end].event,
		.id = s->request,
		.rule = s->verdict.rule[0] != '\0' ? s->verdict.rule : NULL,
		.by = text_of(vote, "name"),
		.reason = text_of(vote, "reason"),
		.time = at,
		.retry_after = ends[end].retry };
	struct buf b;

	clock_iso(changed_ms, at);
	buf_init(&b, TELL_TEXT);
	buf_printf(&b, "%s: %s %s at %s", n.event, n.id, ends[end].text, at);
	if (n.by != NULL)
		buf_printf(&b, " by %s", n.by);
	if (n.reason != NULL)
		buf_printf(&b, ": %s", n.reason);
	n.text = buf_cstr(&b);
	tell_notice(s, ends[end].status, &n);
	buf_clear(&b);
}

static void
tell_row(struct session *s, const struct msg_recalled *row, const json_t *votes)
{
	span_copy(row->rule, s->verdict.rule, sizeof s->verdict.rule);
	for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
		if (row->state == (uint8_t)ends[i].state) {
			tell_end(s, i, votes, row->changed_ms);
			return;
		}
	tell_refusal(s, STATUS_HELD, "busy", s->verdict.rule,
	    "it changes in this moment; look again");
}

/* The paths that this verb tells of: whether words of theirs are stored, and where there
 * are none, what it is. */
static const struct path_row {
	const char *name;
	bool words;
	const char *what;
} paths[] = {
	{ "exec", true, "a command without words, which cannot run again" },
	{ "api", false, "a call of an SDK, which goes on when the SDK tries it again" },
	{ "shell", true,
	    "a line of a shell, which goes on when it is typed there again" },
	{ "forward", false,
	    "a port connection, which goes on when ssh asks for it again" },
};

static const struct path_row *
find_path(const char *name)
{
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		if (strcmp(paths[i].name, name) == 0)
			return &paths[i];
	return NULL;
}

/* One of a path that this verb tells of: what a row of an older version lacks was a
 * command. */
static bool
is_ours(const struct session *s, const struct msg_recalled *row, const json_t *detail)
{
	const char *path = text_of(detail, "path");

	return span_is(row->identity, s->identity) &&
	       (path == NULL || find_path(path) != NULL);
}

static void
recalled(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct session *s = arg;
	json_t *detail, *votes;

	if (s->state == SESSION_OVER) /* refused meanwhile: the broker ends */
		return;
	if (rc == RC_END || rc == RC_REFUSE) {
		no_such(s);
		return;
	}
	if (rc != RC_OK) {
		log_line(LOG_ERROR, "hold %s: not recalled: %s", s->request, why);
		tell_refusal(s, STATUS_FAILED, "failed", NULL,
		    "the store did not say what has become of it");
		return;
	}
	detail = json_loadb((const char *)row->detail.p, row->detail.len, 0, NULL);
	votes = json_loadb((const char *)row->votes.p, row->votes.len, 0, NULL);
	if (is_ours(s, row, detail))
		tell_row(s, row, votes);
	else
		no_such(s);
	json_decref(detail);
	json_decref(votes);
}

/* It is not in flight: the store knows how it ended, also before a restart. */
static void
recall(struct session *s)
{
	const struct msg_recall m = { .what = RECALL_ONE,
		.after = span_of(s->request) };

	s->state = SESSION_ASKED;
	if (keep_recall(session_monitor(s)->keep, &m, recalled, s) != RC_OK)
		tell_refusal(s, STATUS_FAILED, "failed", NULL,
		    "the store did not say what has become of it");
}

/* ---- one that is in flight ---- */

static struct hold *
find(const struct session *s)
{
	struct hold *h = holds_find(session_monitor(s)->holds, s->request);

	return h != NULL && strcmp(hold_identity(h), s->identity) == 0 ? h : NULL;
}

/* Only that itself can use it. */
static void
tell_call(struct session *s, const struct hold *h, const char *what)
{
	const char *state = hold_state_name(hold_state(h));
	struct notice n = { .event =
				hold_state(h) == HOLD_APPROVED ? "approved" : "held",
		.id = s->request,
		.rule = hold_verdict(h)->rule,
		.retry_after = RETRY_SECONDS };
	struct buf b;

	buf_init(&b, TELL_TEXT);
	buf_printf(&b, "%s: %s is %s: %s", n.event, n.id, state, what);
	n.text = buf_cstr(&b);
	tell_notice(s, STATUS_HELD, &n);
	buf_clear(&b);
}

/* Its words as they are stored, to be judged as they are now. */
static void
read_again(struct session *s, const struct hold *h)
{
	struct err err = { "" };

	if (heldfacts_read(h, &s->command, &s->request_stages, &err) == RC_OK &&
	    bookrun_recall(s, h)) {
		ask_again(s);
		return;
	}
	log_line(LOG_ERROR, "hold %s: %s", s->request, err.text);
	tell_refusal(s, STATUS_FAILED, "failed", NULL,
	    "what was asked for cannot be read any more; ask again");
}

void
request_begin(struct session *s)
{
	const char *id = NULL;
	struct err err = { "" };
	const struct path_row *p;
	struct hold *h;

	if (read_call(s, &id, &err) != RC_OK)
		tell_coded(s, STATUS_USAGE, "refused", "usage", err.text);
	else if (!id_hold_parse(span_of(id), s->request))
		no_such(s);
	else if ((h = find(s)) == NULL)
		recall(s);
	else if ((p = find_path(hold_path(h))) == NULL)
		no_such(s);
	else if (p->words && json_object_get(hold_request(h), "argv") != NULL)
		read_again(s, h);
	else
		tell_call(s, h, p->what);
}

void
request_judged(struct session *s)
{
	if (find(s) == NULL)
		recall(s);
	else if (s->request_stages && ask_reads(s))
		staging_begin(s);
	else
		request_staged(s);
}

void
request_staged(struct session *s)
{
	struct hold *h = find(s);

	if (h == NULL)
		recall(s);
	else if (!held_is_same(s, h))
		tell_refusal(s, STATUS_DENIED, "denied", hold_verdict(h)->rule,
		    s->staged
			? "its input is not what people were asked about, or its "
			  "profile has changed since; nothing ran"
			: "the profile has changed since people were asked; ask again");
	else if (hold_state(h) == HOLD_PENDING && s->command.wait_ms == 0)
		heldtell_later(s, h, "not waited for");
	else
		held_take(s, h);
}
