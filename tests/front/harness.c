/* A small monitor for tests of broker-front: binds a port, starts the front, answers
 * its questions from a script that the command line itself is.  It prints what it sees.
 *
 * usage: harness FRONT FOLDER [NAME=VALUE...]
 * FOLDER/host is the host key (made if missing), FOLDER/authorized the keys that are
 * known.  Names: connections, per_source, unauthenticated, channels, login_ms. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/identity/authn.h"
#include "lib/base/frame.h"
#include "lib/base/id.h"
#include "lib/base/loop.h"
#include "lib/base/text.h"
#include "lib/wire/port.h"
#include "tests/front/play.h"

#define STAGED 64

struct world {
	struct loop *loop;
	struct hostkey *host;
	struct msg_setup setup;
	struct port *control;
	const char *folder;
	bool test_passed;
	unsigned serial;
	int listening;
	pid_t front;
};

struct conn {
	struct world *w;
	struct authn *authn;
	struct port *sign, *talk;
	int sock;
	unsigned serial;
	/* By channel: what follows once its input is staged. */
	char then[STAGED][64];
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

/* The blob's base64 must stand in FOLDER/authorized, behind a blank. */
static bool
known(void *arg, struct span user, struct span blob)
{
	struct world *w = arg;
	char path[256], line[8192], text[24000];
	bool found = false;
	FILE *f;

	if (span_is(user, "nobody"))
		return false;
	snprintf(path, sizeof path, "%s/authorized", w->folder);
	sodium_bin2base64(
	    text, sizeof text, blob.p, blob.len, sodium_base64_VARIANT_ORIGINAL);
	if ((f = fopen(path, "r")) == NULL)
		return false;
	while (!found && fgets(line, sizeof line, f) != NULL) {
		char *b = strtok(line, " \n");

		b = b != NULL ? strtok(NULL, " \n") : NULL;
		found = b != NULL && strcmp(b, text) == 0;
	}
	fclose(f);
	return found;
}

static void
print_escaped(const char *before, struct span s)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	text_escape(&b, s);
	printf("%s%s\n", before, buf_cstr(&b));
	buf_clear(&b);
}

static void
conn_close(struct conn *c)
{
	if (authn_is_test(c->authn))
		c->w->test_passed = authn_test_passed(c->authn);
	printf("connection %u closed\n", c->serial);
	port_close(c->sign);
	port_close(c->talk);
	authn_free(c->authn);
	close(c->sock);
	free(c);
}

static void
on_gone(void *arg, enum rc rc, const struct err *err)
{
	struct conn *c = arg;

	printf("connection %u gone: %s: %s\n", c->serial, rc_name(rc), err->text);
	conn_close(c);
}

static enum rc
answer_sign(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;
	uint8_t sig[HOSTKEY_SIGNATURE];
	enum rc rc = authn_sign(c->authn, &m->sign, sig, err);
	struct msg_signed answer = { span_make(sig, rc == RC_OK ? sizeof sig : 0) };

	(void)id;
	(void)fds;
	(void)port_send(c->sign, MSG_SIGNED, 0, &answer, NULL, 0);
	return rc;
}

static enum rc
answer_auth(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;
	struct msg_auth_says says = { 0 };
	bool yes = false;
	enum rc rc = authn_try(c->authn, &m->auth_try, known, c->w, &yes, err);

	(void)id;
	(void)fds;
	if (rc != RC_OK)
		return rc;
	says.yes = yes;
	printf("try %u %s %.*s: %s %s\n", c->serial,
	    m->auth_try.is_signed ? "signed" : "probe", (int)m->auth_try.algorithm.len,
	    m->auth_try.algorithm.p, yes ? "yes" : "no", yes ? "" : err->text);
	if (authn_who(c->authn) != NULL && yes)
		printf("login %u %s %s %s%s\n", c->serial, authn_who(c->authn)->user,
		    authn_who(c->authn)->fingerprint,
		    proof_name(authn_who(c->authn)->proof),
		    authn_who(c->authn)->verified ? " verified" : "");
	(void)port_send(c->talk, MSG_AUTH_SAYS, 0, &says, NULL, 0);
	return RC_OK;
}

static void
verdict(struct conn *c, uint32_t id, uint8_t effect, bool json, unsigned status,
    const char *text)
{
	struct msg_verdict v = { effect, json, (uint8_t)status, span_of(text) };

	(void)port_send(c->talk, MSG_VERDICT, id, &v, NULL, 0);
}

static void
attach(struct conn *c, uint32_t id, const char *line)
{
	struct err err;
	int pair[2];

	if (frame_pair(pair, &err) != RC_OK)
		die("pair");
	(void)port_send(c->talk, MSG_ATTACH, id, NULL, pair, 1);
	close(pair[0]);
	play_open_take(c->w->loop, pair[1], line);
}

static void
row(struct conn *c, uint32_t id, const char *name, struct span value)
{
	struct msg_text t;
	struct buf b;

	buf_init(&b, 60000);
	buf_printf(&b, "%s=", name);
	if (value.len > 2000)
		value.len = 2000;
	text_escape(&b, value);
	buf_u8(&b, '\n');
	t.text = buf_span(&b);
	(void)port_send(c->talk, MSG_ROW, id, &t, NULL, 0);
	buf_clear(&b);
}

/* A verb that says what the question was. */
static void
show(struct conn *c, uint32_t id, const struct msg_exec_ask *m, bool json)
{
	struct msg_done done = { 0, json };
	char size[64];

	verdict(c, id, VERDICT_VERB, json, 0, "");
	snprintf(size, sizeof size, "%ux%u", m->columns, m->rows);
	row(c, id, "form", span_of(m->form == FORM_ARGV ? "argv" : "line"));
	row(c, id, "pty", span_of(m->pty ? "yes" : "no"));
	row(c, id, "size", span_of(size));
	row(c, id, "line", m->line);
	snprintf(size, sizeof size, "%zu", m->line.len);
	row(c, id, "length", span_of(size));
	for (uint32_t i = 0; i < m->argv.n; i++)
		row(c, id, "word", m->argv.v[i]);
	row(c, id, "profile", m->profile);
	row(c, id, "reason", m->reason);
	row(c, id, "wait", m->wait);
	row(c, id, "output", m->output);
	(void)port_send(c->talk, MSG_DONE, id, &done, NULL, 0);
}

/* Rows that nobody may take: more than a front keeps. */
static void
flood(struct conn *c, uint32_t id)
{
	struct msg_text t;
	char *text = malloc(60000);

	memset(text, 'x', 60000);
	t.text = span_make(text, 60000);
	verdict(c, id, VERDICT_VERB, false, 0, "");
	for (int i = 0; i < 120; i++)
		(void)port_send(c->talk, MSG_ROW, id, &t, NULL, 0);
	free(text);
}

/* A verb that shows a session: its answer, 69, comes before the session's own end, which
 * counts where there is one. */
static void
watch(struct conn *c, uint32_t id, const char *line, bool json)
{
	struct msg_text first = { span_of("broker: watching\n") };
	struct msg_done done = { 69, json };

	verdict(c, id, VERDICT_VERB, json, 0, "");
	(void)port_send(c->talk, MSG_SAY, id, &first, NULL, 0);
	attach(c, id, line);
	(void)port_send(c->talk, MSG_DONE, id, &done, NULL, 0);
}

/* "MOST LINE": what would be held, and then did LINE. */
static void
stage(struct conn *c, uint32_t id, const char *line)
{
	struct msg_stage m = { strtoull(line, NULL, 10) };
	const char *then = strchr(line, ' ');

	if (id >= STAGED || then == NULL)
		die("stage");
	snprintf(c->then[id], sizeof c->then[id], "%s", then + 1);
	(void)port_send(c->talk, MSG_STAGE, id, &m, NULL, 0);
	/* Asked again it answers no more than once. */
	(void)port_send(c->talk, MSG_STAGE, id, &m, NULL, 0);
}

static enum rc
answer_staged(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;
	char hex[65];

	(void)fds;
	if (id >= STAGED || c->then[id][0] == '\0')
		return err_set(err, RC_REFUSE, "staged without having been asked");
	id_hex(m->staged.sha256.p, 32, hex);
	printf("staged %u fits %u len %llu %s\n", id, m->staged.fits,
	    (unsigned long long)m->staged.len, hex);
	if (strcmp(c->then[id], "hold") == 0) {
		verdict(c, id, VERDICT_HOLD, false, 0, "broker: held: 7F3K-Q2MX\n");
	} else if (!m->staged.fits && strncmp(c->then[id], "anyway ", 7) != 0) {
		verdict(c, id, VERDICT_DENY, false, 77, "broker: denied: too long\n");
	} else {
		const char *line = c->then[id] + (m->staged.fits ? 0 : 7);

		verdict(c, id, VERDICT_ALLOW, false, 0, "broker: approved\n");
		attach(c, id, line);
	}
	c->then[id][0] = '\0';
	return RC_OK;
}

static void
one_command(struct conn *c, uint32_t id, const struct msg_exec_ask *m, const char *line)
{
	bool json = span_is(m->output, "json");

	if (strncmp(line, "show", 4) == 0) {
		show(c, id, m, json);
	} else if (strcmp(line, "hold") == 0) {
		verdict(c, id, VERDICT_HOLD, json, 0, "broker: held: 7F3K-Q2MX\n");
	} else if (strcmp(line, "hold then cat") == 0) {
		verdict(c, id, VERDICT_HOLD, json, 0, "broker: held: 7F3K-Q2MX\n");
		verdict(c, id, VERDICT_ALLOW, json, 0, "broker: approved 7F3K-Q2MX\n");
		attach(c, id, "cat");
	} else if (strncmp(line, "stage ", 6) == 0) {
		stage(c, id, line + 6);
	} else if (strncmp(line, "watch ", 6) == 0 && play_knows(line + 6)) {
		watch(c, id, line + 6, json);
	} else if (strcmp(line, "flood") == 0) {
		flood(c, id);
	} else if (play_knows(line)) {
		verdict(c, id, VERDICT_ALLOW, json, 0, "");
		attach(c, id, line);
	} else {
		verdict(c, id, VERDICT_DENY, json, 77,
		    "broker: denied: not in the script\n");
	}
}

static enum rc
check_known(struct conn *c, struct err *err)
{
	if (authn_who(c->authn) == NULL || authn_is_test(c->authn))
		return err_set(err, RC_REFUSE, "a question before login");
	return RC_OK;
}

static enum rc
answer_exec(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;
	struct buf line;

	(void)fds;
	if (check_known(c, err) != RC_OK)
		return RC_REFUSE;
	buf_init(&line, MSG_TEXT_MAX + 1);
	if (m->exec_ask.form == FORM_LINE)
		buf_span_put(&line, m->exec_ask.line);
	for (uint32_t i = 0; i < m->exec_ask.argv.n; i++) {
		if (i > 0)
			buf_u8(&line, ' ');
		buf_span_put(&line, m->exec_ask.argv.v[i]);
	}
	print_escaped("exec ", span_make(line.p, line.len < 100 ? line.len : 100));
	one_command(c, id, &m->exec_ask, buf_cstr(&line));
	buf_clear(&line);
	return RC_OK;
}

static enum rc
answer_shell(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct conn *c = arg;

	(void)fds;
	if (check_known(c, err) != RC_OK)
		return RC_REFUSE;
	printf("shell pty %u\n", m->shell_ask.pty);
	verdict(c, id, VERDICT_DENY, false, 64,
	    "broker: refused: no shell in this version\n");
	return RC_OK;
}

/* The host's name is the script, the port its number. */
static enum rc
answer_forward(
    void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	const struct msg_forward_ask *f = &m->forward_ask;
	struct conn *c = arg;
	char line[300];

	(void)fds;
	if (check_known(c, err) != RC_OK)
		return RC_REFUSE;
	snprintf(line, sizeof line, "%.*s %u", (int)f->host.len,
	    (const char *)f->host.p, f->port);
	print_escaped("forward ", span_of(line));
	if (play_knows(line)) {
		verdict(c, id, VERDICT_ALLOW, false, 0, "");
		attach(c, id, line);
	} else if (span_is(f->host, "late")) {
		verdict(c, id, VERDICT_HOLD, false, 0, "broker: held\n");
		verdict(c, id, VERDICT_ALLOW, false, 0, "");
		attach(c, id, "cat");
	} else if (!span_is(f->host, "silence"))
		verdict(c, id, VERDICT_DENY, false, 64,
		    "broker: refused: only aws:443 is here\n");
	return RC_OK;
}

static enum rc
answer_gone(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	(void)arg;
	(void)fds;
	(void)err;
	printf("gone %u%s\n", id, m->gone.withdrawn ? " withdrawn" : "");
	return RC_OK;
}

static const struct route sign_routes[] = { { MSG_SIGN, 0, 40000, 0, answer_sign } };
static const struct route talk_routes[] = {
	{ MSG_AUTH_TRY, 0, 20000, 0, answer_auth },
	{ MSG_EXEC_ASK, 0, 150000, 0, answer_exec },
	{ MSG_SHELL_ASK, 0, 8, 0, answer_shell },
	{ MSG_FORWARD_ASK, 0, 300, 0, answer_forward },
	{ MSG_GONE, 0, 1, 0, answer_gone },
	{ MSG_STAGED, 0, 64, 0, answer_staged },
};

static enum rc
answer_new(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct world *w = arg;
	struct conn *c = calloc(1, sizeof *c);
	struct port_owner sign = {
		.routes = sign_routes, .nroutes = 1, .arg = c, .gone = on_gone
	};
	struct port_owner talk = { .routes = talk_routes,
		.nroutes = sizeof talk_routes / sizeof talk_routes[0],
		.arg = c,
		.gone = on_gone };
	char nonce[ID_NONCE_TEXT];
	struct msg_nonce n;

	(void)id;
	if (c == NULL || id_nonce(nonce, err) != RC_OK ||
	    authn_new(w->host, nonce, m->new_.kind == NEW_TEST, &c->authn, err) !=
		RC_OK ||
	    port_open_take(w->loop, fds[0], &sign, &c->sign, err) != RC_OK ||
	    port_open_take(w->loop, fds[1], &talk, &c->talk, err) != RC_OK)
		die("connection");
	c->w = w;
	c->sock = fds[2];
	c->serial = w->serial++;
	fds[0] = fds[1] = fds[2] = -1;
	printf("connection %u %s\n", c->serial,
	    authn_is_test(c->authn) ? "test" : "client");
	n.nonce = span_of(nonce);
	(void)port_send(c->talk, MSG_NONCE, 0, &n, NULL, 0);
	return RC_OK;
}

static enum rc
answer_tested(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct world *w = arg;
	struct sockaddr_in a = { 0 };
	socklen_t len = sizeof a;

	(void)id;
	(void)m;
	(void)fds;
	/* The test's connection closes on sockets of its own. */
	for (int i = 0; i < 50 && !w->test_passed; i++)
		(void)loop_step(w->loop, 20, err);
	if (!w->test_passed)
		return err_set(err, RC_FAIL, "the self-test did not pass");
	if (getsockname(w->listening, (struct sockaddr *)&a, &len) != 0)
		die("getsockname");
	(void)port_send(w->control, MSG_SERVE, 0, NULL, NULL, 0);
	printf("port %u\n", ntohs(a.sin_port));
	printf("host %s\n", hostkey_fingerprint(w->host));
	return RC_OK;
}

static const struct route control_routes[] = {
	{ MSG_NEW, 0, 8, 3, answer_new },
	{ MSG_TESTED, 0, 0, 0, answer_tested },
};

static void
on_control_gone(void *arg, enum rc rc, const struct err *err)
{
	struct world *w = arg;

	printf("front gone: %s: %s\n", rc_name(rc), err->text);
	loop_stop(w->loop);
}

static void
start_front(struct world *w, const char *program, int control)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };

	w->listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w->listening < 0 ||
	    bind(w->listening, (struct sockaddr *)&a, sizeof a) != 0 ||
	    listen(w->listening, 512) != 0)
		die("listen");
	if ((w->front = fork()) < 0)
		die("fork");
	if (w->front > 0)
		return;
	/* Above what they will be moved to. */
	control = fcntl(control, F_DUPFD, 20);
	w->listening = fcntl(w->listening, F_DUPFD, 21);
	if (dup2(control, 3) != 3 || dup2(w->listening, 4) != 4 ||
	    close_range(5, ~0u, 0) != 0)
		die("dup2");
	/* As a daemon would leave them: the front must cope. */
	signal(SIGCHLD, SIG_IGN);
	execl(program, program, "1", (char *)NULL);
	die(program);
}

static void
take_setting(struct world *w, const char *setting)
{
	static const struct {
		const char *name;
		size_t at;
	} names[] = {
		{ "connections=", offsetof(struct msg_setup, connections) },
		{ "per_source=", offsetof(struct msg_setup, per_source) },
		{ "unauthenticated=", offsetof(struct msg_setup, unauthenticated) },
		{ "channels=", offsetof(struct msg_setup, channels) },
		{ "login_ms=", offsetof(struct msg_setup, login_ms) },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strncmp(setting, names[i].name, strlen(names[i].name)) == 0)
			*(uint32_t *)(void *)((char *)&w->setup + names[i].at) =
			    (uint32_t)strtoul(
				setting + strlen(names[i].name), NULL, 10);
}

static void
on_signal(void *arg, int signo)
{
	(void)signo;
	loop_stop(((struct world *)arg)->loop);
}

int
main(int argc, char **argv)
{
	static const int signals[] = { SIGTERM, SIGINT };
	struct world w = { .setup = { .connections = 200,
			       .per_source = 200,
			       .unauthenticated = 100,
			       .channels = 32,
			       .login_ms = 10000 } };
	struct port_owner owner = { .routes = control_routes,
		.nroutes = 2,
		.arg = &w,
		.gone = on_control_gone };
	struct rlimit files = { 4096, 4096 };
	struct err err = { "" };
	char path[256];
	int pair[2];

	if (argc < 3)
		die("usage");
	setvbuf(stdout, NULL, _IOLBF, 0);
	(void)setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	w.folder = argv[2];
	for (int i = 3; i < argc; i++)
		take_setting(&w, argv[i]);
	snprintf(path, sizeof path, "%s/host", w.folder);
	if (hostkey_open(path, &w.host, &err) != RC_OK ||
	    loop_new(&w.loop, &err) != RC_OK || frame_pair(pair, &err) != RC_OK) {
		fprintf(stderr, "%s\n", err.text);
		return 1;
	}
	start_front(&w, argv[1], pair[1]);
	close(pair[1]);
	printf("front pid %d\n", (int)w.front);
	w.setup.host_key = span_make(hostkey_public(w.host), 32);
	if (port_open_take(w.loop, pair[0], &owner, &w.control, &err) != RC_OK ||
	    loop_signals(w.loop, signals, 2, on_signal, &w, &err) != RC_OK ||
	    port_send(w.control, MSG_SETUP, 0, &w.setup, NULL, 0) != RC_OK ||
	    loop_run(w.loop, &err) != RC_OK)
		fprintf(stderr, "%s\n", err.text);
	port_close(w.control);
	/* The front must end by itself now. */
	alarm(5);
	waitpid(w.front, NULL, 0);
	printf("front ended\n");
	loop_free(w.loop);
	hostkey_free(w.host);
	return 0;
}
