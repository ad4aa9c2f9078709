/* From a pipe into a file; see intake.h. */
#include "config.h" /* first: it asks for memfd_create */

#include "replay/intake.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "replay/stop.h"

#define BLOCK 65536
/* Header, notice and opening seal stand before all that can be opened. */
#define HEAD_LINES 3

struct intake {
	int in;
	int disk, memory;
	int file; /* one of the two, once the first line is known */
	uint64_t len;
	unsigned lines; /* no more are counted than HEAD_LINES */
	bool ended;
	uint8_t block[BLOCK];
};

/* O_TMPFILE where the file system has it; else a name for a moment. */
static int
open_disk(void)
{
	const char *dir = getenv("TMPDIR");
	char name[4096];
	int fd;

	if (dir == NULL || dir[0] != '/' || strlen(dir) > sizeof name - 32)
		dir = "/tmp";
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	if (fd >= 0)
		return fd;
	memcpy(name, dir, strlen(dir));
	memcpy(name + strlen(dir), "/hoop-replay.XXXXXX", sizeof "/hoop-replay.XXXXXX");
	if ((fd = mkostemp(name, O_CLOEXEC)) >= 0)
		unlink(name);
	return fd;
}

enum rc
intake_open(int in, struct intake **ret, struct err *err)
{
	struct intake *k = calloc(1, sizeof *k);

	if (k == NULL)
		return err_memory(err);
	k->in = in;
	k->file = -1;
	k->memory = memfd_create("hoop-replay", MFD_CLOEXEC);
	k->disk = open_disk();
	if (k->memory < 0 || k->disk < 0) {
		err_errno(err, RC_FAIL, "a temporary file for standard input");
		intake_free(k);
		return RC_FAIL;
	}
	*ret = k;
	return RC_OK;
}

void
intake_free(struct intake *k)
{
	if (k == NULL)
		return;
	if (k->memory >= 0)
		close(k->memory);
	if (k->disk >= 0)
		close(k->disk);
	free(k);
}

static bool
is_sealed(struct span head)
{
	static const char mark[] = "\"hoop-rec/1\"";

	return memmem(head.p, head.len, mark, sizeof mark - 1) != NULL;
}

static enum rc
write_all(int fd, struct span s, struct err *err)
{
	while (s.len > 0) {
		ssize_t n = write(fd, s.p, s.len);

		if (n < 0 && errno != EINTR)
			return err_errno(err, RC_FAIL, "a temporary file");
		if (n > 0)
			s = span_make(s.p + n, s.len - (size_t)n);
	}
	return RC_OK;
}

static void
count_lines(struct intake *k, struct span s)
{
	const uint8_t *lf;

	while (k->lines < HEAD_LINES && (lf = memchr(s.p, '\n', s.len)) != NULL) {
		k->lines++;
		s = span_make(lf + 1, s.len - (size_t)(lf + 1 - s.p));
	}
}

/* Memory takes all until the first line has come: it has 64 KiB when it is sealed. */
static enum rc
choose(struct intake *k, struct err *err)
{
	struct span head;
	ssize_t n;

	if (k->file >= 0 || (k->lines == 0 && k->len < BLOCK && !k->ended))
		return RC_OK;
	n = pread(k->memory, k->block, sizeof k->block, 0);
	if (n < 0)
		return err_errno(err, RC_FAIL, "a temporary file");
	head = span_make(k->block, (size_t)n);
	k->file = is_sealed(head) ? k->disk : k->memory;
	/* Of the head no more than a block has come. */
	return k->file == k->disk ? write_all(k->disk, head, err) : RC_OK;
}

static enum rc
keep(struct intake *k, struct span s, struct err *err)
{
	uint64_t most = k->file == k->disk ? INTAKE_SEALED_MOST : INTAKE_PLAIN_MOST;
	enum rc rc;

	if (k->len + s.len > most)
		return err_set(err, RC_REFUSE,
		    "standard input has more than %llu bytes",
		    (unsigned long long)most);
	if ((rc = write_all(k->file >= 0 ? k->file : k->memory, s, err)) != RC_OK)
		return rc;
	k->len += s.len;
	count_lines(k, s);
	return choose(k, err);
}

enum rc
intake_take(struct intake *k, uint64_t timeout_us, struct err *err)
{
	struct pollfd fd = { .fd = k->in, .events = POLLIN };
	/* The head is judged as one block. */
	size_t room = k->file < 0 ? sizeof k->block - (size_t)k->len : sizeof k->block;
	ssize_t n;
	int r;

	if (k->ended)
		return RC_END;
	r = stop_poll(&fd, 1, timeout_us);
	if (r <= 0)
		return stop_signal() != 0 ? err_set(err, RC_REFUSE, "interrupted")
					  : RC_WAIT;
	n = read(k->in, k->block, room);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return RC_WAIT;
	if (n < 0)
		return err_errno(err, RC_FAIL, "standard input");
	if (n > 0)
		return keep(k, span_make(k->block, (size_t)n), err);
	k->ended = true;
	return choose(k, err) == RC_OK ? RC_END : RC_FAIL;
}

enum rc
intake_take_all(struct intake *k, struct err *err)
{
	enum rc rc;

	do
		rc = intake_take(k, UINT64_MAX, err);
	while (rc == RC_OK || rc == RC_WAIT);
	return rc == RC_END ? RC_OK : rc;
}

enum rc
intake_take_head(struct intake *k, struct err *err)
{
	enum rc rc = RC_OK;

	while ((rc == RC_OK || rc == RC_WAIT) &&
	       k->lines < (k->file == k->memory ? 1 : HEAD_LINES))
		rc = intake_take(k, UINT64_MAX, err);
	return rc == RC_END || rc == RC_WAIT ? RC_OK : rc;
}

int
intake_file(const struct intake *k)
{
	return k->file;
}

bool
intake_ended(const struct intake *k)
{
	return k->ended;
}
