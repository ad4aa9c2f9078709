/* Publishing of checkpoints; see publish.h.  Each place has its own state: what it has,
 * what is on the way to it, and how often that failed. */
#include "broker/monitor/publish.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/bucket.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/outlet.h"
#include "broker/monitor/syslogline.h"
#include "lib/base/clock.h"
#include "lib/base/http.h"
#include "lib/base/log.h"
#include "recorder/b64.h"

#define POST_MS 20000u
#define ANSWER_MAX 65536u
#define PAUSE_MS 1000u
#define PAUSE_MOST_MS 60000u
#define CONNECTS_MAX 256

struct place {
	struct publish *all;
	struct outlet at;
	uint64_t has;	     /* size of the last one that it took */
	uint64_t under_way;  /* size of the one that is sent; 0: none */
	unsigned failures;   /* in a row */
	uint64_t failing_ms; /* since when */
	struct timer *again; /* the pause before the next try */
	struct http_call *post;
	struct bucket_call *put;
};

struct publish {
	struct monitor *m;
	struct place *places;
	size_t n;
	struct http *http; /* as it is needed, as the next */
	struct bucket *bucket;
	uint64_t size; /* of the newest; 0: there is none yet */
	char note[PUBLISH_NOTE_MAX + 1];
	bool counts;	     /* one of the places answers */
	uint64_t waiting_ms; /* since when it has waited for one of these; 0: not */
};

static void try_now(struct place *p);

static void
try_again(void *arg)
{
	try_now(arg);
}

enum rc
publish_new(struct monitor *m, struct publish **ret, struct err *err)
{
	const struct config_outlets *to = &m->rules.config->recording.checkpoint_to;
	struct publish *p = calloc(1, sizeof *p);

	if (p != NULL && to->n > 0)
		p->places = calloc(to->n, sizeof *p->places);
	if (p == NULL || (to->n > 0 && p->places == NULL)) {
		publish_free(p);
		return err_memory(err);
	}
	p->m = m;
	for (; p->n < to->n; p->n++) {
		struct place *place = &p->places[p->n];

		place->all = p;
		place->at = to->v[p->n];
		place->again = loop_timer(m->loop, try_again, place);
		p->counts |= outlet_answers(&place->at);
		if (place->at.kind == OUTLET_SYSLOG)
			syslogline_open("brokerd");
		if (place->again == NULL) {
			p->n++;
			publish_free(p);
			return err_memory(err);
		}
	}
	*ret = p;
	return RC_OK;
}

void
publish_free(struct publish *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < p->n; i++)
		timer_free(p->places[i].again);
	http_free(p->http);
	bucket_free(p->bucket);
	free(p->places);
	free(p);
}

/* ---- how it went ---- */

static void
note(const struct place *p, const char *kind, const char *why)
{
	struct keep_event e = { .kind = kind };
	json_t *o = json_pack("{s:s, s:I, s:i, s:s*}", "to", p->at.text, "size",
	    (json_int_t)p->all->size, "failures", (int)p->failures, "why", why);
	char *detail = keep_detail_take(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	e.detail = detail;
	(void)keep_event(p->all->m->keep, &e, NULL, NULL);
	free(detail);
}

static void
took(struct place *p)
{
	struct publish *all = p->all;

	if (p->failures >= PUBLISH_ALARM) {
		log_line(
		    LOG_NOTICE, "checkpoints are published again to %s", p->at.text);
		note(p, "checkpoint.published", NULL);
	}
	p->failures = 0;
	p->has = p->under_way;
	p->under_way = 0;
	if (outlet_answers(&p->at))
		all->waiting_ms = p->has < all->size ? clock_mono_ms() : 0;
	try_now(p);
}

static uint64_t
pause_of(unsigned failures)
{
	unsigned shift = failures > 7 ? 7 : failures;
	uint64_t ms = (uint64_t)PAUSE_MS << (shift - 1);

	return ms < PAUSE_MOST_MS ? ms : PAUSE_MOST_MS;
}

static void
failed(struct place *p, const char *why)
{
	p->under_way = 0;
	if (p->failures < UINT32_MAX)
		p->failures++;
	log_line(p->failures == PUBLISH_ALARM ? LOG_ERROR : LOG_DEBUG,
	    "the checkpoint of %" PRIu64 " leaves is not published to %s, for the %uth "
	    "time: %s",
	    p->all->size, p->at.text, p->failures, why);
	if (p->failures == PUBLISH_ALARM)
		note(p, "checkpoint.unpublished", why);
	timer_set(p->again, pause_of(p->failures));
}

/* ---- the ways out ---- */

static void
posted(void *arg, enum rc rc, unsigned status, struct span body, const struct err *err)
{
	struct place *p = arg;
	char why[64];

	(void)body;
	p->post = NULL;
	snprintf(why, sizeof why, "HTTP %u", status);
	if (rc != RC_OK)
		failed(p, err->text);
	else if (status < 200 || status > 299)
		failed(p, why);
	else
		took(p);
}

/* RC_OK: posted() or stored() will be called; else try again. */
static enum rc
post(struct place *p, struct err *err)
{
	const struct config *c = p->all->m->rules.config;
	struct http_options o = { .timeout_ms = POST_MS,
		.max_body = ANSWER_MAX,
		.ca_file = c->recording.checkpoint_ca };
	char headers[256];
	enum rc rc = RC_OK;

	if (p->all->http == NULL)
		rc = http_new(p->all->m->loop, &p->all->http, err);
	snprintf(headers, sizeof headers,
	    "Content-Type: text/plain; charset=utf-8\r\nX-Broker-Origin: %s\r\n",
	    c->name);
	if (rc == RC_OK)
		rc = http_ask(p->all->http, HTTP_POST, p->at.text, span_of(headers),
		    span_of(p->all->note), &o, posted, p, &p->post, err);
	return rc;
}

static void
stored(void *arg, enum rc rc, const struct err *err)
{
	struct place *p = arg;

	p->put = NULL;
	if (rc == RC_OK)
		took(p);
	else
		failed(p, err->text);
}

static enum rc
put(struct place *p, struct err *err)
{
	const struct config *c = p->all->m->rules.config;
	const char *to[CONNECTS_MAX];
	struct bucket_place at = { .bucket = p->at.bucket,
		.region = p->at.region,
		.connect_to = to,
		.ca_file = c->aws.ca_file };
	char key[OUTLET_PREFIX_MAX + 128];
	struct bucket_object o = { .body = span_of(p->all->note),
		.type = "text/plain; charset=utf-8" };
	enum rc rc = RC_OK;

	for (; at.n_connect_to < c->aws.connect_to.n && at.n_connect_to < CONNECTS_MAX;
	     at.n_connect_to++)
		to[at.n_connect_to] = c->aws.connect_to.v[at.n_connect_to].curl;
	snprintf(key, sizeof key, "%s%s%s/%012" PRIu64 ".checkpoint", p->at.prefix,
	    p->at.prefix[0] != '\0' ? "/" : "", c->name, p->all->size);
	o.key = span_of(key);
	if (p->all->bucket == NULL)
		rc =
		    bucket_new(p->all->m->loop, p->all->m->vault, &p->all->bucket, err);
	if (rc == RC_OK)
		rc = bucket_put(p->all->bucket, &at, NULL, &o, stored, p, &p->put, err);
	return rc;
}

/* The whole note in base64: a line that is evidence by itself. */
static enum rc
put_line(struct place *p, struct err *err)
{
	struct buf line;
	enum rc rc = RC_OK;

	buf_init(&line, 3 * PUBLISH_NOTE_MAX);
	buf_printf(&line, "checkpoint of %s: %" PRIu64 " leaves, note ",
	    p->all->m->rules.config->name, p->all->size);
	b64_put(&line, span_of(p->all->note));
	if (buf_ok(&line))
		syslogline(buf_cstr(&line));
	else
		rc = err_memory(err);
	buf_clear(&line);
	return rc;
}

/* The keeper leaves it in the folder by itself. */
static enum rc
leave(struct place *p, struct err *err)
{
	(void)p;
	(void)err;
	return RC_OK;
}

static const struct way {
	enum rc (*send)(struct place *p, struct err *err);
	bool answers; /* later */
} ways[] = {
	[OUTLET_FILE] = { leave, false },
	[OUTLET_HTTPS] = { post, true },
	[OUTLET_S3] = { put, true },
	[OUTLET_SYSLOG] = { put_line, false },
};

/* Send the newest, unless it is there already, or one is under way. */
static void
try_now(struct place *p)
{
	const struct way *w = &ways[p->at.kind];
	struct err err = { "" };

	if (p->under_way != 0 || p->has >= p->all->size)
		return;
	timer_stop(p->again);
	p->under_way = p->all->size;
	if (w->send(p, &err) != RC_OK)
		failed(p, err.text);
	else if (!w->answers)
		took(p);
}

/* ---- what the monitor tells and asks ---- */

void
publish_checkpoint(struct publish *p, const struct msg_checkpoint *c)
{
	if (c->size <= p->size || !span_copy(c->text, p->note, sizeof p->note)) {
		if (c->size > p->size)
			log_line(LOG_ERROR, "a checkpoint of %zu bytes is too long",
			    c->text.len);
		return;
	}
	p->size = c->size;
	if (p->counts && p->waiting_ms == 0)
		p->waiting_ms = clock_mono_ms();
	for (size_t i = 0; i < p->n; i++)
		/* One that fails keeps its pauses. */
		if (p->places[i].failures == 0)
			try_now(&p->places[i]);
}

bool
publish_stale(const struct publish *p)
{
	const struct config *c = p->m->rules.config;

	return p->counts && c->recording.durability == CONFIG_DURABILITY_STRICT &&
	       p->waiting_ms != 0 &&
	       clock_mono_ms() - p->waiting_ms >= c->recording.checkpoint_age;
}
