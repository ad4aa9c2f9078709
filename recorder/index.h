/* The footer's index: where chunks begin, labels in time, and the summary.
 *
 * Plaintext: u32 n, n times { u64 file_offset, u32 line_len, u64 t_first_us, u32
 * events, u32 flags }, u32 m, m times { u64 t_us, u32 chunk, u16 len, UTF-8 }, then
 * JSON. line_len counts the LF; flags are 0.  All of it may be one zstd frame (comp.h),
 * which says its size: no count of entries looks like the first bytes of one.
 *
 * A line has at most 1 MiB, so a long session cannot list each chunk: past INDEX_MAX
 * entries every second one is folded into the one before it (its events are added
 * there), again and again.  Memory is bounded in the same way.
 */
#ifndef RECORDER_INDEX_H
#define RECORDER_INDEX_H

#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define INDEX_MAX 16384
#define INDEX_MARKS_BYTES 65536 /* of all labels; further ones are left out */
#define INDEX_SUMMARY_MAX 98304

struct index_entry {
	uint64_t offset;
	uint32_t line_len;
	uint64_t time_us;
	uint32_t events;
};

struct index_mark {
	uint64_t time_us;
	uint32_t chunk;
	struct span text; /* borrowed from the index */
};

struct index;

/* An empty one.  On RC_OK *ret is yours: index_free().  RC_FAIL: memory. */
enum rc index_new(struct index **ret, struct err *err);
/* Wipes; NULL is fine. */
void index_free(struct index *ix);

/* The next chunk.  Cannot fail: its memory is there since index_new. */
void index_add(struct index *ix, const struct index_entry *e);
/* A label; left out without a word when there are too many.  RC_FAIL: memory. */
enum rc index_mark(struct index *ix, uint64_t time_us, uint32_t chunk, struct span text,
    struct err *err);
/* How long the plaintext would be now, without a summary. */
size_t index_size(const struct index *ix);
/* Append the plaintext.  RC_REFUSE: summary too long; RC_FAIL: no room in out. */
enum rc index_put(
    const struct index *ix, struct span summary, struct buf *out, struct err *err);

/* Make what index_put appended to an empty buf shorter, if it gets shorter.  RC_FAIL:
 * memory. */
enum rc index_pack(struct buf *plain, struct err *err);

/* Read a plaintext (copied), packed or not.  RC_REFUSE: counts or lengths that do not fit, labels or
 * summary that are not UTF-8, a frame that is none (all frames, in a build without zstd).
 */
enum rc index_parse(struct span plain, struct index **ret, struct err *err);

/* What stands in it: i is below the count; marks are borrowed. */
size_t index_entries(const struct index *ix);
struct index_entry index_entry_at(const struct index *ix, size_t i);
size_t index_marks(const struct index *ix);
struct index_mark index_mark_at(const struct index *ix, size_t i);
/* Only of a parsed index. */
struct span index_summary(const struct index *ix);

#endif
