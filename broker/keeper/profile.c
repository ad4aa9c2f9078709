/* What the keeper may do once it has read its key: its files, its threads, its socket.
 * The list was measured on SQLite in WAL mode; no network, no exec, no other process.
 * fchmod is for what lies in drop folders, which others are to read.
 */
#include "broker/keeper/keeper.h"

#include <sys/resource.h>
#include <sys/syscall.h>

#include "lib/base/confine.h"

#ifdef SYS_open
#define OLD_CALLS SYS_access, SYS_lstat, SYS_poll, SYS_readlink, SYS_stat, SYS_unlink,
#else
#define OLD_CALLS
#endif

/* glibc makes this of a rename that may replace, where there is one. */
#ifdef SYS_renameat
#define RENAME_CALL SYS_renameat,
#else
#define RENAME_CALL
#endif

static const int calls[] = { OLD_CALLS RENAME_CALL SYS_brk, SYS_clock_gettime,
	SYS_clock_nanosleep, SYS_clone, SYS_close, SYS_eventfd2, SYS_exit,
	SYS_exit_group, SYS_faccessat2, SYS_fallocate, SYS_fchmod, SYS_fchown,
	SYS_fcntl, SYS_fdatasync, SYS_flock, SYS_fstat, SYS_fstatfs, SYS_fsync,
	SYS_ftruncate, SYS_futex, SYS_getcwd, SYS_getdents64, SYS_geteuid, SYS_getpid,
	SYS_getrandom, SYS_gettid, SYS_lseek, SYS_madvise, SYS_mlock, SYS_mmap,
	SYS_mprotect, SYS_mremap, SYS_munlock, SYS_munmap, SYS_newfstatat, SYS_openat,
	SYS_ppoll, SYS_pread64, SYS_pwrite64, SYS_read, SYS_readlinkat, SYS_recvmsg,
	SYS_renameat2, SYS_restart_syscall, SYS_rseq, SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_sched_getaffinity, SYS_sched_yield,
	SYS_sendmsg, SYS_set_robust_list, SYS_statfs, SYS_statx, SYS_sysinfo,
	SYS_unlinkat, SYS_write, SYS_writev };
static const struct confine_limit limits[] = { { RLIMIT_CORE, 0 } };

enum rc
profile_keeper(const char *const *folders, struct err *err)
{
	const struct confine c = {
		.name = "keeper",
		.calls = calls,
		.ncalls = sizeof calls / sizeof calls[0],
		.no_exec_memory = true,
		.threads_only = true,
		.limits = limits,
		.nlimits = sizeof limits / sizeof limits[0],
		.no_files = true,
	};

	return confine_apply(&c, folders, err);
}
