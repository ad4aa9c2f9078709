/* See expiry.h. */
#include "broker/monitor/expiry.h"

#include <jansson.h>
#include <stdlib.h>

#include "broker/monitor/monitor.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "recorder/recipients.h"

#define DAY_MS 86400000

struct expiry {
	struct monitor *m;
	struct timer *timer;
};

enum rc
expiry_days(const char *list, uint64_t now_ms, long *days, char label[EXPIRY_LABEL],
    struct err *err)
{
	struct recipients *r = NULL;
	enum rc rc = recipients_look(span_of(list), NULL, &r, NULL, err);

	if (rc != RC_OK)
		return rc;
	*days = recipients_days(recipients_soonest(r), now_ms);
	span_copy(span_of(recipients_soonest(r)->label), label, EXPIRY_LABEL);
	recipients_free(r);
	return RC_OK;
}

static void
keep(struct expiry *e, const char *kind, const char *label, long days)
{
	struct keep_event event = { .kind = kind };
	char *detail = keep_detail_take(
	    json_pack("{s:s, s:I}", "recipient", label, "days", (json_int_t)days),
	    JSON_COMPACT);

	event.detail = detail;
	if (detail != NULL)
		(void)keep_event(e->m->keep, &event, NULL, NULL);
	free(detail);
}

static void
look(void *arg)
{
	struct expiry *e = arg;
	char label[EXPIRY_LABEL] = "";
	struct err err = { "" };
	long days = 0;

	timer_set(e->timer, DAY_MS);
	if (expiry_days(e->m->rules.recipients, clock_wall_ms(), &days, label, &err) !=
	    RC_OK) {
		log_line(LOG_ERROR, "recipients: %s", err.text);
	} else if (days < 0) {
		log_line(LOG_ERROR,
		    "the recipients list has expired with %s: nothing can be recorded, "
		    "so nothing runs until a new list is there",
		    label);
		keep(e, "recipients.expired", label, days);
	} else if (days < EXPIRY_SOON) {
		log_line(LOG_NOTICE,
		    "the recipients list expires in %ld days, with %s: nothing can be "
		    "recorded from then on",
		    days, label);
		keep(e, "recipients.expiring", label, days);
	}
}

enum rc
expiry_new(struct monitor *m, struct expiry **ret, struct err *err)
{
	struct expiry *e = calloc(1, sizeof *e);

	if (e == NULL || (e->timer = loop_timer(m->loop, look, e)) == NULL) {
		free(e);
		return err_memory(err);
	}
	e->m = m;
	timer_set(e->timer, 0);
	*ret = e;
	return RC_OK;
}

void
expiry_free(struct expiry *e)
{
	if (e == NULL)
		return;
	timer_free(e->timer);
	free(e);
}

void
expiry_again(struct expiry *e)
{
	timer_set(e->timer, 0);
}
