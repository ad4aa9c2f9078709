/* The monitor's parts, connected; see wires.h. */
#include "broker/monitor/wires.h"

#include "broker/monitor/monitor.h"
#include "broker/monitor/session.h"

static enum rc
connection_opened(
    void *arg, enum msg_new_kind kind, int sign, int talk, int tcp, struct err *err)
{
	return conn_open_take(
	    ((struct monitor *)arg)->conns, kind, sign, talk, tcp, err);
}

static bool
front_tested(void *arg)
{
	return conns_tested(((struct monitor *)arg)->conns);
}

static void
command_launched(void *arg, uint32_t session, const struct msg_launched *m)
{
	session_launched(((struct monitor *)arg)->sessions, session, m);
}

static void
command_exited(void *arg, uint32_t session, const struct msg_exited *m)
{
	session_exited(((struct monitor *)arg)->sessions, session, m);
}

static void
recording_cut(void *arg, const struct msg_cut_rec *m)
{
	session_cut(((struct monitor *)arg)->sessions, m);
}

struct services_owner
wires_services(struct monitor *m)
{
	return (struct services_owner){ m, connection_opened, front_tested,
		command_launched, command_exited, recording_cut };
}

enum rc
wires_conns(struct monitor *m, struct conns **ret, struct err *err)
{
	struct conn_owner owner = sessions_owner(m->sessions);

	return conns_new(m, &owner, ret, err);
}
