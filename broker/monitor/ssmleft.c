/* What an earlier life left open at AWS, ended at the start; see ssmleft.h. */
#include "broker/monitor/ssmleft.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/monitor.h"
#include "broker/monitor/ssmend.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"

/* No session lives longer without its client, and no command of Run Command. */
#define SINCE_MS (48ull * 60 * 60 * 1000)
#define AT_ONCE 32
#define PAUSE_MS 200
#define AFTER 64

struct ssmleft {
	struct monitor *m;
	struct timer *timer;
	char after[AFTER];
	unsigned n;
};

static void
left(struct ssmleft *l, const struct msg_recalled *row, const char *session,
    const uint8_t sid[16], const char *why)
{
	char identity[257] = "";
	struct keep_event e = {
		.kind = "target.left", .identity = identity, .sid = sid
	};
	char *detail = keep_detail_take(
	    json_pack("{s:s, s:s}", "session", session, "why", why), JSON_COMPACT);

	span_copy(row->identity, identity, sizeof identity);
	e.detail = detail;
	if (keep_event(l->m->keep, &e, NULL, NULL) == RC_OK)
		log_line(LOG_ERROR, "the session %s of before may still run: %s",
		    session, why);
	free(detail);
}

static const char *
text_of(const json_t *o, const char *member)
{
	const char *s = json_string_value(json_object_get(o, member));

	return s != NULL ? s : "";
}

static void
end(struct ssmleft *l, const struct msg_recalled *row, const json_t *o,
    const uint8_t sid[16])
{
	const char *name = text_of(o, "profile");
	char identity[65] = "";
	const struct ssmend_ask ask = { .id = text_of(o, "session"),
		.run = strcmp(text_of(o, "kind"), "run") == 0,
		.instance = text_of(o, "instance"),
		.profile = config_profile(l->m->rules.config, span_of(name)),
		.region = text_of(o, "region"),
		.identity = identity,
		.sid = sid };

	l->n++;
	if (ask.profile == NULL || !span_copy(row->identity, identity, sizeof identity))
		left(l, row, ask.id, sid, "its profile has gone");
	else
		ssmend_tell(l->m, l->m->ssmend, &ask);
}

/* False: the row is not ours, and the next cannot be asked for. */
static bool
take(struct ssmleft *l, const struct msg_recalled *row)
{
	json_t *o;
	uint8_t sid[16];

	if (row->id.len < ID_UUID_TEXT ||
	    !id_uuid_parse(span_make(row->id.p, ID_UUID_TEXT - 1), sid) ||
	    !span_copy(row->id, l->after, sizeof l->after))
		return false;
	o = json_loadb((const char *)row->detail.p, row->detail.len, 0, NULL);
	end(l, row, o, sid);
	json_decref(o);
	return true;
}

static void
recalled(void *arg, enum rc rc, const char *why, const struct msg_recalled *row)
{
	struct ssmleft *l = arg;

	if (rc == RC_OK && take(l, row)) {
		timer_set(
		    l->timer, ssmend_count(l->m->ssmend) < AT_ONCE ? 0 : PAUSE_MS);
		return;
	}
	if (rc != RC_END)
		log_line(LOG_ERROR,
		    "which sessions on targets were left open is not known: %s", why);
	if (l->n > 0)
		log_line(LOG_NOTICE,
		    "sessions on targets that were left open; AWS is told: %u", l->n);
}

static void
next(void *arg)
{
	struct ssmleft *l = arg;
	uint64_t now = clock_wall_ms();
	const struct msg_recall m = { .what = RECALL_TARGET,
		.after = span_of(l->after),
		.since_ms = now > SINCE_MS ? now - SINCE_MS : 0 };

	if (l->m->ending)
		return;
	if (ssmend_count(l->m->ssmend) >= AT_ONCE)
		timer_set(l->timer, PAUSE_MS);
	else if (keep_recall(l->m->keep, &m, recalled, l) != RC_OK)
		recalled(l, RC_FAIL, "the keeper cannot be asked", NULL);
}

void
ssmleft_begin(struct ssmleft *l)
{
	if (l != NULL)
		timer_set(l->timer, 0);
}

enum rc
ssmleft_new(struct monitor *m, struct ssmleft **ret, struct err *err)
{
	struct ssmleft *l = calloc(1, sizeof *l);

	if (l == NULL || (l->timer = loop_timer(m->loop, next, l)) == NULL) {
		free(l);
		return err_memory(err);
	}
	l->m = m;
	*ret = l;
	return RC_OK;
}

void
ssmleft_free(struct ssmleft *l)
{
	if (l == NULL)
		return;
	if (l->m->keep != NULL)
		keep_forget(l->m->keep, l);
	timer_free(l->timer);
	free(l);
}
