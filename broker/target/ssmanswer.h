/* What AWS answers to the calls that a session on a target needs: values, or why not.
 *
 * Sources: AWS Systems Manager API 2014-11-06; AWS KMS API 2014-11-01.  Nothing of an
 * answer is believed before it was looked at here; what it says to people is made
 * printable.
 */
#ifndef BROKER_TARGET_SSMANSWER_H
#define BROKER_TARGET_SSMANSWER_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/secret.h"

#define SSMANSWER_MAX (1u << 20) /* bytes of an answer */
#define SSMANSWER_ID 97		 /* SessionId or CommandId, with its NUL */
#define SSMANSWER_KEY 64	 /* bytes of a data key */

enum ssmop {
	OP_START,
	OP_RESUME,
	OP_TERMINATE,
	OP_DATA_KEY,
	OP_SEND,
	OP_INVOCATION,
	OP_CANCEL,
	OP_OPS,
};

/* What came of it. */
enum ssmword {
	ANSWER_DONE,
	ANSWER_NOT_CONNECTED, /* the target has no connection to AWS, or is none of ours */
	ANSWER_REFUSED,	      /* for good: no right, no such document, a parameter */
	ANSWER_GONE,	      /* there is no such session any more */
	ANSWER_NOT_YET,	      /* the command has not reached its target */
	ANSWER_EXPIRED,	      /* the credentials: once more with fresh ones */
	ANSWER_BUSY,	      /* later: too many calls; nothing was done */
	ANSWER_TROUBLE,	      /* later: trouble inside AWS; it may have been done */
	ANSWER_UNREACHED,     /* no answer; what was asked may have been done */
	ANSWER_NONSENSE,      /* the answer is none */
	ANSWER_OURS,	      /* memory, libcurl */
};

/* How a command by Run Command stands. */
enum ssmrun { RUN_RUNS, RUN_RAN, RUN_RAN_NOT, RUN_CANCELLED };

struct ssmanswer {
	enum ssmword word;
	char text[ERR_TEXT]; /* but for DONE: what happened, for people */
	/* START, RESUME: the session; SEND: the command. */
	char id[SSMANSWER_ID];
	struct secret *token; /* START; RESUME: NULL where the session is over */
	char *url;	      /* START; RESUME: may be NULL */
	/* DATA_KEY: 64 bytes, and the same sealed, as base64. */
	struct secret *key;
	char *sealed;
	/* INVOCATION. */
	enum ssmrun run;
	int status; /* -1: none */
	struct buf out, err;
	bool cut;
};

/* "StartSession" */
const char *ssmop_name(enum ssmop op);
/* "AmazonSSM.StartSession" into out[64]. */
void ssmop_target(enum ssmop op, char out[64]);
/* "ssm" or "kms". */
const char *ssmop_service(enum ssmop op);

/* Read an answer with its HTTP status.  Always gives a word; ret is cleared by
 * ssmanswer_clear(), whatever it is. */
void ssmanswer_read(
    enum ssmop op, unsigned status, struct span body, struct ssmanswer *ret);
/* An answer that did not come: word, with its text. */
void ssmanswer_none(enum ssmword word, const char *text, struct ssmanswer *ret);
/* Wipe and free; a second time is fine. */
void ssmanswer_clear(struct ssmanswer *a);

#endif
