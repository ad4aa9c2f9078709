/* Where checkpoints of the log are published: places outside of this host, as broker.yaml
 * names them.
 *
 *	file:///DIR				left in a folder, by the keeper
 *	https://HOST[:PORT]/PATH		posted
 *	s3://BUCKET/PREFIX?region=REGION	an object each
 *	syslog:					a line each
 */
#ifndef BROKER_MONITOR_OUTLET_H
#define BROKER_MONITOR_OUTLET_H

#include <stdbool.h>

#include "lib/base/buf.h"

#define OUTLET_MOST 8	     /* of one broker */
#define OUTLET_TEXT_MAX 1024 /* bytes of one, as written */
#define OUTLET_PREFIX_MAX 512

enum outlet_kind { OUTLET_FILE, OUTLET_HTTPS, OUTLET_S3, OUTLET_SYSLOG };

struct outlet {
	enum outlet_kind kind;
	char text[OUTLET_TEXT_MAX +
		  1];	 /* as written; a file's folder is behind file:// */
	char bucket[64]; /* OUTLET_S3, as the next two */
	char prefix[OUTLET_PREFIX_MAX +
		    1]; /* without slashes at its ends; may be empty */
	char region[64];
};

/* Read one.  False, with *why a sentence, when it is none of these forms: a path with
 * "..", a user or fragment in a URL, a bucket or region that cannot be one. */
bool outlet_parse(struct span s, struct outlet *ret, const char **why);
/* Of OUTLET_FILE: the folder. */
const char *outlet_folder(const struct outlet *o);
/* True for those that say whether it arrived: what durability: strict counts. */
bool outlet_answers(const struct outlet *o);

#endif
