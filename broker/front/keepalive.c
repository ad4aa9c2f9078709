/* Keepalives; see keepalive.h. */
#include "broker/front/keepalive.h"

#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>

struct keepalive {
	struct timer *timer;
	ssh_session ssh;
	int sock;
	bool on, due;
};

static void
set(int sock, int level, int name, int value)
{
	(void)setsockopt(sock, level, name, &value, sizeof value);
}

/* The self-test's socket is no TCP; these then do nothing. */
static void
set_socket(int sock)
{
	static const struct {
		int level, name, value;
	} options[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 }, /* libssh leaves Nagle's delay on */
		/* A client whose machine has died is noticed within two minutes. */
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 60 },
		{ IPPROTO_TCP, TCP_KEEPINTVL, 15 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 4 },
	};

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		set(sock, options[i].level, options[i].name, options[i].value);
}

static void
on_timer(void *arg)
{
	((struct keepalive *)arg)->due = true;
}

enum rc
keepalive_new(
    struct loop *l, int sock, ssh_session ssh, struct keepalive **ret, struct err *err)
{
	struct keepalive *k = calloc(1, sizeof *k);

	if (k == NULL || (k->timer = loop_timer(l, on_timer, k)) == NULL) {
		free(k);
		return err_memory(err);
	}
	k->ssh = ssh;
	k->sock = sock;
	set_socket(sock);
	*ret = k;
	return RC_OK;
}

void
keepalive_free(struct keepalive *k)
{
	if (k == NULL)
		return;
	timer_free(k->timer);
	free(k);
}

/* The bound on acknowledgements stands only while keepalives do: it would also end a
 * client that was suspended in the middle of much output. */
static void
turn_on(struct keepalive *k, bool on)
{
	k->on = on;
	k->due = false;
	set(k->sock, IPPROTO_TCP, TCP_USER_TIMEOUT, on ? KEEPALIVE_DEAD_MS : 0);
	if (on)
		timer_set(k->timer, KEEPALIVE_MS);
	else
		timer_stop(k->timer);
}

void
keepalive_step(struct keepalive *k, bool waits)
{
	if (k == NULL)
		return;
	if (waits != k->on)
		turn_on(k, waits);
	if (!k->due || (ssh_get_status(k->ssh) & SSH_WRITE_PENDING) != 0)
		return;
	k->due = false;
	timer_set(k->timer, KEEPALIVE_MS);
	/* Without blocking, a call either collects the last one's answer or sends: the
	 * first does the one where there is an answer, and the second then the other.
	 * While an answer is out neither sends, and neither tells. */
	(void)ssh_send_keepalive(k->ssh);
	(void)ssh_send_keepalive(k->ssh);
}
