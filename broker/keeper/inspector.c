/* A small pool: one list of what is to be done, one of what is done, an eventfd that
 * wakes the loop.  Threads touch nothing but their own job and the lists. */
#include "broker/keeper/inspector.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct job {
	struct job *next;
	int fd;
	struct inspection i;
};

struct inspector {
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t threads[INSPECTOR_THREADS];
	unsigned nthreads;
	bool stop;
	struct job *todo, **todo_last;
	struct job *done;
	struct job *busy[INSPECTOR_THREADS];
	int bell;
	struct watch *watch;
	const struct trust *trust;
	inspector_fn *fn;
	void *arg;
};

struct worker {
	struct inspector *in;
	unsigned place;
};

enum rc
inspector_look(int fd, const struct trust *trust, struct proof *ret, struct err *err)
{
	if (fsync(fd) != 0)
		return err_errno(err, RC_FAIL, "sync a recording");
	return proof_file(fd, trust, NULL, ret, err);
}

static void
free_job(struct job *j)
{
	close(j->fd);
	free(j);
}

/* The next job, or NULL when it is time to end.  Called and left with the lock. */
static struct job *
next_job(struct inspector *in)
{
	struct job *j;

	while (in->todo == NULL && !in->stop)
		pthread_cond_wait(&in->more, &in->lock);
	if (in->stop)
		return NULL;
	j = in->todo;
	if ((in->todo = j->next) == NULL)
		in->todo_last = &in->todo;
	return j;
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct inspector *in = w->in;
	const uint64_t one = 1;
	struct job *j;

	pthread_mutex_lock(&in->lock);
	while ((j = next_job(in)) != NULL) {
		in->busy[w->place] = j;
		pthread_mutex_unlock(&in->lock);
		j->i.rc = inspector_look(j->fd, in->trust, &j->i.proof, &j->i.err);
		pthread_mutex_lock(&in->lock);
		in->busy[w->place] = NULL;
		j->next = in->done;
		in->done = j;
		/* It can only fail when it is ringing already. */
		(void)!write(in->bell, &one, sizeof one);
	}
	pthread_mutex_unlock(&in->lock);
	free(w);
	return NULL;
}

static void
ready(void *arg, short revents)
{
	struct inspector *in = arg;
	struct job *done;
	uint64_t count;

	(void)revents;
	(void)!read(in->bell, &count, sizeof count);
	pthread_mutex_lock(&in->lock);
	done = in->done;
	in->done = NULL;
	pthread_mutex_unlock(&in->lock);
	while (done != NULL) {
		struct job *j = done;

		done = j->next;
		in->fn(in->arg, &j->i);
		free_job(j);
	}
}

static enum rc
start_threads(struct inspector *in, struct err *err)
{
	while (in->nthreads < INSPECTOR_THREADS) {
		struct worker *w = malloc(sizeof *w);

		if (w == NULL)
			return err_memory(err);
		*w = (struct worker){ in, in->nthreads };
		if ((errno = pthread_create(
			 &in->threads[in->nthreads], NULL, work, w)) != 0) {
			free(w);
			return err_errno(err, RC_FAIL, "start a thread");
		}
		in->nthreads++;
	}
	return RC_OK;
}

enum rc
inspector_new(struct loop *l, const struct trust *trust, inspector_fn *fn, void *arg,
    struct inspector **ret, struct err *err)
{
	struct inspector *in = calloc(1, sizeof *in);
	enum rc rc;

	if (in == NULL)
		return err_memory(err);
	in->trust = trust;
	in->fn = fn;
	in->arg = arg;
	in->todo_last = &in->todo;
	pthread_mutex_init(&in->lock, NULL);
	pthread_cond_init(&in->more, NULL);
	if ((in->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		rc = err_errno(err, RC_FAIL, "eventfd");
	else if ((in->watch = loop_fd(l, in->bell, POLLIN, ready, in)) == NULL)
		rc = err_memory(err);
	else
		rc = start_threads(in, err);
	if (rc != RC_OK) {
		inspector_free(in);
		return rc;
	}
	*ret = in;
	return RC_OK;
}

static void
free_jobs(struct job *j)
{
	while (j != NULL) {
		struct job *next = j->next;

		free_job(j);
		j = next;
	}
}

void
inspector_free(struct inspector *in)
{
	if (in == NULL)
		return;
	pthread_mutex_lock(&in->lock);
	in->stop = true;
	pthread_cond_broadcast(&in->more);
	pthread_mutex_unlock(&in->lock);
	for (unsigned i = 0; i < in->nthreads; i++)
		pthread_join(in->threads[i], NULL);
	free_jobs(in->todo);
	free_jobs(in->done);
	loop_fd_close(in->watch);
	if (in->bell >= 0)
		close(in->bell);
	pthread_cond_destroy(&in->more);
	pthread_mutex_destroy(&in->lock);
	free(in);
}

static bool
holds(const struct job *j, const uint8_t sid[16])
{
	for (; j != NULL; j = j->next)
		if (memcmp(j->i.sid, sid, sizeof j->i.sid) == 0)
			return true;
	return false;
}

/* With the lock. */
static bool
known(const struct inspector *in, const uint8_t sid[16])
{
	for (unsigned i = 0; i < INSPECTOR_THREADS; i++)
		if (in->busy[i] != NULL &&
		    memcmp(in->busy[i]->i.sid, sid, sizeof in->busy[i]->i.sid) == 0)
			return true;
	return holds(in->todo, sid) || holds(in->done, sid);
}

enum rc
inspector_add(
    struct inspector *in, const uint8_t sid[16], uint32_t id, int fd, struct err *err)
{
	struct job *j = calloc(1, sizeof *j);
	enum rc rc = RC_OK;

	if (j == NULL)
		return err_memory(err);
	if ((j->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0) {
		free(j);
		return err_errno(err, RC_FAIL, "look at a recording");
	}
	memcpy(j->i.sid, sid, sizeof j->i.sid);
	j->i.id = id;
	pthread_mutex_lock(&in->lock);
	if (known(in, sid)) {
		rc = err_set(err, RC_REFUSE, "the recording is being closed already");
	} else {
		*in->todo_last = j;
		in->todo_last = &j->next;
		pthread_cond_signal(&in->more);
	}
	pthread_mutex_unlock(&in->lock);
	if (rc != RC_OK)
		free_job(j);
	return rc;
}
