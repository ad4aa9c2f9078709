/* Ends of lines, looked for backwards from where a piece would be full; see segment.h. */
#include "recorder/segment.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "recorder/cast.h"

#define BLOCK 65536

static enum rc
read_at(int fd, uint8_t *p, size_t n, uint64_t at, struct err *err)
{
	while (n > 0) {
		ssize_t got = pread(fd, p, n, (off_t)at);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return err_errno(err, RC_FAIL, "read a recording");
		if (got == 0)
			return err_set(err, RC_FAIL, "a recording became shorter");
		p += got;
		at += (uint64_t)got;
		n -= (size_t)got;
	}
	return RC_OK;
}

/* Behind the last LF in [from, to).  RC_END: there is none. */
static enum rc
last_end(int fd, uint64_t from, uint64_t to, uint64_t *ret, struct err *err)
{
	uint8_t block[BLOCK];

	while (to > from) {
		size_t n = to - from < BLOCK ? (size_t)(to - from) : BLOCK;
		const uint8_t *lf;
		enum rc rc;

		to -= n;
		if ((rc = read_at(fd, block, n, to, err)) != RC_OK)
			return rc;
		if ((lf = memrchr(block, '\n', n)) != NULL) {
			*ret = to + (uint64_t)(lf - block) + 1;
			return RC_OK;
		}
	}
	return RC_END;
}

/* Behind the first LF in [from, to).  RC_END: there is none. */
static enum rc
first_end(int fd, uint64_t from, uint64_t to, uint64_t *ret, struct err *err)
{
	uint8_t block[BLOCK];

	while (from < to) {
		size_t n = to - from < BLOCK ? (size_t)(to - from) : BLOCK;
		const uint8_t *lf;
		enum rc rc;

		if ((rc = read_at(fd, block, n, from, err)) != RC_OK)
			return rc;
		if ((lf = memchr(block, '\n', n)) != NULL) {
			*ret = from + (uint64_t)(lf - block) + 1;
			return RC_OK;
		}
		from += n;
	}
	return RC_END;
}

enum rc
segment_cut(int fd, uint64_t from, uint64_t size, uint64_t most, bool ended,
    uint64_t *len, struct err *err)
{
	uint64_t full, line, end = 0;
	enum rc rc;

	if (from >= size)
		return RC_END;
	full = size - from < most ? size : from + most;
	if (ended && full == size) {
		*len = size - from;
		return RC_OK;
	}
	if ((rc = last_end(fd, from, full, &end, err)) == RC_END) {
		line =
		    size - from < CAST_LINE_MAX + 1 ? size : from + CAST_LINE_MAX + 1;
		rc = first_end(fd, full, line, &end, err);
		if (rc == RC_END && (ended || line < size)) {
			end = ended && line == size ? size : full;
			rc = RC_OK;
		}
	}
	if (rc == RC_OK)
		*len = end - from;
	return rc;
}
