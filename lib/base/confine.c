/* Resource limits, Landlock and seccomp; see confine.h. */
#include "config.h" /* first: it asks for O_PATH, CLONE_THREAD, setresuid */

#include "lib/base/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

/* As the kernel from 6.7 on has them; the headers may be older. */
#define TCP_BIND (1ULL << 0)
#define TCP_CONNECT (1ULL << 1)
#define RULE_NET_PORT 2
#define TCP_PORTS_ABI 4

struct ruleset {
	uint64_t files, net;
};

struct net_port {
	uint64_t allowed, port;
};

static enum rc
set_limits(const struct confine *c, struct err *err)
{
	for (size_t i = 0; i < c->nlimits; i++) {
		struct rlimit r = { c->limits[i].value, c->limits[i].value }, now;

#ifdef BROKER_SANITIZED
		/* Shadow memory is address space. */
		if (c->limits[i].resource == RLIMIT_AS)
			continue;
#endif
		/* A limit that is lower already stays. */
		if (getrlimit(c->limits[i].resource, &now) == 0 &&
		    now.rlim_max < r.rlim_max)
			r.rlim_cur = r.rlim_max = now.rlim_max;
		if (setrlimit(c->limits[i].resource, &r) != 0)
			return err_errno(err, RC_FAIL, "set resource limit %d",
			    c->limits[i].resource);
	}
	return RC_OK;
}

static int
landlock_abi(void)
{
	return (int)syscall(
	    SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
}

bool
confine_has_landlock(void)
{
	return landlock_abi() > 0;
}

bool
confine_has_tcp_ports(void)
{
	return landlock_abi() >= TCP_PORTS_ABI;
}

/* Every file right that this kernel's Landlock knows. */
static uint64_t
all_rights(void)
{
	uint64_t rights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
	int abi = landlock_abi();

	if (abi >= 2)
		rights |= LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		rights |= LANDLOCK_ACCESS_FS_TRUNCATE;
	return rights;
}

static enum rc
allow_path(int rules, const char *path, struct err *err)
{
	struct landlock_path_beneath_attr a = {
		.allowed_access = all_rights() & ~LANDLOCK_ACCESS_FS_EXECUTE,
	};
	int r;

	if ((a.parent_fd = open(path, O_PATH | O_CLOEXEC | O_DIRECTORY)) < 0)
		return err_errno(err, RC_FAIL, "open %s", path);
	r = (int)syscall(
	    SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0);
	close(a.parent_fd);
	if (r != 0)
		return err_errno(err, RC_FAIL, "Landlock rule for %s", path);
	return RC_OK;
}

static enum rc
allow_reading(int rules, const char *path, struct err *err)
{
	struct landlock_path_beneath_attr a = {
		.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE,
	};
	struct stat st;
	int r;

	if ((a.parent_fd = open(path, O_PATH | O_CLOEXEC)) < 0)
		return RC_OK;
	/* A right that makes no sense for the kind of file is refused by the kernel. */
	if ((r = fstat(a.parent_fd, &st)) == 0) {
		if (S_ISCHR(st.st_mode))
			a.allowed_access |= LANDLOCK_ACCESS_FS_WRITE_FILE;
		else
			a.allowed_access |= LANDLOCK_ACCESS_FS_EXECUTE;
		if (S_ISDIR(st.st_mode))
			a.allowed_access |= LANDLOCK_ACCESS_FS_READ_DIR;
		r = (int)syscall(
		    SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &a, 0);
	}
	close(a.parent_fd);
	return r == 0 ? RC_OK : err_errno(err, RC_FAIL, "Landlock rule for %s", path);
}

static enum rc
add_file_rules(
    int rules, const struct confine *c, const char *const *paths, struct err *err)
{
	const char *const *readable = c->readable;
	enum rc rc = RC_OK;

	for (; rc == RC_OK && paths != NULL && *paths != NULL; paths++)
		rc = allow_path(rules, *paths, err);
	for (; rc == RC_OK && readable != NULL && *readable != NULL; readable++)
		rc = allow_reading(rules, *readable, err);
#ifdef BROKER_SANITIZED
	/* The leak checker looks at its own threads at the end. */
	if (rc == RC_OK)
		rc = allow_path(rules, "/proc", err);
#endif
	return rc;
}

static enum rc
allow_port(int rules, uint16_t port, struct err *err)
{
	struct net_port p = { TCP_CONNECT, port };

	if (syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT, &p, 0) != 0)
		return err_errno(err, RC_FAIL, "Landlock rule for port %u", port);
	return RC_OK;
}

static enum rc
restrict_self(
    const struct confine *c, const char *const *paths, bool ports, struct err *err)
{
	struct ruleset set = { c->no_files ? all_rights() : 0,
		ports ? TCP_BIND | TCP_CONNECT : 0 };
	/* An older kernel takes no longer struct than it knows. */
	size_t size = ports ? sizeof set : sizeof set.files;
	int rules = (int)syscall(SYS_landlock_create_ruleset, &set, size, 0);
	enum rc rc = RC_OK;

	if (rules < 0)
		return err_errno(err, RC_FAIL, "Landlock");
	if (c->no_files)
		rc = add_file_rules(rules, c, paths, err);
	if (rc == RC_OK && ports)
		rc = allow_port(rules, c->tcp_port, err);
	if (rc == RC_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		rc = err_errno(err, RC_FAIL, "Landlock");
	close(rules);
	return rc;
}

static enum rc
close_files(const struct confine *c, const char *const *paths, struct err *err)
{
	bool ports = c->tcp_port != 0 && confine_has_tcp_ports();

	/* Seccomp alone leaves the files of a shared uid open: no wall, no start. */
	if (c->no_files && !confine_has_landlock())
		return err_set(err, RC_FAIL,
		    "this kernel has no Landlock (5.13 or later, and in the lsm= "
		    "list)");
	if (c->port_required && !ports)
		return err_set(err, RC_FAIL,
		    "this kernel's Landlock knows no TCP ports (6.7 or later)");
	return c->no_files || ports ? restrict_self(c, paths, ports, err) : RC_OK;
}

#ifndef BROKER_SANITIZED
#define NAMESPACES                                                                     \
	(CLONE_NEWCGROUP | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID |  \
	    CLONE_NEWUSER | CLONE_NEWUTS)

static int
add_exact_rule(scmp_filter_ctx f, uint32_t action, const struct confine_exact *e)
{
	struct scmp_arg_cmp cmp[3];

	for (unsigned i = 0; i < e->nargs; i++)
		cmp[i] = SCMP_CMP(i, SCMP_CMP_MASKED_EQ, UINT32_MAX, e->args[i]);
	return seccomp_rule_add_array(f, action, e->call, e->nargs, cmp);
}

static int
add_fcntl_rules(scmp_filter_ctx f)
{
	static const int commands[] = { F_GETFD, F_SETFD, F_GETFL, F_SETFL,
		F_DUPFD_CLOEXEC };
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof commands / sizeof commands[0]; i++)
		r = seccomp_rule_add(f, SCMP_ACT_ALLOW, SYS_fcntl, 1,
		    SCMP_A1(SCMP_CMP_EQ, (scmp_datum_t)commands[i], 0));
	return r;
}

/* Where the flags of a sending call stand: the argument's number, or -1. */
static int
send_flags(int nr)
{
	return nr == SYS_sendmsg ? 2 : nr == SYS_sendto || nr == SYS_sendmmsg ? 3 : -1;
}

/* Rules for calls that pass only with harmless arguments. */
static int
add_argument_rules(scmp_filter_ctx f, const struct confine *c, int nr, bool *special)
{
	*special = true;
	if (c->no_exec_memory && (nr == SYS_mmap || nr == SYS_mprotect))
		return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1,
		    SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	if (c->plain_fcntl && nr == SYS_fcntl)
		return add_fcntl_rules(f);
	if (c->threads_only && nr == SYS_clone)
		return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD));
	if (c->no_namespaces && nr == SYS_clone)
		return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1,
		    SCMP_A0(SCMP_CMP_MASKED_EQ, NAMESPACES, 0));
	if (c->no_fast_open && send_flags(nr) >= 0)
		return seccomp_rule_add(f, SCMP_ACT_ALLOW, nr, 1,
		    SCMP_CMP(
			(unsigned)send_flags(nr), SCMP_CMP_MASKED_EQ, MSG_FASTOPEN, 0));
	*special = false;
	return 0;
}

static enum rc
filter_calls(const struct confine *c, struct err *err)
{
	scmp_filter_ctx f =
	    seccomp_init(c->deny_only ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_KILL_PROCESS);
	int r = 0;

	if (f == NULL)
		return err_set(err, RC_FAIL, "seccomp");
	for (size_t i = 0; r == 0 && i < c->ncalls; i++) {
		bool special = false;

		r = add_argument_rules(f, c, c->calls[i], &special);
		if (r == 0 && !special)
			r = seccomp_rule_add(f, SCMP_ACT_ALLOW, c->calls[i], 0);
	}
	for (size_t i = 0; r == 0 && i < c->nexact; i++)
		r = add_exact_rule(f, SCMP_ACT_ALLOW, &c->exact[i]);
	for (size_t i = 0; r == 0 && i < c->nrefused; i++)
		r = add_exact_rule(f, SCMP_ACT_ERRNO(EACCES), &c->refused[i]);
	/* glibc falls back to clone when told that clone3 is missing. */
	if (r == 0)
		r = seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SYS_clone3, 0);
	if (r == 0)
		r = seccomp_load(f);
	seccomp_release(f);
	if (r != 0)
		return err_set(err, RC_FAIL, "seccomp filter %s: error %d", c->name, r);
	return RC_OK;
}
#else
/* The sanitizers' run time needs calls that no profile lists. */
static enum rc
filter_calls(const struct confine *c, struct err *err)
{
	(void)c;
	(void)err;
	return RC_OK;
}
#endif

/* The leak checker attaches to its own process, which must be dumpable for that. */
static int
set_dumpable(void)
{
#ifdef BROKER_SANITIZED
	return 0;
#else
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

enum rc
confine_apply(const struct confine *c, const char *const *paths, struct err *err)
{
	enum rc rc;

	if ((rc = set_limits(c, err)) != RC_OK)
		goto out;
	if (set_dumpable() != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
		rc = err_errno(err, RC_FAIL, "prctl");
		goto out;
	}
	if ((rc = close_files(c, paths, err)) != RC_OK)
		goto out;
	if (c->calls != NULL)
		rc = filter_calls(c, err);
out:
	if (rc != RC_OK)
		err_add(err, "confine %s", c->name);
	return rc;
}

enum rc
confine_become(uint32_t uid, uint32_t gid, struct err *err)
{
	uid_t r, e, s;

	if (uid == 0 || gid == 0)
		return err_set(err, RC_FAIL, "refuse to become root");
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 ||
	    setresuid(uid, uid, uid) != 0)
		return err_errno(err, RC_FAIL, "become uid %u", uid);
	if (getresuid(&r, &e, &s) != 0 || r != uid || e != uid || s != uid ||
	    setuid(0) == 0)
		return err_set(err, RC_FAIL, "root could be taken back");
	return RC_OK;
}
