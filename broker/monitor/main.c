/* brokerd: options, start, and the end. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <config.h>

#include "broker/monitor/archiver.h"
#include "broker/monitor/articles.h"
#include "broker/monitor/boards.h"
#include "broker/monitor/conn.h"
#include "broker/monitor/control.h"
#include "broker/monitor/folders.h"
#include "broker/monitor/expiry.h"
#include "broker/monitor/grants.h"
#include "broker/monitor/guard.h"
#include "broker/monitor/holds.h"
#include "broker/monitor/inventory.h"
#include "broker/monitor/monitor.h"
#include "broker/monitor/noticekeys.h"
#include "broker/monitor/notify.h"
#include "broker/monitor/preview.h"
#include "broker/monitor/publish.h"
#include "broker/monitor/rates.h"
#include "broker/monitor/sdkca.h"
#include "broker/monitor/sdkkeys.h"
#include "broker/monitor/services.h"
#include "broker/monitor/session.h"
#include "broker/monitor/ssmend.h"
#include "broker/monitor/ssmleft.h"
#include "broker/monitor/wires.h"
#include "lib/base/confine.h"
#include "lib/base/log.h"
#include "lib/model/status.h"
#include "recorder/keyfile.h"

static const char build[] =
#include "broker/monitor/build.inc"
    ;

struct options {
	const char *root, *libexec;
	bool test, debug;
};

static const char usage[] =
    "usage: brokerd [-t] [--root DIR] [--libexec DIR] [--debug]\n"
    "  -t, --test      check the configuration, the policies and the keys, and exit\n"
    "  --root DIR      keep everything below DIR, for a broker of one's own\n"
    "  --libexec DIR   where the service programs are\n"
    "  --debug         log more\n"
    "  --version, --help\n";

/* ---- the end ---- */

static bool
busy(const struct monitor *m)
{
	return sessions_count(m->sessions) > 0 || ssmend_count(m->ssmend) > 0;
}

void
monitor_end(struct monitor *m, int status, const char *why)
{
	if (m->status == 0)
		m->status = status;
	if (m->ending)
		return;
	m->ending = true;
	log_line(status == 0 ? LOG_NOTICE : LOG_ERROR, "ending: %s", why);
	if (m->sessions != NULL)
		sessions_stop(m->sessions, "stopped: the broker ends");
	/* Sessions get a moment to close their recordings, and AWS to end those on
	 * targets; a lost service leaves none. */
	if (m->grace != NULL && status == 0 && busy(m))
		timer_set(m->grace, 20);
	else
		loop_stop(m->loop);
}

static void
grace_over(void *arg)
{
	struct monitor *m = arg;

	if (!busy(m) || ++m->graces > 250)
		loop_stop(m->loop);
	else
		timer_set(m->grace, 20);
}

/* ---- credentials ---- */

#define CONNECTS_MAX 256

static const enum vault_source vault_sources[] = {
	[CONFIG_CREDENTIALS_ENVIRONMENT] = VAULT_ENVIRONMENT,
	[CONFIG_CREDENTIALS_FILE] = VAULT_FILE,
	[CONFIG_CREDENTIALS_SEALED] = VAULT_SEALED,
	[CONFIG_CREDENTIALS_WEB_IDENTITY] = VAULT_WEB_IDENTITY,
	[CONFIG_CREDENTIALS_CONTAINER] = VAULT_CONTAINER,
	[CONFIG_CREDENTIALS_INSTANCE] = VAULT_INSTANCE,
};

/* The vault's view of a configuration; to has room for CONNECTS_MAX. */
static struct vault_init
vault_settings(const struct places *p, const struct config *c, const char **to)
{
	struct vault_init init = {
		.source = vault_sources[c->aws.credentials],
		.file = c->aws.file,
		.profile = c->aws.file_profile,
		.sealed = c->aws.sealed,
		.sealed_key = c->aws.sealed_key,
		.sealed_folder = p->keys,
		.region = c->aws.region,
		.metadata = c->aws.metadata_endpoint,
		.connect_to = to,
		.ca_file = c->aws.ca_file,
	};

	for (; init.n_connect_to < c->aws.connect_to.n &&
	       init.n_connect_to < CONNECTS_MAX;
	     init.n_connect_to++)
		to[init.n_connect_to] = c->aws.connect_to.v[init.n_connect_to].curl;
	return init;
}

static enum rc
open_vault(struct monitor *m, struct err *err)
{
	const char *to[CONNECTS_MAX];
	struct vault_init init = vault_settings(m->places, m->rules.config, to);

	return vault_new(m->loop, &init, &m->vault, err);
}

static enum rc
reopen_vault(struct monitor *m, const struct config *c, struct err *err)
{
	const char *to[CONNECTS_MAX];
	struct vault_init init = vault_settings(m->places, c, to);

	return vault_reload(m->vault, &init, err);
}

/* How recordings are kept: the keeper does not read the configuration. */
static enum rc
tell_terms(struct monitor *m)
{
	const struct config *c = m->rules.config;
	const struct msg_terms t = { .session_quota = c->recording.quota_session,
		.identity_quota = c->recording.quota_identity,
		.min_free = c->recording.min_free,
		.ship = c->archive.bucket != NULL,
		.ship_bytes = c->archive.max_bytes,
		.ship_age_s = (c->archive.max_age + 999) / 1000,
		.ship_segment = c->archive.segment };

	return keep_ask(m->keep, MSG_TERMS, &t, NULL, NULL);
}

/* Somebody wants it so; nobody may forget that it is. */
static void
warn_masking(const struct monitor *m)
{
	if (mask_policy_counts_only(m->rules.config->masking))
		log_line(LOG_ERROR,
		    "masking.mode is count-only: SECRETS ARE SHOWN AND RECORDED, "
		    "nothing is masked");
}

/* ---- signals ---- */

static void
reload(struct monitor *m)
{
	struct rules now = { 0 }, then;
	struct keep_event e = { .kind = "reload" };
	struct err err = { "" };
	enum rc rc = rules_load(
	    m->places, m->service_uids, m->service_uid_count, NULL, &now, &err);

	if (rc == RC_OK)
		rc = rules_can_replace(&m->rules, &now, &err);
	if (rc == RC_OK)
		rc = reopen_vault(m, now.config, &err);
	if (rc != RC_OK) {
		rules_clear(&now);
		log_line(LOG_ERROR, "not reloaded, all stays as it was: %s", err.text);
		return;
	}
	then = m->rules;
	m->rules = now;
	conns_recheck(m->conns);
	sessions_recheck(m->sessions);
	(void)tell_terms(m);
	archiver_recheck(m->archiver);
	notify_recheck(m->notify);
	inventory_recheck(m->inventory);
	expiry_again(m->expiry);
	rules_clear(&then);
	(void)keep_event(m->keep, &e, NULL, NULL);
	keep_in_force(m->keep, m->rules.keyset, pack_rules(m->rules.policy)->digest);
	log_line(LOG_NOTICE, "reloaded");
	warn_masking(m);
}

static void
on_signal(void *arg, int signo)
{
	struct monitor *m = arg;

	switch (signo) {
	case SIGCHLD:
		if (m->services != NULL)
			services_reap(m->services);
		break;
	case SIGHUP:
		reload(m);
		break;
	default:
		monitor_end(m, 0, "asked to");
	}
}

/* ---- the start ---- */

static enum rc
listen_on(const struct config_listen *l, int *ret, struct err *err)
{
	int one = 1, s = socket(l->addr.ss_family,
			 SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (s < 0)
		return err_errno(err, RC_FAIL, "socket for %s", l->text);
	(void)setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (l->addr.ss_family == AF_INET6)
		(void)setsockopt(
		    s, 41 /* IPPROTO_IPV6 */, 26 /* IPV6_V6ONLY */, &one, sizeof one);
	if (bind(s, (const struct sockaddr *)&l->addr, l->len) != 0 ||
	    listen(s, 512) != 0) {
		err_errno(err, RC_FAIL, "listen on %s", l->text);
		close(s);
		return RC_FAIL;
	}
	*ret = s;
	return RC_OK;
}

static enum rc
start_services(struct monitor *m, const struct options *o,
    const struct service_users *u, struct err *err)
{
	const struct config_listens *l = &m->rules.config->listen;
	int socks[SERVICES_LISTEN_MAX];
	struct services_init init = {
		.owner = wires_services(m),
		.libexec = o->libexec,
		.users = *u,
		.listen = socks,
	};
	enum rc rc = RC_OK;

	for (size_t i = 0; rc == RC_OK && i < l->n && i < SERVICES_LISTEN_MAX; i++)
		if ((rc = listen_on(&l->v[i], &socks[i], err)) == RC_OK)
			init.nlisten++;
	if (rc == RC_OK)
		rc = services_start(m, &init, &m->services, err);
	while (init.nlisten > 0)
		close(socks[--init.nlisten]);
	return rc;
}

/* The most that limits.sessions can be, approved ones beyond it, and our own. */
#define SESSIONS_FDS 2048

/* Three descriptors a connection, and one a session, come in as messages: one that
 * cannot be taken looks like a broken service. */
static enum rc
make_room(const struct config *c, struct err *err)
{
	struct rlimit r;
	rlim_t need = 4 * (rlim_t)c->limits.connections + SESSIONS_FDS;

	if (getrlimit(RLIMIT_NOFILE, &r) != 0)
		return err_errno(err, RC_FAIL, "read the limit of open files");
	if (r.rlim_cur >= need)
		return RC_OK;
	r.rlim_cur = need;
	if (r.rlim_cur > r.rlim_max || setrlimit(RLIMIT_NOFILE, &r) != 0)
		return err_set(err, RC_REFUSE,
		    "limits.connections needs %llu open files, and %llu are allowed "
		    "(ulimit -n, LimitNOFILE=)",
		    (unsigned long long)need, (unsigned long long)r.rlim_max);
	return RC_OK;
}

static void
host_path(const struct monitor *m, char *path, size_t size)
{
	snprintf(path, size, "%s/host_ed25519", m->places->keys);
}

static enum rc
open_hostkey(struct monitor *m, struct err *err)
{
	char path[4096];

	host_path(m, path, sizeof path);
	return hostkey_open(path, &m->hostkey, err);
}

/* What SDKs are given; made at the first start, like the host key. */
static enum rc
open_sdk(struct monitor *m, struct err *err)
{
	char path[4096];
	enum rc rc;

	snprintf(path, sizeof path, "%s/sdk.key", m->places->keys);
	if ((rc = sdkkeys_open(path, &m->sdkkeys, err)) != RC_OK)
		return rc;
	snprintf(path, sizeof path, "%s/sdk-ca.pem", m->places->keys);
	return sdkca_open(path, &m->sdkca, err);
}

/* With the secrets as they can be read from now on, at a reload, too. */
static enum rc
open_notices(struct monitor *m, struct err *err)
{
	struct noticekeys *k = NULL;
	enum rc rc = noticekeys_load(&m->rules.config->notify, &k, err);

	if (rc != RC_OK)
		return rc;
	noticekeys_free(m->rules.notice_keys);
	m->rules.notice_keys = k;
	return notify_new(m, &m->notify, err);
}

/* Folders and keys: what only whom we were started as may do. */
static enum rc
open_files(struct monitor *m, const struct service_users *u, struct err *err)
{
	const struct config *c = m->rules.config;
	enum rc rc;

	umask(022);
	if ((rc = make_room(c, err)) != RC_OK ||
	    (rc = folders_make(m->places, u, err)) != RC_OK ||
	    (rc = folders_device_key(c->recording.device_key, u, true, err)) != RC_OK ||
	    (rc = open_hostkey(m, err)) != RC_OK)
		return rc;
	return open_sdk(m, err);
}

/* What takes the requests of people and programs, and what they wait for. */
static enum rc
make_parts(struct monitor *m, struct err *err)
{
	static const int signals[] = { SIGCHLD, SIGHUP, SIGINT, SIGTERM };
	enum rc rc;

	if ((rc = loop_new(&m->loop, err)) != RC_OK ||
	    (rc = loop_signals(m->loop, signals, 4, on_signal, m, err)) != RC_OK ||
	    (rc = sessions_new(m, &m->sessions, err)) != RC_OK ||
	    (rc = wires_conns(m, &m->conns, err)) != RC_OK ||
	    (rc = holds_new(m, &m->holds, err)) != RC_OK ||
	    (rc = boards_new(m, &m->boards, err)) != RC_OK ||
	    (rc = grants_new(m, &m->grants, err)) != RC_OK ||
	    (rc = articles_new(m, &m->articles, err)) != RC_OK ||
	    (rc = rates_new(&m->rates, err)) != RC_OK ||
	    (rc = expiry_new(m, &m->expiry, err)) != RC_OK)
		return rc;
	m->grace = loop_timer(m->loop, grace_over, m);
	return m->grace == NULL ? err_memory(err) : RC_OK;
}

/* Behind the change of uid: credentials and secrets are read now as at each reload. */
static enum rc
make_ways_out(struct monitor *m, struct err *err)
{
	enum rc rc;

	if ((rc = open_vault(m, err)) != RC_OK ||
	    (rc = archiver_new(m, &m->archiver, err)) != RC_OK ||
	    (rc = previews_new(m, &m->previews, err)) != RC_OK ||
	    (rc = inventory_new(m, &m->inventory, err)) != RC_OK ||
	    (rc = ssmend_new(m, &m->ssmend, err)) != RC_OK ||
	    (rc = ssmleft_new(m, &m->ssmleft, err)) != RC_OK)
		return rc;
	return open_notices(m, err);
}

static enum rc
begin(struct monitor *m, const struct options *o, const struct service_users *u,
    struct err *err)
{
	struct keep_event started = { .kind = "start" };
	enum rc rc;

	if ((rc = open_files(m, u, err)) != RC_OK ||
	    (rc = make_parts(m, err)) != RC_OK ||
	    (rc = control_open(m, u, &m->control, err)) != RC_OK ||
	    (rc = publish_new(m, &m->publish, err)) != RC_OK ||
	    (rc = start_services(m, o, u, err)) != RC_OK)
		return rc;
	if (u->monitor.uid != 0 &&
	    (rc = confine_become(u->monitor.uid, u->monitor.gid, err)) != RC_OK)
		return rc;
	if ((rc = make_ways_out(m, err)) != RC_OK || (rc = guard_enter(err)) != RC_OK)
		return rc;
	if ((rc = tell_terms(m)) != RC_OK)
		return err_set(err, rc, "the keeper cannot be asked");
	warn_masking(m);
	return keep_event(m->keep, &started, NULL, NULL);
}

static void
finish(struct monitor *m)
{
	control_close(m->control);
	archiver_free(m->archiver);
	if (m->sessions != NULL)
		sessions_stop(m->sessions, "stopped: the broker ends");
	conns_free(m->conns);
	sessions_free(m->sessions);
	previews_free(m->previews);
	inventory_free(m->inventory);
	ssmleft_free(m->ssmleft);
	ssmend_free(m->ssmend);
	notify_free(m->notify);
	boards_free(m->boards);
	holds_free(m->holds);
	grants_free(m->grants);
	articles_free(m->articles);
	rates_free(m->rates);
	expiry_free(m->expiry);
	services_stop(m->services);
	publish_free(m->publish);
	vault_free(m->vault);
	loop_free(m->loop);
	hostkey_free(m->hostkey);
	sdkkeys_free(m->sdkkeys);
	sdkca_free(m->sdkca);
	rules_clear(&m->rules);
}

static int
serve(struct monitor *m, const struct options *o, const struct service_users *u)
{
	struct err err = { "" };
	enum rc rc = begin(m, o, u, &err);

	if (rc == RC_OK)
		rc = loop_run(m->loop, &err);
	if (rc != RC_OK) {
		log_line(LOG_ERROR, "%s", err.text);
		m->status = STATUS_FAILED;
	}
	finish(m);
	return m->status;
}

/* ---- main ---- */

static int
read_options(int argc, char **argv, struct options *o)
{
	static const struct option longs[] = {
		{ "test", no_argument, NULL, 't' },
		{ "root", required_argument, NULL, 'r' },
		{ "libexec", required_argument, NULL, 'l' },
		{ "debug", no_argument, NULL, 'd' },
		{ "version", no_argument, NULL, 'V' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "th", longs, NULL)) != -1)
		switch (c) {
		case 't':
			o->test = true;
			break;
		case 'r':
			o->root = optarg;
			break;
		case 'l':
			o->libexec = optarg;
			break;
		case 'd':
			o->debug = true;
			break;
		case 'V':
			printf("brokerd %s, build %s\n", PACKAGE_VERSION, build);
			return STATUS_OK;
		case 'h':
			fputs(usage, stdout);
			return STATUS_OK;
		default:
			fputs(usage, stderr);
			return STATUS_USAGE;
		}
	if (optind != argc) {
		fputs(usage, stderr);
		return STATUS_USAGE;
	}
	return -1;
}

static size_t
list_uids(const struct service_users *u, uint32_t out[6])
{
	const uint32_t all[6] = { u->monitor.uid, u->keeper.uid, u->front.uid,
		u->session.uid, u->launch.uid, u->command.uid };

	if (u->monitor.uid == 0) {
		out[0] = geteuid();
		return 1;
	}
	memcpy(out, all, sizeof all);
	return 6;
}

/* For -t alone: the device key is the keeper's, and a missing host key is made at the
 * start. */
static enum rc
check_keys(const struct monitor *m, const struct service_users *u, struct err *err)
{
	const char *device = m->rules.config->recording.device_key;
	struct keyfile *k = NULL;
	struct hostkey *h = NULL;
	char path[4096];
	enum rc rc = folders_device_key(device, u, false, err);

	/* As root, the file may be the keeper's and is not ours to load. */
	if (rc == RC_OK && u->keeper.uid == 0)
		rc = keyfile_load(KEYFILE_DEVICE, device, NULL, &k, err);
	keyfile_free(k);
	if (rc == RC_END)
		rc = err_set(err, RC_REFUSE, "there is no file %s", device);
	host_path(m, path, sizeof path);
	if (rc == RC_OK && access(path, F_OK) == 0)
		rc = hostkey_load(path, &h, err);
	hostkey_free(h);
	return rc;
}

static int
check(struct monitor *m, const struct service_users *u, bool keys)
{
	struct err err = { "" };
	struct buf report;
	enum rc rc;

	buf_init(&report, 65536);
	rc = rules_load(
	    m->places, m->service_uids, m->service_uid_count, &report, &m->rules, &err);
	if (rc == RC_OK && keys)
		rc = check_keys(m, u, &err);
	if (rc != RC_OK && report.len > 0)
		fputs(buf_cstr(&report), stderr);
	else if (rc != RC_OK)
		fprintf(stderr, "%s\n", err.text);
	buf_clear(&report);
	return rc == RC_OK ? STATUS_OK : rc == RC_REFUSE ? STATUS_USAGE : STATUS_FAILED;
}

int
main(int argc, char **argv)
{
	struct options o = { .libexec = BROKER_LIBEXEC };
	struct service_users users = { 0 };
	struct monitor m = { .build = build };
	struct places *places = NULL;
	struct err err = { "" };
	int status = read_options(argc, argv, &o);

	if (status >= 0)
		return status;
	log_open("brokerd", o.debug ? LOG_DEBUG : LOG_NOTICE);
	if ((geteuid() == 0 && service_users_find(&users, &err) != RC_OK) ||
	    places_new(o.root, &places, &err) != RC_OK) {
		fprintf(stderr, "brokerd: %s\n", err.text);
		return STATUS_USAGE;
	}
	m.places = places;
	m.service_uid_count = list_uids(&users, m.service_uids);
	if ((status = check(&m, &users, o.test)) == STATUS_OK && o.test) {
		printf("%s: ok\n", places->config);
		rules_clear(&m.rules);
	} else if (status == STATUS_OK)
		status = serve(&m, &o, &users);
	places_free(places);
	return status;
}
