/* Targets that are this machine; see ptytarget.h. */
#include "tests/session/ptytarget.h"

#include <fcntl.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define PIECE 1024

struct outlet {
	struct target *t;
	enum target_stream stream;
	int fd;
	struct watch *watch;
	uint8_t bytes[PIECE];
	size_t len;
};

struct target {
	struct loop *loop;
	struct target_owner owner;
	enum target_kind kind;
	char command[8448];
	struct winsize size;
	unsigned number;
	pid_t pid;
	struct outlet out[2];
	struct timer *timer;
	bool running, ending, over;
	struct target_end end;
};

struct ptytarget_log ptytarget = { .refuse = -1 };
static struct target *last;
static struct loop *the_loop;

void
ptytarget_reset(void)
{
	buf_clear(&ptytarget.written);
	memset(&ptytarget, 0, sizeof ptytarget);
	buf_init(&ptytarget.written, 1 << 24);
	ptytarget.refuse = -1;
	last = NULL;
}

struct target_net *
ptytarget_net(struct loop *l)
{
	the_loop = l;
	return (struct target_net *)l;
}

static void
outlet_close(struct outlet *o)
{
	loop_fd_close(o->watch);
	o->watch = NULL;
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

static void
tell_over(struct target *t)
{
	if (t->over)
		return;
	t->over = true;
	t->owner.over(t->owner.arg, &t->end);
}

static void
finish(struct target *t)
{
	int status = 0;

	if (t->pid > 0)
		waitpid(t->pid, &status, 0);
	t->pid = -1;
	t->end.how = t->ending ? TARGET_ENDED : TARGET_EXITED;
	t->end.status = t->kind != TARGET_COMMAND || t->ending ? -1
			: WIFEXITED(status)		       ? WEXITSTATUS(status)
							       : 255;
	t->end.closed = true;
	timer_set(t->timer, 0);
}

/* What it printed, as far as it is taken. */
static bool
give(struct outlet *o)
{
	struct target *t = o->t;
	size_t n =
	    t->owner.output(t->owner.arg, o->stream, span_make(o->bytes, o->len));

	memmove(o->bytes, o->bytes + n, o->len - n);
	o->len -= n;
	if (o->watch != NULL)
		loop_fd_events(o->watch, o->len > 0 ? 0 : POLLIN);
	return o->len == 0;
}

static void
readable(void *arg, short revents)
{
	struct outlet *o = arg;
	struct target *t = o->t;
	ssize_t n = read(o->fd, o->bytes, sizeof o->bytes);

	(void)revents;
	if (n > 0) {
		o->len = (size_t)n;
		give(o);
		return;
	}
	outlet_close(o);
	if (t->out[0].fd < 0 && t->out[1].fd < 0)
		finish(t);
}

static void
watch(struct target *t, unsigned i, int fd)
{
	struct outlet *o = &t->out[i];

	o->t = t;
	o->stream = i == 0 ? TARGET_OUT : TARGET_ERR;
	o->fd = fd;
	o->watch = loop_fd(t->loop, fd, POLLIN, readable, o);
}

/* ---- what runs ---- */

/* The words of an agent's splitter, of single quotes and '\'' alone. */
static void
split_and_run(const char *p)
{
	static char room[16384], *argv[512];
	size_t n = 0, used = 0;

	while (*p != '\0' && n < 511) {
		bool in = false;

		for (; *p == ' '; p++)
			;
		argv[n++] = room + used;
		for (; *p != '\0' && (in || *p != ' '); p++) {
			if (*p == '\'')
				in = !in;
			else if (!in && *p == '\\' && p[1] != '\0')
				room[used++] = *++p;
			else
				room[used++] = *p;
		}
		room[used++] = '\0';
	}
	argv[n] = NULL;
	execvp(argv[0], argv);
	dprintf(2, "cannot run %s\n", argv[0]);
	_exit(127);
}

static void
start_command(struct target *t)
{
	int out[2], err[2];

	if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0)
		abort();
	if ((t->pid = fork()) == 0) {
		int null = open("/dev/null", O_RDONLY);

		setsid();
		dup2(null, 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		split_and_run(t->command);
	}
	close(out[1]);
	close(err[1]);
	watch(t, 0, out[0]);
	watch(t, 1, err[0]);
}

/* With another shell than the two that are looked for. */
static void
replace_shell(char *text)
{
	static char out[16384];
	char *p = strstr(text, "for s in /bin/bash"), *q = strrchr(text, ' ');

	if (ptytarget.shell == NULL || p == NULL)
		return;
	snprintf(out, sizeof out, "%.*sfor s in /nowhere/bash%.*s%s", (int)(p - text),
	    text, (int)(q - strstr(p, " /usr/bin/bash")) + 1,
	    strstr(p, " /usr/bin/bash"), ptytarget.shell);
	/* The other places, too. */
	for (char *s; (s = strstr(out, " /usr/bin/bash")) != NULL;)
		memcpy(s, " /nowhere/bash", 14);
	for (char *s; (s = strstr(out, " /usr/local/bin/bash")) != NULL;)
		memcpy(s, " /nowhere/local/bash", 20);
	execl("/bin/sh", "sh", "-c", out, (char *)NULL);
	_exit(127);
}

static void
start_terminal(struct target *t)
{
	int fd;

	if ((t->pid = forkpty(&fd, NULL, NULL, &t->size)) == 0) {
		setenv("USER", "tester", 1);
		replace_shell(t->command);
		execl("/bin/sh", "sh", "-c", t->command, (char *)NULL);
		_exit(127);
	}
	if (t->pid < 0)
		abort();
	t->out[1].fd = -1;
	watch(t, 0, fd);
}

static void
ring(void *arg)
{
	struct target *t = arg;
	char id[32];

	if (t->over)
		return;
	if (t->running || t->ending || t->end.how != TARGET_EXITED) {
		tell_over(t);
		return;
	}
	t->running = true;
	snprintf(id, sizeof id, "session-%u", t->number);
	t->owner.opened(t->owner.arg, id);
	if (t->ending)
		return;
	if (t->kind == TARGET_COMMAND)
		start_command(t);
	else
		start_terminal(t);
	if (ptytarget.greeting != NULL)
		t->owner.output(t->owner.arg, TARGET_OUT, span_of(ptytarget.greeting));
	t->owner.running(t->owner.arg, "");
}

enum rc
target_open(struct target_net *n, const struct target_spec *spec,
    const struct target_owner *owner, struct target **ret, struct err *err)
{
	struct target *t = calloc(1, sizeof *t);

	(void)n;
	if (t == NULL || ptytarget.opened == PTYTARGETS)
		return err_set(err, RC_FAIL, "too many targets");
	t->loop = the_loop;
	t->owner = *owner;
	t->kind = spec->kind;
	t->size.ws_col = (unsigned short)spec->columns;
	t->size.ws_row = (unsigned short)spec->rows;
	t->pid = -1;
	t->out[0].fd = t->out[1].fd = -1;
	snprintf(t->command, sizeof t->command, "%s",
	    spec->command != NULL ? spec->command : "exec sh");
	snprintf(ptytarget.commands[ptytarget.opened], sizeof ptytarget.commands[0],
	    "%s", t->command);
	ptytarget.kinds[ptytarget.opened] = t->kind;
	t->number = ++ptytarget.opened;
	ptytarget.live++;
	if (ptytarget.refuse >= 0) {
		t->end = (struct target_end){
			.how = (enum target_how)ptytarget.refuse,
			.status = -1,
			.text = "as the test wants it",
		};
		ptytarget.refuse = -1;
	}
	t->timer = loop_timer(t->loop, ring, t);
	timer_set(t->timer, 0);
	last = t;
	*ret = t;
	return RC_OK;
}

static void
kill_all(struct target *t)
{
	if (t->pid <= 0)
		return;
	kill(-t->pid, SIGHUP);
	kill(-t->pid, SIGKILL);
	kill(t->pid, SIGKILL);
}

void
target_free(struct target *t)
{
	if (t == NULL)
		return;
	kill_all(t);
	outlet_close(&t->out[0]);
	outlet_close(&t->out[1]);
	if (t->pid > 0)
		waitpid(t->pid, NULL, 0);
	timer_free(t->timer);
	if (last == t)
		last = NULL;
	ptytarget.live--;
	free(t);
}

size_t
target_write(struct target *t, struct span bytes)
{
	ssize_t n;

	if (!t->running || t->ending || t->kind != TARGET_TERMINAL || t->out[0].fd < 0)
		return 0;
	/* What a child has not yet taken would make us wait: tests write little. */
	n = write(t->out[0].fd, bytes.p, bytes.len);
	if (n <= 0)
		return 0;
	buf_put(&ptytarget.written, bytes.p, (size_t)n);
	return (size_t)n;
}

void
target_resize(struct target *t, uint32_t columns, uint32_t rows)
{
	struct winsize w = { .ws_col = (unsigned short)columns,
		.ws_row = (unsigned short)rows };

	if (t->out[0].fd >= 0 && t->kind == TARGET_TERMINAL)
		ioctl(t->out[0].fd, TIOCSWINSZ, &w);
}

void
target_signal(struct target *t, int signo)
{
	if (t->pid > 0 && t->kind == TARGET_COMMAND)
		kill(t->pid, signo);
}

void
target_more(struct target *t)
{
	for (unsigned i = 0; i < 2; i++)
		if (t->out[i].len > 0 && !give(&t->out[i]))
			return;
}

void
target_end(struct target *t)
{
	if (t->ending || t->over)
		return;
	t->ending = true;
	kill_all(t);
	outlet_close(&t->out[0]);
	outlet_close(&t->out[1]);
	finish(t);
}

void
ptytarget_note(const char *what, const char *text)
{
	last->owner.note(last->owner.arg, what, text);
}

void
ptytarget_lose(void)
{
	struct target *t = last;

	kill_all(t);
	outlet_close(&t->out[0]);
	outlet_close(&t->out[1]);
	t->end = (struct target_end){
		.how = TARGET_LOST, .status = -1, .text = "the way is gone"
	};
	t->running = true;
	timer_set(t->timer, 0);
}

void
ptytarget_print(const char *text)
{
	last->owner.output(last->owner.arg, TARGET_OUT, span_of(text));
}

void
ptytarget_type(const char *text)
{
	if (write(last->out[0].fd, text, strlen(text)) < 0)
		abort();
}

int
ptytarget_pid(void)
{
	return last != NULL ? (int)last->pid : -1;
}
