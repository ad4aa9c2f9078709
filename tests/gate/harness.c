/* A gate on a loopback port, for the tests in Python: it says on stdout what it was
 * asked and told, and answers as its arguments say.
 *
 *	harness KIND CA CONNECT_TO ID SECRET TOKEN [ANSWER]…
 *
 * KIND: command or sdk (then each client that connects gets a gate's connection, with
 * one gate for all of them).  ANSWER: "deny=Operation", "hold=Operation" (answered by
 * "yes" or "no" on stdin), "bodies=digest|masked|none", "lease=none", "lease=MILLISECONDS" (to live),
 * "events=fail", "reveal=Operation", "masks=word", "masking=fails".
 * All else is allowed.  It ends when its stdin closes. */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/gate/gate.h"
#include "lib/base/clock.h"
#include "lib/base/loop.h"
#include "lib/model/sdkkey.h"
#include "policies/apicall.h"

struct harness {
	struct loop *loop;
	struct gate *gate;
	char **answers, **lease;
	uint32_t held_call;
	int listen_fd;
	struct timer *fresh;
};

static bool
told(const struct harness *h, const char *what, const char *operation)
{
	char want[256];

	snprintf(want, sizeof want, "%s=%s", what, operation);
	for (char **a = h->answers; *a != NULL; a++)
		if (strcmp(*a, want) == 0)
			return true;
	return false;
}

static const char *
value(const struct harness *h, const char *what)
{
	size_t n = strlen(what);

	for (char **a = h->answers; *a != NULL; a++)
		if (strncmp(*a, what, n) == 0 && (*a)[n] == '=')
			return *a + n + 1;
	return NULL;
}

static void
say(const char *what, const char *text)
{
	printf("%s %s\n", what, text);
	fflush(stdout);
}

static void
answer(struct harness *h, uint32_t call, const char *operation, enum msg_effect effect,
    const char *rule, const char *text, const char *hold)
{
	struct err err = { "" };
	struct msg_call_says m = { .effect = effect,
		.rule = span_of(rule),
		.text = span_of(text),
		.hold = span_of(hold) };

	if (told(h, "bodies", "digest"))
		m.bodies = BODIES_DIGEST;
	if (told(h, "bodies", "masked"))
		m.bodies = BODIES_MASKED;
	if (told(h, "bodies", "none"))
		m.bodies = BODIES_NONE;
	if (told(h, "reveal", operation))
		m.reveal = 1;
	if (told(h, "masks", "word"))
		m.masks = span_of("word");
	if (gate_verdict(h->gate, call, &m, &err) != RC_OK)
		say("trouble", err.text);
}

/* Verdicts come from the loop, as they do from a monitor. */
struct pending {
	struct harness *h;
	struct timer *timer;
	uint32_t call;
	char operation[128];
};

static void
verdict(void *arg)
{
	struct pending *p = arg;
	struct harness *h = p->h;

	if (told(h, "deny", p->operation))
		answer(h, p->call, p->operation, VERDICT_DENY, "test/deny", "not today",
		    "");
	else if (told(h, "hold", p->operation)) {
		h->held_call = p->call;
		answer(h, p->call, p->operation, VERDICT_HOLD, "test/hold", "needs 1",
		    "7F3K-Q2MX");
		say("held", p->operation);
	} else
		answer(h, p->call, p->operation, VERDICT_ALLOW, "test/allow", "", "");
	timer_free(p->timer);
	free(p);
}

static enum rc
on_ask(void *arg, uint32_t call, struct span facts, struct err *err)
{
	struct pending *p = calloc(1, sizeof *p);
	struct apicall *c = NULL;
	char line[512];
	enum rc rc = apicall_read(facts, &c, err);

	if (rc != RC_OK || p == NULL)
		return rc;
	snprintf(line, sizeof line, "%u %s:%s %s", call, apicall_service(c),
	    apicall_operation(c), apicall_region(c));
	say("ask", line);
	p->h = arg;
	p->call = call;
	snprintf(p->operation, sizeof p->operation, "%s", apicall_operation(c));
	apicall_free(c);
	p->timer = loop_timer(p->h->loop, verdict, p);
	timer_set(p->timer, 0);
	return RC_OK;
}

static void
on_gone(void *arg, uint32_t call)
{
	char text[32];

	(void)arg;
	snprintf(text, sizeof text, "%u", call);
	say("gone", text);
}

static enum rc
on_event(void *arg, const char *json, struct err *err)
{
	if (told(arg, "events", "fail"))
		return err_set(err, RC_FAIL, "as told");
	say("event", json);
	return RC_OK;
}

static void
on_say(void *arg, const char *text)
{
	(void)arg;
	say("say", text);
}

static void
give_lease(struct harness *h)
{
	const char *ms = value(h, "lease");
	struct err err = { "" };
	struct msg_lease m = { .access_key_id = span_of(h->lease[0]),
		.secret = span_of(h->lease[1]),
		.token = span_of(h->lease[2]),
		.expires_ms =
		    clock_wall_ms() + (ms != NULL ? strtoull(ms, NULL, 10) : 3600000) };

	if (told(h, "lease", "none"))
		m = (struct msg_lease){ .text = span_of("STS says no") };
	if (gate_lease(h->gate, &m, &err) != RC_OK)
		say("trouble", err.text);
}

static void
lease_rings(void *arg)
{
	give_lease(arg);
}

/* Where there is no lease, there is no fresh one either. */
static enum rc
on_fresh(void *arg, struct err *err)
{
	struct harness *h = arg;

	(void)err;
	say("fresh", "please");
	if (told(h, "lease", "none"))
		timer_set(h->fresh, 0);
	return RC_OK;
}

/* An SDK's leaves: there are none. */
static enum rc
on_leaf(void *arg, uint32_t number, const char *host, struct span key, struct err *err)
{
	(void)arg;
	(void)number;
	(void)key;
	say("leaf", host);
	return err_set(err, RC_REFUSE, "no leaves here");
}

static void
on_moved(void *arg)
{
	(void)arg;
}

/* "word" stands for a rule that masks the word "blue". */
static enum rc
on_mask(
    void *arg, struct span names, struct span text, struct buf *out, struct err *err)
{
	const char *at = memmem(text.p, text.len, "blue", 4);

	if (told(arg, "masking", "fails") || !span_is(names, "word"))
		return err_set(err, RC_FAIL, "as told");
	if (at == NULL) {
		buf_span_put(out, text);
		return RC_OK;
	}
	buf_put(out, text.p, (size_t)((const uint8_t *)at - text.p));
	buf_text(out, "[MASKED:word]");
	buf_put(out, at + 4, text.len - (size_t)((const uint8_t *)at + 4 - text.p));
	return RC_OK;
}

static void
obey(struct harness *h, const char *word)
{
	char text[32];

	if (strcmp(word, "yes") == 0)
		answer(
		    h, h->held_call, "", VERDICT_ALLOW, "test/hold", "", "7F3K-Q2MX");
	else if (strcmp(word, "no") == 0)
		answer(h, h->held_call, "", VERDICT_DENY, "test/hold",
		    "denied by alice", "7F3K-Q2MX");
	else if (strcmp(word, "lease") == 0)
		give_lease(h);
	else if (strcmp(word, "stop") == 0)
		gate_stop(h->gate);
	else if (strcmp(word, "sync") == 0)
		say("sync", "here");
	else if (strcmp(word, "busy") == 0) {
		snprintf(text, sizeof text, "%zu", gate_busy(h->gate));
		say("busy", text);
	}
}

static void
on_stdin(void *arg, short revents)
{
	struct harness *h = arg;
	char line[256];
	ssize_t n = read(0, line, sizeof line - 1);

	(void)revents;
	if (n <= 0) {
		loop_stop(h->loop);
		return;
	}
	line[n] = '\0';
	for (char *word = strtok(line, "\n"); word != NULL; word = strtok(NULL, "\n"))
		obey(h, word);
}

static void
on_client(void *arg, short revents)
{
	struct harness *h = arg;
	int fd = accept4(h->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct err err = { "" };

	(void)revents;
	if (fd >= 0 && gate_client_take(h->gate, fd, &err) != RC_OK)
		say("trouble", err.text);
}

static int
listen_here(unsigned *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 ||
	    listen(fd, 64) != 0 || getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		exit(1);
	*port = ntohs(a.sin_port);
	return fd;
}

static struct span
read_ca(const char *path, struct buf *to)
{
	uint8_t room[65536];
	FILE *f = fopen(path, "r");
	size_t n;

	buf_init(to, 1u << 20);
	while (f != NULL && (n = fread(room, 1, sizeof room, f)) > 0)
		buf_put(to, room, n);
	if (f != NULL)
		fclose(f);
	return buf_span(to);
}

/* What sdk-env would have handed out. */
#define ROOT "a root of tests alone"

static void
introduce(struct harness *h, unsigned port, bool sdk)
{
	uint64_t end_s = clock_wall_ms() / 1000 + 3600;
	char id[SDKKEY_ID + 1];
	struct secret *own = NULL;
	struct gate_dummies d;

	gate_dummies(h->gate, &d);
	if (sdk && sdkkey_pair(span_of(ROOT), end_s, id, &own, NULL) == RC_OK) {
		d.access_key_id = span_of(id);
		d.secret = secret_span(own);
	}
	printf("port %u\nproxy %.*s\nid %.*s\nsecret %.*s\nca %zu\n%.*s", port,
	    (int)d.proxy.len, (const char *)d.proxy.p, (int)d.access_key_id.len,
	    (const char *)d.access_key_id.p, (int)d.secret.len,
	    (const char *)d.secret.p, d.ca.len, (int)d.ca.len, (const char *)d.ca.p);
	fflush(stdout);
	secret_free(own);
}

int
main(int argc, char **argv)
{
	struct harness h = { .listen_fd = -1 };
	const struct gate_owner owner = { .arg = &h,
		.ask = on_ask,
		.gone = on_gone,
		.event = on_event,
		.say = on_say,
		.leaf = on_leaf,
		.fresh = on_fresh,
		.moved = on_moved,
		.mask = on_mask };
	const char *to[1];
	struct gate_init init = { .account = "111122223333",
		.region = "eu-west-1",
		.connect_to = to,
		.n_connect_to = 1 };
	struct err err = { "" };
	struct buf ca;
	unsigned port;
	bool sdk;
	int fd;

	if (argc < 7)
		return 64;
	signal(SIGPIPE, SIG_IGN);
	sdk = strcmp(argv[1], "sdk") == 0;
	init.kind = sdk ? GATE_SDK : GATE_COMMAND;
	init.ca = read_ca(argv[2], &ca);
	to[0] = argv[3];
	h.lease = argv + 4;
	h.answers = argv + 7;
	if (sdk) {
		init.dummy_id = span_of(SDKKEY_PREFIX);
		init.dummy_secret = span_of(ROOT);
	}
	if (loop_new(&h.loop, &err) != RC_OK || gate_prepare(&err) != RC_OK)
		return 1;
	init.loop = h.loop;
	h.fresh = loop_timer(h.loop, lease_rings, &h);
	if (gate_new(&init, &owner, &h.gate, &err) != RC_OK) {
		say("trouble", err.text);
		return 1;
	}
	fd = listen_here(&port);
	introduce(&h, port, sdk);
	if (sdk) {
		h.listen_fd = fd;
		(void)loop_fd(h.loop, fd, POLLIN, on_client, &h);
	} else if (gate_listen_take(h.gate, fd, &err) != RC_OK) {
		return 1;
	}
	if (!told(&h, "lease", "later"))
		give_lease(&h);
	(void)loop_fd(h.loop, 0, POLLIN, on_stdin, &h);
	if (loop_run(h.loop, &err) != RC_OK)
		say("trouble", err.text);
	gate_free(h.gate);
	loop_free(h.loop);
	buf_clear(&ca);
	return 0;
}
