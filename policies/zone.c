/* Time zone files; see zone.h.  Every count is bounded by the file before it is used. */
#include "policies/zone.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policies/tzrule.h"

#define LEAST_OFFSET (-25 * 3600) /* RFC 8536 section 3.2 */
#define MOST_OFFSET (26 * 3600)

struct zone {
	size_t n;
	int64_t *at;	 /* transitions, ascending */
	int32_t *offset; /* from each of them on */
	int32_t before;	 /* the first */
	bool has_rule;	 /* behind the last */
	struct tzrule rule;
};

/* The counts of a header. */
struct counts {
	uint8_t version;
	uint32_t isut, isstd, leap, time, type, chars;
};

static enum rc
bad(struct err *err, const char *what)
{
	return err_set(err, RC_REFUSE, "not a time zone: %s", what);
}

static enum rc
read_counts(struct cur *c, struct counts *n, struct err *err)
{
	if (!span_is(cur_bytes(c, 4), "TZif"))
		return bad(err, "no TZif file");
	n->version = cur_u8(c);
	cur_bytes(c, 15);
	n->isut = cur_u32(c);
	n->isstd = cur_u32(c);
	n->leap = cur_u32(c);
	n->time = cur_u32(c);
	n->type = cur_u32(c);
	n->chars = cur_u32(c);
	if (c->bad)
		return bad(err, "it ends early");
	if (n->version != 0 && (n->version < '2' || n->version > '4'))
		return bad(err, "of another version");
	if (n->time > ZONE_BYTES || n->type == 0 || n->type > 256 || n->chars == 0 ||
	    n->chars > ZONE_BYTES || n->leap > ZONE_BYTES ||
	    (n->isut != 0 && n->isut != n->type) ||
	    (n->isstd != 0 && n->isstd != n->type))
		return bad(err, "impossible counts");
	return RC_OK;
}

/* Behind a block's header; width: of its times. */
static void
skip_block(struct cur *c, const struct counts *n, size_t width)
{
	cur_bytes(c, n->time * (width + 1) + n->type * 6 + n->chars +
			 n->leap * (width + 4) + n->isstd + n->isut);
}

static enum rc
read_types(struct cur *c, const struct counts *n, int32_t offsets[256], struct err *err)
{
	for (uint32_t i = 0; i < n->type; i++) {
		int32_t offset = (int32_t)cur_u32(c);
		uint8_t summer = cur_u8(c), name = cur_u8(c);

		if (offset < LEAST_OFFSET || offset > MOST_OFFSET || summer > 1 ||
		    name >= n->chars)
			return bad(err, "a type that cannot be");
		offsets[i] = offset;
	}
	return RC_OK;
}

static enum rc
read_times(struct cur *c, const struct counts *n, size_t width, struct zone *z,
    struct err *err)
{
	if ((z->at = calloc(n->time + 1, sizeof *z->at)) == NULL ||
	    (z->offset = calloc(n->time + 1, sizeof *z->offset)) == NULL)
		return err_memory(err);
	for (uint32_t i = 0; i < n->time; i++) {
		z->at[i] =
		    width == 8 ? (int64_t)cur_u64(c) : (int64_t)(int32_t)cur_u32(c);
		if (i > 0 && z->at[i] <= z->at[i - 1])
			return bad(err, "times out of order");
	}
	z->n = n->time;
	return RC_OK;
}

/* A block behind its header. */
static enum rc
read_block(struct cur *c, const struct counts *n, size_t width, struct zone *z,
    struct err *err)
{
	int32_t offsets[256] = { 0 };
	struct span types;
	enum rc rc;

	if (n->leap != 0)
		return bad(err, "it counts leap seconds");
	if (n->time * (width + 1) > c->left)
		return bad(err, "it ends early");
	if ((rc = read_times(c, n, width, z, err)) != RC_OK)
		return rc;
	types = cur_bytes(c, n->time);
	if ((rc = read_types(c, n, offsets, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < types.len; i++) {
		if (types.p[i] >= n->type)
			return bad(err, "a type that is not there");
		z->offset[i] = offsets[types.p[i]];
	}
	z->before = offsets[0];
	cur_bytes(c, n->chars + n->isstd + n->isut);
	return c->bad ? bad(err, "it ends early") : RC_OK;
}

/* "\nRULE\n"; nothing between them where there is none. */
static enum rc
read_footer(struct cur *c, struct zone *z, struct err *err)
{
	struct span s = cur_rest(c);

	if (s.len < 2 || s.p[0] != '\n' || s.p[s.len - 1] != '\n')
		return bad(err, "no rule at its end");
	s = span_make(s.p + 1, s.len - 2);
	if (s.len == 0)
		return RC_OK;
	if (!tzrule_read(s, &z->rule))
		return bad(err, "a rule that nobody can read");
	z->has_rule = true;
	return RC_OK;
}

static enum rc
read_file(struct span file, struct zone *z, struct err *err)
{
	struct counts n = { 0 };
	struct cur c;
	enum rc rc;

	if (file.len > ZONE_BYTES)
		return bad(err, "it is too long");
	cur_init(&c, file);
	if ((rc = read_counts(&c, &n, err)) != RC_OK)
		return rc;
	if (n.version == 0) {
		if ((rc = read_block(&c, &n, 4, z, err)) != RC_OK)
			return rc;
		return cur_done(&c) ? RC_OK : bad(err, "more behind its end");
	}
	skip_block(&c, &n, 4);
	if ((rc = read_counts(&c, &n, err)) != RC_OK ||
	    (rc = read_block(&c, &n, 8, z, err)) != RC_OK)
		return rc;
	return read_footer(&c, z, err);
}

enum rc
zone_parse(struct span file, struct zone **ret, struct err *err)
{
	struct zone *z = calloc(1, sizeof *z);
	enum rc rc;

	if (z == NULL)
		return err_memory(err);
	if ((rc = read_file(file, z, err)) != RC_OK) {
		zone_free(z);
		return rc;
	}
	*ret = z;
	return RC_OK;
}

void
zone_free(struct zone *z)
{
	if (z == NULL)
		return;
	free(z->at);
	free(z->offset);
	free(z);
}

int32_t
zone_offset(const struct zone *z, int64_t utc)
{
	size_t low = 0, high;

	if (z == NULL)
		return 0;
	if (z->n == 0 || utc >= z->at[z->n - 1]) {
		if (z->has_rule)
			return tzrule_offset(&z->rule, utc);
		return z->n == 0 ? z->before : z->offset[z->n - 1];
	}
	/* How many are not behind it. */
	for (high = z->n; low < high;) {
		size_t mid = low + (high - low) / 2;

		if (z->at[mid] <= utc)
			low = mid + 1;
		else
			high = mid;
	}
	return low == 0 ? z->before : z->offset[low - 1];
}

int64_t
zone_moment(const struct zone *z, int64_t local)
{
	const int64_t day = 86400;
	int64_t late = local - zone_offset(z, local - day);
	int64_t early = local - zone_offset(z, local + day);

	if (early > late) {
		int64_t swap = early;

		early = late;
		late = swap;
	}
	return early + zone_offset(z, early) >= local ? early : late;
}

struct named {
	char name[ZONE_NAME + 1];
	struct zone *zone;
	struct named *next;
};

struct zones {
	char *folder;
	struct named *first;
};

struct zones *
zones_new(const char *folder)
{
	struct zones *all = calloc(1, sizeof *all);

	if (all == NULL)
		return NULL;
	if ((all->folder = strdup(folder != NULL ? folder : ZONE_FOLDER)) == NULL) {
		free(all);
		return NULL;
	}
	return all;
}

void
zones_free(struct zones *all)
{
	if (all == NULL)
		return;
	for (struct named *n = all->first, *next; n != NULL; n = next) {
		next = n->next;
		zone_free(n->zone);
		free(n);
	}
	free(all->folder);
	free(all);
}

/* Without dots there is no way out of the folder. */
static bool
is_name(const char *s)
{
	size_t n = strlen(s);

	if (n == 0 || n > ZONE_NAME || s[0] == '/' || s[n - 1] == '/')
		return false;
	for (size_t i = 0; i < n; i++)
		if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') ||
			(s[i] >= '0' && s[i] <= '9') || s[i] == '_' || s[i] == '+' ||
			s[i] == '-' || (s[i] == '/' && s[i + 1] != '/')))
			return false;
	return true;
}

static enum rc
read_all(int fd, struct buf *out, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_errno(err, RC_FAIL, "look at a time zone");
	if (!S_ISREG(st.st_mode))
		return bad(err, "no plain file");
	for (;;) {
		uint8_t *p = buf_room(out, 4096);
		ssize_t n;

		if (p == NULL)
			return bad(err, "it is too long");
		if ((n = read(fd, p, 4096)) == 0)
			return RC_OK;
		if (n > 0)
			out->len += (size_t)n;
		else if (errno != EINTR)
			return err_errno(err, RC_FAIL, "read a time zone");
	}
}

static enum rc
load(const struct zones *all, const char *name, struct zone **ret, struct err *err)
{
	char path[PATH_MAX];
	struct buf text;
	enum rc rc;
	int fd;

	if (snprintf(path, sizeof path, "%s/%s", all->folder, name) >= (int)sizeof path)
		return bad(err, "its path is too long");
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0)
		return err_errno(err, RC_REFUSE, "%s", path);
	buf_init(&text, ZONE_BYTES + 4096);
	if ((rc = read_all(fd, &text, err)) == RC_OK)
		rc = zone_parse(buf_span(&text), ret, err);
	buf_clear(&text);
	close(fd);
	return rc;
}

enum rc
zones_get(struct zones *all, const char *name, const struct zone **ret, struct err *err)
{
	struct named *n;
	enum rc rc;

	if (!is_name(name))
		return bad(err, "no such name");
	/* Known without any file. */
	if (strcmp(name, "UTC") == 0) {
		*ret = NULL;
		return RC_OK;
	}
	for (n = all->first; n != NULL; n = n->next)
		if (strcmp(n->name, name) == 0) {
			*ret = n->zone;
			return RC_OK;
		}
	if ((n = calloc(1, sizeof *n)) == NULL)
		return err_memory(err);
	snprintf(n->name, sizeof n->name, "%s", name);
	if ((rc = load(all, name, &n->zone, err)) != RC_OK) {
		free(n);
		return rc;
	}
	n->next = all->first;
	all->first = n;
	*ret = n->zone;
	return RC_OK;
}
