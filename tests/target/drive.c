/* Open one target and connect it with stdin, stdout and stderr, for scripts.
 *
 * usage: drive [-a ID] [-c CONNECT-TO]… [-C CA] [-D DOCUMENT] [-E MS] [-e SECRET]
 *              [-g REGION] [-H HOST] [-i INSTANCE] [-k TOKEN] [-n CONNECT-MS] [-P PACE]
 *              [-q BYTES-A-SECOND] [-r RESUME-MS] [-s COLUMNSxROWS] [-S SIGNAL-MS]
 *              [-T FD] [-w WINDOW-MS]
 *              command|terminal|port|run COMMAND-OR-PORT
 * The document is AWS's own for the kind unless named ("-": none).  -E ends it, -S sends
 * SIGINT, -w resizes so long after it runs; -q reads its output slowly.  What happens is
 * told on descriptor 3, or -T's, if that is open: a word and a text a line, last
 * "end HOW STATUS CLOSED CUT HELD TEXT".  Exits with 0 if over() came. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "broker/target/target.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

#define CONNECT_TO_MAX 8

struct drive {
	struct loop *loop;
	struct target_net *net;
	struct target *target;
	struct watch *in;
	struct timer *end, *sig, *window, *slow;
	const char *id, *secret, *token;
	FILE *told;
	char bytes[65536];
	size_t have, at; /* of stdin, not taken yet */
	uint64_t end_ms, signal_ms, window_ms, slow_bytes, allowed;
	struct target_spec spec;
	size_t most_held;
	unsigned leases;
	int told_fd;
	bool over;
};

static void
tell(struct drive *d, const char *what, const char *text)
{
	if (d->told == NULL)
		return;
	fprintf(d->told, "%s %s\n", what, text);
	fflush(d->told);
}

static void
lease(void *arg)
{
	struct drive *d = arg;
	struct err err;

	d->leases++;
	tell(d, "lease", "");
	if (target_net_lease(
		d->net, d->id, span_of(d->secret), span_of(d->token), 0, &err) != RC_OK)
		tell(d, "trouble", err.text);
}

static void
put_input(struct drive *d)
{
	size_t n;

	while (d->at < d->have) {
		n = target_write(
		    d->target, span_make(d->bytes + d->at, d->have - d->at));
		d->at += n;
		if (n == 0)
			break;
	}
	loop_fd_events(d->in, d->at < d->have ? 0 : POLLIN);
}

static void
on_stdin(void *arg, short revents)
{
	struct drive *d = arg;
	ssize_t n = read(0, d->bytes, sizeof d->bytes);

	(void)revents;
	d->at = 0;
	d->have = n > 0 ? (size_t)n : 0;
	if (n <= 0) {
		loop_fd_close(d->in);
		d->in = NULL;
		target_eof(d->target);
		return;
	}
	put_input(d);
}

static void
opened(void *arg, const char *id)
{
	tell(arg, "opened", id);
}

static void
running(void *arg, const char *message)
{
	struct drive *d = arg;

	tell(d, "running", message);
	if (d->end_ms > 0)
		timer_set(d->end, d->end_ms);
	if (d->signal_ms > 0)
		timer_set(d->sig, d->signal_ms);
	if (d->window_ms > 0)
		timer_set(d->window, d->window_ms);
	if (d->spec.kind == TARGET_COMMAND || d->spec.kind == TARGET_RUN)
		return;
	d->in = loop_fd(d->loop, 0, POLLIN, on_stdin, d);
}

static void
write_all(int fd, struct span bytes)
{
	while (bytes.len > 0) {
		ssize_t n = write(fd, bytes.p, bytes.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(9);
		bytes = span_make(bytes.p + n, bytes.len - (size_t)n);
	}
}

static void
note_held(struct drive *d)
{
	size_t held = target_held(d->target);

	if (held > d->most_held)
		d->most_held = held;
}

static size_t
output(void *arg, enum target_stream stream, struct span bytes)
{
	struct drive *d = arg;

	note_held(d);
	if (d->slow_bytes > 0 && bytes.len > d->allowed)
		bytes.len = d->allowed;
	d->allowed -= d->slow_bytes > 0 ? bytes.len : 0;
	write_all(stream == TARGET_ERR ? 2 : 1, bytes);
	return bytes.len;
}

static void
on_slow(void *arg)
{
	struct drive *d = arg;

	note_held(d);
	d->allowed = d->slow_bytes / 10 + 1;
	timer_set(d->slow, 100);
	target_more(d->target);
}

static void
eof(void *arg)
{
	tell(arg, "eof", "");
}

static void
writable(void *arg)
{
	struct drive *d = arg;

	if (d->in != NULL)
		put_input(d);
}

static void
note(void *arg, const char *what, const char *text)
{
	tell(arg, what, text);
}

static void
over(void *arg, const struct target_end *end)
{
	static const char *const how[] = { "exited", "refused", "unreached", "lost",
		"broken", "ended" };
	struct drive *d = arg;
	char text[2 * ERR_TEXT];

	snprintf(text, sizeof text, "%s %d %s %s %zu %s", how[end->how], end->status,
	    end->closed ? "closed" : "open", end->cut ? "cut" : "whole", d->most_held,
	    end->text);
	tell(d, "end", text);
	d->over = true;
	loop_stop(d->loop);
}

static void
on_end(void *arg)
{
	struct drive *d = arg;

	target_end(d->target);
}

static void
on_signal_time(void *arg)
{
	struct drive *d = arg;

	target_signal(d->target, SIGINT);
}

static void
on_window(void *arg)
{
	struct drive *d = arg;

	target_resize(d->target, 100, 30);
	target_resize(d->target, 101, 31);
	target_resize(d->target, 132, 43);
}

static void
on_term(void *arg, int signo)
{
	(void)signo;
	on_end(arg);
}

static bool
read_file(const char *path, struct buf *b)
{
	char bytes[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	while (f != NULL && (n = fread(bytes, 1, sizeof bytes, f)) > 0)
		buf_put(b, bytes, n);
	if (f != NULL)
		fclose(f);
	return f != NULL && buf_ok(b);
}

static void
usage(void)
{
	fprintf(stderr, "usage: see the head of drive.c\n");
	exit(2);
}

struct options {
	struct target_net_init init;
	const char *connect_to[CONNECT_TO_MAX];
	const char *ca;
	const char *document;
};

static void
read_option(struct drive *d, struct options *o, int c)
{
	switch (c) {
	case 'a':
		d->id = optarg;
		break;
	case 'e':
		d->secret = optarg;
		break;
	case 'k':
		d->token = optarg;
		break;
	case 'c':
		if (o->init.n_connect_to == CONNECT_TO_MAX)
			usage();
		o->connect_to[o->init.n_connect_to++] = optarg;
		break;
	case 'C':
		o->ca = optarg;
		break;
	case 'D':
		o->document = optarg;
		break;
	case 'E':
		d->end_ms = strtoul(optarg, NULL, 10);
		break;
	case 'g':
		o->init.region = optarg;
		break;
	case 'H':
		d->spec.host = optarg;
		break;
	case 'i':
		d->spec.instance = optarg;
		break;
	case 'n':
		o->init.connect_ms = strtoul(optarg, NULL, 10);
		break;
	case 'P':
		o->init.pace = (uint32_t)strtoul(optarg, NULL, 10);
		break;
	case 'q':
		d->slow_bytes = strtoul(optarg, NULL, 10);
		break;
	case 'r':
		o->init.resume_ms = strtoul(optarg, NULL, 10);
		break;
	case 's':
		if (sscanf(optarg, "%ux%u", &d->spec.columns, &d->spec.rows) != 2)
			usage();
		break;
	case 'S':
		d->signal_ms = strtoul(optarg, NULL, 10);
		break;
	case 'T':
		d->told_fd = atoi(optarg);
		break;
	case 'w':
		d->window_ms = strtoul(optarg, NULL, 10);
		break;
	default:
		usage();
	}
}

static void
read_kind(struct drive *d, const struct options *o, char **argv)
{
	static const struct {
		const char *name, *document;
	} kinds[] = {
		[TARGET_COMMAND] = { "command", "AWS-StartNonInteractiveCommand" },
		[TARGET_TERMINAL] = { "terminal", "AWS-StartInteractiveCommand" },
		[TARGET_PORT] = { "port", "AWS-StartPortForwardingSession" },
		[TARGET_RUN] = { "run", "AWS-RunShellScript" },
	};
	size_t i = 0;

	while (i < 4 && argv[0] != NULL && strcmp(argv[0], kinds[i].name) != 0)
		i++;
	if (i == 4 || argv[0] == NULL || (argv[1] == NULL && i != TARGET_TERMINAL))
		usage();
	d->spec.kind = (enum target_kind)i;
	d->spec.document = kinds[i].document;
	if (i == TARGET_PORT && d->spec.host != NULL)
		d->spec.document = "AWS-StartPortForwardingSessionToRemoteHost";
	if (i == TARGET_TERMINAL && argv[1] == NULL)
		d->spec.document = NULL;
	if (o->document != NULL)
		d->spec.document = strcmp(o->document, "-") == 0 ? NULL : o->document;
	if (i == TARGET_PORT)
		d->spec.port = (unsigned)strtoul(argv[1], NULL, 10);
	else
		d->spec.command = argv[1];
}

static int
drive(struct drive *d, struct options *o, struct span ca)
{
	const struct target_owner owner = { d, opened, running, output, eof, writable,
		note, over };
	const int signals[] = { SIGTERM, SIGINT };
	struct err err = { "" };

	o->init.ca = ca;
	o->init.connect_to = o->connect_to;
	o->init.lease = lease;
	o->init.arg = d;
	if (loop_new(&d->loop, &err) != RC_OK ||
	    loop_signals(d->loop, signals, 2, on_term, d, &err) != RC_OK ||
	    target_net_new(d->loop, &o->init, &d->net, &err) != RC_OK ||
	    target_net_lease(d->net, d->id, span_of(d->secret), span_of(d->token), 0,
		&err) != RC_OK ||
	    target_open(d->net, &d->spec, &owner, &d->target, &err) != RC_OK) {
		fprintf(stderr, "drive: %s\n", err.text);
		return 1;
	}
	d->end = loop_timer(d->loop, on_end, d);
	d->sig = loop_timer(d->loop, on_signal_time, d);
	d->window = loop_timer(d->loop, on_window, d);
	d->slow = loop_timer(d->loop, on_slow, d);
	if (d->slow_bytes > 0)
		timer_set(d->slow, 100);
	(void)loop_run(d->loop, &err);
	return d->over ? 0 : 1;
}

int
main(int argc, char **argv)
{
	static struct drive d = { .id = "AKIASTANDINGATEWAY00",
		.secret = "gateway/secret+for=the/stand-in",
		.token = "",
		.told_fd = 3,
		.spec = { .instance = "i-00000000000000001", .reason = "a test" } };
	static struct options o = { .init = { .region = "eu-west-1",
					.client_version = "1.2.677.0",
					.resume_ms = 60000,
					.connect_ms = 30000 } };
	struct buf ca;
	int c, status;

	log_open("drive", LOG_NOTICE);
	signal(SIGPIPE, SIG_IGN);
	while ((c = getopt(argc, argv, "a:e:k:c:C:D:E:g:H:i:n:P:q:r:s:S:T:w:")) != -1)
		read_option(&d, &o, c);
	read_kind(&d, &o, argv + optind);
	buf_init(&ca, 1u << 20);
	if (o.ca != NULL && !read_file(o.ca, &ca))
		usage();
	if (fcntl(d.told_fd, F_GETFD) >= 0)
		d.told = fdopen(d.told_fd, "w");
	status = drive(&d, &o, buf_span(&ca));
	loop_fd_close(d.in);
	timer_free(d.end);
	timer_free(d.sig);
	timer_free(d.window);
	timer_free(d.slow);
	target_free(d.target);
	target_net_free(d.net);
	loop_free(d.loop);
	buf_clear(&ca);
	if (d.told != NULL)
		fclose(d.told);
	return status;
}
