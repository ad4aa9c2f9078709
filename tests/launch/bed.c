/* A launcher with commands; see bed.h. */
#include "tests/launch/bed.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>

bool
bed_root(void)
{
	return geteuid() == 0;
}

static const char *
own_id(char text[12], int after)
{
	snprintf(text, 12, "%d", 50000 + (int)(getpid() % 5000) * 2 + after);
	return text;
}

const char *
bed_self(void)
{
	static char text[12];

	return own_id(text, 0);
}

const char *
bed_child(void)
{
	static char text[12];

	return own_id(text, 1);
}

static void
copy_probe(const char *to)
{
	const char *top = getenv("top_builddir");
	char from[512], block[65536];
	size_t n;
	FILE *a, *b;

	snprintf(from, sizeof from, "%s/tests/launch/probe", top == NULL ? "." : top);
	a = fopen(from, "rb");
	b = fopen(to, "wb");
	assert_true(a != NULL && b != NULL);
	while ((n = fread(block, 1, sizeof block, a)) > 0)
		assert_int_equal(fwrite(block, 1, n, b), n);
	fclose(a);
	fclose(b);
	assert_int_equal(chmod(to, 0755), 0);
}

void
bed_options(const struct bed *b, const char *nproc, const char **argv)
{
	const char *const all[] = { "--home", b->home, "--program", b->probe,
		"--program", "/usr/bin/aws", "--program", "/no/such", "--nproc", nproc,
		"--sandbox", b->mode, "--scratch", BED_SCRATCH };
	const char *const ids[] = { "--uid", bed_child(), "--gid", bed_child(),
		"--self-uid", bed_self(), "--self-gid", bed_self() };
	size_t n = 0;

	for (size_t i = 0; i < ROWS(all); i++)
		argv[n++] = all[i];
	for (size_t i = 0; bed_root() && i < ROWS(ids); i++)
		argv[n++] = ids[i];
	argv[n] = NULL;
}

void
bed_start(struct bed *b, const char *nproc)
{
	const char *argv[31];

	bed_options(b, nproc, argv);
	peer_start(&b->p, "broker/launch/broker-launch", argv);
}

static int
set_up(void **state, const char *mode)
{
	struct bed *b = calloc(1, sizeof *b);

	*state = b;
	b->in = b->out = b->error = b->gate = -1;
	b->mode = mode;
	strcpy(b->dir, "/tmp/test_launch.XXXXXX");
	if (mkdtemp(b->dir) == NULL)
		return -1;
	chmod(b->dir, 0755);
	snprintf(b->home, sizeof b->home, "%s/home", b->dir);
	snprintf(b->probe, sizeof b->probe, "%s/probe", b->dir);
	mkdir(b->home, 0700);
	chmod(b->home, 0555);
	copy_probe(b->probe);
	/* Orphans of a killed launcher come to us, so that nothing stays behind. */
	prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	bed_start(b, "4096");
	return 0;
}

int
bed_required(void **state)
{
	return set_up(state, "required");
}

int
bed_reduced(void **state)
{
	return set_up(state, "reduced");
}

void
bed_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void
close_ours(struct bed *b)
{
	bed_close(&b->in);
	bed_close(&b->out);
	bed_close(&b->error);
	bed_close(&b->gate);
}

int
bed_clear(void **state)
{
	struct bed *b = *state;

	close_ours(b);
	if (b->p.sock >= 0)
		assert_int_equal(peer_hang_up(&b->p), 0);
	unlink(b->probe);
	rmdir(b->home);
	rmdir(b->dir);
	free(b);
	return 0;
}

void
bed_launch(struct bed *b, uint32_t session, const char *const *argv,
    const char *const *env, uint32_t cpu_s)
{
	struct msg_launch *m = calloc(1, sizeof *m);
	int in[2], out[2], error[2], gate[2], theirs[4];

	assert_true(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
		    pipe2(error, O_CLOEXEC) == 0);
	assert_int_equal(frame_pair(gate, NULL), RC_OK);
	close_ours(b);
	theirs[0] = in[0];
	theirs[1] = out[1];
	theirs[2] = error[1];
	theirs[3] = gate[1];
	b->in = in[1];
	b->out = out[0];
	b->error = error[0];
	b->gate = gate[0];
	for (; argv[m->argv.n] != NULL; m->argv.n++)
		m->argv.v[m->argv.n] = span_of(argv[m->argv.n]);
	for (; env[m->env.n] != NULL; m->env.n++)
		m->env.v[m->env.n] = span_of(env[m->env.n]);
	m->cpu_s = cpu_s;
	m->proxy = span_of(BED_PROXY);
	m->ca = span_of(BED_CA);
	m->stage = b->stage;
	peer_send(&b->p, MSG_LAUNCH, session, m, theirs, 4);
	for (int i = 0; i < 4; i++)
		close(theirs[i]);
	free(m);
}

pid_t
bed_launched(struct bed *b, uint32_t session)
{
	peer_want(&b->p, MSG_LAUNCHED, session);
	if (b->p.m.launched.pid == 0)
		fail_msg("not launched: %.*s", (int)b->p.m.launched.text.len,
		    (const char *)b->p.m.launched.text.p);
	return (pid_t)b->p.m.launched.pid;
}

void
bed_refused(struct bed *b, uint32_t session, const char *says)
{
	char text[1100];

	peer_want(&b->p, MSG_LAUNCHED, session);
	assert_int_equal(b->p.m.launched.pid, 0);
	assert_true(span_copy(b->p.m.launched.text, text, sizeof text));
	if (strstr(text, says) == NULL)
		fail_msg("it says: %s", text);
	assert_string_equal(bed_read(b, b->out), "");
}

void
bed_exited(struct bed *b, uint32_t session, uint8_t how, uint8_t code)
{
	peer_want(&b->p, MSG_EXITED, session);
	assert_int_equal(b->p.m.exited.how, how);
	assert_int_equal(b->p.m.exited.code, code);
}

const char *
bed_run(struct bed *b, const char *const *argv, uint8_t how, uint8_t code)
{
	bed_launch(b, 1, argv, NOTHING, 0);
	bed_launched(b, 1);
	bed_close(&b->in);
	bed_read(b, b->out);
	bed_exited(b, 1, how, code);
	return b->text;
}

int
bed_listener(struct bed *b)
{
	struct pollfd p = { .fd = b->gate, .events = POLLIN };
	struct frame f;
	struct buf room;
	int fd;

	buf_init(&room, FRAME_MAX);
	assert_int_equal(poll(&p, 1, PEER_MS), 1);
	assert_int_equal(frame_recv(b->gate, &room, &f, NULL), RC_OK);
	assert_int_equal(f.type, MSG_LISTENING);
	assert_int_equal(f.nfds, 1);
	assert_int_equal(f.body.len, 0);
	fd = f.fds[0];
	buf_clear(&room);
	return fd;
}

const char *
bed_read(struct bed *b, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	size_t n = 0;
	ssize_t r;

	while (fd >= 0 && n + 1 < sizeof b->text && poll(&p, 1, PEER_MS) == 1 &&
	       (r = read(fd, b->text + n, sizeof b->text - n - 1)) > 0)
		n += (size_t)r;
	b->text[n] = '\0';
	return b->text;
}

void
bed_kill(struct bed *b, uint32_t session, uint8_t signo)
{
	peer_send(&b->p, MSG_KILL, session, &(struct msg_kill){ signo }, NULL, 0);
}

bool
bed_alive(pid_t pid)
{
	char path[64], line[256] = "";
	FILE *s;

	snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	if ((s = fopen(path, "r")) == NULL)
		return false;
	if (fgets(line, sizeof line, s) == NULL)
		line[0] = '\0';
	fclose(s);
	return strstr(line, ") Z ") == NULL;
}

unsigned
bed_members(pid_t group)
{
	DIR *d = opendir("/proc");
	struct dirent *e;
	unsigned n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		pid_t pid = (pid_t)atoi(e->d_name);

		n += pid > 0 && getpgid(pid) == group && bed_alive(pid);
	}
	closedir(d);
	return n;
}

const char *
bed_status(struct bed *b, pid_t pid)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	fd = open(path, O_RDONLY);
	n = read(fd, b->text, sizeof b->text - 1);
	assert_true(n > 0);
	b->text[n] = '\0';
	close(fd);
	return b->text;
}
