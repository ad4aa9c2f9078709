/* The walls around the player: a recording is a stranger's file, and the process that
 * parses it holds the key to all others. */
#include "replay/profile.h"

#include <openssl/evp.h>
#include <sodium.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "lib/base/confine.h"

static const int calls[] = {
	SYS_read,
	SYS_pread64,
	SYS_write,
	SYS_writev,
	SYS_lseek,
	SYS_close,
	SYS_fstat,
	SYS_newfstatat, /* fstat(2) of glibc 2.36 */
	SYS_ftruncate,
	SYS_fsync,
	SYS_ioctl,
	SYS_fcntl,
	SYS_poll,
	SYS_ppoll,
	SYS_mmap,
	SYS_munmap,
	SYS_mremap,
	SYS_mprotect,
	SYS_madvise,
	SYS_mlock,
	SYS_munlock,
	SYS_brk,
	SYS_getrandom,
	SYS_clock_gettime,
	SYS_rt_sigaction,
	SYS_rt_sigprocmask,
	SYS_rt_sigreturn,
	SYS_restart_syscall,
	SYS_futex,
	SYS_getpid,
	SYS_gettid,
	SYS_tgkill,
	SYS_exit,
	SYS_exit_group,
};

static const struct confine_limit limits[] = {
	{ RLIMIT_CORE, 0 },
};

static const struct confine profile = {
	.name = "hoop-replay",
	.calls = calls,
	.ncalls = sizeof calls / sizeof calls[0],
	/* EPERM and not death: a player that is killed leaves the terminal as it is. */
	.deny_only = true,
	.no_exec_memory = true,
	.limits = limits,
	.nlimits = sizeof limits / sizeof limits[0],
	.no_files = true,
};

/* What it takes to read folders: openat also for opendir, getdents64 for readdir. */
static const int reading_calls[] = { SYS_openat, SYS_getdents64 };

#define CALLS (sizeof calls / sizeof calls[0])
#define READING (sizeof reading_calls / sizeof reading_calls[0])

/* OpenSSL reads its configuration at the first digest. */
static enum rc
start_libraries(struct err *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len;

	if (sodium_init() < 0 || EVP_Digest("", 0, md, &len, EVP_sha256(), NULL) != 1)
		return err_set(err, RC_FAIL, "the crypto libraries do not start");
	return RC_OK;
}

enum rc
profile_enter(struct err *err)
{
	enum rc rc = start_libraries(err);

	return rc == RC_OK ? confine_apply(&profile, NULL, err) : rc;
}

enum rc
profile_enter_reading(const char *const *folders, struct err *err)
{
	int all[CALLS + READING];
	struct confine wider = profile;
	enum rc rc = start_libraries(err);

	if (rc != RC_OK)
		return rc;
	memcpy(all, calls, sizeof calls);
	memcpy(all + CALLS, reading_calls, sizeof reading_calls);
	wider.calls = all;
	wider.ncalls = CALLS + READING;
	wider.readable = folders;
	return confine_apply(&wider, NULL, err);
}
