/* What a recording says of an API call: JSON objects, one an event.
 *
 * Values of members that are secrets by their name are replaced; texts of strangers are
 * made printable where they are no UTF-8; everything is bounded.
 */
#ifndef BROKER_GATE_CALLRECORD_H
#define BROKER_GATE_CALLRECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/gate/fields.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/apicall.h"
#include "policies/iam.h"

/* Bytes of a body in one event. */
#define CALLRECORD_PIECE (32u * 1024)
/* Bytes of one value, of all members, and how many resources are named. */
#define CALLRECORD_VALUE 512u
#define CALLRECORD_PARAMS (32u * 1024)
#define CALLRECORD_RESOURCES 64

/* What is known of a call; members that are not stay zero. */
struct callrecord {
	uint32_t number; /* 0: it has none */
	const struct apicall *call;
	const struct iam_needs *needs;
	const char *method, *host;
	struct span path;
	struct span agent; /* User-Agent */
	bool has_bytes;
	uint64_t bytes;	    /* of the body, where it is known beforehand */
	const char *sha256; /* hex */
	const char *rule, *hold;
	const char *policy; /* hex: the policies that were asked */
};

struct callrecord_end {
	uint32_t number;
	unsigned status; /* 0: no answer came */
	struct span request_id;
	uint64_t sent, received;
	const char *sent_sha256, *received_sha256;
	uint64_t ms;
	const char *error; /* AWS's code, or NULL */
	const char *cut;   /* why it is not whole, or NULL */
	size_t masked;	   /* values of the answer that were masked … */
	bool revealed;	   /* … in the recording alone: the client got them */
};

/* Each gives one JSON object as text, yours to free().  RC_FAIL: memory. */

/* {"t":"aws.call",…,"verdict":"allow"} */
enum rc callrecord_begin(const struct callrecord *c, char **ret, struct err *err);
/* {"t":"aws.refused",…}: code and reason, and what was known. */
enum rc callrecord_refused(const struct callrecord *c, const char *code,
    const char *reason, char **ret, struct err *err);
/* {"t":"aws.done",…} */
enum rc callrecord_done(const struct callrecord_end *e, char **ret, struct err *err);
/* {"t":"aws.body",…}: a piece of at most CALLRECORD_PIECE bytes; of is "request" or
 * "response"; truncated: the body was longer than what is recorded. */
enum rc callrecord_body(uint32_t number, const char *of, unsigned part, bool last,
    struct span bytes, bool truncated, char **ret, struct err *err);

/* AWS's error code in an answer's beginning: <Code>, __type or "code", without what
 * stands before its '#'.  False, and ret empty, when there is none. */
bool callrecord_code(struct span body, char *ret, size_t size);

#endif
