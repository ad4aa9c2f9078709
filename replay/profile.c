/* The walls around the player: a recording is a stranger's file, and the process that
 * parses it holds the key to all others. */
#include "replay/profile.h"

#include <openssl/evp.h>
#include <sodium.h>
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
	/* The reader opens chunks by threads, one a processor. */
	SYS_clone,
	SYS_set_robust_list,
	SYS_rseq,
	SYS_sched_getaffinity,
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
	.threads_only = true,
	.limits = limits,
	.nlimits = sizeof limits / sizeof limits[0],
	.no_files = true,
};

enum rc
profile_enter(struct err *err)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len;

	/* OpenSSL reads its configuration at the first digest. */
	if (sodium_init() < 0 || EVP_Digest("", 0, md, &len, EVP_sha256(), NULL) != 1)
		return err_set(err, RC_FAIL, "the crypto libraries do not start");
	return confine_apply(&profile, NULL, err);
}
