/* The broker's own shell on a target: its words to the monitor, its output, and its
 * events in the recording. */
#include "broker/session/remote_parts.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/model/status.h"

static size_t
on_show(void *arg, struct span bytes)
{
	struct remote *r = arg;
	size_t n;

	if (r->failed)
		return bytes.len;
	n = r->owner.show(r->owner.arg, WRITER_STDOUT, bytes);
	remote_count(r, r->out, span_make(bytes.p, n));
	return n;
}

static enum rc
on_ask(void *arg, uint32_t line, const struct msg_line_ask *m)
{
	struct remote *r = arg;
	struct err err = { "" };
	enum rc rc = ask_line(r->ask, line, m, &err);

	if (rc != RC_OK)
		log_line(LOG_ERROR, "a line: %s", err.text);
	return rc;
}

static enum rc
on_gone(void *arg, uint32_t line)
{
	struct remote *r = arg;

	return ask_line_gone(r->ask, line);
}

/* Players show lines as chapters, and programs as what nobody judged line by line. */
static const struct label {
	const char *t, *member, *is, *text, *label;
} labels[] = { { "line", "verdict", "allow", "line", "cmd: " },
	{ "line", "verdict", "deny", "line", "denied: " },
	{ "program", "what", "begin", "command", "opaque: " } };

static bool
is(const json_t *j, const char *member, const char *what)
{
	const char *text = json_string_value(json_object_get(j, member));

	return text != NULL && strcmp(text, what) == 0;
}

static enum rc
mark(struct remote *r, const json_t *j)
{
	char label[WRITER_TEXT_MAX];

	for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++) {
		const struct label *l = &labels[i];
		const char *text = json_string_value(json_object_get(j, l->text));

		if (text == NULL || !is(j, "t", l->t) || !is(j, l->member, l->is))
			continue;
		snprintf(label, sizeof label, "%s%s", l->label, text);
		return remote_mark(r, label);
	}
	return RC_OK;
}

static void
count_line(struct remote *r, const json_t *j)
{
	if (!is(j, "t", "line"))
		return;
	r->lines.allowed += is(j, "verdict", "allow");
	r->lines.asked += is(j, "verdict", "hold");
	r->lines.denied += is(j, "verdict", "deny");
}

static enum rc
on_record(void *arg, const char *json)
{
	struct remote *r = arg;
	json_t *j = json_loads(json, 0, NULL);
	enum rc rc;

	if (j == NULL) {
		const struct err err = { "a shell's event is no JSON" };

		remote_fail(r, &err);
		return RC_FAIL;
	}
	count_line(r, j);
	rc = mark(r, j);
	return rc == RC_OK ? remote_record_take(r, j) : (json_decref(j), rc);
}

static void
on_failed(void *arg, const struct err *err)
{
	remote_fail(arg, err);
}

static void
on_at(void *arg, uint8_t state, const char *id)
{
	struct remote *r = arg;

	if (state == REMOTE_OPENED)
		r->running = true;
	(void)ask_remote_at(r->ask, state, id);
}

static void
on_over(void *arg, const struct shell_end *end)
{
	struct remote *r = arg;
	uint8_t how = end->lost ? HOW_NEVER : end->how;

	remote_finish(r, how, end->code, end->lost ? SEAL_PEER_LOST : SEAL_CLOSED,
	    end->lost ? "target lost" : "exited", end->text);
	remote_done(r);
}

enum rc
remote_make_shell(struct remote *r, const struct msg_start *m, struct err *err)
{
	const struct shell_owner owner = { .arg = r,
		.masking = r->owner.masking,
		.show = on_show,
		.ask = on_ask,
		.gone = on_gone,
		.record = on_record,
		.failed = on_failed,
		.at = on_at,
		.over = on_over };

	return shell_new(r->loop, r->net, &m->remote, r->spec.columns, r->spec.rows,
	    &owner, &r->shell, err);
}

const struct event_lines *
remote_lines(const struct remote *r)
{
	return r != NULL && r->kind == REMOTE_SHELL ? &r->lines : NULL;
}
