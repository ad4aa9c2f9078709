/* Shipping; see archiver.h. */
#include "broker/monitor/archiver.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "broker/monitor/bucket.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/objectname.h"
#include "lib/base/clock.h"
#include "lib/base/id.h"
#include "lib/base/log.h"
#include "recorder/cast.h"

#define FLIGHTS 2
#define CONNECTS_MAX 256
/* A piece is as long as archive.segment, or a single line. */
#define BODY_MAX ((8u << 20) + CAST_LINE_MAX + 1)
#define PAUSE_LEAST 1000u
#define PAUSE_MOST 300000u
#define LEASE_SECONDS 3600u
#define LEASE_SPARE_MS 180000u /* longer than a put takes */
#define HOST_ROLE "broker-archive"

struct flight {
	struct archiver *a;
	bool used;
	uint8_t sid[16], kind;
	uint32_t part;
	uint64_t len;
	char key[OBJECTNAME_KEY_MAX + 1];
	struct bucket_call *call;
};

struct archiver {
	struct monitor *m;
	struct bucket *bucket;
	struct timer *timer;
	struct flight flights[FLIGHTS];
	unsigned asked; /* of the keeper, without an answer */
	bool dry;	/* it has nothing more, until the timer rings */
	struct lease *lease;
	struct vault_call *lease_call;
	struct archiver_watch *watches;
	struct archiver_state state;
	char why[ERR_TEXT];
};

static void go(struct archiver *a);

static const struct config *
config_of(const struct archiver *a)
{
	return a->m->rules.config;
}

/* ---- who waits, and how it went ---- */

static void
tell_over(struct archiver *a, enum rc rc, const char *why)
{
	struct archiver_watch *w;

	while ((w = a->watches) != NULL) {
		a->watches = w->next;
		w->over(w->arg, rc, why);
	}
}

static void
note_event(struct archiver *a, const char *kind, const char *why)
{
	char *detail = keep_detail_take(json_pack("{s:s}", "why", why), JSON_COMPACT);
	const struct keep_event e = { .kind = kind, .detail = detail };

	(void)keep_event(a->m->keep, &e, NULL, NULL);
	free(detail);
}

static bool
idle(const struct archiver *a)
{
	unsigned flying = 0;

	for (size_t i = 0; i < FLIGHTS; i++)
		flying += a->flights[i].used;
	return flying == 0 && a->asked == 0 && a->lease_call == NULL;
}

/* A pause that doubles, up to five minutes; the next tick of archive.every is later. */
static void
went_wrong(struct archiver *a, const char *why)
{
	uint64_t pause = PAUSE_LEAST;

	snprintf(a->why, sizeof a->why, "%s", why);
	if (a->state.failures++ == 0) {
		log_line(LOG_ERROR, "the archive cannot be reached: %s", why);
		note_event(a, "archive.failed", why);
	}
	for (unsigned i = 1; i < a->state.failures && pause < PAUSE_MOST; i++)
		pause *= 2;
	a->dry = true;
	timer_set(a->timer, pause < PAUSE_MOST ? pause : PAUSE_MOST);
	tell_over(a, RC_RETRY, why);
}

static void
went_well(struct archiver *a, const struct flight *f)
{
	if (a->state.failures > 0) {
		log_line(LOG_NOTICE, "the archive can be reached again");
		note_event(a, "archive.recovered", a->why);
	}
	a->state.failures = 0;
	a->why[0] = '\0';
	a->dry = false; /* of this recording there may be more */
	a->state.objects++;
	a->state.bytes += f->len;
	a->state.last_ms = clock_wall_ms();
	for (struct archiver_watch *w = a->watches; w != NULL; w = w->next)
		w->sent(w->arg, f->key, f->len);
}

/* ---- a flight ---- */

static struct flight *
free_flight(struct archiver *a)
{
	for (size_t i = 0; i < FLIGHTS; i++)
		if (!a->flights[i].used)
			return &a->flights[i];
	return NULL;
}

static void
shipped_kept(void *arg, enum rc rc, const char *why, struct span bytes, int *fd)
{
	struct archiver *a = arg;

	(void)bytes;
	(void)fd;
	if (rc != RC_OK)
		log_line(LOG_ERROR, "archive: the keeper does not know it: %s", why);
	a->asked--;
	go(a);
}

/* Tell the keeper; the place is free for another when it has answered. */
static void
land(struct flight *f, bool good, const char *why)
{
	struct archiver *a = f->a;
	const struct msg_shipped m = { .sid = span_make(f->sid, sizeof f->sid),
		.kind = f->kind,
		.part = f->part,
		.good = good,
		.text = span_of(why) };

	if (good)
		went_well(a, f);
	f->used = false;
	if (keep_ask(a->m->keep, MSG_SHIPPED, &m, shipped_kept, a) == RC_OK)
		a->asked++;
	if (!good)
		went_wrong(a, why);
}

static void
on_put(void *arg, enum rc rc, const struct err *err)
{
	struct flight *f = arg;

	f->call = NULL;
	land(f, rc == RC_OK, rc == RC_OK ? "" : err->text);
}

static enum rc
put_key(const struct archiver *a, struct flight *f, struct err *err)
{
	const char *prefix = config_of(a)->archive.prefix;
	char sid[ID_UUID_TEXT];
	int n = -1;

	id_uuid_text(f->sid, sid);
	if (prefix == NULL)
		prefix = "";
	if (f->kind == PARCEL_WHOLE)
		n = snprintf(f->key, sizeof f->key, "%s%s.cast", prefix, sid);
	else if (f->kind == PARCEL_SEGMENT)
		n = snprintf(
		    f->key, sizeof f->key, "%s%s/%06u.seg", prefix, sid, f->part);
	else if (f->kind == PARCEL_PROOF)
		n = snprintf(f->key, sizeof f->key, "%s%s.proof", prefix, sid);
	return n > 0 && (size_t)n < sizeof f->key
		   ? RC_OK
		   : err_set(err, RC_FAIL, "a parcel of an unknown kind");
}

/* The keeper has just read these bytes: they do not come from the disk again. */
static enum rc
read_body(int fd, const struct msg_parcel *p, struct buf *body, struct err *err)
{
	uint8_t *to = p->len <= BODY_MAX ? buf_room(body, (size_t)p->len) : NULL;

	if (to == NULL)
		return err_set(err, RC_FAIL, "a parcel that is too long");
	while (body->len < p->len) {
		ssize_t n = pread(fd, to + body->len, (size_t)p->len - body->len,
		    (off_t)(p->offset + body->len));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_errno(err, RC_FAIL, "read a recording");
		body->len += (size_t)n;
	}
	return RC_OK;
}

/* What it was opened under; or what its class says now, where that is stronger: a class
 * that is weaker by now, or gone, takes no lock away.  One whose time is up gets none. */
static enum bucket_lock
lock_of(const struct config *c, const struct msg_parcel *p)
{
	static const enum bucket_lock locks[] = {
		[LOCK_NONE] = BUCKET_OPEN,
		[LOCK_GOVERNANCE] = BUCKET_GOVERNANCE,
		[LOCK_COMPLIANCE] = BUCKET_COMPLIANCE,
	};
	const struct config_retention *r = NULL;
	unsigned lock = p->lock;
	char name[65];

	if (p->until_ms <= clock_wall_ms())
		return BUCKET_OPEN;
	if (span_copy(p->class_, name, sizeof name))
		r = config_retention(c, name);
	if (r != NULL && r->lock > lock)
		lock = r->lock;
	return lock <= LOCK_COMPLIANCE ? locks[lock] : BUCKET_COMPLIANCE;
}

static enum rc
put_parcel(
    struct flight *f, const struct msg_parcel *p, struct span body, struct err *err)
{
	const struct archiver *a = f->a;
	const struct config *c = config_of(a);
	const char *to[CONNECTS_MAX];
	struct bucket_place at = { .bucket = c->archive.bucket,
		.region = c->archive.region,
		.endpoint = c->archive.endpoint,
		.connect_to = to,
		.ca_file = c->aws.ca_file };
	const struct bucket_object o = { .key = span_of(f->key),
		.body = body,
		.sha256 = p->sha256.p,
		.type =
		    f->kind == PARCEL_PROOF ? "text/plain" : "application/x-asciicast",
		.lock = lock_of(c, p),
		.until_ms = p->until_ms };

	for (; at.n_connect_to < c->aws.connect_to.n && at.n_connect_to < CONNECTS_MAX;
	     at.n_connect_to++)
		to[at.n_connect_to] = c->aws.connect_to.v[at.n_connect_to].curl;
	return bucket_put(a->bucket, &at, a->lease, &o, on_put, f, &f->call, err);
}

static enum rc
start_flight(struct flight *f, const struct msg_parcel *p, int fd, struct err *err)
{
	struct buf body;
	enum rc rc;

	*f = (struct flight){
		.a = f->a, .used = true, .kind = p->kind, .part = p->part, .len = p->len
	};
	memcpy(f->sid, p->sid.p, sizeof f->sid);
	buf_init(&body, BODY_MAX);
	if ((rc = put_key(f->a, f, err)) == RC_OK &&
	    (rc = read_body(fd, p, &body, err)) == RC_OK)
		rc = put_parcel(f, p, buf_span(&body), err);
	buf_clear(&body);
	return rc;
}

static void
take_parcel(void *arg, enum rc rc, const char *why, const struct msg_parcel *p, int *fd)
{
	struct archiver *a = arg;
	struct flight *f = free_flight(a);
	struct err err = { "" };

	a->asked--;
	if (rc == RC_END) {
		a->dry = true;
		go(a);
		return;
	}
	if (rc != RC_OK || f == NULL || config_of(a)->archive.bucket == NULL) {
		went_wrong(a, rc != RC_OK ? why : "no parcel was asked for");
		return;
	}
	if (start_flight(f, p, *fd, &err) != RC_OK)
		land(f, false,
		    err.text[0] != '\0' ? err.text
					: "the gateway's credentials are on their way");
	else
		go(a);
}

/* ---- the role ---- */

static void
on_lease(void *arg, enum rc rc, struct lease *l, const struct err *err)
{
	struct archiver *a = arg;

	a->lease_call = NULL;
	lease_free(a->lease);
	a->lease = l;
	if (rc == RC_OK)
		go(a);
	else
		went_wrong(a, err->text);
}

/* PutObject below the prefix, and nothing else, whatever the role may. */
static char *
lease_policy(const struct config *c)
{
	const char *role = c->archive.role;
	size_t n = strcspn(role + strlen("arn:"), ":");
	json_t *o;
	char *s;

	o = json_pack("{s:s, s:[{s:s, s:[s, s], s:o}]}", "Version", "2012-10-17",
	    "Statement", "Effect", "Allow", "Action", "s3:PutObject",
	    "s3:PutObjectRetention", "Resource",
	    json_sprintf("arn:%.*s:s3:::%s/%s*", (int)n, role + strlen("arn:"),
		c->archive.bucket, c->archive.prefix == NULL ? "" : c->archive.prefix));
	s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	return s;
}

/* True when there is something to sign with, or nothing is needed. */
static bool
have_lease(struct archiver *a)
{
	const struct config *c = config_of(a);
	struct lease_ask ask = { .identity = HOST_ROLE,
		.session = c->name,
		.role = c->archive.role,
		.region = c->archive.region,
		.seconds = LEASE_SECONDS };
	struct err err = { "" };
	char *policy;
	enum rc rc;

	if (c->archive.role == NULL)
		return true;
	if (a->lease != NULL && a->lease->expires_ms > clock_wall_ms() + LEASE_SPARE_MS)
		return true;
	if (a->lease_call != NULL)
		return false;
	policy = lease_policy(c);
	ask.policy = policy;
	rc = policy == NULL
		 ? err_memory(&err)
		 : vault_lease(a->m->vault, &ask, on_lease, a, &a->lease_call, &err);
	free(policy);
	if (rc != RC_OK)
		went_wrong(a, err.text);
	return false;
}

/* ---- going on ---- */

static unsigned
places_left(const struct archiver *a)
{
	unsigned used = a->asked;

	for (size_t i = 0; i < FLIGHTS; i++)
		used += a->flights[i].used;
	return used < FLIGHTS ? FLIGHTS - used : 0;
}

static void
go(struct archiver *a)
{
	while (!a->dry && places_left(a) > 0) {
		if (config_of(a)->archive.bucket == NULL)
			a->dry = true;
		else if (!have_lease(a))
			return;
		else if (keep_ask_parcel(a->m->keep, take_parcel, a) == RC_OK)
			a->asked++;
		else
			a->dry = true;
	}
	if (!a->dry || !idle(a) || a->state.failures > 0)
		return;
	timer_set(a->timer, config_of(a)->archive.every);
	tell_over(a, RC_OK, "");
}

static void
on_timer(void *arg)
{
	struct archiver *a = arg;

	a->dry = false;
	go(a);
}

enum rc
archiver_run(struct archiver *a, struct archiver_watch *w, struct err *err)
{
	if (config_of(a)->archive.bucket == NULL)
		return err_set(
		    err, RC_REFUSE, "no bucket is configured (archive.bucket)");
	w->next = a->watches;
	a->watches = w;
	a->dry = false;
	timer_set(a->timer, 0);
	return RC_OK;
}

void
archiver_unwatch(struct archiver *a, struct archiver_watch *w)
{
	for (struct archiver_watch **p = &a->watches; *p != NULL; p = &(*p)->next)
		if (*p == w) {
			*p = w->next;
			return;
		}
}

void
archiver_look(const struct archiver *a, struct archiver_state *ret)
{
	*ret = a->state;
	ret->why = a->why;
	ret->flying = 0;
	for (size_t i = 0; i < FLIGHTS; i++)
		ret->flying += a->flights[i].used;
}

/* What flies goes on as it was sent; the role, or its bucket, may be another now. */
void
archiver_recheck(struct archiver *a)
{
	if (a == NULL)
		return;
	vault_cancel(a->lease_call);
	a->lease_call = NULL;
	lease_free(a->lease);
	a->lease = NULL;
	a->state.failures = 0;
	timer_set(a->timer, 0);
}

enum rc
archiver_new(struct monitor *m, struct archiver **ret, struct err *err)
{
	struct archiver *a = calloc(1, sizeof *a);
	enum rc rc;

	if (a == NULL)
		return err_memory(err);
	a->m = m;
	for (size_t i = 0; i < FLIGHTS; i++)
		a->flights[i].a = a;
	if ((rc = bucket_new(m->loop, m->vault, &a->bucket, err)) != RC_OK) {
		archiver_free(a);
		return rc;
	}
	if ((a->timer = loop_timer(m->loop, on_timer, a)) == NULL) {
		archiver_free(a);
		return err_memory(err);
	}
	timer_set(a->timer, 0);
	*ret = a;
	return RC_OK;
}

void
archiver_free(struct archiver *a)
{
	if (a == NULL)
		return;
	if (a->m->keep != NULL)
		keep_forget(a->m->keep, a);
	vault_cancel(a->lease_call);
	bucket_free(a->bucket);
	lease_free(a->lease);
	timer_free(a->timer);
	free(a);
}
