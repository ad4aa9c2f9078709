/* Lines by pread: the file may be huge, hostile, or still growing. */
#include "recorder/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK 262144

struct lines {
	int fd;
	size_t max;
	uint8_t *p;	 /* max + 1 + BLOCK bytes: a whole line always fits */
	size_t from, to; /* what is read and not yet handed out */
	size_t looked;	 /* from here on no LF was looked for */
	uint64_t offset; /* in the file, of p[from] */
	bool end;
};

enum rc
lines_open(int fd, size_t max, struct lines **ret, struct err *err)
{
	struct lines *l = calloc(1, sizeof *l);

	if (l == NULL || (l->p = malloc(max + 1 + BLOCK)) == NULL) {
		free(l);
		return err_memory(err);
	}
	l->fd = fd;
	l->max = max;
	*ret = l;
	return RC_OK;
}

void
lines_close(struct lines *l)
{
	if (l == NULL)
		return;
	free(l->p);
	free(l);
}

void
lines_seek(struct lines *l, uint64_t offset)
{
	l->from = l->to = l->looked = 0;
	l->offset = offset;
	l->end = false;
}

static enum rc
fill(struct lines *l, struct err *err)
{
	ssize_t n;

	if (l->from > 0) {
		memmove(l->p, l->p + l->from, l->to - l->from);
		l->to -= l->from;
		l->looked -= l->from;
		l->from = 0;
	}
	do
		n = pread(l->fd, l->p + l->to, BLOCK, (off_t)(l->offset + l->to));
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, RC_FAIL, "read at offset %llu",
		    (unsigned long long)(l->offset + l->to));
	l->to += (size_t)n;
	l->end = n == 0;
	return RC_OK;
}

static void
hand_out(struct lines *l, size_t len, bool torn, struct line *ret)
{
	size_t used = torn ? len : len + 1;

	ret->text = span_make(l->p + l->from, len);
	ret->torn = torn;
	l->from += used;
	l->looked = l->from;
	l->offset += used;
}

enum rc
lines_next(struct lines *l, struct line *ret, struct err *err)
{
	ret->offset = l->offset;
	for (;;) {
		const uint8_t *lf = l->looked < l->to ? memchr(l->p + l->looked, '\n',
							    l->to - l->looked)
						      : NULL;
		size_t len = (lf != NULL ? (size_t)(lf - l->p) : l->to) - l->from;
		enum rc rc;

		l->looked = l->to;
		if (len > l->max)
			return err_set(
			    err, RC_REFUSE, "a line of more than %zu bytes", l->max);
		if (lf != NULL || (l->end && len > 0)) {
			hand_out(l, len, lf == NULL, ret);
			return RC_OK;
		}
		if (l->end)
			return RC_END;
		if ((rc = fill(l, err)) != RC_OK)
			return rc;
	}
}
