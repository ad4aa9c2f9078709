/* Events as JSON; see event.h.  Values that came from strangers are made printable,
 * since JSON has no place for bytes that are no characters. */
#include "broker/session/event.h"

#include <jansson.h>

#include "lib/base/id.h"
#include "lib/base/text.h"

#define TEXT_MAX 8192

enum rc
event_finish_take(json_t *j, char **ret, struct err *err)
{
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;

	json_decref(j);
	if (text == NULL)
		return err_memory(err);
	*ret = text;
	return RC_OK;
}

json_t *
event_shown(const char *s)
{
	struct buf b;
	json_t *j;

	buf_init(&b, TEXT_MAX);
	text_show(&b, span_of(s));
	j = json_string(buf_ok(&b) ? buf_cstr(&b) : "(too long)");
	buf_clear(&b);
	return j;
}

/* META's object; yours. */
static enum rc
read_meta(const char *text, json_t **ret, struct err *err)
{
	json_error_t where;
	json_t *meta = json_loads(text, JSON_REJECT_DUPLICATES, &where);

	if (json_is_object(meta)) {
		*ret = meta;
		return RC_OK;
	}
	json_decref(meta);
	return err_set(err, RC_REFUSE, "the session's META is not a JSON object");
}

static json_t *
recorder_json(const struct event_recorder *r)
{
	json_t *j =
	    json_pack("{s:s, s:i, s:s, s:s, s:b, s:b}", "compression", r->compression,
		"chunk", (int)r->chunk, "durability", r->durability, "class", r->class_,
		"hide_size", (int)r->hide_size, "shreddable", (int)r->shred);

	if (j != NULL && r->quota != 0)
		json_object_set_new(j, "quota", json_integer((json_int_t)r->quota));
	return j;
}

enum rc
event_meta(
    const char *json, const struct event_recorder *r, char **ret, struct err *err)
{
	json_t *meta;
	enum rc rc = read_meta(json, &meta, err);

	if (rc != RC_OK)
		return rc;
	if (json_object_set_new(meta, "recorder", recorder_json(r)) != 0 ||
	    json_object_set_new(meta, "clock",
		json_pack("{s:s, s:I, s:I, s:I}", "source", "CLOCK_MONOTONIC",
		    "wall_ms", (json_int_t)r->wall_ms, "mono_ms",
		    (json_int_t)r->mono_ms, "offset_ms",
		    (json_int_t)(r->wall_ms - r->mono_ms))) != 0) {
		json_decref(meta);
		return err_memory(err);
	}
	return event_finish_take(meta, ret, err);
}

enum rc
event_open(const uint8_t sid[16], char **ret, struct err *err)
{
	char text[ID_UUID_TEXT];

	id_uuid_text(sid, text);
	return event_finish_take(
	    json_pack("{s:s, s:s}", "t", "session.open", "sid", text), ret, err);
}

enum rc
event_command(const char *meta_json, char **ret, struct err *err)
{
	static const char *const members[] = { "argv", "command", "verdict", "rule",
		"policy", "digest", "hold", "approvers", "approvals" };
	json_t *meta, *j;
	enum rc rc = read_meta(meta_json, &meta, err);

	if (rc != RC_OK)
		return rc;
	j = json_pack("{s:s, s:i}", "t", "command", "n", 1);
	for (size_t i = 0; j != NULL && i < sizeof members / sizeof members[0]; i++) {
		json_t *v = json_object_get(meta, members[i]);

		if (v != NULL && json_object_set(j, members[i], v) != 0) {
			json_decref(j);
			j = NULL;
		}
	}
	json_decref(meta);
	return event_finish_take(j, ret, err);
}

enum rc
event_stop(
    const char *type, const char *why, const char *text, char **ret, struct err *err)
{
	return event_finish_take(json_pack("{s:s, s:s, s:o}", "t", type, "why", why,
				     "text", event_shown(text)),
	    ret, err);
}

enum rc
event_mask(const char *rule, uint64_t count, char **ret, struct err *err)
{
	return event_finish_take(json_pack("{s:s, s:s, s:I}", "t", "mask", "rule", rule,
				     "count", (json_int_t)count),
	    ret, err);
}

static json_t *
masks_json(const struct masks *masks)
{
	json_t *j = json_object();

	for (unsigned i = 0; i < masks->n; i++)
		json_object_set_new(
		    j, masks->v[i].rule, json_integer((json_int_t)masks->v[i].n));
	return j;
}

static json_t *
bytes_of(const struct event_close *e)
{
	char hex[65];

	id_hex(e->stdin_sha256, 32, hex);
	return json_pack("{s:I, s:I, s:I, s:s}", "stdout", (json_int_t)e->stdout_bytes,
	    "stderr", (json_int_t)e->stderr_bytes, "stdin", (json_int_t)e->stdin_bytes,
	    "stdin_sha256", hex);
}

/* One command was let through, or there would be no session; it may have been asked
 * about. */
static json_t *
commands_json(const json_t *meta)
{
	return json_pack("{s:i, s:i, s:i}", "allowed", 1, "asked",
	    json_object_get(meta, "hold") != NULL, "denied", 0);
}

static json_t *
lines_json(const struct event_lines *l)
{
	return json_pack("{s:i, s:i, s:i}", "allowed", (int)l->allowed, "asked",
	    (int)l->asked, "denied", (int)l->denied);
}

static void
add_people(json_t *j, const struct event_close *e)
{
	struct err err = { "" };
	json_t *meta = NULL, *approvers;

	if (e->meta != NULL && read_meta(e->meta, &meta, &err) != RC_OK)
		meta = NULL;
	json_object_set_new(j, "commands",
	    e->lines != NULL ? lines_json(e->lines) : commands_json(meta));
	if ((approvers = json_object_get(meta, "approvers")) != NULL)
		json_object_set(j, "approvers", approvers);
	else
		json_object_set_new(j, "approvers", json_array());
	json_decref(meta);
}

enum rc
event_close(const struct event_close *e, char **ret, struct err *err)
{
	static const char *const hows[] = {
		[HOW_EXIT] = "status", [HOW_SIGNAL] = "signal", [HOW_NEVER] = "refused"
	};
	json_t *j = json_pack("{s:s, s:s, s:i, s:I, s:o, s:I, s:I, s:i}", "t",
	    "session.close", "reason", e->reason, hows[e->how], (int)e->code,
	    "duration_ms", (json_int_t)e->duration_ms, "bytes", bytes_of(e), "events",
	    (json_int_t)e->events, "chunks", (json_int_t)e->chunks, "dropped", 0);

	if (j == NULL)
		return err_memory(err);
	add_people(j, e);
	if (e->calls != NULL) {
		json_object_set_new(j, "aws_calls", census_json(e->calls, true));
		json_object_set_new(j, "aws_refused", census_json(e->calls, false));
	}
	if (e->masks != NULL)
		json_object_set_new(j, "masked", masks_json(e->masks));
	if (e->text != NULL)
		json_object_set_new(j, "text", event_shown(e->text));
	return event_finish_take(j, ret, err);
}
