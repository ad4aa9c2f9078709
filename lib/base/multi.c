/* The loop's side of libcurl; see multi.h. */
#include "lib/base/multi.h"

#include <malloc.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <string.h>

#include "lib/base/loop.h"

struct multi {
	struct multi_owner owner;
	struct loop *loop;
	CURLM *handle;
	struct timer *timer;
	unsigned depth; /* turns on the stack */
	unsigned curl;	/* of curl's own functions among them */
};

/* A watch must know its descriptor and its handle. */
struct plug {
	struct multi *multi;
	curl_socket_t fd;
	struct watch *watch;
};

static void
wiping_free(void *p)
{
	if (p != NULL)
		explicit_bzero(p, malloc_usable_size(p));
	free(p);
}

static void *
wiping_realloc(void *p, size_t size)
{
	size_t old = p == NULL ? 0 : malloc_usable_size(p);
	void *q = malloc(size);

	if (q == NULL)
		return NULL;
	if (p != NULL)
		memcpy(q, p, old < size ? old : size);
	wiping_free(p);
	return q;
}

enum rc
multi_prepare(struct err *err)
{
	/* libcurl would write the keys of each connection to the file it names. */
	(void)unsetenv("SSLKEYLOGFILE");
	if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free,
		wiping_realloc, strdup, calloc) != CURLE_OK)
		return err_set(err, RC_FAIL, "libcurl cannot start");
	return RC_OK;
}

/* Tell of the transfers that have ended. */
static void
drain(struct multi *m)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(m->handle, &left)) != NULL)
		if (msg->msg == CURLMSG_DONE)
			m->owner.done(m->owner.arg, msg->easy_handle, msg->data.result);
}

/* The end of a turn: nothing of ours is used behind it. */
static void
turned(struct multi *m)
{
	if (m->depth == 1)
		drain(m);
	if (--m->depth == 0 && m->owner.turned != NULL)
		m->owner.turned(m->owner.arg);
}

static void
turn(struct multi *m, curl_socket_t fd, int events)
{
	int running;

	m->depth++;
	m->curl++;
	(void)curl_multi_socket_action(m->handle, fd, events, &running);
	m->curl--;
	turned(m);
}

void
multi_pause(struct multi *m, CURL *easy, int what)
{
	m->depth++;
	m->curl++;
	(void)curl_easy_pause(easy, what);
	m->curl--;
	turned(m);
}

static void
on_fd(void *arg, short revents)
{
	struct plug *p = arg;
	int events = 0;

	if (revents & (POLLIN | POLLHUP))
		events |= CURL_CSELECT_IN;
	if (revents & POLLOUT)
		events |= CURL_CSELECT_OUT;
	if (revents & (POLLERR | POLLNVAL))
		events |= CURL_CSELECT_ERR;
	turn(p->multi, p->fd, events);
}

static void
on_timer(void *arg)
{
	turn(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int
set_timer(CURLM *handle, long ms, void *arg)
{
	struct multi *m = arg;

	(void)handle;
	if (ms < 0)
		timer_stop(m->timer);
	else
		timer_set(m->timer, (uint64_t)ms);
	return 0;
}

static int
unplug(struct multi *m, curl_socket_t fd, struct plug *p)
{
	if (p == NULL)
		return 0;
	(void)curl_multi_assign(m->handle, fd, NULL);
	loop_fd_close(p->watch);
	free(p);
	return 0;
}

static struct plug *
plug_in(struct multi *m, curl_socket_t fd)
{
	struct plug *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->multi = m;
	p->fd = fd;
	if ((p->watch = loop_fd(m->loop, fd, 0, on_fd, p)) == NULL) {
		free(p);
		return NULL;
	}
	(void)curl_multi_assign(m->handle, fd, p);
	return p;
}

static int
set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct multi *m = arg;
	struct plug *p = socket_arg;
	short events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE)
		return unplug(m, fd, p);
	if (p == NULL && (p = plug_in(m, fd)) == NULL)
		return -1;
	if (what & CURL_POLL_IN)
		events |= POLLIN;
	if (what & CURL_POLL_OUT)
		events |= POLLOUT;
	loop_fd_events(p->watch, events);
	return 0;
}

enum rc
multi_new(struct loop *l, const struct multi_owner *owner, struct multi **ret,
    struct err *err)
{
	struct multi *m = calloc(1, sizeof *m);
	enum rc rc;

	if (m == NULL)
		return err_memory(err);
	if ((rc = multi_prepare(err)) != RC_OK) {
		free(m);
		return rc;
	}
	m->loop = l;
	m->owner = *owner;
	m->handle = curl_multi_init();
	m->timer = loop_timer(l, on_timer, m);
	if (m->handle == NULL || m->timer == NULL) {
		multi_free(m);
		return err_memory(err);
	}
	(void)curl_multi_setopt(m->handle, CURLMOPT_SOCKETFUNCTION, set_socket);
	(void)curl_multi_setopt(m->handle, CURLMOPT_SOCKETDATA, m);
	(void)curl_multi_setopt(m->handle, CURLMOPT_TIMERFUNCTION, set_timer);
	(void)curl_multi_setopt(m->handle, CURLMOPT_TIMERDATA, m);
	multi_keep(m, 8);
	*ret = m;
	return RC_OK;
}

void
multi_free(struct multi *m)
{
	if (m == NULL)
		return;
	/* Closes idle connections, which takes their watches away. */
	if (m->handle != NULL)
		curl_multi_cleanup(m->handle);
	timer_free(m->timer);
	free(m);
	curl_global_cleanup();
}

enum rc
multi_add(struct multi *m, CURL *easy, struct err *err)
{
	if (curl_multi_add_handle(m->handle, easy) != CURLM_OK)
		return err_set(err, RC_FAIL, "libcurl takes no call");
	return RC_OK;
}

void
multi_remove(struct multi *m, CURL *easy)
{
	(void)curl_multi_remove_handle(m->handle, easy);
}

bool
multi_busy(const struct multi *m)
{
	return m->curl > 0;
}

void
multi_keep(struct multi *m, long connections)
{
	(void)curl_multi_setopt(m->handle, CURLMOPT_MAXCONNECTS, connections);
}

curl_socket_t
multi_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	(void)arg;
	(void)purpose;
	return socket(
	    a->family, a->socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, a->protocol);
}
