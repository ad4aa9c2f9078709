/* The end of a session: told to the agent where it listens, to AWS always, and to the
 * owner within bounds. */
#include "broker/target/ssm_parts.h"

#include <string.h>

static void
say_flag(struct ssm *s, uint64_t now)
{
	uint8_t flag[SSM_FLAG_LEN];

	ssm_flag_write(SSM_TERMINATE, flag);
	(void)ssm_flow_put(
	    s->flow, SSM_P_FLAG, span_make(flag, sizeof flag), now, NULL);
}

/* Called from anywhere: what follows is done in the next turn.  What has ended it first
 * stays the reason. */
void
ssm_end_begin(struct ssm *s, enum target_how how, const char *text)
{
	uint64_t now = clock_mono_ms();
	bool flag = s->state == SSM_ST_RUN && s->kind == TARGET_PORT && s->up &&
		    agentversion_can(&s->request.agent, AGENT_TERMINATES);

	if (s->state >= SSM_ST_END)
		return;
	s->end.how = how;
	s->end.status = how == TARGET_EXITED || how == TARGET_ENDED ? s->status : -1;
	ssm_talk_say(span_of(text), s->end.text);
	/* StartSession cannot be taken back: its answer is waited for. */
	if (s->state != SSM_ST_START) {
		ssmcall_drop(s->call);
		s->call = NULL;
	}
	if (!s->up) {
		websocket_free(s->ws);
		s->ws = NULL;
	}
	ssmcall_drop(s->key_call);
	s->key_call = NULL;
	buf_reset(&s->held);
	s->late_ms = s->settle_ms = s->resume_ms = s->exit_ms = SSM_NEVER;
	s->end_late_ms = now + SSM_END_MS;
	s->end_call_ms = s->state == SSM_ST_START && s->call != NULL ? SSM_NEVER : now;
	s->state = SSM_ST_END;
	if (flag && !s->end.closed) {
		say_flag(s, now);
		s->end_call_ms = now + SSM_END_FLAG_MS;
	}
	if (s->end.closed || (s->id[0] == '\0' && s->call == NULL))
		s->end_late_ms = now;
	if (s->depth == 0)
		timer_set(s->timer, 0);
}

static void
on_terminated(void *arg, struct ssmanswer *a)
{
	struct ssm *s = arg;
	uint64_t now = clock_mono_ms();

	s->call = NULL;
	ssm_enter(s);
	if (a->word == ANSWER_DONE || a->word == ANSWER_GONE)
		s->end.closed = true;
	/* The agent's last words are acknowledged as long as they come, but not for
	 * ever; of one that is broken or silent nothing is expected. */
	if (!s->up || s->closed_by_aws || s->end.how == TARGET_BROKEN ||
	    s->end.how == TARGET_LOST)
		s->end_late_ms = now;
	else if (now + SSM_END_WORD_MS < s->end_late_ms)
		s->end_late_ms = now + SSM_END_WORD_MS;
	ssm_leave(s);
}

static void
terminate(struct ssm *s, uint64_t now)
{
	char body[4 * SSMANSWER_ID];
	size_t n = 0;

	s->end_call_ms = SSM_NEVER;
	if (s->id[0] == '\0' || s->call != NULL)
		return;
	n = (size_t)snprintf(body, sizeof body, "{\"SessionId\":\"");
	for (const char *p = s->id; *p != '\0'; p++) {
		if (*p == '"' || *p == '\\')
			body[n++] = '\\';
		body[n++] = *p;
	}
	n += (size_t)snprintf(body + n, sizeof body - n, "\"}");
	if (ssmcall_start(s->net, OP_TERMINATE, span_make(body, n), SSM_END_CALL_MS,
		on_terminated, s, &s->call, NULL) != RC_OK)
		s->end_late_ms = now;
}

void
ssm_end_over(struct ssm *s)
{
	s->state = SSM_ST_OVER;
	ssm_link_drop(s);
	timer_stop(s->timer);
	s->owner.over(s->owner.arg, &s->end);
}

void
ssm_end_time(struct ssm *s, uint64_t now)
{
	if (s->freed || s->state != SSM_ST_END)
		return;
	if (s->closed_by_aws || now >= s->end_late_ms)
		ssm_end_over(s);
	else if (now >= s->end_call_ms)
		terminate(s, now);
}
