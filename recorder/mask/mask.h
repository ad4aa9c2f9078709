/* Masking: a stream of bytes in, the same stream with secrets replaced out, however the
 * bytes are cut into pieces.
 *
 * Rules are compiled once and shared by streams.  A stream holds back what may still turn
 * out to belong to a secret, for a bounded time and up to a bounded length.  Where a held
 * part was let go by time and then completes to a secret, the rest of it is masked.
 *
 * Without mask_release() the output is a function of the whole input alone.  Any error
 * leaves the stream broken: it gives nothing out any more.
 */
#ifndef RECORDER_MASK_MASK_H
#define RECORDER_MASK_MASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "recorder/mask/policy.h"

struct mask_rules;
struct mask_stream;

/* What is masked beside what the policy says by itself. */
struct mask_more {
	const struct span *names; /* of policies and rules: mask_policy_knows() each */
	size_t n_names;
	/* Rows of seed.h: values and their forms, as digests. */
	const struct span *seeds;
	size_t n_seeds;
	/* Nothing but the seeds: for an answer that people let through as it came. */
	bool only_seeds;
	/* Of what is asked for by name nothing but names, whatever the policy has on. */
	bool only_names;
};

/* p is borrowed for the call; more may be NULL.  On RC_OK *ret is yours:
 * mask_rules_free(), after all its streams.  RC_REFUSE: an unknown name, a malformed
 * seed, a regular expression that cannot be had; RC_FAIL: memory. */
enum rc mask_rules_new(const struct mask_policy *p, const struct mask_more *more,
    struct mask_rules **ret, struct err *err);
/* NULL is fine. */
void mask_rules_free(struct mask_rules *r);

/* One range that was masked (or, with count-only, would have been). */
struct mask_hit {
	const char *rule;  /* its id, borrowed */
	uint64_t from, to; /* bytes of the input; to is 0 while it goes on */
};
typedef void mask_hit_fn(void *arg, const struct mask_hit *hit);

/* r is borrowed for the stream's life.  NULL: out of memory. */
struct mask_stream *mask_stream_new(const struct mask_rules *r, enum mask_pace pace);
/* Wipes what is held.  NULL is fine. */
void mask_stream_free(struct mask_stream *s);
/* Told of each range once, when it is known to its end (or at the stream's end). */
void mask_stream_tell(struct mask_stream *s, mask_hit_fn *fn, void *arg);
/* From the next byte on by other rules; r as above.  What is undecided is judged by them. */
void mask_stream_rules(struct mask_stream *s, const struct mask_rules *r);

/* Append to out what may be shown now.  now_us: of a clock that does not go back.
 * RC_FAIL: memory, out is full, or the stream broke before. */
enum rc mask_put(struct mask_stream *s, struct span in, uint64_t now_us,
    struct buf *out, struct err *err);
/* When mask_release() wants to be called; UINT64_MAX: never. */
uint64_t mask_due_us(const struct mask_stream *s);
/* Append what was held for so long as it may be; too early it appends nothing. */
enum rc mask_release(
    struct mask_stream *s, uint64_t now_us, struct buf *out, struct err *err);
/* There is no more: append the rest. */
enum rc mask_end(struct mask_stream *s, struct buf *out, struct err *err);
/* Bytes that are held back, and the most that ever were. */
size_t mask_held(const struct mask_stream *s);
size_t mask_held_most(const struct mask_stream *s);

/* How often each rule masked something: the i-th rule that ever did, NULL when there are
 * no more. */
const char *mask_count(const struct mask_stream *s, size_t i, uint64_t *ret);

/* A whole text at once.  RC_FAIL: memory, or out is full. */
enum rc mask_text(
    const struct mask_rules *r, struct span text, struct buf *out, struct err *err);
/* The same for the broker's own lines (refusals, audit, notices): what cannot be masked, as
 * without rules (NULL), becomes "[MASKED]" whole.  There is no error. */
void mask_line(const struct mask_rules *r, struct span text, struct buf *out);

/* The most that a text of n bytes becomes, for out's bound. */
size_t mask_growth(size_t n);

#endif
