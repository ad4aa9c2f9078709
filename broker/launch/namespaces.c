/* A namespace each for users, processes, mounts, network, names and the rest.  Own calls
 * and not bubblewrap: process 1 must be ours, to tell by which signal a command died, to
 * listen inside and hand the socket out, and to put files in and take them out. */
#include "config.h" /* first: it asks for unshare */

#include "broker/launch/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/launch/privilege.h"

static enum rc
write_file(const char *path, const char *text, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));
	enum rc rc =
	    n == (ssize_t)strlen(text) ? RC_OK : err_errno(err, RC_FAIL, "%s", path);

	if (fd >= 0)
		close(fd);
	return rc;
}

/* One uid and one gid, the same inside and outside; no others exist inside. */
static enum rc
map_ids(uid_t uid, gid_t gid, struct err *err)
{
	char uids[40], gids[40];
	enum rc rc;

	snprintf(uids, sizeof uids, "%u %u 1\n", uid, uid);
	snprintf(gids, sizeof gids, "%u %u 1\n", gid, gid);
	if ((rc = write_file("/proc/self/setgroups", "deny", err)) != RC_OK ||
	    (rc = write_file("/proc/self/uid_map", uids, err)) != RC_OK)
		return rc;
	return write_file("/proc/self/gid_map", gids, err);
}

static enum rc
raise_loopback(struct err *err)
{
	struct ifreq ifr = { .ifr_name = "lo" };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	enum rc rc = RC_OK;

	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &ifr) != 0)
		rc = err_errno(err, RC_FAIL, "loopback");
	ifr.ifr_flags |= IFF_UP;
	if (rc == RC_OK && ioctl(fd, SIOCSIFFLAGS, &ifr) != 0)
		rc = err_errno(err, RC_FAIL, "loopback");
	if (fd >= 0)
		close(fd);
	return rc;
}

static enum rc
set_name(struct err *err)
{
	static const char name[] = "broker";

	if (sethostname(name, strlen(name)) != 0 || setdomainname("", 0) != 0)
		return err_errno(err, RC_FAIL, "host name");
	return RC_OK;
}

enum rc
namespaces_enter(struct err *err)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	enum rc rc;

	/* Else the maps belong to root, and are not ours to write. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) != 0)
		return err_errno(err, RC_FAIL, "dumpable");
	if (unshare(NAMESPACES_ALL) != 0)
		return err_errno(err, RC_REFUSE,
		    "this system permits no namespaces (\"sandbox: reduced\" does "
		    "without)");
	if ((rc = map_ids(uid, gid, err)) != RC_OK || (rc = set_name(err)) != RC_OK ||
	    (rc = raise_loopback(err)) != RC_OK)
		return rc;
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_errno(err, RC_FAIL, "dumpable");
	return RC_OK;
}

enum rc
namespaces_drop(struct err *err)
{
	for (unsigned long cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) != 0)
			return err_errno(err, RC_FAIL, "drop capability %lu", cap);
	return privilege_drop(err);
}
