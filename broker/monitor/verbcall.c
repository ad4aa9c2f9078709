/* Answering a call; see verbcall.h. */
#include "broker/monitor/verbcall.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/model/notice.h"
#include "lib/model/status.h"

/* Of what is said in one piece; an answer that may be longer comes in several. */
#define OUT_MAX (1 << 20)
#define SAY_MAX 65536

struct verb_call *
verb_call_new(void)
{
	struct verb_call *call = calloc(1, sizeof *call);

	if (call == NULL)
		return NULL;
	buf_init(&call->out, OUT_MAX);
	buf_init(&call->say, SAY_MAX);
	return call;
}

void
verb_call_free(struct verb_call *call)
{
	if (call == NULL)
		return;
	if (call->end != NULL)
		call->end(call->next_arg);
	buf_clear(&call->out);
	buf_clear(&call->say);
	free(call);
}

static const char *
event_of(int status)
{
	switch (status) {
	case STATUS_DENIED:
		return "denied";
	case STATUS_HELD:
		return "busy";
	case STATUS_USAGE:
		return "refused";
	}
	return "failed";
}

void
verb_answer(struct verb_call *call, int status, const char *fmt, ...)
{
	struct notice n = { .event = event_of(status), .retry_after = -1 };
	char words[512], text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof words, fmt, ap);
	va_end(ap);
	snprintf(text, sizeof text, "%s: %s", n.event, words);
	n.text = text;
	/* Without memory the status alone must do. */
	(void)notice_put(&call->say, &n, call->json, NULL);
	call->done(call->arg, call, status);
}

void
verb_state(struct verb_call *call, const char *hold, const char *state)
{
	if (call->json)
		buf_printf(
		    &call->out, "{\"id\":\"%s\",\"state\":\"%s\"}\n", hold, state);
	else
		buf_printf(&call->out, "%s %s\n", state, hold);
}

void
verb_abandon(struct verb_call *call)
{
	if (call->over) {
		verb_call_free(call);
		return;
	}
	call->arg = NULL;
	if (call->left != NULL)
		call->left(call->left_arg);
}

bool
verb_next(struct verb_call *call)
{
	struct notice n = { .event = "failed",
		.text = "failed: the rest cannot be shown",
		.retry_after = -1 };

	if (call->next == NULL)
		return false;
	buf_reset(&call->out);
	if (!call->next(call->next_arg, call))
		call->next = NULL;
	if (buf_ok(&call->out))
		return true;
	/* Part of the whole must not look like it. */
	buf_reset(&call->out);
	call->next = NULL;
	call->status = STATUS_FAILED;
	(void)notice_put(&call->say, &n, call->json, NULL);
	return true;
}
