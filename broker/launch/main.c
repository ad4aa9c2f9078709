/* broker-launch: starts the commands, since the confined sessions can start nothing.
 * Its socket to the monitor is descriptor 3.  It opens no file and talks to no network
 * itself, holds no secret beyond a command's environment, and ends with the monitor. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "broker/launch/launcher.h"
#include "broker/launch/privilege.h"
#include "broker/launch/profile.h"
#include "broker/launch/trial.h"
#include "lib/base/log.h"

#define MONITOR 3
#define PROGRAMS 8
/* Threads count too, and a copy by `aws s3` has about fifteen of them. */
#define NPROC 4096
#define CPU_S 3600
/* What AWS takes in one request is less, in base64 too (Lambda: 50 MiB). */
#define SCRATCH_BYTES (128u << 20)

struct options {
	struct child_setup setup;
	struct request_rules rules;
	const char *programs[PROGRAMS];
	uint32_t self_uid, self_gid;
	uint32_t scratch;
	bool self;
};

static const char usage[] =
    "usage: broker-launch --home DIR --program PATH [--program PATH ...]\n"
    "           [--uid N --gid N] [--self-uid N --self-gid N] [--nproc N] [--cpu N]\n"
    "           [--sandbox required|reduced] [--scratch BYTES]\n"
    "Started by brokerd, with a socket as descriptor 3.\n";

enum choice {
	HOME = 1,
	PROGRAM,
	UID,
	GID,
	SELF_UID,
	SELF_GID,
	MAX_PROCS,
	MAX_CPU,
	SCRATCH,
	SANDBOX,
	HELP
};

static const struct option longs[] = {
	{ "home", required_argument, NULL, HOME },
	{ "program", required_argument, NULL, PROGRAM },
	{ "uid", required_argument, NULL, UID },
	{ "gid", required_argument, NULL, GID },
	{ "self-uid", required_argument, NULL, SELF_UID },
	{ "self-gid", required_argument, NULL, SELF_GID },
	{ "nproc", required_argument, NULL, MAX_PROCS },
	{ "cpu", required_argument, NULL, MAX_CPU },
	{ "scratch", required_argument, NULL, SCRATCH },
	{ "sandbox", required_argument, NULL, SANDBOX },
	{ "help", no_argument, NULL, HELP },
	{ NULL, 0, NULL, 0 },
};

static bool
number(const char *s, uint32_t *ret)
{
	unsigned long v;
	char *end;

	errno = 0;
	v = strtoul(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || *s < '0' || *s > '9' || v == 0 ||
	    v >= UINT32_MAX)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static bool
take_option(struct options *o, int which, const char *value)
{
	uint32_t *numbers[] = {
		[UID] = &o->setup.uid,
		[GID] = &o->setup.gid,
		[SELF_UID] = &o->self_uid,
		[SELF_GID] = &o->self_gid,
		[MAX_PROCS] = &o->setup.nproc,
		[MAX_CPU] = &o->setup.cpu_s,
		[SCRATCH] = &o->scratch,
	};

	if (which == HOME) {
		o->rules.home = value;
		return true;
	}
	if (which == PROGRAM) {
		if (o->rules.nprograms == PROGRAMS || value[0] != '/')
			return false;
		o->programs[o->rules.nprograms++] = value;
		return true;
	}
	if (which == SANDBOX) {
		o->setup.sandbox = strcmp(value, "required") == 0;
		return o->setup.sandbox || strcmp(value, "reduced") == 0;
	}
	return which >= UID && which <= SCRATCH && number(value, numbers[which]);
}

static bool
read_options(struct options *o, int argc, char **argv)
{
	int which;

	*o = (struct options){ .setup = { .home_fd = -1,
				   .nproc = NPROC,
				   .cpu_s = CPU_S,
				   .sandbox = true },
		.scratch = SCRATCH_BYTES };
	while ((which = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		if (which == HELP) {
			fputs(usage, stdout);
			exit(0);
		}
		if (!take_option(o, which, optarg))
			return false;
	}
	o->rules.programs = o->programs;
	o->setup.home = o->rules.home;
	o->setup.scratch = o->scratch;
	o->setup.become = o->setup.uid != 0 || o->setup.gid != 0;
	o->self = o->self_uid != 0 || o->self_gid != 0;
	return optind == argc && o->rules.home != NULL && o->rules.nprograms > 0 &&
	       (!o->setup.become || (o->setup.uid != 0 && o->setup.gid != 0)) &&
	       (!o->self || (o->self_uid != 0 && o->self_gid != 0));
}

/* The commands' HOME: nothing is in it, and nothing can be put there. */
static enum rc
open_home(const char *path, int *ret, struct err *err)
{
	struct dirent *e;
	struct stat st;
	DIR *d;
	int fd, extra = 0;

	if ((fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW)) < 0 ||
	    fstat(fd, &st) != 0 || (d = fdopendir(dup(fd))) == NULL)
		return err_errno(err, RC_FAIL, "home %s", path);
	while ((e = readdir(d)) != NULL)
		if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
			extra++;
	closedir(d);
	if (extra > 0 || (st.st_mode & 0222) != 0)
		return err_set(err, RC_REFUSE,
		    "home %s must be empty and writable by nobody", path);
	*ret = fd;
	return RC_OK;
}

/* Received descriptors must not land on 0, 1 or 2. */
static enum rc
fill_standard_fds(struct err *err)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (fd < 0)
		return err_errno(err, RC_FAIL, "/dev/null");
	close(fd);
	return RC_OK;
}

/* Ends come by the socket alone: a Ctrl-C at the terminal or a TERM to the whole
 * service must not take the launcher from under sessions that are about to be closed.
 */
static void
ignore_signals(void)
{
	static const int ignored[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE };

	for (size_t i = 0; i < sizeof ignored / sizeof ignored[0]; i++)
		(void)signal(ignored[i], SIG_IGN);
	/* A death signal from the monitor would leave no time to kill the groups. */
	(void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static enum rc
set_ids(const struct options *o, struct err *err)
{
	if (geteuid() == 0 && !(o->self && o->setup.become))
		return err_set(err, RC_REFUSE,
		    "started as root: --self-uid, --self-gid, --uid and --gid are "
		    "needed");
	if (!o->self)
		return privilege_settle(o->setup.become, err);
	return privilege_keep(o->self_uid, o->self_gid, err);
}

/* Better no broker than one that refuses each command. */
static enum rc
try_sandbox(const struct options *o, struct err *err)
{
	enum rc rc = trial_run(&o->setup, o->programs[0], err);

	if (rc != RC_OK)
		err_add(err, "commands cannot be confined here (sandbox: %s)",
		    o->setup.sandbox ? "required" : "reduced");
	return rc;
}

static enum rc
serve(struct options *o, struct err *err)
{
	struct loop *loop = NULL;
	struct launcher *l = NULL;
	enum rc rc;

	if ((rc = fill_standard_fds(err)) != RC_OK ||
	    (rc = open_home(o->rules.home, &o->setup.home_fd, err)) != RC_OK ||
	    (rc = set_ids(o, err)) != RC_OK)
		return rc;
	ignore_signals();
	if ((rc = loop_new(&loop, err)) != RC_OK ||
	    (rc = launcher_new_take(loop, MONITOR, &o->setup, &o->rules, &l, err)) !=
		RC_OK ||
	    (rc = profile_launcher(o->setup.become, o->setup.sandbox, o->setup.uid,
		 o->setup.gid, err)) != RC_OK ||
	    (rc = try_sandbox(o, err)) != RC_OK)
		goto out;
	if ((rc = loop_run(loop, err)) == RC_OK && launcher_result(l) != RC_END)
		rc = err_set(err, RC_FAIL, "the monitor's socket broke");
out:
	launcher_free(l);
	loop_free(loop);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct err err = { "" };

	log_open("broker-launch", LOG_NOTICE);
	if (!read_options(&o, argc, argv)) {
		fputs(usage, stderr);
		return 64;
	}
	if (fcntl(MONITOR, F_SETFD, FD_CLOEXEC) != 0) {
		fputs("broker-launch: descriptor 3 is no socket to brokerd\n", stderr);
		return 64;
	}
	if (serve(&o, &err) != RC_OK) {
		log_line(LOG_ERROR, "%s", err.text);
		return 70;
	}
	return 0;
}
