/* The append-only file; see spool.h. */
#include "recorder/spool.h"

#include <errno.h>
#include <unistd.h>

void
spool_init(struct spool *s, int fd, size_t max)
{
	*s = (struct spool){ .fd = fd };
	buf_init(&s->line, max);
}

void
spool_clear(struct spool *s)
{
	buf_clear(&s->line);
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
}

static void
mark_dirty(struct spool *s, uint64_t now_us)
{
	if (!s->dirty)
		s->dirty_us = now_us;
	s->dirty = true;
}

/* A call that a signal stopped before its first byte is made again; a short one never
 * is: it means that the disk is full or broken, and the session must end. */
static ssize_t
write_once(int fd, const uint8_t *p, size_t n)
{
	ssize_t done;

	do
		done = write(fd, p, n);
	while (done < 0 && errno == EINTR);
	return done;
}

static enum rc
write_rest(struct spool *s, uint64_t now_us, struct err *err)
{
	ssize_t n = write_once(s->fd, s->line.p + s->line.len - s->torn, s->torn);

	if (n > 0) {
		mark_dirty(s, now_us);
		s->torn -= (size_t)n;
	}
	if (n < 0) {
		s->why = errno;
		return err_errno(err, RC_FAIL, "write the recording");
	}
	if (s->torn > 0) {
		s->why = ENOSPC;
		return err_set(err, RC_FAIL,
		    "write the recording: %zu bytes did not fit", s->torn);
	}
	s->chain = s->after;
	return RC_OK;
}

enum rc
spool_begin(struct spool *s, struct err *err)
{
	if (s->torn > 0)
		return err_set(err, RC_FAIL, "the recording ends in a torn line");
	buf_reset(&s->line);
	return RC_OK;
}

enum rc
spool_write(struct spool *s, uint64_t now_us, struct err *err)
{
	enum rc rc;

	if (s->torn > 0)
		return err_set(err, RC_FAIL, "the recording ends in a torn line");
	if (!buf_ok(&s->line) || s->line.len == 0)
		return err_memory(err);
	s->after = s->chain;
	if ((rc = chain_add(&s->after, span_make(s->line.p, s->line.len - 1), err)) !=
	    RC_OK)
		return rc;
	s->torn = s->line.len;
	return write_rest(s, now_us, err);
}

enum rc
spool_finish(struct spool *s, uint64_t now_us, struct err *err)
{
	return s->torn > 0 ? write_rest(s, now_us, err) : RC_OK;
}

enum rc
spool_sync(struct spool *s, bool whole, struct err *err)
{
	if ((whole ? fsync(s->fd) : fdatasync(s->fd)) != 0) {
		s->why = errno;
		return err_errno(err, RC_FAIL, "sync the recording");
	}
	s->dirty = false;
	return RC_OK;
}
