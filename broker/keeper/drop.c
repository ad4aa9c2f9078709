/* One thread, one heap of lines that wait, the newest text. */
#include "broker/keeper/drop.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "recorder/swapfile.h"

#define LINES_MAX (1u << 20) /* bytes that wait for a folder that hangs */
#define LAST_WAIT_S 2

struct drop {
	pthread_mutex_t lock;
	pthread_cond_t more, idle;
	pthread_t thread;
	bool started, stop, busy;
	size_t n;
	int dir[DROP_MOST];
	bool ailing[DROP_MOST];
	char newest[SWAPFILE_NAME_MAX], all[SWAPFILE_NAME_MAX + 1];
	struct buf text, lines; /* what waits */
};

/* BROKER.checkpoint; a broker's name may have slashes and is at most 128 bytes. */
static enum rc
make_names(struct drop *d, const char *broker, struct err *err)
{
	struct buf b;

	buf_over(&b, d->newest, sizeof d->newest);
	for (; *broker != '\0'; broker++)
		if (*broker == '/')
			buf_text(&b, "%2F");
		else
			buf_put(&b, broker, 1);
	buf_text(&b, ".checkpoint");
	if (!buf_ok(&b))
		return err_set(err, RC_REFUSE, "the broker's name is too long");
	(void)buf_cstr(&b);
	snprintf(d->all, sizeof d->all, "%ss", d->newest);
	return RC_OK;
}

static enum rc
open_dirs(struct drop *d, const char *const *dirs, size_t n, struct err *err)
{
	if (n > DROP_MOST)
		return err_set(err, RC_REFUSE, "more than %d folders", DROP_MOST);
	for (; d->n < n; d->n++) {
		d->dir[d->n] = open(dirs[d->n], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (d->dir[d->n] < 0)
			return err_errno(err, RC_REFUSE, "drop folder %s", dirs[d->n]);
	}
	return RC_OK;
}

static void
free_all(struct drop *d)
{
	for (size_t i = 0; i < d->n; i++)
		close(d->dir[i]);
	buf_clear(&d->text);
	buf_clear(&d->lines);
	pthread_cond_destroy(&d->more);
	pthread_cond_destroy(&d->idle);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

enum rc
drop_open(const char *const *dirs, size_t n, const char *broker, struct drop **ret,
    struct err *err)
{
	struct drop *d = calloc(1, sizeof *d);
	enum rc rc;

	if (d == NULL)
		return err_memory(err);
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->more, NULL);
	pthread_cond_init(&d->idle, NULL);
	buf_init(&d->text, CHECKPOINT_TEXT_MAX);
	buf_init(&d->lines, LINES_MAX);
	if ((rc = make_names(d, broker, err)) != RC_OK ||
	    (rc = open_dirs(d, dirs, n, err)) != RC_OK) {
		free_all(d);
		return rc;
	}
	*ret = d;
	return RC_OK;
}

static enum rc
add_lines(int dir, const char *name, struct span lines, struct err *err)
{
	enum rc rc = RC_OK;
	int fd = openat(dir, name,
	    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644);
	ssize_t n;

	if (fd < 0)
		return err_errno(err, RC_FAIL, "open %s", name);
	do
		n = write(fd, lines.p, lines.len);
	while (n < 0 && errno == EINTR);
	if (n < 0 || (size_t)n != lines.len || fchmod(fd, 0644) != 0 ||
	    fdatasync(fd) != 0)
		rc = err_errno(err, RC_FAIL, "write %s", name);
	close(fd);
	return rc;
}

/* The lines first: the newest is the last of them. */
static void
leave(struct drop *d, size_t i, struct span text, struct span lines)
{
	struct err err = { "" };
	bool good = add_lines(d->dir[i], d->all, lines, &err) == RC_OK &&
		    swapfile_put(d->dir[i], d->newest, 0644, text, &err) == RC_OK &&
		    fsync(d->dir[i]) == 0;

	if (!good && !d->ailing[i])
		log_line(LOG_ERROR, "drop folder %zu: a checkpoint was not left: %s", i,
		    err.text);
	if (good && d->ailing[i])
		log_line(LOG_NOTICE, "drop folder %zu: checkpoints are left again", i);
	d->ailing[i] = !good;
}

static void *
work(void *arg)
{
	struct drop *d = arg;

	pthread_mutex_lock(&d->lock);
	for (;;) {
		struct buf text, lines;

		while (d->lines.len == 0 && !d->stop)
			pthread_cond_wait(&d->more, &d->lock);
		if (d->lines.len == 0)
			break;
		text = d->text;
		lines = d->lines;
		buf_init(&d->text, CHECKPOINT_TEXT_MAX);
		buf_init(&d->lines, LINES_MAX);
		pthread_mutex_unlock(&d->lock);
		for (size_t i = 0; i < d->n; i++)
			leave(d, i, buf_span(&text), buf_span(&lines));
		buf_clear(&text);
		buf_clear(&lines);
		pthread_mutex_lock(&d->lock);
	}
	d->busy = false;
	pthread_cond_signal(&d->idle);
	pthread_mutex_unlock(&d->lock);
	return NULL;
}

enum rc
drop_start(struct drop *d, struct err *err)
{
	if (d == NULL || d->n == 0)
		return RC_OK;
	d->busy = true;
	if ((errno = pthread_create(&d->thread, NULL, work, d)) != 0) {
		d->busy = false;
		return err_errno(err, RC_FAIL, "start a thread");
	}
	d->started = true;
	return RC_OK;
}

void
drop_put(struct drop *d, const struct checkpoint *c, struct span text)
{
	if (d == NULL || d->n == 0)
		return;
	pthread_mutex_lock(&d->lock);
	buf_reset(&d->text);
	buf_span_put(&d->text, text);
	/* A folder that hangs for so long loses lines, not the newest. */
	if (d->lines.len > LINES_MAX / 2)
		buf_reset(&d->lines);
	checkpoint_line_put(c, &d->lines);
	pthread_cond_signal(&d->more);
	pthread_mutex_unlock(&d->lock);
}

/* False: it still hangs. */
static bool
wait_idle(struct drop *d)
{
	struct timespec until;
	bool idle;
	int rc = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += LAST_WAIT_S;
	pthread_mutex_lock(&d->lock);
	d->stop = true;
	pthread_cond_signal(&d->more);
	while (d->busy && rc == 0)
		rc = pthread_cond_timedwait(&d->idle, &d->lock, &until);
	idle = !d->busy;
	pthread_mutex_unlock(&d->lock);
	return idle;
}

void
drop_close(struct drop *d)
{
	if (d == NULL)
		return;
	if (d->started) {
		/* A thread that hangs keeps what it uses; the process ends now. */
		if (!wait_idle(d)) {
			log_line(LOG_ERROR, "a drop folder hangs");
			return;
		}
		pthread_join(d->thread, NULL);
	}
	free_all(d);
}
