/* A session on a target as it is kept and told: how it runs, its canonical text, and what
 * people, the log and AWS are told of it. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/base/text.h"
#include "policies/canon.h"

static const char *const kinds[] = {
	[REMOTE_NONE] = "",
	[REMOTE_COMMAND] = "command",
	[REMOTE_SHELL] = "shell",
	[REMOTE_PROGRAM] = "program",
	[REMOTE_RAW] = "raw",
	[REMOTE_PORT] = "port",
	[REMOTE_RUN] = "run",
};

const char *
remote_kind_name(enum msg_remote_kind kind)
{
	return kinds[kind];
}

static bool
has_line(const struct remote *r)
{
	return r->line != NULL;
}

/* ---- what is kept ---- */

static bool
is_plain(struct span s)
{
	while (s.len > 0) {
		uint32_t cp;
		unsigned n = text_char(s, &cp);

		if (n == 0 || (cp != '\t' && !text_plain(cp)))
			return false;
		s = span_make(s.p + n, s.len - n);
	}
	return true;
}

/* What was denied may be any bytes. */
static void
put_line(const struct remote *r, struct buf *out)
{
	struct span line = span_of(r->text != NULL ? r->text : r->line);

	if (is_plain(line))
		buf_span_put(out, line);
	else
		text_show(out, line);
}

static void
put_canon(const struct remote *r, struct buf *out)
{
	if (r->kind == REMOTE_PORT) {
		buf_printf(out, "forward %s%s", r->host, r->host[0] != '\0' ? "@" : "");
		canon_word(r->name, out);
		buf_printf(out, ":%u", r->port);
		return;
	}
	buf_text(out, "ssm ");
	if (!has_line(r) && r->mode == SSM_RAW)
		buf_text(out, "--mode raw ");
	else if (!has_line(r) && r->settled && r->mode == SSM_SINGLE)
		buf_text(out, "--mode single ");
	canon_word(r->name, out);
	if (!has_line(r))
		return;
	buf_text(out, " -- ");
	put_line(r, out);
}

bool
remote_say(const struct session *s, json_t *o)
{
	const struct remote *r = s->remote;
	struct buf line;
	bool whole =
	    json_object_set_new(o, "path", json_string(path_name(ask_path(s)))) == 0 &&
	    json_object_set_new(o, "session", json_string(remote_kind_name(r->kind))) ==
		0;

	if (!has_line(r))
		return whole;
	buf_init(&line, 4 * SSMWORDS_LINE);
	put_line(r, &line);
	whole = whole && buf_ok(&line) &&
		json_object_set_new(o, "line", json_string(buf_cstr(&line))) == 0;
	buf_clear(&line);
	return whole;
}

bool
remote_canon(struct session *s)
{
	struct buf canon;

	buf_init(&canon, 4 * SSMWORDS_LINE + INSTANCE_ID * 4 + 64);
	put_canon(s->remote, &canon);
	free(s->canon);
	s->canon = buf_ok(&canon) ? span_dup(buf_span(&canon)) : NULL;
	buf_clear(&canon);
	return session_settle_shown(s);
}

static const char *
document_of(const struct config *c, const struct remote *r)
{
	switch (r->kind) {
	case REMOTE_COMMAND:
		return c->ssm.command;
	case REMOTE_RAW:
		return c->ssm.raw;
	case REMOTE_RUN:
		return c->ssm.run;
	case REMOTE_PORT:
		return r->host[0] != '\0' ? c->ssm.host : c->ssm.port;
	default:
		return c->ssm.shell;
	}
}

/* AWS shows it to whoever looks at its sessions: one line, and no more than it takes. */
static void
put_reason(const struct session *s, char ret[257])
{
	struct span left = span_of(s->command.reason);
	struct buf b;

	buf_over(&b, ret, 257);
	buf_printf(&b, "%s %s", s->identity, s->sid_text);
	if (left.len > 0)
		buf_text(&b, ": ");
	while (left.len > 0) {
		uint32_t cp;
		unsigned n = text_char(left, &cp);

		if (b.len + n > 256)
			break;
		if (n > 0 && text_plain(cp))
			buf_put(&b, left.p, n);
		n += n == 0;
		left = span_make(left.p + n, left.len - n);
	}
	(void)buf_cstr(&b);
}

bool
remote_settle(struct session *s)
{
	const struct config *c = session_monitor(s)->rules.config;
	struct remote *r = s->remote;

	if (r->kind == REMOTE_SHELL && r->mode == SSM_RAW)
		r->kind = REMOTE_RAW;
	r->settled = true;
	put_reason(s, r->reason);
	return span_copy(span_of(document_of(c, r)), r->document, sizeof r->document) &&
	       span_copy(span_of(c->ssm.command), r->command_document,
		   sizeof r->command_document) &&
	       remote_canon(s);
}

bool
remote_mode(const struct session *s, struct buf *out)
{
	const struct remote *r = s->remote;

	buf_text(out, remote_kind_name(r->kind));
	if (r->form == LINE_BYTES)
		buf_text(out, " bytes");
	if (r->kind == REMOTE_SHELL)
		buf_text(out, r->mode == SSM_SINGLE ? " single" : " fed");
	buf_printf(out, " %s", r->document);
	if (r->kind == REMOTE_SHELL)
		buf_printf(out, " %s", r->command_document);
	return buf_ok(out);
}

static json_t *
tags_json(const struct instance *i)
{
	json_t *o = json_object();

	for (size_t k = 0; o != NULL && k < i->n_tags; k++)
		json_object_set_new(o, i->tags[k].name, json_string(i->tags[k].value));
	return o;
}

static const char *
mode_name(const struct remote *r)
{
	if (r->kind == REMOTE_RAW)
		return "raw";
	if (r->kind == REMOTE_SHELL)
		return r->mode == SSM_SINGLE ? "single" : "fed";
	return r->kind == REMOTE_PROGRAM ? "program"
	       : r->kind == REMOTE_PORT	 ? NULL
					 : "single";
}

json_t *
remote_json(const struct session *s)
{
	const struct remote *r = s->remote;
	json_t *o;

	if (r == NULL)
		return NULL;
	o = json_pack("{s:s, s:s, s:s*}", "session", remote_kind_name(r->kind), "name",
	    r->name, "mode", mode_name(r));
	if (o == NULL || r->at == NULL)
		return o;
	json_object_set_new(o, "id", json_string(r->at->id));
	json_object_set_new(o, "document", json_string(r->document));
	if (r->at->env[0] != '\0')
		json_object_set_new(o, "env", json_string(r->at->env));
	if (r->at->os_user[0] != '\0')
		json_object_set_new(o, "os_user", json_string(r->at->os_user));
	if (r->kind == REMOTE_PORT && r->host[0] != '\0')
		json_object_set_new(o, "host", json_string(r->host));
	if (r->kind == REMOTE_PORT)
		json_object_set_new(o, "port", json_integer(r->port));
	if (r->at->n_tags > 0)
		json_object_set_new(o, "tags", tags_json(r->at));
	return o;
}
