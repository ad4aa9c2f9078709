/* What a held command would touch, asked of AWS before people are: by read-only calls,
 * with a lease of the same profile that allows nothing else, bounded in time and size.
 *
 * A preview informs and never decides: one that fails says so.  Only approvers see it.
 */
#ifndef BROKER_MONITOR_PREVIEW_H
#define BROKER_MONITOR_PREVIEW_H

#include <jansson.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/model/profile.h"
#include "policies/aws.h"

struct monitor;
struct previews;
struct preview;

struct preview_ask {
	const struct aws_request *aws; /* borrowed for the call alone, as all of this */
	const struct profile *profile;
	const char *region;
	const char *identity;
	const char *rule;   /* that holds it, for the lease's tags; may be NULL */
	const uint8_t *sid; /* 16 bytes: of the session that asks */
	/* Called once, perhaps before preview_begin() returns, unless preview_cancel()
	 * came first.  preview (yours) is never NULL but when memory fails: {"state":
	 * "done|failed|none|budget|late", "why" (of a failure, also of a part), "summary":
	 * one line, "count", "bytes", "items": [{"what", "name", "about": {…}, "bytes",
	 * "tags": {…}, "target": true}], "more": true where there is more than was
	 * counted}; of fewer items than count, the others are not listed.  32 KiB at most
	 * as text.  Names and values are a stranger's: preview_text() makes them fit to
	 * be shown. */
	void (*done)(void *arg, json_t *preview);
	void *arg;
};

/* m, with its loop, rules, vault and keeper, is borrowed.  On RC_OK *ret is yours:
 * previews_free().  RC_FAIL: memory, libcurl. */
enum rc previews_new(struct monitor *m, struct previews **ret, struct err *err);
/* Drops what is under way without its done().  NULL is fine. */
void previews_free(struct previews *all);

/* Begin one: it ends within holds.preview.time, whatever AWS does.  *ret is borrowed,
 * good until done() is called.  NULL in *ret: done() was called already (nothing to ask,
 * over the identity's budget, or no memory).  all may be NULL: then there is none. */
void preview_begin(
    struct previews *all, const struct preview_ask *ask, struct preview **ret);
/* Nobody wants it any more; done() is not called.  NULL is fine. */
void preview_cancel(struct preview *p);

/* Append it as lines for people, each with its LF, names and values escaped and none cut
 * without saying so.  Anything that is no such JSON adds nothing that is not escaped;
 * NULL adds nothing. */
void preview_text(const json_t *preview, struct buf *out);

#endif
