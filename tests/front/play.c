#include "tests/front/play.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/wire/port.h"

struct play {
	struct port *port;
	struct timer *timer;
	char word[32];
	unsigned long n; /* the number behind the word */
	unsigned long sent, got;
	bool over;
};

static unsigned playing;

unsigned
play_count(void)
{
	return playing;
}

static void
say(struct play *p, uint8_t stream, const char *text)
{
	struct msg_data m = { stream, span_of(text) };

	(void)port_send(p->port, MSG_DATA, 0, &m, NULL, 0);
}

static void
finish(struct play *p, uint8_t how, uint8_t code, const char *text)
{
	struct msg_exit m = { how, code, how != HOW_NEVER, span_of(text) };

	p->over = true;
	(void)port_send(p->port, MSG_EXIT, 0, &m, NULL, 0);
}

/* The same bytes that the test script makes. */
static void
fill(uint8_t *to, size_t n, unsigned long from)
{
	for (size_t i = 0; i < n; i++, from++)
		to[i] = (uint8_t)(from * 31 + (from >> 8) * 7 + (from >> 16));
}

static void
produce(struct play *p)
{
	uint8_t piece[MSG_DATA_MAX];

	while (p->sent < p->n && !port_full(p->port)) {
		size_t n =
		    p->n - p->sent < sizeof piece ? p->n - p->sent : sizeof piece;
		struct msg_data m = { 1, { piece, n } };

		fill(piece, n, p->sent);
		if (port_send(p->port, MSG_DATA, 0, &m, NULL, 0) != RC_OK)
			return;
		p->sent += n;
	}
	printf("produced %lu\n", p->sent);
	if (p->sent == p->n && !p->over)
		finish(p, HOW_EXIT, 0, "");
}

static void
start_both(struct play *p)
{
	say(p, 1, "to stdout\n");
	say(p, 2, "to stderr\n");
	finish(p, HOW_EXIT, (uint8_t)p->n, "");
}

static void
start_half(struct play *p)
{
	say(p, 2, "half a line");
	finish(p, HOW_EXIT, (uint8_t)p->n, "");
}

static void
start_exit(struct play *p)
{
	finish(p, HOW_EXIT, (uint8_t)p->n, "");
}

static void
start_signal(struct play *p)
{
	finish(p, HOW_SIGNAL, (uint8_t)p->n, "");
}

static void
start_never(struct play *p)
{
	finish(p, HOW_NEVER, (uint8_t)p->n, "recording failed: no space");
}

static void
start_broken(struct play *p)
{
	struct msg_data m = { 7, { NULL, 0 } };

	(void)port_send(p->port, MSG_DATA, 0, &m, NULL, 0);
}

static void
start_nothing(struct play *p)
{
	(void)p;
}

static void
start_wait(struct play *p)
{
	say(p, 1, "waiting\n");
}

static void
on_timer(void *arg)
{
	port_pause(((struct play *)arg)->port, false);
}

/* Takes stdin only after a while: the front must not take more than its bounds. */
static void
start_slow(struct play *p)
{
	port_pause(p->port, true);
	timer_set(p->timer, p->n);
}

static const struct {
	const char *word;
	void (*start)(struct play *p);
} words[] = {
	{ "cat", start_nothing },  /* stdin back to stdout */
	{ "sink", start_nothing }, /* how many bytes were on stdin */
	{ "slow", start_slow },	   /* the same, from n milliseconds on */
	{ "produce", produce },	   /* n bytes */
	{ "both", start_both },	   /* a line each, exit n */
	{ "half", start_half },	   /* no newline on stderr, exit n */
	{ "exit", start_exit }, { "signal", start_signal }, { "never", start_never },
	{ "broken", start_broken }, /* breaks the protocol */
	{ "lost", NULL },	    /* closes without an exit */
	{ "wait", start_wait },	    /* until a signal ends it; tells of resizes */
};

bool
play_knows(const char *line)
{
	char word[32] = "";

	sscanf(line, "%31s", word);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (strcmp(words[i].word, word) == 0)
			return true;
	return false;
}

static enum rc
answer_data(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct play *p = arg;

	(void)id;
	(void)fds;
	(void)err;
	p->got += m->data.bytes.len;
	if (strcmp(p->word, "cat") == 0 && !p->over) {
		struct msg_data back = { 1, m->data.bytes };

		(void)port_send(p->port, MSG_DATA, 0, &back, NULL, 0);
		if (port_full(p->port))
			port_pause(p->port, true);
	}
	return RC_OK;
}

static enum rc
answer_eof(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct play *p = arg;
	char text[64];

	(void)id;
	(void)m;
	(void)fds;
	(void)err;
	printf("eof after %lu\n", p->got);
	if (strcmp(p->word, "cat") == 0)
		finish(p, HOW_EXIT, 0, "");
	if (strcmp(p->word, "sink") == 0 || strcmp(p->word, "slow") == 0) {
		snprintf(text, sizeof text, "%lu\n", p->got);
		say(p, 1, text);
		finish(p, HOW_EXIT, 0, "");
	}
	return RC_OK;
}

static enum rc
answer_resize(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct play *p = arg;
	char text[64];

	(void)id;
	(void)fds;
	(void)err;
	snprintf(
	    text, sizeof text, "resized %ux%u\n", m->resize.columns, m->resize.rows);
	printf("%s", text);
	if (!p->over)
		say(p, 1, text);
	return RC_OK;
}

static enum rc
answer_signal(void *arg, uint32_t id, const union msg_any *m, int *fds, struct err *err)
{
	struct play *p = arg;

	(void)id;
	(void)fds;
	(void)err;
	printf("signal %u\n", m->signal.signo);
	if (!p->over)
		finish(p, HOW_SIGNAL, m->signal.signo, "");
	return RC_OK;
}

static const struct route routes[] = {
	{ MSG_DATA, 0, MSG_DATA_MAX + 16, 0, answer_data },
	{ MSG_EOF, 0, 0, 0, answer_eof },
	{ MSG_RESIZE, 0, 16, 0, answer_resize },
	{ MSG_SIGNAL, 0, 16, 0, answer_signal },
};

static void
end(struct play *p)
{
	port_close(p->port);
	timer_free(p->timer);
	free(p);
	playing--;
}

static void
on_gone(void *arg, enum rc rc, const struct err *err)
{
	struct play *p = arg;

	(void)rc;
	printf("session closed: %s sent %lu got %lu: %s\n", p->word, p->sent, p->got,
	    err->text);
	end(p);
}

static void
on_drained(void *arg)
{
	struct play *p = arg;

	if (strcmp(p->word, "produce") == 0)
		produce(p);
	if (strcmp(p->word, "cat") == 0)
		port_pause(p->port, false);
}

void
play_open_take(struct loop *l, int sock, const char *line)
{
	struct play *p = calloc(1, sizeof *p);
	struct port_owner owner = { .routes = routes,
		.nroutes = sizeof routes / sizeof routes[0],
		.arg = p,
		.gone = on_gone,
		.drained = on_drained };
	struct err err;

	if (p == NULL || port_open_take(l, sock, &owner, &p->port, &err) != RC_OK ||
	    (p->timer = loop_timer(l, on_timer, p)) == NULL)
		abort();
	playing++;
	sscanf(line, "%31s %lu", p->word, &p->n);
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (strcmp(words[i].word, p->word) != 0)
			continue;
		if (words[i].start == NULL)
			end(p);
		else
			words[i].start(p);
		return;
	}
}
