/* A small pool as the inspector's: what waits, what is done, and an eventfd that wakes
 * the loop.  What somebody waits for goes first. */
#include "broker/keeper/syncer.h"

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
	struct synced s;
};

struct syncer {
	pthread_mutex_t lock;
	pthread_cond_t more;
	pthread_t threads[SYNCER_THREADS];
	unsigned nthreads;
	bool stop;
	struct job *todo, *done;
	int bell;
	struct watch *watch;
	syncer_fn *fn;
	void *arg;
};

static void
free_jobs(struct job *j)
{
	while (j != NULL) {
		struct job *next = j->next;

		close(j->fd);
		free(j);
		j = next;
	}
}

/* The next job, or NULL when it is time to end.  Called and left with the lock. */
static struct job *
next_job(struct syncer *s)
{
	struct job *j;

	while (s->todo == NULL && !s->stop)
		pthread_cond_wait(&s->more, &s->lock);
	if (s->stop)
		return NULL;
	j = s->todo;
	s->todo = j->next;
	return j;
}

static void
run(struct job *j)
{
	if ((j->s.whole ? fsync(j->fd) : fdatasync(j->fd)) != 0)
		j->s.rc = err_errno(&j->s.err, RC_FAIL, "sync a recording");
}

static void *
work(void *arg)
{
	struct syncer *s = arg;
	const uint64_t one = 1;
	struct job *j;

	pthread_mutex_lock(&s->lock);
	while ((j = next_job(s)) != NULL) {
		pthread_mutex_unlock(&s->lock);
		run(j);
		pthread_mutex_lock(&s->lock);
		j->next = s->done;
		s->done = j;
		/* It can only fail when it is ringing already. */
		(void)!write(s->bell, &one, sizeof one);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

static void
ready(void *arg, short revents)
{
	struct syncer *s = arg;
	struct job *done;
	uint64_t count;

	(void)revents;
	(void)!read(s->bell, &count, sizeof count);
	pthread_mutex_lock(&s->lock);
	done = s->done;
	s->done = NULL;
	pthread_mutex_unlock(&s->lock);
	for (struct job *j = done; j != NULL; j = j->next)
		s->fn(s->arg, &j->s);
	free_jobs(done);
}

static enum rc
start_threads(struct syncer *s, struct err *err)
{
	for (; s->nthreads < SYNCER_THREADS; s->nthreads++)
		if ((errno = pthread_create(&s->threads[s->nthreads], NULL, work, s)) !=
		    0)
			return err_errno(err, RC_FAIL, "start a thread");
	return RC_OK;
}

enum rc
syncer_new(
    struct loop *l, syncer_fn *fn, void *arg, struct syncer **ret, struct err *err)
{
	struct syncer *s = calloc(1, sizeof *s);
	enum rc rc;

	if (s == NULL)
		return err_memory(err);
	s->fn = fn;
	s->arg = arg;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	if ((s->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) < 0)
		rc = err_errno(err, RC_FAIL, "eventfd");
	else if ((s->watch = loop_fd(l, s->bell, POLLIN, ready, s)) == NULL)
		rc = err_memory(err);
	else
		rc = start_threads(s, err);
	if (rc != RC_OK) {
		syncer_free(s);
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
	pthread_mutex_lock(&s->lock);
	s->stop = true;
	pthread_cond_broadcast(&s->more);
	pthread_mutex_unlock(&s->lock);
	for (unsigned i = 0; i < s->nthreads; i++)
		pthread_join(s->threads[i], NULL);
	free_jobs(s->todo);
	free_jobs(s->done);
	loop_fd_close(s->watch);
	if (s->bell >= 0)
		close(s->bell);
	pthread_cond_destroy(&s->more);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

enum rc
syncer_add(struct syncer *s, const uint8_t sid[16], uint32_t id, int fd, bool whole,
    struct err *err)
{
	struct job *j = calloc(1, sizeof *j), **at;

	if (j == NULL)
		return err_memory(err);
	if ((j->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)) < 0) {
		free(j);
		return err_errno(err, RC_FAIL, "sync a recording");
	}
	memcpy(j->s.sid, sid, sizeof j->s.sid);
	j->s.id = id;
	j->s.whole = whole;
	pthread_mutex_lock(&s->lock);
	at = &s->todo;
	while (*at != NULL && (!whole || (*at)->s.whole))
		at = &(*at)->next;
	j->next = *at;
	*at = j;
	pthread_cond_signal(&s->more);
	pthread_mutex_unlock(&s->lock);
	return RC_OK;
}
