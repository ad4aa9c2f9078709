/* Answers of AWS; see ssmanswer.h.  Asks nothing, and decides nothing but what an answer
 * means. */
#include "broker/target/ssmanswer.h"

#include <jansson.h>
#include <malloc.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/text.h"

#define TOKEN_MAX 16384
#define URL_MAX 8192
#define SEALED_MAX 8192
#define OUTPUT_MAX (1u << 18)
#define MESSAGE_MAX 300 /* bytes of AWS's own text that are shown */

static const struct op {
	const char *name, *prefix, *service;
} ops[OP_OPS] = {
	[OP_START] = { "StartSession", "AmazonSSM", "ssm" },
	[OP_RESUME] = { "ResumeSession", "AmazonSSM", "ssm" },
	[OP_TERMINATE] = { "TerminateSession", "AmazonSSM", "ssm" },
	[OP_DATA_KEY] = { "GenerateDataKey", "TrentService", "kms" },
	[OP_SEND] = { "SendCommand", "AmazonSSM", "ssm" },
	[OP_INVOCATION] = { "GetCommandInvocation", "AmazonSSM", "ssm" },
	[OP_CANCEL] = { "CancelCommand", "AmazonSSM", "ssm" },
};

const char *
ssmop_name(enum ssmop op)
{
	return ops[op].name;
}

void
ssmop_target(enum ssmop op, char out[64])
{
	snprintf(out, 64, "%s.%s", ops[op].prefix, ops[op].name);
}

const char *
ssmop_service(enum ssmop op)
{
	return ops[op].service;
}

/* ---- refusals ---- */

static const struct {
	const char *name;
	enum ssmword word;
	const char *text;
} refusals[] = {
	{ "TargetNotConnected", ANSWER_NOT_CONNECTED, "the target is not connected" },
	{ "InvalidInstanceId", ANSWER_NOT_CONNECTED, "the target is not connected" },
	{ "InvalidDocument", ANSWER_REFUSED, "AWS does not give this document" },
	{ "AccessDeniedException", ANSWER_REFUSED, "AWS denies it" },
	{ "AccessDenied", ANSWER_REFUSED, "AWS denies it" },
	{ "ValidationException", ANSWER_REFUSED, "AWS finds a fault in the request" },
	{ "InvalidParameters", ANSWER_REFUSED, "AWS finds a fault in the request" },
	{ "BadRequest", ANSWER_REFUSED, "AWS finds a fault in the request" },
	{ "DoesNotExistException", ANSWER_GONE, "the session is over" },
	{ "InvocationDoesNotExist", ANSWER_NOT_YET, "the command is not there yet" },
	{ "ThrottlingException", ANSWER_BUSY, "AWS asks for patience" },
	{ "Throttling", ANSWER_BUSY, "AWS asks for patience" },
	{ "ThrottledException", ANSWER_BUSY, "AWS asks for patience" },
	{ "RequestLimitExceeded", ANSWER_BUSY, "AWS asks for patience" },
	{ "TooManyRequestsException", ANSWER_BUSY, "AWS asks for patience" },
	{ "RequestThrottled", ANSWER_BUSY, "AWS asks for patience" },
	{ "RequestThrottledException", ANSWER_BUSY, "AWS asks for patience" },
	{ "ExpiredTokenException", ANSWER_EXPIRED, "the credentials have expired" },
	{ "ExpiredToken", ANSWER_EXPIRED, "the credentials have expired" },
	{ "RequestExpired", ANSWER_EXPIRED, "the credentials have expired" },
	{ "UnrecognizedClientException", ANSWER_REFUSED,
	    "AWS rejects the credentials" },
	{ "InvalidSignatureException", ANSWER_REFUSED, "AWS rejects the signature" },
	{ "SignatureDoesNotMatch", ANSWER_REFUSED, "AWS rejects the signature" },
	{ "MissingAuthenticationTokenException", ANSWER_REFUSED,
	    "AWS finds no credentials" },
	{ "IncompleteSignature", ANSWER_REFUSED, "AWS rejects the signature" },
	{ "InternalServerError", ANSWER_TROUBLE, "AWS has trouble" },
	{ "ServiceUnavailable", ANSWER_TROUBLE, "AWS has trouble" },
};

/* Empty where it is not there or no string. */
static struct span
member(const json_t *j, const char *name)
{
	const json_t *v = json_object_get(j, name);

	return span_make(json_string_value(v), json_string_length(v));
}

/* "com.amazonaws.ssm#TargetNotConnected:http://…" without what stands around it. */
static struct span
error_name(const json_t *j)
{
	struct span s = member(j, "__type");
	const uint8_t *at;

	if (s.len > 0 && (at = memrchr(s.p, '#', s.len)) != NULL)
		s = span_make(at + 1, s.len - (size_t)(at + 1 - s.p));
	if (s.len > 0 && (at = memchr(s.p, ':', s.len)) != NULL)
		s.len = (size_t)(at - s.p);
	return s;
}

static struct span
error_message(json_t *j)
{
	const char *key;
	json_t *v;

	json_object_foreach(
	    j, key, v) if (strcasecmp(key, "message") == 0 &&
			   json_is_string(v)) return span_make(json_string_value(v),
	    json_string_length(v));
	return (struct span){ 0 };
}

static enum ssmword
by_status(unsigned status, const char **text)
{
	if (status >= 500 || status == 429) {
		*text = status == 429 ? "AWS asks for patience" : "AWS has trouble";
		return status == 429 ? ANSWER_BUSY : ANSWER_TROUBLE;
	}
	if (status == 401 || status == 403) {
		*text = "AWS denies it";
		return ANSWER_REFUSED;
	}
	if (status >= 400) {
		*text = "AWS refuses it";
		return ANSWER_REFUSED;
	}
	*text = "AWS gave an answer that means nothing here";
	return ANSWER_NONSENSE;
}

static void
read_refusal(json_t *j, unsigned status, struct ssmanswer *a)
{
	struct span name = error_name(j), message = error_message(j);
	const char *text = NULL;
	struct buf shown;

	for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
		if (!span_is(name, refusals[i].name))
			continue;
		a->word = refusals[i].word;
		text = refusals[i].text;
	}
	if (text == NULL)
		a->word = by_status(status, &text);
	if (name.len > 64)
		name.len = 64;
	if (message.len > MESSAGE_MAX)
		message.len = MESSAGE_MAX;
	buf_init(&shown, 4096);
	buf_printf(&shown, "%s (HTTP %u", text, status);
	if (name.len > 0)
		buf_u8(&shown, ' ');
	text_show(&shown, name);
	buf_text(&shown, message.len > 0 ? "): " : ")");
	text_show(&shown, message);
	snprintf(a->text, sizeof a->text, "%s", buf_cstr(&shown));
	buf_clear(&shown);
}

/* ---- values ---- */

static bool
printable(struct span s, size_t max)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7F)
			return false;
	return s.len > 0 && s.len <= max;
}

static enum rc
take_id(struct span s, struct ssmanswer *a, struct err *err)
{
	if (!printable(s, SSMANSWER_ID - 1) || !span_copy(s, a->id, sizeof a->id))
		return err_set(err, RC_REFUSE, "its id is missing or ill-formed");
	return RC_OK;
}

static enum rc
take_text(struct span s, size_t max, const char *what, char **ret, struct err *err)
{
	if (!printable(s, max))
		return err_set(err, RC_REFUSE, "its %s is missing or ill-formed", what);
	return (*ret = span_dup(s)) == NULL ? err_memory(err) : RC_OK;
}

static enum rc
take_session(const json_t *j, struct ssmanswer *a, struct err *err)
{
	struct span token = member(j, "TokenValue"), url = member(j, "StreamUrl");
	enum rc rc;

	if ((rc = take_id(member(j, "SessionId"), a, err)) != RC_OK)
		return rc;
	if (!printable(token, TOKEN_MAX))
		return err_set(err, RC_REFUSE, "its token is missing or ill-formed");
	if ((rc = secret_copy(token, &a->token, err)) != RC_OK)
		return rc;
	return take_text(url, URL_MAX, "address", &a->url, err);
}

/* Without a token the session has timed out: it is over, too. */
static enum rc
take_resumed(const json_t *j, struct ssmanswer *a, struct err *err)
{
	struct span token = member(j, "TokenValue"), url = member(j, "StreamUrl");
	enum rc rc;

	if (token.len == 0)
		return RC_OK;
	if (!printable(token, TOKEN_MAX))
		return err_set(err, RC_REFUSE, "its token is ill-formed");
	if ((rc = secret_copy(token, &a->token, err)) != RC_OK || url.len == 0)
		return rc;
	return take_text(url, URL_MAX, "address", &a->url, err);
}

static enum rc
take_nothing(const json_t *j, struct ssmanswer *a, struct err *err)
{
	(void)j;
	(void)a;
	(void)err;
	return RC_OK;
}

static enum rc
take_key(const json_t *j, struct ssmanswer *a, struct err *err)
{
	struct span text = member(j, "Plaintext");
	size_t len = 0;
	enum rc rc;

	if ((rc = take_text(member(j, "CiphertextBlob"), SEALED_MAX, "sealed key",
		 &a->sealed, err)) != RC_OK ||
	    (rc = secret_new(SSMANSWER_KEY, &a->key, err)) != RC_OK)
		return rc;
	if (text.len == 0 ||
	    sodium_base642bin(secret_bytes(a->key), SSMANSWER_KEY, (const char *)text.p,
		text.len, NULL, &len, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
	    len != SSMANSWER_KEY)
		return err_set(err, RC_REFUSE, "its key is no key of 64 bytes");
	return RC_OK;
}

static enum rc
take_command(const json_t *j, struct ssmanswer *a, struct err *err)
{
	return take_id(member(json_object_get(j, "Command"), "CommandId"), a, err);
}

static const struct {
	const char *name;
	enum ssmrun run;
} states[] = {
	{ "Pending", RUN_RUNS },
	{ "InProgress", RUN_RUNS },
	{ "Delayed", RUN_RUNS },
	{ "Cancelling", RUN_RUNS },
	{ "Success", RUN_RAN },
	{ "Failed", RUN_RAN },
	{ "Cancelled", RUN_CANCELLED },
	{ "TimedOut", RUN_RAN_NOT },
};

/* What is final but has no status of its own has not run, or not to its end. */
static void
take_status(const json_t *j, struct ssmanswer *a)
{
	const json_t *v = json_object_get(j, "ResponseCode");
	json_int_t n = json_is_integer(v) ? json_integer_value(v) : -1;
	struct span details = member(j, "StatusDetails");
	struct buf shown;

	a->status = n >= 0 ? (int)(n & 0xFF) : -1;
	if (a->run == RUN_RAN && n < 0)
		a->run = RUN_RAN_NOT;
	if (details.len > 64)
		details.len = 64;
	buf_init(&shown, 1024);
	text_show(&shown, details);
	snprintf(a->text, sizeof a->text, "%s", buf_cstr(&shown));
	buf_clear(&shown);
}

/* The agent's mark behind output that was cut; taken off, and said. */
static void
take_output(struct span s, const char *mark, struct buf *ret, bool *cut)
{
	size_t n = strlen(mark);

	if (s.len >= n && memcmp(s.p + s.len - n, mark, n) == 0) {
		s.len -= n;
		*cut = true;
	}
	buf_span_put(ret, s);
}

static enum rc
take_invocation(const json_t *j, struct ssmanswer *a, struct err *err)
{
	struct span status = member(j, "Status");
	size_t i = 0, n = sizeof states / sizeof states[0];

	while (i < n && !span_is(status, states[i].name))
		i++;
	if (i == n)
		return err_set(err, RC_REFUSE, "its status is none that is known");
	a->run = states[i].run;
	take_status(j, a);
	take_output(member(j, "StandardOutputContent"), "\n---Output truncated---",
	    &a->out, &a->cut);
	take_output(member(j, "StandardErrorContent"), "\n---Error truncated----",
	    &a->err, &a->cut);
	return buf_ok(&a->out) && buf_ok(&a->err)
		   ? RC_OK
		   : err_set(err, RC_REFUSE, "its output is too long");
}

static enum rc (*const takes[OP_OPS])(
    const json_t *j, struct ssmanswer *a, struct err *err) = {
	[OP_START] = take_session,
	[OP_RESUME] = take_resumed,
	[OP_TERMINATE] = take_nothing,
	[OP_DATA_KEY] = take_key,
	[OP_SEND] = take_command,
	[OP_INVOCATION] = take_invocation,
	[OP_CANCEL] = take_nothing,
};

/* ---- all of it ---- */

/* jansson keeps copies of each string, so what it frees is wiped. */
static void
wiping_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void
clean(struct ssmanswer *a)
{
	memset(a, 0, sizeof *a);
	a->status = -1;
	buf_init(&a->out, OUTPUT_MAX);
	buf_init(&a->err, OUTPUT_MAX);
}

static void
read_success(enum ssmop op, const json_t *j, struct ssmanswer *ret)
{
	struct err err = { "" };
	enum rc rc = RC_REFUSE;

	if (json_is_object(j))
		rc = takes[op](j, ret, &err);
	else
		err_set(&err, RC_REFUSE, "it is no JSON object");
	if (rc == RC_OK)
		return;
	ssmanswer_clear(ret);
	ret->word = rc == RC_FAIL ? ANSWER_OURS : ANSWER_NONSENSE;
	snprintf(ret->text, sizeof ret->text, "the answer to %s: %.400s", ops[op].name,
	    err.text);
}

void
ssmanswer_read(enum ssmop op, unsigned status, struct span body, struct ssmanswer *ret)
{
	json_malloc_t before_malloc;
	json_free_t before_free;
	json_t *j = NULL;

	clean(ret);
	json_get_alloc_funcs(&before_malloc, &before_free);
	json_set_alloc_funcs(malloc, wiping_free);
	/* The parser's own message may quote the answer: it is not wanted. */
	if (body.len > 0 && body.len <= SSMANSWER_MAX)
		j = json_loadb((const char *)body.p, body.len, 0, NULL);
	if (status == 200)
		read_success(op, j, ret);
	else
		read_refusal(j, status, ret);
	json_decref(j);
	json_set_alloc_funcs(before_malloc, before_free);
}

void
ssmanswer_none(enum ssmword word, const char *text, struct ssmanswer *ret)
{
	clean(ret);
	ret->word = word;
	snprintf(ret->text, sizeof ret->text, "%s", text);
}

void
ssmanswer_clear(struct ssmanswer *a)
{
	secret_free(a->token);
	secret_free(a->key);
	free(a->url);
	free(a->sealed);
	buf_clear(&a->out);
	buf_clear(&a->err);
	clean(a);
}
