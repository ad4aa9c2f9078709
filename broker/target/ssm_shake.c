/* The handshake of a session, and its keys: what the agent asks for, what we say. */
#include "broker/target/ssm_parts.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* What the agent announces must be what was asked for: never is a document's name
 * believed. */
static const char *
unlike(const struct ssm *s)
{
	const struct ssm_request *r = &s->request;
	char port[16];

	if (r->session == SSM_UNKNOWN)
		return NULL; /* it is refused as such */
	if (s->kind == TARGET_COMMAND && r->session != SSM_BATCH)
		return "the document does not run a command without a terminal";
	if (s->kind == TARGET_TERMINAL && r->session != SSM_SHELL &&
	    r->session != SSM_COMMAND)
		return "the document gives no terminal";
	if (s->kind != TARGET_PORT)
		return NULL;
	if (r->session != SSM_PORT)
		return "the document leads to no port";
	snprintf(port, sizeof port, "%u", s->port);
	if (r->port[0] != '\0' && strcmp(r->port, port) != 0)
		return "the document leads to another port";
	if (r->host[0] != '\0' && strcmp(r->host, "localhost") != 0 &&
	    (s->host == NULL || strcmp(r->host, s->host) != 0))
		return "the document leads to another host";
	if (s->host != NULL && r->host[0] == '\0')
		return "the document leads to no other host";
	return NULL;
}

static enum rc
answer(struct ssm *s, const char *cipher, const char *kms_error, struct err *err)
{
	struct ssm_done done = {
		.client_version = net_init(s->net)->client_version,
		.cipher = cipher,
		.kms_error = kms_error,
		.refused = unlike(s),
	};
	struct buf out;
	bool good = false;
	enum rc rc;

	buf_init(&out, SSM_REQUEST_MAX);
	if ((rc = ssm_request_answer(&s->request, &done, &out, &good, err)) == RC_OK)
		rc = ssm_flow_put(
		    s->flow, SSM_P_RESPONSE, buf_span(&out), clock_mono_ms(), err);
	buf_clear(&out);
	if (good)
		return rc;
	/* The agent ends it now; our reason is the better text. */
	s->refused_it = true;
	snprintf(s->message, sizeof s->message, "%s",
	    done.refused != NULL ? done.refused
	    : kms_error != NULL	 ? kms_error
				 : "the agent asks for what is not known here");
	return rc;
}

static void
on_key(void *arg, struct ssmanswer *a)
{
	struct ssm *s = arg;
	struct err err = { "" };
	char text[ERR_TEXT];
	enum rc rc = RC_OK;

	s->key_call = NULL;
	ssm_enter(s);
	snprintf(text, sizeof text, "the session's key: %.480s", a->text);
	if (s->state == SSM_ST_SHAKE) {
		if (a->word == ANSWER_DONE)
			rc = ssm_crypt_new(secret_span(a->key), &s->crypt, &err);
		if (rc == RC_OK)
			rc = a->word == ANSWER_DONE ? answer(s, a->sealed, NULL, &err)
						    : answer(s, NULL, text, &err);
		if (rc != RC_OK)
			ssm_end_begin(s, TARGET_UNREACHED, err.text);
	}
	ssm_leave(s);
}

static enum rc
ask_key(struct ssm *s, struct err *err)
{
	const struct ssm_request *r = &s->request;
	json_t *j = json_pack("{s:s, s:i, s:{s:s, s:s}}", "KeyId", r->kms_key,
	    "NumberOfBytes", (int)SSM_KEY, "EncryptionContext", "aws:ssm:SessionId",
	    s->id, "aws:ssm:TargetId", s->instance);
	char *text = NULL;
	enum rc rc;

	if (j == NULL)
		return err_set(err, RC_REFUSE, "a name of a key that is no UTF-8");
	if (r->challenge[0] == '\0' ||
	    json_object_set_new(json_object_get(j, "EncryptionContext"),
		"aws:ssm:RandomChallenge", json_string(r->challenge)) == 0)
		text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	if (text == NULL)
		return err_memory(err);
	rc = ssmcall_start(s->net, OP_DATA_KEY, span_of(text), SSM_FIRST_MS, on_key, s,
	    &s->key_call, err);
	free(text);
	return rc;
}

/* The request is acknowledged when this is back; the key may take its time. */
enum rc
ssm_shake_request(struct ssm *s, struct span payload, struct err *err)
{
	enum rc rc;

	if ((rc = ssm_request_read(payload, &s->request, err)) != RC_OK) {
		err_add(err, "the agent's handshake");
		return rc;
	}
	s->state = SSM_ST_SHAKE;
	s->late_ms = clock_mono_ms() + SSM_SHAKE_MS;
	if (s->request.kms && s->kind == TARGET_PORT)
		return err_set(
		    err, RC_REFUSE, "the agent wants to seal a port's bytes");
	if (s->request.kms && unlike(s) == NULL)
		return ask_key(s, err);
	return answer(s, NULL, NULL, err);
}

enum rc
ssm_shake_challenge(struct ssm *s, struct span payload, struct err *err)
{
	struct buf out;
	enum rc rc;

	if (s->crypt == NULL)
		return err_set(
		    err, RC_REFUSE, "the agent's challenge comes before its key");
	buf_init(&out, SSM_REQUEST_MAX);
	if ((rc = ssm_crypt_answer(s->crypt, payload, &out, err)) == RC_OK)
		rc = ssm_flow_put(
		    s->flow, SSM_P_CHALLENGED, buf_span(&out), clock_mono_ms(), err);
	buf_clear(&out);
	return rc;
}

enum rc
ssm_shake_complete(struct ssm *s, struct span payload, struct err *err)
{
	uint64_t now = clock_mono_ms();
	struct buf message;

	if (s->refused_it)
		return err_set(err, RC_REFUSE, "%s", s->message);
	/* A key that was asked for is used, or nothing is sent. */
	if (s->request.kms && s->crypt == NULL)
		return err_set(
		    err, RC_REFUSE, "the agent's handshake ends before its key");
	buf_init(&message, ERR_TEXT);
	(void)ssm_complete_read(payload, &message);
	ssm_talk_say(buf_span(&message), s->message);
	buf_clear(&message);
	s->sealed = s->request.kms;
	s->state = SSM_ST_SETTLE;
	s->hears_ms = now + SSM_SETTLE_MS;
	/* A command is told nothing, but for signals. */
	s->settle_ms = s->kind == TARGET_COMMAND ? now : s->hears_ms;
	return RC_OK;
}
