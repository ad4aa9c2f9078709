/* The service processes; see services.h. */
#include "broker/monitor/services.h"

#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/monitor/articles.h"
#include "broker/monitor/grants.h"
#include "broker/monitor/holds.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/notify.h"
#include "broker/monitor/publish.h"
#include "broker/monitor/ssmleft.h"
#include "lib/base/clock.h"
#include "lib/base/frame.h"
#include "lib/base/log.h"
#include "lib/model/status.h"
#include "lib/wire/port.h"

static const char *const names[SERVICE_COUNT] = { "broker-keeper", "broker-launch",
	"broker-session", "broker-front" };

struct services {
	struct monitor *m;
	struct services_owner owner;
	pid_t pid[SERVICE_COUNT];
	struct port *port[SERVICE_COUNT]; /* the keeper's is in struct keep */
	bool known, tested; /* the keeper has said who it is; the self-test passed */
	size_t recalls;	    /* steps of recall() that are done */
	bool recalled;	    /* all of them: what people said before is known again */
	bool serving, stopping;
};

/* ---- who they run as ---- */

enum rc
service_users_find(struct service_users *ret, struct err *err)
{
	struct service_users u;
	const struct {
		const char *name;
		struct spawn_user *to;
	} rows[] = {
		{ "broker", &u.monitor },
		{ "broker-keep", &u.keeper },
		{ "broker-front", &u.front },
		{ "broker-run", &u.session },
		{ "broker-launch", &u.launch },
		{ "broker-aws", &u.command },
	};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct passwd *pw = getpwnam(rows[i].name);

		if (pw == NULL || pw->pw_uid == 0 || pw->pw_gid == 0)
			return err_set(err, RC_REFUSE,
			    "started as root, brokerd needs the system user %s (see "
			    "brokerd(8)); "
			    "or start it unprivileged with --root",
			    rows[i].name);
		*rows[i].to = (struct spawn_user){ pw->pw_uid, pw->pw_gid };
	}
	*ret = u;
	return RC_OK;
}

/* ---- what they say ---- */

/* Clients are served when the front is what it seems, the keeper has put its store in
 * order, and what was left open is taken back: it may take longer than the self-test. */
static enum rc
serve_when_ready(struct services *s)
{
	if (!s->recalled || !s->tested || s->serving)
		return RC_OK;
	s->serving = true;
	log_line(LOG_NOTICE, "ready");
	return port_send(s->port[SERVICE_LISTENER], MSG_SERVE, 0, NULL, NULL, 0);
}

static void recalled(void *arg, enum rc rc);

/* What is made of holds comes after them, and before owners hear of any.  Whoever is not
 * there has nothing to take back. */
static void
recall(struct services *s)
{
	struct monitor *m = s->m;

	switch (s->recalls) {
	case 0:
		holds_recall(m->holds, recalled, s);
		break;
	case 1:
		if (m->grants != NULL)
			grants_recall(m->grants, recalled, s);
		else
			recalled(s, RC_OK);
		break;
	case 2:
		if (m->articles != NULL)
			articles_recall(m->articles, recalled, s);
		else
			recalled(s, RC_OK);
		break;
	case 3:
		if (m->notify != NULL)
			notify_recall(m->notify, recalled, s);
		else
			recalled(s, RC_OK);
		break;
	default:
		s->recalled = true;
		holds_resume(m->holds);
		ssmleft_begin(m->ssmleft);
		(void)serve_when_ready(s);
	}
}

static void
recalled(void *arg, enum rc rc)
{
	struct services *s = arg;

	if (rc != RC_OK) {
		/* What is not known might be asked for a second time. */
		monitor_end(
		    s->m, STATUS_FAILED, "what was left open cannot be taken back");
		return;
	}
	s->recalls++;
	recall(s);
}

static void
keeper_ready(void *arg, const struct msg_keeper *k)
{
	struct services *s = arg;

	memcpy(s->m->device_key, k->device_key.p, sizeof s->m->device_key);
	if (k->recovered > 0)
		log_line(LOG_NOTICE, "after an unclean end: recordings recovered: %u",
		    k->recovered);
	/* After a clean one, too. */
	if (k->held > 0)
		log_line(LOG_NOTICE, "holds that are open still: %u", k->held);
	keep_in_force(
	    s->m->keep, s->m->rules.keyset, pack_rules(s->m->rules.policy)->digest);
	s->known = true;
	recall(s);
}

static void
keeper_gone(void *arg, const char *why)
{
	struct services *s = arg;

	if (s->stopping)
		return;
	log_line(LOG_ERROR, "the keeper is gone: %s", why);
	monitor_end(s->m, STATUS_FAILED, "the keeper is gone");
}

static void
new_checkpoint(void *arg, const struct msg_checkpoint *m)
{
	struct services *s = arg;

	if (s->m->publish != NULL)
		publish_checkpoint(s->m->publish, m);
}

static void
recording_cut(void *arg, const struct msg_cut_rec *m)
{
	struct services *s = arg;

	s->owner.cut(s->owner.arg, m);
}

static enum rc
answer_launched(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct services *s = arg;

	(void)fds;
	(void)err;
	s->owner.launched(s->owner.arg, id, &m->launched);
	return RC_OK;
}

static enum rc
answer_exited(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct services *s = arg;

	(void)fds;
	(void)err;
	s->owner.exited(s->owner.arg, id, &m->exited);
	return RC_OK;
}

static enum rc
answer_new(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct services *s = arg;
	enum msg_new_kind kind = (enum msg_new_kind)m->new_.kind;
	struct err why = { "" };

	(void)id;
	/* A test connection grants nothing, and has no place once clients are served.
	 */
	if (kind != (s->serving ? NEW_CLIENT : NEW_TEST))
		return err_set(
		    err, RC_REFUSE, "a connection of kind %d now", m->new_.kind);
	if (s->owner.opened(s->owner.arg, kind, fds[0], fds[1], fds[2], &why) != RC_OK)
		log_line(LOG_ERROR, "cannot take a connection: %s", why.text);
	fds[0] = fds[1] = fds[2] = -1;
	return RC_OK;
}

static enum rc
answer_tested(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct services *s = arg;

	(void)id;
	(void)m;
	(void)fds;
	/* Else signatures are not what they seem. */
	if (s->tested || !s->owner.tested(s->owner.arg))
		return err_set(err, RC_REFUSE,
		    "the self-test of the front failed: it must see one good and one "
		    "bad "
		    "signature; this libssh cannot be used");
	s->tested = true;
	return serve_when_ready(s);
}

static const struct route launch_routes[] = {
	{ MSG_LAUNCHED, 0, 2048, 0, answer_launched },
	{ MSG_EXITED, 0, 16, 0, answer_exited },
};
static const struct route listener_routes[] = {
	{ MSG_NEW, 0, 16, 3, answer_new },
	{ MSG_TESTED, 0, 0, 0, answer_tested },
};

static void
port_gone(void *arg, enum rc rc, const struct err *err)
{
	struct services *s = arg;

	if (s->stopping)
		return;
	log_line(LOG_ERROR, "a service is gone (%s): %s", rc_name(rc), err->text);
	monitor_end(s->m, STATUS_FAILED, "a service is gone");
}

/* ---- starting and ending ---- */

struct start {
	enum service which;
	struct spawn_user user;
	bool switcher;
	const char *args[32];
	const int *fds;
	unsigned nfds;
};

enum rc
services_join_take(struct services *s, enum service which, int sock, struct err *err)
{
	/* The nursery says nothing, the keeper speaks through keep.c. */
	static const struct {
		const struct route *routes;
		size_t n;
	} rows[SERVICE_COUNT] = {
		[SERVICE_LAUNCH] = { launch_routes,
		    sizeof launch_routes / sizeof launch_routes[0] },
		[SERVICE_LISTENER] = { listener_routes,
		    sizeof listener_routes / sizeof listener_routes[0] },
	};
	struct port_owner owner = { .routes = rows[which].routes,
		.nroutes = rows[which].n,
		.arg = s,
		.gone = port_gone };
	struct keep_owner keep = { .arg = s,
		.ready = keeper_ready,
		.gone = keeper_gone,
		.checkpoint = new_checkpoint,
		.cut = recording_cut };

	if (which == SERVICE_KEEPER)
		return keep_open_take(s->m->loop, sock, &keep, &s->m->keep, err);
	return port_open_take(s->m->loop, sock, &owner, &s->port[which], err);
}

static enum rc
start_one(
    struct services *s, const char *libexec, const struct start *st, struct err *err)
{
	char program[4096];
	char *argv[33] = { 0 };
	struct spawn sp = { .program = program,
		.argv = argv,
		.user = st->user,
		.switcher = st->switcher,
		.fds = st->fds,
		.nfds = st->nfds };
	int pair[2];
	enum rc rc;

	snprintf(program, sizeof program, "%s/%s", libexec, names[st->which]);
	argv[0] = (char *)(uintptr_t)names[st->which];
	for (size_t i = 0; i < 31 && st->args[i] != NULL; i++)
		argv[i + 1] = (char *)(uintptr_t)st->args[i];
	if ((rc = frame_pair(pair, err)) != RC_OK)
		return rc;
	sp.control = pair[1];
	if ((rc = spawn_service(&sp, &s->pid[st->which], err)) == RC_OK)
		rc = services_join_take(s, st->which, pair[0], err);
	else
		close(pair[0]);
	close(pair[1]);
	if (rc != RC_OK)
		err_add(err, "start %s", names[st->which]);
	return rc;
}

static enum rc
start_keeper(struct services *s, const struct services_init *in, struct err *err)
{
	const struct config *c = s->m->rules.config;
	char min_free[24], reserve[24];
	struct start st = { .which = SERVICE_KEEPER,
		.user = in->users.keeper,
		.args = { "--state", s->m->places->state, "--device-key",
		    c->recording.device_key, "--min-free", min_free, "--reserve",
		    reserve, NULL } };
	unsigned n = 8;

	snprintf(min_free, sizeof min_free, "%llu",
	    (unsigned long long)c->recording.min_free);
	snprintf(
	    reserve, sizeof reserve, "%llu", (unsigned long long)c->recording.reserve);
	for (size_t i = 0; i < c->recording.checkpoint_to.n; i++) {
		const struct outlet *o = &c->recording.checkpoint_to.v[i];

		if (o->kind != OUTLET_FILE)
			continue;
		st.args[n++] = "--drop";
		st.args[n++] = outlet_folder(o);
	}
	return start_one(s, in->libexec, &st, err);
}

static enum rc
start_launch(struct services *s, const struct services_init *in, struct err *err)
{
	char uid[12], gid[12];
	struct start st = { .which = SERVICE_LAUNCH,
		.user = in->users.launch,
		.switcher = in->users.launch.uid != 0,
		.args = {
		    "--program", AWS_PROGRAM, "--home", s->m->places->home, NULL } };
	unsigned n = 4;

	if (s->m->rules.config->sandbox == CONFIG_SANDBOX_REDUCED)
		st.args[n++] = "--sandbox=reduced";
	if (in->users.command.uid != 0) {
		snprintf(uid, sizeof uid, "%u", in->users.command.uid);
		snprintf(gid, sizeof gid, "%u", in->users.command.gid);
		st.args[n++] = "--uid";
		st.args[n++] = uid;
		st.args[n++] = "--gid";
		st.args[n++] = gid;
	}
	return start_one(s, in->libexec, &st, err);
}

static enum rc
start_nursery(struct services *s, const struct services_init *in, struct err *err)
{
	struct start st = { .which = SERVICE_NURSERY, .user = in->users.session };

	return start_one(s, in->libexec, &st, err);
}

static enum rc
start_listener(struct services *s, const struct services_init *in, struct err *err)
{
	const struct config *c = s->m->rules.config;
	char n[12];
	struct start st = { .which = SERVICE_LISTENER,
		.user = in->users.front,
		.args = { n, NULL },
		.fds = in->listen,
		.nfds = in->nlisten };
	struct msg_setup m = {
		.host_key = span_make(hostkey_public(s->m->hostkey), 32),
		.connections = (uint32_t)c->limits.connections,
		.per_source = (uint32_t)c->limits.connections_per_source,
		.unauthenticated = (uint32_t)c->limits.unauthenticated,
		.channels = (uint32_t)c->limits.channels_per_connection,
		.login_ms = (uint32_t)c->limits.login,
	};
	enum rc rc;

	snprintf(n, sizeof n, "%u", in->nlisten);
	if ((rc = start_one(s, in->libexec, &st, err)) != RC_OK)
		return rc;
	return port_send(s->port[SERVICE_LISTENER], MSG_SETUP, 0, &m, NULL, 0);
}

enum rc
services_new(struct monitor *m, const struct services_owner *owner,
    struct services **ret, struct err *err)
{
	struct services *s = calloc(1, sizeof *s);

	if (s == NULL)
		return err_memory(err);
	s->m = m;
	s->owner = *owner;
	*ret = s;
	return RC_OK;
}

enum rc
services_start(struct monitor *m, const struct services_init *init,
    struct services **ret, struct err *err)
{
	struct services *s = NULL;
	enum rc rc;

	if ((rc = services_new(m, &init->owner, &s, err)) != RC_OK)
		return rc;
	if ((rc = start_keeper(s, init, err)) != RC_OK ||
	    (rc = start_launch(s, init, err)) != RC_OK ||
	    (rc = start_nursery(s, init, err)) != RC_OK ||
	    (rc = start_listener(s, init, err)) != RC_OK) {
		services_stop(s);
		return rc;
	}
	*ret = s;
	return RC_OK;
}

static bool
any_left(struct services *s)
{
	bool left = false;

	for (int i = 0; i < SERVICE_COUNT; i++) {
		if (s->pid[i] > 0 && waitpid(s->pid[i], NULL, WNOHANG) == s->pid[i])
			s->pid[i] = 0;
		left |= s->pid[i] > 0;
	}
	return left;
}

void
services_stop(struct services *s)
{
	uint64_t until = clock_mono_ms() + 3000;

	if (s == NULL)
		return;
	s->stopping = true;
	for (int i = SERVICE_COUNT - 1; i >= 0; i--)
		port_close(s->port[i]);
	keep_close(s->m->keep);
	s->m->keep = NULL;
	while (any_left(s) && clock_mono_ms() < until)
		usleep(5000);
	for (int i = 0; i < SERVICE_COUNT; i++)
		if (s->pid[i] > 0) {
			bool killed = kill(s->pid[i], SIGKILL) == 0;

			/* Of another uid, it is not ours to kill. */
			log_line(LOG_ERROR, "%s does not end%s", names[i],
			    killed ? ": killed" : "");
			if (killed)
				waitpid(s->pid[i], NULL, 0);
		}
	free(s);
}

void
services_reap(struct services *s)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < SERVICE_COUNT; i++) {
			if (s == NULL || s->pid[i] != pid)
				continue;
			s->pid[i] = 0;
			log_line(LOG_ERROR, "%s has ended (%s %d)", names[i],
			    WIFSIGNALED(status) ? "signal" : "status",
			    WIFSIGNALED(status) ? WTERMSIG(status)
						: WEXITSTATUS(status));
			monitor_end(s->m, STATUS_FAILED, "a service has ended");
		}
}

bool
services_serving(const struct services *s)
{
	return s != NULL && s->serving;
}

/* ---- asking them ---- */

enum rc
services_start_session(struct services *s, const struct msg_start *m, const int fds[8])
{
	return port_send(s->port[SERVICE_NURSERY], MSG_START, 0, m, fds, 8);
}

enum rc
services_launch(
    struct services *s, uint32_t session, const struct msg_launch *m, const int fds[4])
{
	return port_send(s->port[SERVICE_LAUNCH], MSG_LAUNCH, session, m, fds, 4);
}

void
services_kill(struct services *s, uint32_t session, int signo)
{
	struct msg_kill m = { .signo = (uint8_t)signo };

	(void)port_send(s->port[SERVICE_LAUNCH], MSG_KILL, session, &m, NULL, 0);
}
