/* Writing that can be interrupted; see drain.h. */
#include "replay/drain.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/stop.h"

#define WRITE_MOST 4096 /* a pipe that polls writable takes this much */

static bool
writable(int fd, bool last)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int r;

	if (last)
		return poll(&p, 1, 1000) > 0;
	/* A change of size ends a wait, too. */
	do
		r = stop_poll(&p, 1, UINT64_MAX);
	while (r < 0 && errno == EINTR && stop_signal() == 0);
	return r > 0;
}

/* What a terminal that hung up says. */
static bool
hung_up(int fd)
{
	struct stat st;

	return errno == EIO && fstat(fd, &st) == 0 && S_ISCHR(st.st_mode);
}

enum rc
drain_flush(int fd, struct buf *b, bool last, struct err *err)
{
	struct span left = buf_span(b);

	if (!buf_ok(b))
		return err_memory(err);
	while (left.len > 0) {
		ssize_t n;

		if (!writable(fd, last))
			return RC_END;
		n = write(fd, left.p, left.len < WRITE_MOST ? left.len : WRITE_MOST);
		if (n < 0 && (errno == EPIPE || hung_up(fd)))
			return RC_END;
		if (n < 0 && errno != EINTR && errno != EAGAIN)
			return err_errno(err, RC_FAIL, "write");
		if (n > 0)
			left = span_make(left.p + n, left.len - (size_t)n);
	}
	buf_reset(b);
	return RC_OK;
}
