/* broker/target/target.h, and the shell's header, as puppets of a test: one of either a
 * process.  See puppet.h. */
#include "broker/target/target.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/session/shell.h"
#include "tests/session/puppet.h"

#define FLOOD_PIECE 32768

struct target_net {
	struct loop *loop;
	struct watch *strings;
	void (*lease)(void *arg);
	void *arg;
	struct target *target;
	struct shell *shell;
};

struct target {
	struct target_net *net;
	struct target_owner owner;
	struct timer *timer;
	size_t flood, at; /* bytes to put out, and where in it */
	size_t takes;	  /* of its input, before it is full */
	bool full;
	struct buf waits; /* output that was not taken */
	enum target_stream stream;
};

struct shell {
	struct shell_owner owner;
	struct target_net *net;
};

/* ---- what the test says ---- */

static void
put_out(struct target *t)
{
	while (t->waits.len > 0) {
		size_t n =
		    t->owner.output(t->owner.arg, t->stream, buf_span(&t->waits));

		buf_skip(&t->waits, n);
		if (n == 0 || t->waits.len > 0)
			return;
	}
	if (t->at < t->flood)
		timer_set(t->timer, 0);
}

static void
flood(void *arg)
{
	struct target *t = arg;
	size_t n = t->flood - t->at < FLOOD_PIECE ? t->flood - t->at : FLOOD_PIECE;

	if (t->waits.len > 0 || n == 0)
		return;
	for (size_t i = 0; i < n; i++)
		buf_u8(&t->waits, (uint8_t)puppet_byte(t->at + i));
	t->at += n;
	put_out(t);
}

/* "HOW STATUS CLOSED CUT TEXT" */
static void
is_over(struct target *t, const char *how)
{
	struct target_end e = { .how = TARGET_EXITED };
	int n = 0, closed, cut, kind;

	if (sscanf(how, "%d %d %d %d %n", &kind, &e.status, &closed, &cut, &n) < 4)
		abort();
	e.how = (enum target_how)kind;
	e.closed = closed != 0;
	e.cut = cut != 0;
	snprintf(e.text, sizeof e.text, "%s", how + n);
	t->owner.over(t->owner.arg, &e);
}

static void
target_hears(struct target *t, const char *word, char *bytes, size_t n)
{
	bytes[n] = '\0';
	if (strcmp(word, "opened") == 0)
		t->owner.opened(t->owner.arg, bytes);
	else if (strcmp(word, "running") == 0)
		t->owner.running(t->owner.arg, bytes);
	else if (strcmp(word, "out") == 0 || strcmp(word, "err") == 0) {
		t->stream = *word == 'o' ? TARGET_OUT : TARGET_ERR;
		buf_put(&t->waits, bytes, n);
		put_out(t);
	} else if (strcmp(word, "flood") == 0) {
		t->stream = TARGET_OUT;
		t->at = 0;
		t->flood = strtoul(bytes, NULL, 10);
		timer_set(t->timer, 0);
	} else if (strcmp(word, "eof") == 0)
		t->owner.eof(t->owner.arg);
	else if (strcmp(word, "lost") == 0 || strcmp(word, "resumed") == 0)
		t->owner.note(t->owner.arg, word, bytes);
	else if (strcmp(word, "takes") == 0) {
		t->takes = strtoul(bytes, NULL, 10);
		puppet_did("takes");
		if (t->full)
			t->owner.writable(t->owner.arg);
	} else if (strcmp(word, "lease") == 0)
		t->net->lease(t->net->arg);
	else if (strcmp(word, "over") == 0)
		is_over(t, bytes);
	else
		abort();
}

static void
asks(struct shell *s, char *bytes, size_t n)
{
	struct msg_line_ask m = { span_make(bytes, n), span_of("/tmp") };

	if (s->owner.ask(s->owner.arg, 1, &m) != RC_OK)
		abort();
}

static void
shell_hears(struct shell *s, const char *word, char *bytes, size_t n)
{
	struct shell_end e = { .how = HOW_EXIT };

	bytes[n] = '\0';
	if (strcmp(word, "show") == 0) {
		if (s->owner.show(s->owner.arg, span_make(bytes, n)) != n)
			abort();
	} else if (strcmp(word, "ask") == 0)
		asks(s, bytes, n);
	else if (strcmp(word, "gone") == 0)
		(void)s->owner.gone(s->owner.arg, 1);
	else if (strcmp(word, "record") == 0)
		puppet_did("recorded %d", s->owner.record(s->owner.arg, bytes));
	else if (strcmp(word, "at") == 0)
		s->owner.at(s->owner.arg, (uint8_t)(bytes[0] - '0'), bytes + 2);
	else if (strcmp(word, "over") == 0) {
		e.lost = bytes[0] == 'L';
		e.code = (uint8_t)atoi(bytes + 1);
		snprintf(e.text, sizeof e.text, "%s", e.lost ? "it is gone" : "");
		s->owner.over(s->owner.arg, &e);
	} else
		abort();
}

static void
heard(void *arg, short revents)
{
	struct target_net *net = arg;
	char m[PUPPET_MOST + 256], *blank;
	ssize_t n = recv(puppet_fd, m, sizeof m - 1, MSG_DONTWAIT);

	(void)revents;
	if (n <= 0) {
		loop_fd_events(net->strings, 0);
		return;
	}
	m[n] = '\0';
	blank = strchr(m, ' ');
	*blank = '\0';
	n -= blank + 1 - m;
	if (net->shell != NULL)
		shell_hears(net->shell, m, blank + 1, (size_t)n);
	else if (net->target != NULL)
		target_hears(net->target, m, blank + 1, (size_t)n);
}

/* ---- target.h ---- */

enum rc
target_prepare(struct err *err)
{
	(void)err;
	return RC_OK;
}

enum rc
target_net_new(struct loop *l, const struct target_net_init *init,
    struct target_net **ret, struct err *err)
{
	struct target_net *n = calloc(1, sizeof *n);

	if (strcmp(init->region, "nowhere") == 0) {
		free(n);
		return err_set(err, RC_REFUSE, "no such region");
	}
	n->loop = l;
	n->lease = init->lease;
	n->arg = init->arg;
	n->strings = loop_fd(l, puppet_fd, POLLIN, heard, n);
	puppet_did("net %s %s %zu", init->region, init->client_version, init->ca.len);
	*ret = n;
	return RC_OK;
}

void
target_net_free(struct target_net *n)
{
	if (n == NULL)
		return;
	loop_fd_close(n->strings);
	free(n);
}

enum rc
target_net_lease(struct target_net *n, const char *access_key_id, struct span secret,
    struct span token, uint64_t expires_ms, struct err *err)
{
	(void)n;
	(void)err;
	puppet_did("lease %s %.*s %.*s %llu", access_key_id, (int)secret.len,
	    (const char *)secret.p, (int)token.len, (const char *)token.p,
	    (unsigned long long)expires_ms);
	return RC_OK;
}

static const char *
or_none(const char *text)
{
	return text != NULL ? text : "-";
}

enum rc
target_open(struct target_net *n, const struct target_spec *spec,
    const struct target_owner *owner, struct target **ret, struct err *err)
{
	static const char *const kinds[] = { [TARGET_COMMAND] = "command",
		[TARGET_TERMINAL] = "terminal",
		[TARGET_PORT] = "port",
		[TARGET_RUN] = "run" };
	struct target *t = calloc(1, sizeof *t);

	if (strcmp(spec->instance, "i-refused") == 0) {
		free(t);
		return err_set(err, RC_REFUSE, "no such instance");
	}
	t->net = n;
	t->owner = *owner;
	t->takes = (size_t)-1;
	t->timer = loop_timer(n->loop, flood, t);
	buf_init(&t->waits, 1u << 20);
	n->target = t;
	puppet_did("open %s %s %s [%s] %s:%u (%s) %ux%u", kinds[spec->kind],
	    spec->instance, or_none(spec->document), or_none(spec->command),
	    or_none(spec->host), spec->port, or_none(spec->reason), spec->columns,
	    spec->rows);
	*ret = t;
	return RC_OK;
}

void
target_free(struct target *t)
{
	if (t == NULL)
		return;
	t->net->target = NULL;
	timer_free(t->timer);
	buf_clear(&t->waits);
	free(t);
}

size_t
target_write(struct target *t, struct span bytes)
{
	size_t n = bytes.len < t->takes ? bytes.len : t->takes;

	if (n > PUPPET_MOST)
		n = PUPPET_MOST;
	if (t->takes != (size_t)-1)
		t->takes -= n;
	t->full = n < bytes.len;
	if (n > 0)
		puppet_did_bytes("write", span_make(bytes.p, n));
	return n;
}

void
target_eof(struct target *t)
{
	(void)t;
	puppet_did("eof");
}

void
target_resize(struct target *t, uint32_t columns, uint32_t rows)
{
	(void)t;
	puppet_did("resize %ux%u", columns, rows);
}

void
target_signal(struct target *t, int signo)
{
	(void)t;
	puppet_did("signal %d", signo);
}

void
target_more(struct target *t)
{
	put_out(t);
}

void
target_end(struct target *t)
{
	(void)t;
	puppet_did("end");
}

/* ---- shell.h ---- */

enum rc
shell_new(struct loop *l, struct target_net *net, const struct msg_remote *m,
    uint32_t columns, uint32_t rows, const struct shell_owner *owner,
    struct shell **ret, struct err *err)
{
	struct shell *s = calloc(1, sizeof *s);

	(void)l;
	(void)err;
	s->owner = *owner;
	s->net = net;
	net->shell = s;
	puppet_did("shell %.*s %ux%u", (int)m->instance.len,
	    (const char *)m->instance.p, columns, rows);
	*ret = s;
	return RC_OK;
}

void
shell_free(struct shell *s)
{
	if (s == NULL)
		return;
	s->net->shell = NULL;
	free(s);
}

void
shell_start(struct shell *s)
{
	(void)s;
	puppet_did("start");
}

void
shell_input(struct shell *s, struct span bytes)
{
	(void)s;
	puppet_did_bytes("input", bytes);
}

void
shell_resize(struct shell *s, uint32_t columns, uint32_t rows)
{
	(void)s;
	puppet_did("resize %ux%u", columns, rows);
}

void
shell_more(struct shell *s)
{
	(void)s;
}

enum rc
shell_says(
    struct shell *s, uint32_t line, const struct msg_line_says *m, struct err *err)
{
	(void)s;
	if (line != 1)
		return err_set(err, RC_REFUSE, "not a line that was asked about");
	puppet_did(
	    "says %u %.*s", m->effect, (int)m->text.len, (const char *)m->text.p);
	return RC_OK;
}

void
shell_stop(struct shell *s)
{
	(void)s;
	puppet_did("stop");
}

/* A puppet has taken all of it. */
size_t
target_held(const struct target *t)
{
	(void)t;
	return 0;
}
