/* The inside of a connection, shared by the files that keep it (conn.c) and answer its
 * front (conn_answer.c), and by nobody else. */
#ifndef BROKER_MONITOR_CONN_PARTS_H
#define BROKER_MONITOR_CONN_PARTS_H

#include <arpa/inet.h>

#include "broker/identity/authn.h"
#include "broker/monitor/conn.h"
#include "broker/monitor/monitor.h"
#include "lib/wire/port.h"

enum {
	ST_NEW = 1,
	ST_KNOWN = 2,
};

struct conn {
	struct conn *next;
	struct conns *all;
	enum msg_new_kind kind;
	struct port *sign, *talk;
	int tcp;
	struct authn *authn;
	char source[INET6_ADDRSTRLEN + 8];
	char name[65]; /* of the identity; "" before login */
	uint64_t since;
	unsigned requests;
	struct timer *timer; /* until login, then for limits.idle */
	uint64_t active;     /* when the front last said something about a channel */
};

struct conns {
	struct monitor *m;
	struct conn_owner owner;
	struct conn *first;
	size_t count;
	bool passed;	    /* the front's self-test */
	struct timer *rest; /* while the keeper is behind */
	bool resting;
};

/* ST_NEW or ST_KNOWN, of a struct conn. */
uint32_t conn_state(void *arg);
/* The front is gone, or broke a rule: one that lives on must not keep the client
 * waiting. */
void conn_cut(struct conn *c);
/* Read no front while the keeper is behind. */
void conns_rest_if_behind(struct conns *all);

/* ---- conn_answer.c ---- */
/* Ports over both sockets (taken), which answer what the front says.  RC_FAIL: memory. */
enum rc conn_ports_take(struct conn *c, int sign, int talk, struct err *err);

#endif
