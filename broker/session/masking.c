/* A session's rules and streams of masking; see masking.h.  Whatever cannot be done ends
 * in a masking that lets nothing through. */
#include "broker/session/masking.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "lib/base/clock.h"
#include "recorder/mask/decoded.h"
#include "recorder/mask/seed.h"

#define NAMES_MOST 8192 /* bytes of all names */
#define FIXED_ROWS 512	/* of START and of what the session made up itself */
#define LEASE_VALUES 3
#define SALT 16
/* START's names beside those of a few rules. */
#define NAMES 256
#define DEEPEST 32

struct masking {
	struct mask_policy *policy;
	struct buf names; /* with a comma between them */
	struct buf fixed; /* rows */
	struct buf leases[MASKING_LEASES];
	unsigned next;	    /* of leases: the oldest */
	char lease_id[129]; /* of the latest */
	enum mask_pace pace;
	bool dirty; /* rules are older than names or rows, or not there */
	bool revealed;
	struct mask_rules *rules, *bare; /* bare: of the seeds alone */
	struct mask_rules *named;	 /* of these names alone, for answers */
	struct buf named_by;
	/* Former rules: streams may speak of them for as long as they live. */
	struct mask_rules **old;
	size_t n_old;
	struct mask_stream *streams[WRITER_STREAMS];
	struct masks counts; /* of streams that are gone */
	bool failed;
	struct err why;
	uint64_t (*now_us)(void *arg);
	void *now_arg;
};

static uint64_t
mono_us(void *arg)
{
	(void)arg;
	return clock_mono_us();
}

/* It lets nothing through from here on. */
static enum rc
broke(struct masking *m, enum rc rc, struct err *err)
{
	if (!m->failed)
		m->why = *err;
	m->failed = true;
	return rc == RC_REFUSE ? RC_REFUSE : RC_FAIL;
}

/* ---- names and rows ---- */

/* The next name of a list; false: there are no more. */
static bool
next_name(struct span *list, struct span *ret)
{
	const uint8_t *comma;

	while (list->len > 0 && list->p[0] == ',')
		*list = span_make(list->p + 1, list->len - 1);
	if (list->len == 0)
		return false;
	comma = memchr(list->p, ',', list->len);
	*ret =
	    span_make(list->p, comma != NULL ? (size_t)(comma - list->p) : list->len);
	*list = span_make(list->p + ret->len, list->len - ret->len);
	return true;
}

static bool
has_name(const struct masking *m, struct span name)
{
	struct span list = buf_span(&m->names), one;

	while (next_name(&list, &one))
		if (span_eq(one, name))
			return true;
	return false;
}

static enum rc
add_names(struct masking *m, struct span names, struct err *err)
{
	struct span name;

	while (next_name(&names, &name)) {
		if (!mask_policy_knows(m->policy, name))
			return err_set(err, RC_REFUSE, "no masking is named \"%.*s\"",
			    (int)(name.len < 64 ? name.len : 64), (const char *)name.p);
		if (has_name(m, name))
			continue;
		buf_span_put(&m->names, name);
		buf_u8(&m->names, ',');
		m->dirty = true;
	}
	return buf_ok(&m->names) ? RC_OK : err_set(err, RC_FAIL, "too many names");
}

enum rc
masking_names(struct masking *m, struct span names, struct err *err)
{
	enum rc rc = add_names(m, names, err);

	return rc == RC_OK ? rc : broke(m, rc, err);
}

static enum rc
add_rows(struct span value, struct buf *rows, struct err *err)
{
	uint8_t salt[SALT];

	if (value.len > SEED_LONGEST)
		value.len = SEED_LONGEST;
	if (value.len < SEED_SHORTEST)
		return RC_OK;
	randombytes_buf(salt, sizeof salt);
	return seed_make(salt, value, rows, err);
}

enum rc
masking_seed(struct masking *m, const struct span *values, size_t n, struct err *err)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < n; i++)
		rc = add_rows(values[i], &m->fixed, err);
	m->dirty = true;
	return rc == RC_OK ? rc : broke(m, rc, err);
}

enum rc
masking_lease(struct masking *m, const struct msg_lease *lease, struct err *err)
{
	const struct span values[LEASE_VALUES] = { lease->access_key_id, lease->secret,
		lease->token };
	struct buf *rows = &m->leases[m->next];
	enum rc rc = RC_OK;

	if (lease->access_key_id.len == 0 || span_is(lease->access_key_id, m->lease_id))
		return RC_OK;
	(void)span_copy(lease->access_key_id, m->lease_id, sizeof m->lease_id);
	m->next = (m->next + 1) % MASKING_LEASES;
	buf_reset(rows);
	for (size_t i = 0; rc == RC_OK && i < LEASE_VALUES; i++)
		rc = add_rows(values[i], rows, err);
	m->dirty = true;
	return rc == RC_OK ? rc : broke(m, rc, err);
}

void
masking_reveal(struct masking *m)
{
	m->dirty = m->dirty || !m->revealed;
	m->revealed = true;
}

/* ---- making one ---- */

static enum rc
fill(struct masking *m, const struct masking_init *init, struct err *err)
{
	enum rc rc = init->policy.len > 0
			 ? mask_policy_parse("masking", init->policy, &m->policy, err)
			 : mask_policy_read(NULL, &m->policy, err);

	if (rc != RC_OK)
		return rc;
	if (init->seeds.len % SEED_ROW != 0)
		return err_set(err, RC_REFUSE, "rows of seeds that are none");
	buf_span_put(&m->fixed, init->seeds);
	if (!buf_ok(&m->fixed))
		return err_memory(err);
	return add_names(m, init->names, err);
}

enum rc
masking_new(const struct masking_init *init, struct masking **ret, struct err *err)
{
	struct masking *m = calloc(1, sizeof *m);
	enum rc rc;

	if (m == NULL)
		return err_memory(err);
	m->pace = init->pace;
	m->dirty = true;
	m->now_us = init->now_us != NULL ? init->now_us : mono_us;
	m->now_arg = init->now_arg;
	buf_init(&m->names, NAMES_MOST);
	buf_init(&m->named_by, NAMES_MOST);
	buf_init(&m->fixed, FIXED_ROWS * SEED_ROW);
	for (unsigned i = 0; i < MASKING_LEASES; i++)
		buf_init(&m->leases[i], LEASE_VALUES * SEED_FORMS * SEED_ROW);
	if ((rc = fill(m, init, err)) != RC_OK) {
		masking_free(m);
		return rc;
	}
	*ret = m;
	return RC_OK;
}

static void
free_old(struct masking *m)
{
	for (size_t i = 0; i < m->n_old; i++)
		mask_rules_free(m->old[i]);
	free(m->old);
	m->old = NULL;
	m->n_old = 0;
}

void
masking_free(struct masking *m)
{
	if (m == NULL)
		return;
	for (int i = 0; i < WRITER_STREAMS; i++)
		mask_stream_free(m->streams[i]);
	free_old(m);
	mask_rules_free(m->rules);
	mask_rules_free(m->bare);
	mask_rules_free(m->named);
	buf_clear(&m->named_by);
	mask_policy_free(m->policy);
	buf_clear(&m->names);
	buf_clear(&m->fixed);
	for (unsigned i = 0; i < MASKING_LEASES; i++)
		buf_clear(&m->leases[i]);
	free(m);
}

/* ---- rules ---- */

/* What is masked beside what the policy says, as spans. */
struct more {
	struct span names[NAMES];
	struct span seeds[FIXED_ROWS + MASKING_LEASES * LEASE_VALUES * SEED_FORMS];
	struct mask_more more;
};

static void
list_rows(struct more *all, struct span rows)
{
	for (size_t at = 0; at + SEED_ROW <= rows.len; at += SEED_ROW)
		all->seeds[all->more.n_seeds++] = span_make(rows.p + at, SEED_ROW);
}

static bool
list_names(struct span list, struct more *all)
{
	struct span name;

	all->more.names = all->names;
	while (next_name(&list, &name)) {
		if (all->more.n_names == NAMES)
			return false;
		all->names[all->more.n_names++] = name;
	}
	return true;
}

static bool
list_more(const struct masking *m, struct more *all)
{
	if (!list_names(buf_span(&m->names), all))
		return false;
	list_rows(all, buf_span(&m->fixed));
	for (unsigned i = 0; i < MASKING_LEASES; i++)
		list_rows(all, buf_span(&m->leases[i]));
	all->more.seeds = all->seeds;
	return true;
}

/* Room for two more is there before they are needed. */
static bool
room_for_old(struct masking *m)
{
	struct mask_rules **p = realloc(m->old, (m->n_old + 2) * sizeof *p);

	if (p != NULL)
		m->old = p;
	return p != NULL;
}

static void
replace(struct masking *m, struct mask_rules **which, struct mask_rules *fresh)
{
	if (*which != NULL)
		m->old[m->n_old++] = *which;
	*which = fresh;
}

static const struct mask_rules *
rules_of(const struct masking *m, enum writer_stream stream)
{
	return stream == WRITER_STDOUT && m->bare != NULL ? m->bare : m->rules;
}

static enum rc
make_rules(struct masking *m, struct mask_more *more, struct err *err)
{
	struct mask_rules *rules = NULL, *bare = NULL;
	enum rc rc = mask_rules_new(m->policy, more, &rules, err);

	more->only_seeds = true;
	if (rc == RC_OK && m->revealed)
		rc = mask_rules_new(m->policy, more, &bare, err);
	if (rc == RC_OK && !room_for_old(m))
		rc = err_memory(err);
	if (rc != RC_OK) {
		mask_rules_free(rules);
		mask_rules_free(bare);
		return rc;
	}
	replace(m, &m->rules, rules);
	if (bare != NULL)
		replace(m, &m->bare, bare);
	return RC_OK;
}

static enum rc
compile(struct masking *m, struct err *err)
{
	struct more *all = calloc(1, sizeof *all);
	enum rc rc = RC_OK;

	if (all == NULL)
		return err_memory(err);
	if (!list_more(m, all))
		rc = err_set(err, RC_FAIL, "too many names");
	if (rc == RC_OK)
		rc = make_rules(m, &all->more, err);
	free(all);
	if (rc != RC_OK)
		return rc;
	for (int i = 0; i < WRITER_STREAMS; i++)
		if (m->streams[i] != NULL)
			mask_stream_rules(
			    m->streams[i], rules_of(m, (enum writer_stream)i));
	m->dirty = false;
	return RC_OK;
}

/* The stream, with rules as they have to be now. */
static enum rc
ready(struct masking *m, enum writer_stream stream, struct err *err)
{
	enum rc rc = RC_OK;

	if (m->failed)
		return err_set(err, RC_FAIL, "%s", m->why.text);
	if (m->dirty)
		rc = compile(m, err);
	if (rc != RC_OK || m->streams[stream] != NULL)
		return rc;
	m->streams[stream] = mask_stream_new(rules_of(m, stream), m->pace);
	return m->streams[stream] != NULL ? RC_OK : err_memory(err);
}

/* ---- the stream ---- */

enum rc
masking_pass(void *arg, enum writer_stream stream, struct span in, bool end,
    struct buf *out, struct err *err)
{
	struct masking *m = arg;
	enum rc rc = RC_OK;

	if (in.len == 0 && m->streams[stream] == NULL && !m->failed)
		return RC_OK;
	rc = ready(m, stream, err);
	if (rc == RC_OK && in.len > 0)
		rc = mask_put(m->streams[stream], in, m->now_us(m->now_arg), out, err);
	if (rc == RC_OK && end)
		rc = mask_end(m->streams[stream], out, err);
	return rc == RC_OK ? rc : broke(m, RC_FAIL, err);
}

uint64_t
masking_due_us(const void *arg, enum writer_stream stream)
{
	const struct masking *m = arg;

	if (m->failed || m->streams[stream] == NULL)
		return UINT64_MAX;
	return mask_due_us(m->streams[stream]);
}

int
masking_due(const struct masking *m, enum writer_stream stream)
{
	uint64_t now = m->now_us(m->now_arg), due = masking_due_us(m, stream);

	if (due == UINT64_MAX)
		return -1;
	due = due > now ? (due - now + 999) / 1000 : 0;
	return due < INT_MAX ? (int)due : INT_MAX;
}

enum rc
masking_release(void *arg, enum writer_stream stream, struct buf *out, struct err *err)
{
	struct masking *m = arg;
	enum rc rc = ready(m, stream, err);

	if (rc == RC_OK)
		rc = mask_release(m->streams[stream], m->now_us(m->now_arg), out, err);
	return rc == RC_OK ? rc : broke(m, RC_FAIL, err);
}

struct conduit_filter
masking_filter(struct masking *m)
{
	return (struct conduit_filter){ .pass = masking_pass,
		.arg = m,
		.due_us = masking_due_us,
		.release = masking_release,
		.growth = mask_growth };
}

enum rc
masking_cut(
    struct masking *m, enum writer_stream stream, struct buf *out, struct err *err)
{
	enum rc rc;

	if (m->streams[stream] == NULL)
		return RC_OK;
	if ((rc = masking_pass(m, stream, span_make(NULL, 0), true, out, err)) != RC_OK)
		return rc;
	masks_add(&m->counts, m->streams[stream]);
	mask_stream_free(m->streams[stream]);
	m->streams[stream] = NULL;
	if (m->streams[WRITER_STDOUT] == NULL && m->streams[WRITER_STDERR] == NULL)
		free_old(m);
	return RC_OK;
}

/* Rules for answers of calls whose rule has these names. */
static enum rc
name_rules(struct masking *m, struct span names, struct err *err)
{
	struct more *all;
	enum rc rc;

	if (m->named != NULL && span_eq(buf_span(&m->named_by), names))
		return RC_OK;
	mask_rules_free(m->named);
	m->named = NULL;
	buf_reset(&m->named_by);
	buf_span_put(&m->named_by, names);
	if (!buf_ok(&m->named_by) || (all = calloc(1, sizeof *all)) == NULL)
		return err_memory(err);
	all->more.only_names = true;
	if (list_names(buf_span(&m->named_by), all))
		rc = mask_rules_new(m->policy, &all->more, &m->named, err);
	else
		rc = err_set(err, RC_FAIL, "too many names");
	free(all);
	return rc;
}

enum rc
masking_answer(struct masking *m, struct span names, struct span text, struct buf *out,
    struct err *err)
{
	enum rc rc;

	if (m->failed)
		return err_set(err, RC_FAIL, "%s", m->why.text);
	if ((rc = name_rules(m, names, err)) != RC_OK)
		return rc;
	return mask_text(m->named, text, out, err);
}

const char *
masking_failed(const struct masking *m)
{
	return m != NULL && m->failed ? m->why.text : NULL;
}

/* ---- texts ---- */

/* What is known whole is looked at within its base64, too. */
static void
mask_whole(const struct mask_rules *r, struct span text, struct buf *out)
{
	struct buf plain;

	buf_init(&plain, mask_growth(text.len));
	if (decoded_text(r, text, &plain, NULL) == RC_OK)
		mask_line(r, buf_span(&plain), out);
	else
		buf_text(out, "[MASKED]");
	buf_clear(&plain);
}

void
masking_line(struct masking *m, struct span text, struct buf *out)
{
	struct err err = { "" };
	enum rc rc = RC_OK;

	if (m == NULL) {
		buf_span_put(out, text);
		return;
	}
	if (m->dirty && !m->failed)
		rc = compile(m, &err);
	if (rc != RC_OK)
		(void)broke(m, rc, &err);
	if (m->rules == NULL)
		buf_text(out, "[MASKED]");
	else
		mask_whole(m->rules, text, out);
}

void
masking_text(struct masking *m, const char *text, char *out, size_t size)
{
	struct span from = span_of(text);
	struct buf b;

	buf_init(&b, mask_growth(from.len));
	if (from.len > 0)
		masking_line(m, from, &b);
	from = buf_ok(&b) ? buf_span(&b) : span_of("[MASKED]");
	if (from.len >= size)
		from.len = size - 1;
	if (from.len > 0)
		memcpy(out, from.p, from.len);
	out[from.len] = '\0';
	buf_clear(&b);
}

static bool
mask_string(struct masking *m, json_t *j)
{
	size_t len = json_string_length(j);
	struct buf b;
	bool good;

	if (len == 0)
		return true;
	buf_init(&b, mask_growth(len) + 16);
	masking_line(m, span_make(json_string_value(j), len), &b);
	good = buf_ok(&b) && json_string_setn(j, (const char *)b.p, b.len) == 0;
	buf_clear(&b);
	return good;
}

static bool
mask_value(struct masking *m, json_t *j, unsigned depth)
{
	bool good = depth < DEEPEST;
	const char *name;
	json_t *v;
	size_t i;

	if (json_is_string(j))
		return mask_string(m, j);
	json_object_foreach(j, name, v) good = good && mask_value(m, v, depth + 1);
	json_array_foreach(j, i, v) good = good && mask_value(m, v, depth + 1);
	return good;
}

bool
masking_json(struct masking *m, json_t *j)
{
	return mask_value(m, j, 0);
}

/* ---- counts ---- */

void
masking_counts(const struct masking *m, struct masks *ret)
{
	*ret = (struct masks){ .n = 0 };
	if (m == NULL)
		return;
	*ret = m->counts;
	for (int i = 0; i < WRITER_STREAMS; i++)
		masks_add(ret, m->streams[i]);
}
