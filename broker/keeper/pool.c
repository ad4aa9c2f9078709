/* One list of what is to be done, one of what is done, and an eventfd that wakes the
 * loop.  Threads hold the lock only to take a job and to lay it down. */
#include "broker/keeper/pool.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t threads[POOL_THREADS_MAX];
	unsigned nthreads;
	bool stop;
	struct pool_job *todo, *done;
	int bell;
	struct watch *watch;
	struct pool_work work;
};

/* The next job, or NULL when it is time to end.  Called and left with the lock. */
static struct pool_job *
next_job(struct pool *p)
{
	struct pool_job *j;

	while (p->todo == NULL && !p->stop)
		pthread_cond_wait(&p->more, &p->lock);
	if (p->stop)
		return NULL;
	j = p->todo;
	p->todo = j->next;
	return j;
}

static void *
work(void *arg)
{
	struct pool *p = arg;
	const uint64_t one = 1;
	struct pool_job *j;

	pthread_mutex_lock(&p->lock);
	while ((j = next_job(p)) != NULL) {
		pthread_mutex_unlock(&p->lock);
		p->work.run(j);
		pthread_mutex_lock(&p->lock);
		j->next = p->done;
		p->done = j;
		/* It can only fail when it is ringing already. */
		(void)!write(p->bell, &one, sizeof one);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static void
ready(void *arg, short revents)
{
	struct pool *p = arg;
	struct pool_job *done, *j;
	uint64_t count;

	(void)revents;
	(void)!read(p->bell, &count, sizeof count);
	pthread_mutex_lock(&p->lock);
	done = p->done;
	p->done = NULL;
	pthread_mutex_unlock(&p->lock);
	while ((j = done) != NULL) {
		done = j->next;
		p->work.told(p->work.arg, j);
		p->work.free(j);
	}
}

static enum rc
start_threads(struct pool *p, unsigned threads, struct err *err)
{
	for (; p->nthreads < threads; p->nthreads++)
		if ((errno = pthread_create(&p->threads[p->nthreads], NULL, work, p)) !=
		    0)
			return err_errno(err, RC_FAIL, "start a thread");
	return RC_OK;
}

enum rc
pool_new(struct loop *l, unsigned threads, const struct pool_work *how,
    struct pool **ret, struct err *err)
{
	struct pool *p;
	enum rc rc;

	if (threads < 1 || threads > POOL_THREADS_MAX)
		return err_set(err, RC_FAIL, "a pool of %u threads", threads);
	if ((p = calloc(1, sizeof *p)) == NULL)
		return err_memory(err);
	p->work = *how;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->more, NULL);
	if ((p->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		rc = err_errno(err, RC_FAIL, "eventfd");
	else if ((p->watch = loop_fd(l, p->bell, POLLIN, ready, p)) == NULL)
		rc = err_memory(err);
	else
		rc = start_threads(p, threads, err);
	if (rc != RC_OK) {
		pool_free(p);
		return rc;
	}
	*ret = p;
	return RC_OK;
}

static void
free_jobs(struct pool *p, struct pool_job *j)
{
	while (j != NULL) {
		struct pool_job *next = j->next;

		p->work.free(j);
		j = next;
	}
}

void
pool_free(struct pool *p)
{
	if (p == NULL)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->more);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 0; i < p->nthreads; i++)
		pthread_join(p->threads[i], NULL);
	free_jobs(p, p->todo);
	free_jobs(p, p->done);
	loop_fd_close(p->watch);
	if (p->bell >= 0)
		close(p->bell);
	pthread_cond_destroy(&p->more);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

void
pool_add_take(struct pool *p, struct pool_job *j)
{
	struct pool_job **at = &p->todo;

	pthread_mutex_lock(&p->lock);
	while (*at != NULL && (!j->urgent || (*at)->urgent))
		at = &(*at)->next;
	j->next = *at;
	*at = j;
	pthread_cond_signal(&p->more);
	pthread_mutex_unlock(&p->lock);
}
