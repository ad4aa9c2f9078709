/* Files on their way through a pool; see syncer.h.  What somebody waits for goes first. */
#include "broker/keeper/syncer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/keeper/pool.h"

struct job {
	struct pool_job pool; /* first */
	int fd;
	struct synced s;
};

struct syncer {
	struct pool *pool;
	syncer_fn *fn;
	void *arg;
};

static void
run(struct pool_job *p)
{
	struct job *j = (struct job *)p;

	if ((j->s.whole ? fsync(j->fd) : fdatasync(j->fd)) != 0)
		j->s.rc = err_errno(&j->s.err, RC_FAIL, "sync a recording");
}

static void
told(void *arg, const struct pool_job *p)
{
	const struct syncer *s = arg;

	s->fn(s->arg, &((const struct job *)p)->s);
}

static void
free_job(struct pool_job *p)
{
	close(((struct job *)p)->fd);
	free(p);
}

enum rc
syncer_new(
    struct loop *l, syncer_fn *fn, void *arg, struct syncer **ret, struct err *err)
{
	struct syncer *s = calloc(1, sizeof *s);
	const struct pool_work work = {
		.arg = s, .run = run, .told = told, .free = free_job
	};
	enum rc rc;

	if (s == NULL)
		return err_memory(err);
	s->fn = fn;
	s->arg = arg;
	if ((rc = pool_new(l, SYNCER_THREADS, &work, &s->pool, err)) != RC_OK) {
		free(s);
		return rc;
	}
	*ret = s;
	return RC_OK;
}

void
syncer_free(struct syncer *s)
{
	if (s == NULL)
		return;
	pool_free(s->pool);
	free(s);
}

enum rc
syncer_add(struct syncer *s, const uint8_t sid[16], uint32_t id, int fd, bool whole,
    struct err *err)
{
	struct job *j = calloc(1, sizeof *j);

	if (j == NULL)
		return err_memory(err);
	if ((j->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0) {
		free(j);
		return err_errno(err, RC_FAIL, "sync a recording");
	}
	memcpy(j->s.sid, sid, sizeof j->s.sid);
	j->s.id = id;
	j->s.whole = whole;
	j->pool.urgent = whole;
	pool_add_take(s->pool, &j->pool);
	return RC_OK;
}
