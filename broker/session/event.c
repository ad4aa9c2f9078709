/* Events as JSON; see event.h.  Values that came from strangers are made printable,
 * since JSON has no place for bytes that are no characters. */
#include "broker/session/event.h"

#include <jansson.h>

#include "lib/base/id.h"
#include "lib/base/text.h"

#define TEXT_MAX 8192

/* Dump and release j, which may be NULL. */
static enum rc
finish(json_t *j, char **ret, struct err *err)
{
	char *text = j != NULL ? json_dumps(j, JSON_COMPACT) : NULL;

	json_decref(j);
	if (text == NULL)
		return err_memory(err);
	*ret = text;
	return RC_OK;
}

/* A string that shows what s is; NULL when out of memory. */
static json_t *
shown(const char *s)
{
	struct buf b;
	json_t *j;

	buf_init(&b, TEXT_MAX);
	text_show(&b, span_of(s));
	j = json_string(buf_ok(&b) ? buf_cstr(&b) : "(too long)");
	buf_clear(&b);
	return j;
}

enum rc
event_open(const uint8_t sid[16], char **ret, struct err *err)
{
	char text[ID_UUID_TEXT];

	id_uuid_text(sid, text);
	return finish(
	    json_pack("{s:s, s:s}", "t", "session.open", "sid", text), ret, err);
}

enum rc
event_command(const char *meta_json, char **ret, struct err *err)
{
	static const char *const members[] = { "argv", "command", "verdict", "rule",
		"policy", "digest", "hold", "approvers", "approvals" };
	json_error_t where;
	json_t *meta = json_loads(meta_json, JSON_REJECT_DUPLICATES, &where);
	json_t *j = NULL;

	if (!json_is_object(meta)) {
		json_decref(meta);
		return err_set(
		    err, RC_REFUSE, "the session's META is not a JSON object");
	}
	j = json_pack("{s:s, s:i}", "t", "command", "n", 1);
	for (size_t i = 0; j != NULL && i < sizeof members / sizeof members[0]; i++) {
		json_t *v = json_object_get(meta, members[i]);

		if (v != NULL && json_object_set(j, members[i], v) != 0) {
			json_decref(j);
			j = NULL;
		}
	}
	json_decref(meta);
	return finish(j, ret, err);
}

enum rc
event_stop(
    const char *type, const char *why, const char *text, char **ret, struct err *err)
{
	return finish(
	    json_pack("{s:s, s:s, s:o}", "t", type, "why", why, "text", shown(text)),
	    ret, err);
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

	if (j != NULL && e->text != NULL &&
	    json_object_set_new(j, "text", shown(e->text)) != 0) {
		json_decref(j);
		j = NULL;
	}
	return finish(j, ret, err);
}
