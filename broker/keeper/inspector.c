/* Recordings on their way through a pool; see inspector.h. */
#include "broker/keeper/inspector.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/keeper/pool.h"

struct job {
	struct pool_job pool; /* first */
	struct inspector *in;
	struct job *next; /* of those that were not told yet: the loop's alone */
	int fd;
	struct inspection i;
};

struct inspector {
	struct pool *pool;
	struct job *jobs;
	const struct trust *trust;
	inspector_fn *fn;
	void *arg;
};

enum rc
inspector_look(int fd, const struct trust *trust, struct proof *ret, struct err *err)
{
	if (fsync(fd) != 0)
		return err_errno(err, RC_FAIL, "sync a recording");
	return proof_file(fd, trust, NULL, ret, err);
}

static void
run(struct pool_job *p)
{
	struct job *j = (struct job *)p;

	j->i.rc = inspector_look(j->fd, j->in->trust, &j->i.proof, &j->i.err);
}

static void
forget(struct inspector *in, const struct job *j)
{
	for (struct job **at = &in->jobs; *at != NULL; at = &(*at)->next)
		if (*at == j) {
			*at = j->next;
			return;
		}
}

static void
told(void *arg, const struct pool_job *p)
{
	const struct job *j = (const struct job *)p;
	struct inspector *in = arg;

	forget(in, j);
	in->fn(in->arg, &j->i);
}

static void
free_job(struct pool_job *p)
{
	close(((struct job *)p)->fd);
	free(p);
}

enum rc
inspector_new(struct loop *l, const struct trust *trust, inspector_fn *fn, void *arg,
    struct inspector **ret, struct err *err)
{
	struct inspector *in = calloc(1, sizeof *in);
	const struct pool_work work = {
		.arg = in, .run = run, .told = told, .free = free_job
	};
	enum rc rc;

	if (in == NULL)
		return err_memory(err);
	in->trust = trust;
	in->fn = fn;
	in->arg = arg;
	if ((rc = pool_new(l, INSPECTOR_THREADS, &work, &in->pool, err)) != RC_OK) {
		free(in);
		return rc;
	}
	*ret = in;
	return RC_OK;
}

void
inspector_free(struct inspector *in)
{
	if (in == NULL)
		return;
	pool_free(in->pool);
	free(in);
}

static bool
known(const struct inspector *in, const uint8_t sid[16])
{
	for (const struct job *j = in->jobs; j != NULL; j = j->next)
		if (memcmp(j->i.sid, sid, sizeof j->i.sid) == 0)
			return true;
	return false;
}

enum rc
inspector_add(
    struct inspector *in, const uint8_t sid[16], uint32_t id, int fd, struct err *err)
{
	struct job *j;

	if (known(in, sid))
		return err_set(err, RC_REFUSE, "the recording is being closed already");
	if ((j = calloc(1, sizeof *j)) == NULL)
		return err_memory(err);
	if ((j->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0) {
		free(j);
		return err_errno(err, RC_FAIL, "look at a recording");
	}
	memcpy(j->i.sid, sid, sizeof j->i.sid);
	j->i.id = id;
	j->in = in;
	j->next = in->jobs;
	in->jobs = j;
	pool_add_take(in->pool, &j->pool);
	return RC_OK;
}
