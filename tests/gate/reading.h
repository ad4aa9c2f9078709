/* What the gate makes of a request: for tests of its readers. */
#ifndef TESTS_GATE_READING_H
#define TESTS_GATE_READING_H

#include "broker/gate/onward.h"
#include "broker/gate/resolve.h"

struct reading {
	struct head *h;
	struct authz a;
	struct place p;
	struct resolve_plan plan;
	struct buf plain; /* the body after resolve_body, when it changed */
	bool inflated;
	struct apicall *call;
	struct refused why;
};

/* Read a request of these lines (see asking.h) that came through a tunnel to its Host,
 * signed for service and region; or to the gate's own port when endpoint is true.  No
 * signature is made or verified.  Clear in any case. */
enum rc reading_of(struct reading *r, bool endpoint, const char *lines,
    const char *service, const char *region, struct span body);
void reading_clear(struct reading *r);

/* "s3:PutObject eu-west-1 Bucket=b Body": borrowed until the next call. */
const char *reading_text(const struct reading *r);

#endif
