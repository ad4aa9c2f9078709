/* broker-keeper: alone holds the store and the device key.  Its socket to the monitor
 * is descriptor 3; it ends when that closes. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "broker/keeper/keeper.h"
#include "lib/base/log.h"

#define MONITOR 3
#define LOCK_WAIT_MS 3000
#define LOCK_PAUSE_MS 20

struct options {
	const char *state;
	char *recordings;
	const char *device_key;
	uint64_t min_free, reserve;
	const char *drops[DROP_MOST];
	size_t ndrops;
};

static const char usage[] =
    "usage: broker-keeper --state DIR --device-key FILE [--recordings DIR]\n"
    "           [--min-free BYTES] [--reserve BYTES] [--drop DIR]...\n"
    "Started by brokerd, with a socket as descriptor 3.\n";

enum choice { STATE = 1, RECORDINGS, DEVICE_KEY, MIN_FREE, RESERVE, DROP, HELP };

static const struct option longs[] = {
	{ "state", required_argument, NULL, STATE },
	{ "recordings", required_argument, NULL, RECORDINGS },
	{ "device-key", required_argument, NULL, DEVICE_KEY },
	{ "min-free", required_argument, NULL, MIN_FREE },
	{ "reserve", required_argument, NULL, RESERVE },
	{ "drop", required_argument, NULL, DROP },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static bool
take_bytes(const char *s, uint64_t *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(s, &end, 10);
	return errno == 0 && *s >= '0' && *s <= '9' && *end == '\0';
}

static bool
take_option(struct options *o, int which, char *value)
{
	switch (which) {
	case STATE:
		o->state = value;
		return true;
	case RECORDINGS:
		free(o->recordings);
		return (o->recordings = strdup(value)) != NULL;
	case DEVICE_KEY:
		o->device_key = value;
		return true;
	case MIN_FREE:
		return take_bytes(value, &o->min_free);
	case RESERVE:
		return take_bytes(value, &o->reserve) && o->reserve <= INT64_MAX;
	case DROP:
		if (o->ndrops == DROP_MOST)
			return false;
		o->drops[o->ndrops++] = value;
		return true;
	case HELP:
		fputs(usage, stdout);
		exit(0);
	default:
		return false;
	}
}

static bool
read_options(struct options *o, int argc, char **argv)
{
	int which;

	*o = (struct options){ .min_free = DEPOT_MIN_FREE };
	while ((which = getopt_long(argc, argv, "", longs, NULL)) != -1)
		if (!take_option(o, which, optarg))
			return false;
	if (optind != argc || o->state == NULL || o->device_key == NULL)
		return false;
	if (o->recordings == NULL &&
	    asprintf(&o->recordings, "%s/recordings", o->state) < 0)
		o->recordings = NULL;
	return o->recordings != NULL;
}

/* Ours alone; or, where brokerd was started as root, root's with a sticky bit and our
 * group: nobody else can then make or move anything in it. */
static bool
is_state_folder(const struct stat *st)
{
	if (st->st_uid == geteuid())
		return (st->st_mode & 077) == 0;
	return st->st_uid == 0 && st->st_gid == getegid() &&
	       (st->st_mode & 07777) == 01775;
}

/* The keeper of a broker that was killed may still be looking at a long file. */
static bool
take_lock(int fd)
{
	const struct timespec pause = { 0, LOCK_PAUSE_MS * 1000000L };

	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
		if (i == LOCK_WAIT_MS / LOCK_PAUSE_MS)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	return true;
}

/* One keeper a state folder, for as long as the descriptor lives. */
static enum rc
lock_state(const char *path, int *ret, struct err *err)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0)
		err_errno(err, RC_FAIL, "state folder %s", path);
	else if (!is_state_folder(&st))
		err_set(
		    err, RC_REFUSE, "state folder %s must be ours alone (0700)", path);
	else if (!take_lock(fd))
		err_set(
		    err, RC_REFUSE, "state folder %s: another keeper runs there", path);
	else {
		*ret = fd;
		return RC_OK;
	}
	if (fd >= 0)
		close(fd);
	return RC_REFUSE;
}

static enum rc
load_key(struct keeper *k, const char *path, struct err *err)
{
	struct span broker;
	enum rc rc;

	if ((rc = keyfile_load(KEYFILE_DEVICE, path, NULL, &k->key, err)) != RC_OK) {
		err_add(err, "device key %s", path);
		return rc;
	}
	broker = span_of(keyfile_label(k->key));
	if ((rc = trust_new(&k->trust, err)) != RC_OK)
		return rc;
	return trust_add(k->trust, false, broker, keyfile_public(k->key), err);
}

/* What asks the system for things that a confined process does not get: now. */
static enum rc
warm_up(struct err *err)
{
	struct rlimit r;

	if (sodium_init() < 0)
		return err_set(err, RC_FAIL, "libsodium");
	json_object_seed(0);
	/* A descriptor for each recording that is under way. */
	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
	return RC_OK;
}

static void
batch_failed(void *arg, const char *why)
{
	struct keeper *k = arg;

	log_line(LOG_ERROR, "%s", why);
	k->failed = true;
	loop_stop(k->loop);
}

/* The log, which has to say what the store says. */
static enum rc
open_log(struct keeper *k, const struct options *o, struct err *err)
{
	struct journal_init init = { .loop = k->loop,
		.depot = k->depot,
		.state = o->state,
		.key = k->key,
		.key_path = o->device_key };
	enum rc rc;

	if ((rc = drop_open(o->drops, o->ndrops, keyfile_label(k->key), &init.drop,
		 err)) != RC_OK ||
	    (rc = journal_open_take(&init, &k->journal, err)) != RC_OK ||
	    (rc = journal_keys(k->journal, k->trust, err)) != RC_OK)
		return rc;
	return journal_check(k->journal, k->store, err);
}

static enum rc
open_parts(struct keeper *k, const struct options *o, struct err *err)
{
	const struct commit_owner owner = { k, batch_failed };
	enum rc rc;

	if ((rc = warm_up(err)) != RC_OK ||
	    (rc = load_key(k, o->device_key, err)) != RC_OK ||
	    (rc = depot_open(o->recordings, o->min_free, &k->depot, err)) != RC_OK ||
	    (rc = store_open_sqlite(o->state, &k->store, err)) != RC_OK ||
	    (rc = archive_open(k, err)) != RC_OK ||
	    (rc = loop_new(&k->loop, err)) != RC_OK ||
	    (rc = open_log(k, o, err)) != RC_OK ||
	    (rc = commit_new(k->loop, k->store, k->depot, &owner, &k->commit, err)) !=
		RC_OK)
		return rc;
	commit_journal(k->commit, k->journal);
	return RC_OK;
}

/* Behind this, files are reached in these folders only. */
static enum rc
confine(const struct options *o, struct err *err)
{
	const char *folders[DROP_MOST + 3] = { o->state, o->recordings };

	for (size_t i = 0; i < o->ndrops; i++)
		folders[2 + i] = o->drops[i];
	return profile_keeper(folders, err);
}

static enum rc
serve(struct keeper *k, const struct options *o, struct err *err)
{
	struct recovery found;
	enum rc rc;

	if ((rc = confine(o, err)) != RC_OK ||
	    (rc = upkeep_open(k, o->reserve, err)) != RC_OK ||
	    (rc = archive_begin(k, err)) != RC_OK ||
	    (rc = recover(k, &found, err)) != RC_OK ||
	    (rc = journal_start(k->journal, k->store, err)) != RC_OK ||
	    (rc = inspector_new(k->loop, k->trust, answer_inspected, k, &k->inspector,
		 err)) != RC_OK ||
	    (rc = answer_open_take(k, MONITOR, &found, err)) != RC_OK)
		return rc;
	upkeep_begin(k);
	rc = loop_run(k->loop, err);
	return rc == RC_OK && k->failed ? err_set(err, RC_FAIL, "ended by failure")
					: rc;
}

static void
clear(struct keeper *k)
{
	inspector_free(k->inspector);
	archive_close(k);
	upkeep_close(k);
	journal_close(k->journal);
	port_close(k->port);
	commit_free(k->commit);
	loop_free(k->loop);
	store_close(k->store);
	depot_close(k->depot);
	trust_free(k->trust);
	keyfile_free(k->key);
}

/* Ends come by the socket alone, so that what the monitor still has to say when the
 * whole service is told to end is kept.  A file limit is an error like a full disk. */
static void
ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE,
		SIGXFSZ };

	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		(void)signal(ignored[i], SIG_IGN);
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

int
main(int argc, char **argv)
{
	struct keeper k = { 0 };
	struct options o;
	struct err err = { "" };
	int lock = -1;
	enum rc rc;

	log_open("broker-keeper", LOG_NOTICE);
	if (!read_options(&o, argc, argv)) {
		fputs(usage, stderr);
		return 64;
	}
	if (fcntl(MONITOR, F_SETFD, FD_CLOEXEC) != 0) {
		fputs("broker-keeper: descriptor 3 is no socket to brokerd\n", stderr);
		return 64;
	}
	umask(077);
	ignore_signals();
	if ((rc = lock_state(o.state, &lock, &err)) == RC_OK &&
	    (rc = open_parts(&k, &o, &err)) == RC_OK)
		rc = serve(&k, &o, &err);
	if (rc != RC_OK)
		log_line(LOG_ERROR, "%s", err.text);
	clear(&k);
	free(o.recordings);
	if (lock >= 0)
		close(lock);
	return rc == RC_OK ? 0 : 70;
}
