/* Payloads of handshake and control messages; see ssm_handshake.h. */
#include "broker/target/ssm_handshake.h"

#include <stdio.h>
#include <string.h>

#include "broker/target/ssm_json.h"

#define COMPLETE_MAX 65536u

static const struct {
	const char *name;
	enum ssm_session session;
} sessions[] = {
	{ "Standard_Stream", SSM_SHELL },
	{ "InteractiveCommands", SSM_COMMAND },
	{ "NonInteractiveCommands", SSM_BATCH },
	{ "Port", SSM_PORT },
};

static enum ssm_session
session_named(const char *name)
{
	for (size_t i = 0; i < sizeof sessions / sizeof sessions[0]; i++)
		if (strcmp(name, sessions[i].name) == 0)
			return sessions[i].session;
	return SSM_UNKNOWN;
}

static enum rc
refuse(struct err *err, const char *what)
{
	return err_set(err, RC_REFUSE, "handshake: %s", what);
}

/* Of a session's action; the first one counts. */
static enum rc
read_session(const json_t *parameters, struct ssm_request *r, struct err *err)
{
	const json_t *properties = json_object_get(parameters, "Properties");

	if (r->session_name[0] != '\0')
		return refuse(err, "two session types");
	if (!ssm_json_copy(
		parameters, "SessionType", r->session_name, sizeof r->session_name))
		return refuse(err, "its session type cannot be read");
	r->session = session_named(r->session_name);
	if (properties == NULL || json_is_null(properties))
		return RC_OK;
	if (!json_is_object(properties))
		return refuse(err, "its properties are no object");
	/* Only ports have properties that we know; those of others are their own. */
	if (r->session == SSM_PORT &&
	    (!ssm_json_copy(properties, "host", r->host, sizeof r->host) ||
		!ssm_json_copy(properties, "portNumber", r->port, sizeof r->port) ||
		!ssm_json_copy(properties, "type", r->type, sizeof r->type)))
		return refuse(err, "its properties cannot be read");
	return RC_OK;
}

static enum rc
read_kms(const json_t *parameters, struct ssm_request *r, struct err *err)
{
	if (r->kms)
		return refuse(err, "two keys");
	if (!ssm_json_copy(parameters, "KMSKeyId", r->kms_key, sizeof r->kms_key) ||
	    !ssm_json_copy(parameters, "Challenge", r->challenge, sizeof r->challenge))
		return refuse(err, "its key cannot be read");
	if (r->kms_key[0] == '\0')
		return refuse(err, "encryption without a key");
	r->kms = true;
	return RC_OK;
}

static enum rc
read_other(const json_t *parameters, struct ssm_request *r, struct err *err)
{
	(void)parameters;
	(void)r;
	(void)err;
	return RC_OK;
}

static const struct {
	const char *name;
	enum rc (*read)(
	    const json_t *parameters, struct ssm_request *r, struct err *err);
} asked[] = {
	[SSM_ASKS_SESSION] = { "SessionType", read_session },
	[SSM_ASKS_KMS] = { "KMSEncryption", read_kms },
	[SSM_ASKS_OTHER] = { NULL, read_other },
};

static enum rc
read_action(const json_t *j, struct ssm_request *r, struct err *err)
{
	struct ssm_action *a = &r->actions[r->n_actions];

	if (!json_is_object(j) || !ssm_json_copy(j, "ActionType", a->name, SSM_WORD))
		return refuse(err, "an action cannot be read");
	a->what = SSM_ASKS_SESSION;
	while (asked[a->what].name != NULL && strcmp(a->name, asked[a->what].name) != 0)
		a->what++;
	r->n_actions++;
	return asked[a->what].read(json_object_get(j, "ActionParameters"), r, err);
}

static enum rc
read_actions(const json_t *list, struct ssm_request *r, struct err *err)
{
	enum rc rc = RC_OK;

	if (json_array_size(list) == 0 || json_array_size(list) > SSM_ACTIONS)
		return refuse(err, "no actions, or too many");
	for (size_t i = 0; rc == RC_OK && i < json_array_size(list); i++)
		rc = read_action(json_array_get(list, i), r, err);
	return rc;
}

enum rc
ssm_request_read(struct span payload, struct ssm_request *ret, struct err *err)
{
	json_t *j = ssm_json_object(payload, SSM_REQUEST_MAX);
	struct ssm_request r = { .session = SSM_UNKNOWN };
	struct span version;
	enum rc rc;

	if (j == NULL)
		return refuse(err, "it is no JSON object");
	/* One that cannot be read is an old one. */
	if (ssm_json_text(j, "AgentVersion", &version))
		agentversion_read(version, &r.agent);
	rc = read_actions(json_object_get(j, "RequestedClientActions"), &r, err);
	json_decref(j);
	if (rc == RC_OK)
		*ret = r;
	return rc;
}

/* Why an action failed, in the way of the reference client; "" where it did not. */
static void
reason_of(const struct ssm_request *r, const struct ssm_action *a,
    const struct ssm_done *done, char *out, size_t size)
{
	out[0] = '\0';
	if (a->what == SSM_ASKS_OTHER)
		snprintf(out, size, "Unsupported action %s", a->name);
	else if (a->what == SSM_ASKS_SESSION && r->session == SSM_UNKNOWN)
		snprintf(out, size, "Unknown session type %s", r->session_name);
	else if (a->what == SSM_ASKS_SESSION && done->refused != NULL)
		snprintf(out, size, "%s", done->refused);
	else if (a->what == SSM_ASKS_KMS && done->cipher == NULL)
		snprintf(out, size, "%s",
		    done->kms_error != NULL ? done->kms_error : "No data key");
}

/* A JSON string with its quotes. */
static void
put_string(struct buf *out, const char *text)
{
	json_t *j = json_string(text);
	char *s = j == NULL ? NULL : json_dumps(j, JSON_ENCODE_ANY);

	/* Bytes that are no UTF-8 cannot be said. */
	buf_text(out, s != NULL ? s : "\"\"");
	free(s);
	json_decref(j);
}

static void
put_result(const struct ssm_request *r, const struct ssm_done *done, struct buf *out)
{
	buf_text(out, "{\"KMSCipherTextKey\":");
	put_string(out, done->cipher);
	buf_text(out, ",\"KMSCipherTextHash\":null");
	if (r->challenge[0] != '\0')
		buf_text(out, ",\"ChallengeAcknowledgement\":true");
	buf_text(out, "}");
}

static void
put_action(const struct ssm_request *r, const struct ssm_action *a, const char *reason,
    const struct ssm_done *done, struct buf *out)
{
	bool good = reason[0] == '\0';
	char text[ERR_TEXT + 128] = "";

	if (!good)
		snprintf(text, sizeof text, "Failed to process action %s: %s", a->name,
		    reason);
	buf_text(out, "{\"ActionType\":");
	put_string(out, a->name);
	buf_printf(out, ",\"ActionStatus\":%d,\"ActionResult\":",
	    good			? 1
	    : a->what == SSM_ASKS_OTHER ? 3
					: 2);
	if (good && a->what == SSM_ASKS_KMS)
		put_result(r, done, out);
	else
		buf_text(out, "null");
	buf_text(out, ",\"Error\":");
	put_string(out, text);
	buf_text(out, "}");
}

enum rc
ssm_request_answer(const struct ssm_request *r, const struct ssm_done *done,
    struct buf *out, bool *good, struct err *err)
{
	char reason[ERR_TEXT];
	struct buf errors;
	bool any = false;

	buf_init(&errors, SSM_ACTIONS * 8u * ERR_TEXT);
	buf_text(out, "{\"ClientVersion\":");
	put_string(out, done->client_version);
	buf_text(out, ",\"ProcessedClientActions\":[");
	for (size_t i = 0; i < r->n_actions; i++) {
		reason_of(r, &r->actions[i], done, reason, sizeof reason);
		buf_text(out, i > 0 ? "," : "");
		put_action(r, &r->actions[i], reason, done, out);
		if (reason[0] == '\0')
			continue;
		buf_text(&errors, any ? "," : "");
		put_string(&errors, reason);
		any = true;
	}
	buf_text(out, any ? "],\"Errors\":[" : "],\"Errors\":null}");
	if (any) {
		buf_span_put(out, buf_span(&errors));
		buf_text(out, "]}");
	}
	any = any || r->n_actions == 0;
	buf_clear(&errors);
	if (!buf_ok(out))
		return err_set(err, RC_FAIL, "no room for the handshake's answer");
	*good = !any;
	return RC_OK;
}

bool
ssm_complete_read(struct span payload, struct buf *message)
{
	json_t *j = ssm_json_object(payload, COMPLETE_MAX);
	size_t room = message->max - message->len;
	struct span text = { NULL, 0 };
	bool ok = j != NULL;

	if (ssm_json_text(j, "CustomerMessage", &text))
		buf_put(message, text.p, text.len < room ? text.len : room);
	json_decref(j);
	return ok && buf_ok(message);
}

static void
skip_spaces(struct cur *c)
{
	while (c->left > 0 && c->p[0] == ' ')
		cur_u8(c);
}

bool
ssm_exit_read(struct span payload, int32_t *ret)
{
	static const char word[] = "EXIT_CODE:";
	int64_t v = 0, sign = 1;
	struct cur c;

	cur_init(&c, payload);
	skip_spaces(&c);
	if (!span_is(cur_bytes(&c, sizeof word - 1), word))
		return false;
	skip_spaces(&c);
	if (c.left > 0 && c.p[0] == '-') {
		cur_u8(&c);
		sign = -1;
	}
	if (c.left == 0 || c.left > 10)
		return false;
	while (c.left > 0) {
		uint8_t d = cur_u8(&c);

		if (d < '0' || d > '9')
			return false;
		v = v * 10 + (d - '0');
	}
	if (v > (sign > 0 ? INT32_MAX : -(int64_t)INT32_MIN))
		return false;
	*ret = (int32_t)(sign * v);
	return true;
}

void
ssm_flag_write(enum ssm_flag flag, uint8_t out[SSM_FLAG_LEN])
{
	memset(out, 0, SSM_FLAG_LEN);
	out[SSM_FLAG_LEN - 1] = (uint8_t)flag;
}

bool
ssm_flag_read(struct span payload, uint32_t *ret)
{
	struct cur c;
	uint32_t v;

	cur_init(&c, payload);
	v = cur_u32(&c);
	if (!cur_done(&c))
		return false;
	*ret = v;
	return true;
}

static unsigned
clamped(uint32_t v)
{
	return v < 1 ? 1 : v > UINT16_MAX ? UINT16_MAX : (unsigned)v;
}

size_t
ssm_size_write(uint32_t columns, uint32_t rows, char out[SSM_SIZE_ROOM])
{
	return (size_t)snprintf(out, SSM_SIZE_ROOM, "{\"cols\":%u,\"rows\":%u}",
	    clamped(columns), clamped(rows));
}
