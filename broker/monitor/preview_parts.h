/* What the files of preview share. */
#ifndef BROKER_MONITOR_PREVIEW_PARTS_H
#define BROKER_MONITOR_PREVIEW_PARTS_H

#include "broker/monitor/config.h"
#include "broker/monitor/preview.h"
#include "broker/monitor/previewread.h"
#include "broker/vault/vault.h"
#include "lib/base/http.h"
#include "lib/base/loop.h"
#include "lib/model/verdict.h"
#include "policies/apiwire.h"
#include "policies/previewtable.h"

#define PREVIEW_FLYING 16 /* at once, of all identities: leases are needed elsewhere */
#define PREVIEW_WHERE 512 /* a place in words */

struct rates;

struct previews {
	struct monitor *m;
	struct http *http;
	struct rates *rates;
	struct preview *first;
	unsigned n;
};

struct preview {
	struct previews *all;
	struct preview *next, *prev;
	void (*done)(void *arg, json_t *preview);
	void *arg;
	struct timer *timer;
	uint64_t until_ms; /* clock_mono_ms() */
	/* What is being waited for; one of them at a time, or the keeper. */
	struct vault_call *leasing;
	struct http_call *call;
	struct lease *lease;
	char identity[65], rule[VERDICT_RULE];
	uint8_t sid[16];
	size_t most_items, most_bytes;
	unsigned most_pages;
	/* Where it stands. */
	struct previewtable_plan plan;
	size_t at;		     /* in the plan */
	struct apicall *asked;	     /* of this page */
	char region[APIWIRE_REGION]; /* S3 sent us there; "" when it did not */
	unsigned page;
	enum awsmodel_protocol protocol; /* of what was asked */
	/* What was told. */
	json_t *items;
	struct previewread_sum sum; /* of this step */
	struct previewread_sum total;
	struct buf summary;
	unsigned answered; /* steps */
	bool more;
	char why[ERR_TEXT];
};

/* The first thing that went wrong is the one that is told. */
void preview_why(struct preview *p, const char *what, const char *why);
/* Last: hand over, then forget. */
void preview_finish(struct preview *p, const char *state);
void preview_fail(struct preview *p, const char *why);

/* preview_lease.c: ask for it; preview_step() follows. */
enum rc preview_lease(
    struct preview *p, const struct preview_ask *ask, struct err *err);

/* preview_answer.c: the step that p stands at, and all behind it; its time is over. */
void preview_step(struct preview *p);
void preview_late(struct preview *p);

/* preview_call.c: send the page that p->asked is; http_fn is called. */
enum rc preview_send(struct preview *p, http_fn *fn, struct err *err);
/* What the step is about, in words, for a summary: "" or " under s3://b/p". */
void preview_where(const struct previewtable_step *step, char ret[PREVIEW_WHERE]);
/* The name of the object that the step asks about. */
void preview_object(const struct previewtable_step *step, struct buf *out);

#endif
