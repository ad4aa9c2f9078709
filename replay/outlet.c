/* Streams over borrowed descriptors; see outlet.h. */
#include "replay/outlet.h"

#include <errno.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "replay/stop.h"

static ssize_t
put(void *cookie, const char *p, size_t n)
{
	int fd = (int)(intptr_t)cookie;
	ssize_t done;

	do
		done = write(fd, p, n);
	while (done < 0 && errno == EINTR && stop_signal() == 0);
	/* 0 is what stdio takes for a failure here. */
	return done < 0 ? 0 : done;
}

enum rc
outlet_open(int fd, FILE **ret, struct err *err)
{
	static const cookie_io_functions_t io = { .write = put };
	FILE *f = fopencookie((void *)(intptr_t)fd, "w", io);

	if (f == NULL)
		return err_memory(err);
	*ret = f;
	return RC_OK;
}

enum rc
outlet_close(FILE *f, int fd, bool sync, struct err *err)
{
	bool bad = ferror(f) != 0;
	enum rc rc = RC_OK;
	struct stat st;

	if (fclose(f) != 0 || bad)
		rc = err_errno(err, RC_FAIL, "write");
	else if (sync && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && fsync(fd) != 0)
		rc = err_errno(err, RC_FAIL, "sync");
	return rc;
}
