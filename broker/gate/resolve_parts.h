/* Between the files of resolve: what a request turned out to be. */
#ifndef BROKER_GATE_RESOLVE_PARTS_H
#define BROKER_GATE_RESOLVE_PARTS_H

#include "broker/gate/gather.h"
#include "broker/gate/resolve.h"
#include "broker/gate/route.h"

enum way {
	WAY_REST,
	WAY_TARGET, /* X-Amz-Target and JSON */
	WAY_FORM,   /* Action and Version */
};

struct request {
	const struct head *h;
	const struct place *p;
	enum way way;
	bool by_name;	      /* see gather.h */
	struct route route;   /* WAY_REST: all of it; else service and op alone */
	struct formbody form; /* WAY_FORM */
	struct refused *why;
};

/* How the request names its operation; REST and targets: which one, too. */
enum rc request_read(const struct head *h, const struct place *p, struct request *ret,
    struct refused *why);
/* WAY_FORM: which one, with the body. */
enum rc request_form(struct request *r, struct span body);
void request_clear(struct request *r);
/* RC_REFUSE: the body's type names another character set than UTF-8, which is what is
 * read here. */
enum rc request_charset(const struct request *r);

/* Headers that are members, and none that is nothing. */
enum rc request_headers(const struct request *r, struct gather *g);

#endif
