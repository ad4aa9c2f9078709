/* broker mask test; see masktest.h. */
#include "broker/cli/masktest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "broker/cli/jsonlines.h"
#include "broker/cli/policysay.h"
#include "lib/model/status.h"

#define CHUNK 65536u

/* One file on its way. */
struct look {
	const char *file;
	bool json;
	struct mask_stream *stream;
	struct buf in, out;
	/* Where each line begins, but the first. */
	uint64_t *lines;
	size_t n_lines, room;
	uint64_t seen, hits;
};

static enum rc
add_line(struct look *l, uint64_t at, struct err *err)
{
	size_t room = l->room == 0 ? 1024 : 2 * l->room;
	uint64_t *p;

	if (l->n_lines == l->room) {
		if ((p = reallocarray(l->lines, room, sizeof *p)) == NULL)
			return err_memory(err);
		l->lines = p;
		l->room = room;
	}
	l->lines[l->n_lines++] = at;
	return RC_OK;
}

static enum rc
count_lines(struct look *l, struct span s, struct err *err)
{
	const uint8_t *at = s.p, *end = s.p + s.len;
	enum rc rc = RC_OK;

	while (rc == RC_OK && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
		at++;
		rc = add_line(l, l->seen + (uint64_t)(at - s.p), err);
	}
	l->seen += s.len;
	return rc;
}

/* How many of the lines' beginnings stand at this place or before. */
static size_t
lines_before(const struct look *l, uint64_t at)
{
	size_t low = 0, high = l->n_lines, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (l->lines[mid] <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
tell(void *arg, const struct mask_hit *hit)
{
	struct look *l = arg;
	size_t line = lines_before(l, hit->from);
	uint64_t column = hit->from - (line > 0 ? l->lines[line - 1] : 0) + 1;
	uint64_t to = hit->to != 0 ? hit->to : l->seen;

	l->hits++;
	if (l->json) {
		policysay_json_take(json_pack("{s:o, s:s, s:I, s:I, s:I, s:I}", "file",
		    policysay_value(span_of(l->file)), "rule", hit->rule, "from",
		    (json_int_t)hit->from, "to", (json_int_t)to, "line",
		    (json_int_t)line + 1, "column", (json_int_t)column));
		return;
	}
	policysay_text(l->file);
	printf(":%zu:%" PRIu64 ": %s, bytes %" PRIu64 " to %" PRIu64 "\n", line + 1,
	    column, hit->rule, hit->from, to);
}

static enum rc
read_on(struct look *l, int fd, struct err *err)
{
	struct span s;
	ssize_t n;
	enum rc rc;

	do
		n = read(fd, l->in.p, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, RC_REFUSE, "read %s", l->file);
	buf_reset(&l->out);
	if (n == 0) {
		rc = mask_end(l->stream, &l->out, err);
		return rc == RC_OK ? RC_END : rc;
	}
	s = span_make(l->in.p, (size_t)n);
	if ((rc = count_lines(l, s, err)) != RC_OK)
		return rc;
	return mask_put(l->stream, s, 1, &l->out, err);
}

static enum rc
look_at(struct look *l, const struct mask_rules *rules, struct err *err)
{
	enum rc rc = RC_OK;
	int fd;

	if ((rc = jsonlines_open(l->file, &fd, err)) != RC_OK)
		return rc;
	if ((l->stream = mask_stream_new(rules, MASK_API)) == NULL ||
	    buf_room(&l->in, CHUNK) == NULL)
		rc = err_memory(err);
	else
		mask_stream_tell(l->stream, tell, l);
	while (rc == RC_OK)
		rc = read_on(l, fd, err);
	close(fd);
	if (rc != RC_END)
		return rc;
	if (l->hits == 0 && !l->json) {
		policysay_text(l->file);
		puts(": nothing would be masked");
	}
	return RC_OK;
}

static enum rc
look_at_all(const struct maskopts *o, const struct mask_policy *p,
    const struct mask_rules *rules, bool *bad, struct err *err)
{
	enum rc rc = RC_OK;

	for (int i = 0; rc == RC_OK && i < o->argc; i++) {
		struct look l = { .file = o->argv[i], .json = o->json };

		buf_init(&l.in, CHUNK);
		buf_init(&l.out, mask_growth(2 * CHUNK + mask_policy_max_hold(p)));
		if ((rc = look_at(&l, rules, err)) == RC_REFUSE) {
			policysay_error(rc, err);
			*bad = true;
			rc = RC_OK;
		}
		mask_stream_free(l.stream);
		buf_clear(&l.in);
		buf_clear(&l.out);
		free(l.lines);
	}
	return rc;
}

int
masktest(const struct maskopts *o)
{
	struct mask_policy *p = NULL;
	struct mask_rules *rules = NULL;
	struct err err = { "" };
	bool bad = false;
	enum rc rc;

	if ((rc = maskopts_policy(o, &p, &err)) == RC_OK &&
	    (rc = maskopts_rules(o, p, NULL, 0, &rules, &err)) == RC_OK)
		rc = look_at_all(o, p, rules, &bad, &err);
	mask_rules_free(rules);
	mask_policy_free(p);
	if (rc != RC_OK)
		return policysay_error(rc, &err);
	return bad ? STATUS_USAGE : STATUS_OK;
}
