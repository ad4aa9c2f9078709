/* A session's masking: what its command or its target puts out goes through it before it
 * is recorded and shown, and so do the lines that the session says itself.
 *
 * The rules follow from START, from the credentials that the session is given, and from
 * what answers of the monitor add; they are compiled when they are first needed.  Names
 * and seeds are added, never taken away.  Any error breaks it for good: nothing passes
 * any more.
 *
 * Where a masking may be NULL below, nothing is masked: it could not be made, and its
 * session says no more than why.
 */
#ifndef BROKER_SESSION_MASKING_H
#define BROKER_SESSION_MASKING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "broker/session/conduit.h"
#include "broker/session/masks.h"
#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/wire/msg.h"
#include "recorder/mask/mask.h"

/* Leases whose values are masked: the latest ones.  Older ones have expired. */
#define MASKING_LEASES 8

struct masking;

struct masking_init {
	struct span policy; /* START.masking */
	struct span names;  /* START.masks */
	struct span seeds;  /* START.seeds */
	enum mask_pace pace;
	uint64_t (*now_us)(void *arg); /* NULL: clock_mono_us; the conduit's clock */
	void *now_arg;
};

/* What init borrows is copied.  On RC_OK *ret is yours: masking_free().  RC_REFUSE: a
 * policy that does not read, a name that it does not know, rows that are none; RC_FAIL:
 * memory. */
enum rc masking_new(
    const struct masking_init *init, struct masking **ret, struct err *err);
/* NULL is fine. */
void masking_free(struct masking *m);

/* Values that are masked from now on, in each of their forms; short ones are passed over.
 * RC_FAIL: memory. */
enum rc masking_seed(
    struct masking *m, const struct span *values, size_t n, struct err *err);
/* The same, of a lease; one that brings no credentials, or those that came last, is
 * nothing. */
enum rc masking_lease(
    struct masking *m, const struct msg_lease *lease, struct err *err);
/* Names with a comma between them, from now on, too.  RC_REFUSE: one that the policy does
 * not know; RC_FAIL: more than there can be, or memory. */
enum rc masking_names(struct masking *m, struct span names, struct err *err);
/* From now on stdout is masked by the seeds alone: people let an answer of AWS through as
 * it came, and the command prints it. */
void masking_reveal(struct masking *m);

/* The step between what runs and the recording; it lives as long as m. */
struct conduit_filter masking_filter(struct masking *m);
/* Its members, for who does without a conduit; arg: the masking. */
enum rc masking_pass(void *arg, enum writer_stream stream, struct span in, bool end,
    struct buf *out, struct err *err);
uint64_t masking_due_us(const void *arg, enum writer_stream stream);
enum rc masking_release(
    void *arg, enum writer_stream stream, struct buf *out, struct err *err);
/* Milliseconds until masking_release has work; -1: none. */
int masking_due(const struct masking *m, enum writer_stream stream);
/* What came before ends here and what follows has nothing to do with it: append what was
 * held back. */
enum rc masking_cut(
    struct masking *m, enum writer_stream stream, struct buf *out, struct err *err);

/* Append a value of an answer of AWS with what these names mean replaced, and nothing
 * else.  RC_REFUSE: a name that the policy does not know; RC_FAIL: memory, or it broke
 * before.  It does not break for this. */
enum rc masking_answer(struct masking *m, struct span names, struct span text,
    struct buf *out, struct err *err);

/* It broke: why, or NULL. */
const char *masking_failed(const struct masking *m);

/* A text of ours, even of one that broke later.  What cannot be masked becomes "[MASKED]"
 * whole. */
void masking_line(struct masking *m, struct span text, struct buf *out);
/* The same, cut to size bytes with its NUL. */
void masking_text(struct masking *m, const char *text, char *out, size_t size);
/* Each string of a value, its members' names not.  No value is fine; a string that finds no
 * memory makes it false. */
bool masking_json(struct masking *m, json_t *j);

/* How often each rule masked something in what was put out.  NULL: nothing. */
void masking_counts(const struct masking *m, struct masks *ret);

#endif
