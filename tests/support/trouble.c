/* Trouble with recordings, for walks: a library that is loaded before broker-session or
 * broker-keeper (LD_PRELOAD) and comes between them and their disk.  It may only use
 * calls that these processes may use.
 *
 *	TROUBLE_WHERE	session or keeper
 *	TROUBLE_FROM	only recordings that are so long already
 *	TROUBLE_WRITE	"slow MS", "fail ERRNO", "short ERRNO": half of it, then that
 *	TROUBLE_SYNC	"slow MS", "fail ERRNO": once, as the kernel would
 *	TROUBLE_CLOCK	MS that the wall clock jumps ahead with the eighth write
 *	TROUBLE_KILL	HOW: each session dies at one write to its recording, the first
 *			at its first one, the next at its second …; before it, in its
 *			middle, or after it, in turns.  HOW 3: at each in all three ways.
 *			A keeper dies before its HOW-th change of a file or folder, counted
 *			from its start
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct trouble {
	char what[8];
	long value;
};

static struct trouble on_write, on_sync;
static long from, clock_ms, kill_how;
static int keeper;
/* Shared by all that the nursery forks. */
static unsigned *sessions;

static unsigned writes; /* of this process, to its recording */
static long session = -1;
static int fails;

static ssize_t (*real_write)(int, const void *, size_t);
static int (*real_fsync)(int), (*real_fdatasync)(int);
static int (*real_clock)(clockid_t, struct timespec *);
static ssize_t (*real_pwrite64)(int, const void *, size_t, off64_t);
static int (*real_renameat)(int, const char *, int, const char *);
static int (*real_renameat2)(int, const char *, int, const char *, unsigned);

static void
read_trouble(const char *name, struct trouble *t)
{
	const char *s = getenv(name);

	if (s != NULL)
		(void)sscanf(s, "%7s %ld", t->what, &t->value);
}

static long
number(const char *name)
{
	const char *s = getenv(name);

	return s == NULL ? 0 : atol(s);
}

__attribute__((constructor)) static void
begin(void)
{
	const char *where = getenv("TROUBLE_WHERE");

	real_write = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
	real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
	real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
	real_clock =
	    (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
	real_pwrite64 = (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(
	    RTLD_NEXT, "pwrite64");
	real_renameat =
	    (int (*)(int, const char *, int, const char *))dlsym(RTLD_NEXT, "renameat");
	real_renameat2 = (int (*)(int, const char *, int, const char *, unsigned))dlsym(
	    RTLD_NEXT, "renameat2");
	keeper = where != NULL && strcmp(where, "keeper") == 0;
	from = number("TROUBLE_FROM");
	clock_ms = number("TROUBLE_CLOCK");
	kill_how = number("TROUBLE_KILL");
	read_trouble("TROUBLE_WRITE", &on_write);
	read_trouble("TROUBLE_SYNC", &on_sync);
	sessions = mmap(NULL, sizeof *sessions, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* The only plain file that a session writes is its recording; a keeper's begin so. */
static int
is_recording(int fd)
{
	char head[12];
	struct stat st;

	if (fd <= 2 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < from)
		return 0;
	return !keeper || (pread(fd, head, sizeof head, 0) == sizeof head &&
			      memcmp(head, "{\"version\":2", sizeof head) == 0);
}

static void
wait_ms(long ms)
{
	(void)poll(NULL, 0, (int)ms);
}

static void
die(void)
{
	(void)syscall(SYS_tgkill, getpid(), gettid(), SIGKILL);
}

/* Is this write the one to die at?  0: no; else 1 + the way. */
static int
is_last(void)
{
	unsigned way, at;

	if (kill_how == 0)
		return 0;
	if (session < 0)
		session = __atomic_fetch_add(sessions, 1, __ATOMIC_SEQ_CST);
	way = (unsigned)session % 3;
	at = (unsigned)session / (unsigned)kill_how + 1;
	return writes == at ? 1 + (int)way : 0;
}

/* A keeper's step that changes the disk. */
static void
keeper_step(void)
{
	static int steps;

	if (keeper && kill_how > 0 &&
	    __atomic_add_fetch(&steps, 1, __ATOMIC_SEQ_CST) == (int)kill_how)
		die();
}

static int
is_plain(int fd)
{
	struct stat st;

	return fd > 2 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	keeper_step();
	return real_pwrite64(fd, p, n, at);
}

int
renameat(int from_fd, const char *a, int to_fd, const char *b)
{
	keeper_step();
	return real_renameat(from_fd, a, to_fd, b);
}

int
renameat2(int from_fd, const char *a, int to_fd, const char *b, unsigned flags)
{
	keeper_step();
	return real_renameat2(from_fd, a, to_fd, b, flags);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	ssize_t done;
	int last;

	if (keeper && is_plain(fd))
		keeper_step();
	if (keeper || !is_recording(fd))
		return real_write(fd, p, n);
	writes++;
	if ((last = is_last()) > 0) {
		if (last > 1)
			(void)!real_write(fd, p, last == 2 ? n / 2 : n);
		die();
	}
	if (strcmp(on_write.what, "slow") == 0)
		wait_ms(on_write.value);
	if (strcmp(on_write.what, "fail") == 0 || fails) {
		errno = (int)on_write.value;
		return -1;
	}
	if (strcmp(on_write.what, "short") == 0) {
		fails = 1;
		n /= 2;
	}
	done = real_write(fd, p, n);
	return done;
}

static int
sync_with(int (*real)(int), int fd)
{
	keeper_step();
	if (on_sync.what[0] == '\0' || !is_recording(fd))
		return real(fd);
	if (strcmp(on_sync.what, "slow") == 0)
		wait_ms(on_sync.value);
	if (strcmp(on_sync.what, "fail") == 0 &&
	    !__atomic_exchange_n(&fails, 1, __ATOMIC_SEQ_CST)) {
		errno = (int)on_sync.value;
		return -1;
	}
	return real(fd);
}

int
fsync(int fd)
{
	return sync_with(real_fsync, fd);
}

int
fdatasync(int fd)
{
	return sync_with(real_fdatasync, fd);
}

int
clock_gettime(clockid_t id, struct timespec *t)
{
	int rc = real_clock(id, t);

	if (rc == 0 && id == CLOCK_REALTIME && clock_ms != 0 && writes >= 8)
		t->tv_sec += clock_ms / 1000;
	return rc;
}
