/* Run Command; see run.h.  No stream leads there: AWS is asked until it knows the end. */
#include "broker/target/run.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>

#include "broker/target/net.h"
#include "broker/target/ssmcall.h"
#include "lib/base/clock.h"

#define SEND_MS 30000u
#define ASK_MS 30000u
#define FIRST_MS 500u	 /* between two questions, … */
#define LAST_MS 3000u	 /* … and at last */
#define ABSENT_MS 10000u /* a command that is not there is not there yet */
#define END_MS 10000u
#define CANCEL_MS 8000u
#define COMMENT_MAX 100
#define DELIVERY_S 60

enum state { SENDING, ASKING, GIVING, ENDING, OVER };

struct run {
	struct target_net *net;
	struct target_owner owner;
	enum state state;
	unsigned depth;
	bool freed;
	char *instance;
	struct buf send;
	char id[SSMANSWER_ID];
	struct ssmcall *call, *cancel;
	struct timer *timer;
	uint64_t ask_ms,
	    wait_ms; /* the next question, and the way to the one behind it */
	uint64_t sent_ms,
	    silent_ms;	  /* since when AWS says nothing of use; 0: it does */
	uint64_t late_ms; /* ENDING: at the latest */
	bool cancelled;	  /* by us */
	struct buf out, err;
	struct target_end end;
};

static void on_answer(void *arg, struct ssmanswer *a);

/* ---- memory, turns ---- */

static void
destroy(struct run *r)
{
	ssmcall_drop(r->call);
	ssmcall_drop(r->cancel);
	timer_free(r->timer);
	buf_clear(&r->send);
	buf_clear(&r->out);
	buf_clear(&r->err);
	free(r->instance);
	free(r);
}

static void
run_free(void *arg)
{
	struct run *r = arg;

	r->freed = true;
	if (r->depth == 0)
		destroy(r);
}

static void
over(struct run *r)
{
	r->state = OVER;
	timer_stop(r->timer);
	ssmcall_drop(r->call);
	ssmcall_drop(r->cancel);
	r->call = r->cancel = NULL;
	r->owner.over(r->owner.arg, &r->end);
}

static void
finish(struct run *r, enum target_how how, const char *text)
{
	r->end.how = how;
	snprintf(r->end.text, sizeof r->end.text, "%s", text);
	r->state = GIVING;
}

/* True: all of it was taken. */
static bool
give(struct run *r, enum target_stream stream, struct buf *b)
{
	size_t n;

	if (b->len == 0)
		return true;
	n = r->owner.output(r->owner.arg, stream, buf_span(b));
	if (r->freed)
		return false;
	buf_skip(b, n < b->len ? n : b->len);
	return b->len == 0;
}

static bool
put_ids(struct buf *b, const struct run *r, bool list)
{
	json_t *j = list ? json_pack("{s:s, s:[s]}", "CommandId", r->id, "InstanceIds",
			       r->instance)
			 : json_pack("{s:s, s:s}", "CommandId", r->id, "InstanceId",
			       r->instance);
	char *text = j == NULL ? NULL : json_dumps(j, JSON_COMPACT);

	json_decref(j);
	buf_text(b, text == NULL ? "" : text);
	free(text);
	return buf_ok(b) && b->len > 0;
}

/* Half to one and a half times as long: many ask at once, and AWS counts them. */
static uint64_t
jitter(uint64_t ms)
{
	uint16_t n = 0;

	(void)RAND_bytes((unsigned char *)&n, sizeof n);
	return ms * 3 / 4 + ms * (n % 500u) / 1000u;
}

static void
ask_later(struct run *r)
{
	r->ask_ms = clock_mono_ms() + jitter(r->wait_ms);
	r->wait_ms = r->wait_ms * 3 / 2 < LAST_MS ? r->wait_ms * 3 / 2 : LAST_MS;
}

static void
ask(struct run *r)
{
	struct err err = { "" };
	struct buf b;

	r->ask_ms = UINT64_MAX;
	buf_init(&b, 4096);
	if (!put_ids(&b, r, false) ||
	    ssmcall_start(r->net, OP_INVOCATION, buf_span(&b), ASK_MS, on_answer, r,
		&r->call, &err) != RC_OK)
		finish(r, TARGET_LOST, "out of memory");
	buf_clear(&b);
}

static void
step(struct run *r)
{
	uint64_t now = clock_mono_ms();

	if (r->state == ASKING && now >= r->ask_ms && r->call == NULL)
		ask(r);
	if (r->state == ENDING && now >= r->late_ms)
		r->state = GIVING;
	if (r->state == GIVING && give(r, TARGET_OUT, &r->out) &&
	    give(r, TARGET_ERR, &r->err))
		over(r);
	if (r->freed || r->state == OVER || r->state == GIVING)
		return;
	if (r->state == ENDING)
		timer_set(r->timer, r->late_ms > now ? r->late_ms - now : 0);
	else if (r->state == ASKING && r->ask_ms != UINT64_MAX)
		timer_set(r->timer, r->ask_ms > now ? r->ask_ms - now : 0);
}

static void
enter(struct run *r)
{
	r->depth++;
}

static void
leave(struct run *r)
{
	if (r->depth == 1 && !r->freed && r->state != OVER)
		step(r);
	if (--r->depth == 0 && r->freed)
		destroy(r);
}

static void
on_timer(void *arg)
{
	enter(arg);
	leave(arg);
}

/* ---- answers ---- */

static void
on_cancelled(void *arg, struct ssmanswer *a)
{
	struct run *r = arg;

	enter(r);
	r->cancel = NULL;
	/* That it has stopped AWS says later, or never: that it will is said now. */
	if (a->word == ANSWER_DONE)
		r->end.closed = true;
	if (r->state == ENDING)
		r->late_ms = clock_mono_ms();
	leave(r);
}

static void
cancel(struct run *r)
{
	struct buf b;

	buf_init(&b, 4096);
	if (r->cancel == NULL && r->id[0] != '\0' && put_ids(&b, r, true))
		(void)ssmcall_start(r->net, OP_CANCEL, buf_span(&b), CANCEL_MS,
		    on_cancelled, r, &r->cancel, NULL);
	buf_clear(&b);
}

static void
on_sent(void *arg, struct ssmanswer *a)
{
	struct run *r = arg;
	bool refused = a->word == ANSWER_REFUSED || a->word == ANSWER_EXPIRED;

	enter(r);
	r->call = NULL;
	if (a->word != ANSWER_DONE && r->state == ENDING) {
		r->late_ms = clock_mono_ms();
	} else if (a->word != ANSWER_DONE) {
		finish(r, refused ? TARGET_REFUSED : TARGET_UNREACHED, a->text);
	} else {
		memcpy(r->id, a->id, sizeof r->id);
		r->owner.opened(r->owner.arg, r->id);
		if (r->freed) {
			/* It has to be ended by whoever heard its id. */
		} else if (r->state == ENDING) {
			cancel(r);
		} else {
			r->state = ASKING;
			r->sent_ms = clock_mono_ms();
			ask_later(r);
			r->owner.running(r->owner.arg, "");
		}
	}
	leave(r);
}

static void
take_end(struct run *r, struct ssmanswer *a)
{
	static const char *const texts[] = {
		[RUN_RAN] = "",
		[RUN_RAN_NOT] = "the command did not run to its end",
		[RUN_CANCELLED] = "the command was cancelled",
	};
	char text[ERR_TEXT];

	r->out = a->out;
	r->err = a->err;
	buf_init(&a->out, 0);
	buf_init(&a->err, 0);
	r->end.cut = a->cut;
	r->end.status = a->status;
	r->end.closed = true;
	snprintf(text, sizeof text, "%s%s%.64s", texts[a->run],
	    a->run == RUN_RAN || a->text[0] == '\0' ? "" : ": ",
	    a->run == RUN_RAN ? "" : a->text);
	finish(r,
	    a->run == RUN_CANCELLED && r->cancelled  ? TARGET_ENDED
	    : a->run == RUN_RAN_NOT && a->status < 0 ? TARGET_UNREACHED
						     : TARGET_EXITED,
	    text);
}

/* As long as it may come back it is asked again. */
static void
take_trouble(struct run *r, const struct ssmanswer *a)
{
	uint64_t now = clock_mono_ms();
	bool absent = a->word == ANSWER_NOT_YET;

	if (r->silent_ms == 0)
		r->silent_ms = now;
	if (absent ? now - r->sent_ms < ABSENT_MS
		   : a->word != ANSWER_REFUSED && a->word != ANSWER_OURS &&
			 now - r->silent_ms < net_init(r->net)->resume_ms)
		ask_later(r);
	else
		finish(r, TARGET_LOST, a->text);
}

static void
on_answer(void *arg, struct ssmanswer *a)
{
	struct run *r = arg;

	enter(r);
	r->call = NULL;
	if (r->state != ASKING) {
		/* Nobody waits for it. */
	} else if (a->word != ANSWER_DONE) {
		take_trouble(r, a);
	} else if (a->run == RUN_RUNS) {
		r->silent_ms = 0;
		ask_later(r);
	} else {
		take_end(r, a);
	}
	leave(r);
}

/* ---- its owner's calls ---- */

static enum rc
write_send(struct run *r, const struct target_spec *spec, struct err *err)
{
	char comment[COMMENT_MAX + 1], *text = NULL;
	size_t n = 0;
	json_t *j;

	/* Of the reason what is plain. */
	for (const char *p = spec->reason; p != NULL && *p != '\0' && n < COMMENT_MAX;
	     p++)
		if (*p >= 0x20 && *p < 0x7F)
			comment[n++] = *p;
	comment[n] = '\0';
	j = json_pack("{s:s, s:[s], s:{s:[s]}, s:i}", "DocumentName", spec->document,
	    "InstanceIds", spec->instance, "Parameters", "commands", spec->command,
	    "TimeoutSeconds", DELIVERY_S);
	if (j != NULL &&
	    (n == 0 || json_object_set_new(j, "Comment", json_string(comment)) == 0))
		text = json_dumps(j, JSON_COMPACT);
	json_decref(j);
	if (text == NULL)
		return err_set(err, RC_REFUSE, "a command that is no UTF-8");
	buf_text(&r->send, text);
	free(text);
	return buf_ok(&r->send) ? RC_OK : err_set(err, RC_REFUSE, "too long a command");
}

static enum rc
run_open(struct target_net *n, const struct target_spec *spec,
    const struct target_owner *owner, void **ret, struct err *err)
{
	struct run *r = calloc(1, sizeof *r);
	enum rc rc;

	if (r == NULL)
		return err_memory(err);
	r->net = n;
	r->owner = *owner;
	r->end.status = -1;
	r->ask_ms = UINT64_MAX;
	r->wait_ms = FIRST_MS;
	buf_init(&r->send, 1u << 17);
	buf_init(&r->out, 0);
	buf_init(&r->err, 0);
	if ((r->instance = strdup(spec->instance)) == NULL ||
	    (r->timer = loop_timer(net_loop(n), on_timer, r)) == NULL)
		rc = err_memory(err);
	else
		rc = write_send(r, spec, err);
	if (rc == RC_OK)
		rc = ssmcall_start(
		    n, OP_SEND, buf_span(&r->send), SEND_MS, on_sent, r, &r->call, err);
	if (rc != RC_OK) {
		destroy(r);
		return rc;
	}
	*ret = r;
	return RC_OK;
}

static void
run_more(void *arg)
{
	struct run *r = arg;

	if (r->state == GIVING)
		timer_set(r->timer, 0);
}

static void
run_signal(void *arg, int signo)
{
	struct run *r = arg;

	(void)signo;
	if (r->state != ASKING)
		return;
	r->cancelled = true;
	cancel(r);
}

/* What was sent cannot be taken back before AWS has named it. */
static void
run_end(void *arg)
{
	struct run *r = arg;

	if (r->state >= GIVING)
		return;
	r->end.how = TARGET_ENDED;
	if (r->state == ASKING) {
		ssmcall_drop(r->call);
		r->call = NULL;
	}
	cancel(r);
	r->state = ENDING;
	r->late_ms = clock_mono_ms() + END_MS;
	timer_set(r->timer, r->cancel == NULL && r->call == NULL ? 0 : END_MS);
}

static size_t
run_held(const void *arg)
{
	const struct run *r = arg;

	return r->out.len + r->err.len;
}

const struct target_way run_way = {
	.open = run_open,
	.free = run_free,
	.signal = run_signal,
	.more = run_more,
	.end = run_end,
	.held = run_held,
};
