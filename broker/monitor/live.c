/* What runs now, for people: the list, and a session by the beginning of its id. */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/model/status.h"

/* Digits of an id that somebody has to know. */
#define DIGITS_LEAST 8
#define DIGITS 32
/* Of a command, in the list. */
#define COMMAND_MOST 512

static const char *const words[] = {
	[SESSION_STAGING] = "asking",
	[SESSION_USING] = "starting",
	[SESSION_PREVIEW] = "asking",
	[SESSION_HELD] = "held",
	[SESSION_SPENDING] = "starting",
	[SESSION_LEASING] = "starting",
	[SESSION_OPENING] = "starting",
	[SESSION_STARTING] = "starting",
	[SESSION_RUNNING] = "running",
	[SESSION_CLOSING] = "ending",
	[SESSION_OVER] = NULL,
};

/* NULL: it is not one that people see: a verb, a question, a refusal. */
static const char *
state_word(const struct session *s)
{
	return s->call != NULL ? NULL : words[s->state];
}

/* ---- the list ---- */

static void
put_command(struct buf *out, const struct session *s)
{
	struct span c = span_of(s->shown);
	bool cut = c.len > COMMAND_MOST;

	if (cut) {
		c.len = COMMAND_MOST;
		c.len -= text_partial(c);
	}
	text_show(out, c);
	if (cut)
		buf_text(out, "...");
}

static void
put_row(struct buf *out, const struct session *s)
{
	char since[21];

	clock_iso(s->since_ms, since);
	buf_printf(
	    out, "%s  %s  %-8s  %s  ", s->sid_text, since, state_word(s), s->identity);
	put_command(out, s);
	buf_u8(out, '\n');
}

static const char *
kind_word(const struct session *s)
{
	enum path path = ask_path(s);

	if (path == PATH_API || path == PATH_FORWARD)
		return "port";
	return path == PATH_SHELL && s->remote->line == NULL ? "shell" : "command";
}

static void
put_object(struct buf *out, const struct session *s)
{
	char since[21], *text;
	struct buf command;
	json_t *o;

	clock_iso(s->since_ms, since);
	buf_init(&command, 8 * COMMAND_MOST);
	put_command(&command, s);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i}", "id", s->sid_text,
	    "identity", s->identity, "since", since, "state", state_word(s), "kind",
	    kind_word(s), "command", buf_cstr(&command), "source", s->source,
	    "watchers", (int)watching_count(s));
	text = keep_detail_take(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	if (text != NULL)
		buf_printf(out, "%s\n", text);
	else
		out->bad = true;
	free(text);
	buf_clear(&command);
}

void
live_list(struct sessions *all, struct verb_call *call)
{
	bool may = config_may_watch(call->m->rules.config, call->who);

	if (call->argc != 1) {
		verb_answer(call, STATUS_USAGE, "usage: sessions");
		return;
	}
	for (const struct session *s = session_first(all); s != NULL; s = s->next) {
		if (state_word(s) == NULL ||
		    (!may && strcmp(s->identity, call->name) != 0))
			continue;
		(call->json ? put_object : put_row)(&call->out, s);
	}
	if (!buf_ok(&call->out)) {
		buf_reset(&call->out);
		verb_answer(call, STATUS_FAILED, "there are too many to list");
		return;
	}
	call->done(call->arg, call, STATUS_OK);
}

/* ---- one of them ---- */

/* The digits alone, in lower case; false when there are too few, too many, or others. */
static bool
take_digits(const char *text, char out[DIGITS + 1])
{
	size_t n = 0;

	for (; *text != '\0'; text++) {
		if (*text == '-')
			continue;
		if (n == DIGITS || !isxdigit((unsigned char)*text))
			return false;
		out[n++] = (char)tolower((unsigned char)*text);
	}
	out[n] = '\0';
	return n >= DIGITS_LEAST;
}

struct session *
live_find(const struct sessions *all, const char *digits, struct err *err)
{
	char want[DIGITS + 1], id[DIGITS + 1];
	struct session *found = NULL;

	if (!take_digits(digits, want)) {
		err_set(err, RC_REFUSE, "an id begins with at least %d hex digits",
		    DIGITS_LEAST);
		return NULL;
	}
	for (struct session *s = session_first(all); s != NULL; s = s->next) {
		id_hex(s->sid, sizeof s->sid, id);
		if (state_word(s) == NULL || strncmp(id, want, strlen(want)) != 0)
			continue;
		if (found != NULL) {
			err_set(err, RC_REFUSE,
			    "more than one session begins with these digits");
			return NULL;
		}
		found = s;
	}
	if (found == NULL)
		err_set(err, RC_REFUSE, "no live session has this id");
	return found;
}
