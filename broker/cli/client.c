/* The control socket's client; see client.h. */
#include "broker/cli/client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "broker/cli/screen.h"
#include "broker/cli/watch.h"
#include "lib/base/frame.h"
#include "lib/model/status.h"
#include "lib/wire/codec.h"

static enum rc
dial(const char *path, int *ret, struct err *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct timeval patience = { .tv_sec = 30 };
	int s;

	if (strlen(path) >= sizeof a.sun_path)
		return err_set(
		    err, RC_REFUSE, "the socket's path is too long: %s", path);
	memcpy(a.sun_path, path, strlen(path) + 1);
	if ((s = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) < 0)
		return err_errno(err, RC_FAIL, "socket");
	(void)setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(s, (struct sockaddr *)&a, sizeof a) != 0) {
		err_errno(err, RC_RETRY, "no broker answers on %s", path);
		close(s);
		return RC_RETRY;
	}
	*ret = s;
	return RC_OK;
}

/* "pending --watch" for people takes the terminal, if there is one: brokerd hears of its
 * size by a word more. */
static bool
takes_screen(char *const *argv, int argc, bool json, char *option, size_t size)
{
	bool watch = false;

	if (argc < 2 || strcmp(argv[0], "pending") != 0 || json)
		return false;
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			return false;
		watch |= strcmp(argv[i], "--watch") == 0;
	}
	return watch && screen_option(option, size);
}

/* option: a word more; or NULL. */
static enum rc
send_verb(int sock, char *const *argv, int argc, const char *option, struct span body,
    bool json, struct err *err)
{
	struct msg_verb *v;
	struct buf b;
	enum rc rc;

	if (argc >= MSG_LIST_MAX)
		return err_set(err, RC_REFUSE, "too many words");
	if ((v = calloc(1, sizeof *v)) == NULL)
		return err_memory(err);
	buf_init(&b, FRAME_MAX - FRAME_HEAD);
	v->json = json;
	v->body = body;
	for (int i = 0; i < argc; i++)
		v->argv.v[v->argv.n++] = span_of(argv[i]);
	if (option != NULL)
		v->argv.v[v->argv.n++] = span_of(option);
	if ((rc = codec_encode(MSG_VERB, v, &b, err)) == RC_OK)
		rc = frame_send(sock, MSG_VERB, 0, buf_span(&b), NULL, 0, err);
	buf_clear(&b);
	free(v);
	return rc;
}

/* One message; RC_END after DONE.  *data becomes the descriptor of ATTACH. */
static enum rc
take_message(int sock, struct buf *room, union msg_any *m, int *status, int *data,
    struct err *err)
{
	struct frame f;
	enum rc rc = frame_recv(sock, room, &f, err);

	if (rc != RC_OK)
		return err_set(err, RC_FAIL, "the broker broke off");
	if (f.type == MSG_ATTACH && f.nfds == 1 && *data < 0) {
		*data = f.fds[0];
		f.fds[0] = -1;
	}
	frame_close_fds(&f);
	if (codec_decode((enum msg)f.type, f.body, m, err) != RC_OK)
		return err_set(err, RC_FAIL, "the broker answers oddly");
	switch (f.type) {
	case MSG_ROW:
		fwrite(m->text.text.p, 1, m->text.text.len, stdout);
		return RC_OK;
	case MSG_SAY:
		fwrite(m->text.text.p, 1, m->text.text.len, stderr);
		return RC_OK;
	case MSG_ATTACH:
		return RC_OK;
	case MSG_DONE:
		*status = m->done.status;
		return RC_END;
	default:
		return err_set(err, RC_FAIL, "the broker answers oddly");
	}
}

enum rc
client_verb_with(const char *socket_path, char *const *argv, int argc, struct span body,
    bool json, int *status, struct err *err)
{
	union msg_any *m = calloc(1, sizeof *m);
	struct buf room;
	char option[40];
	bool screen = takes_screen(argv, argc, json, option, sizeof option);
	int sock = -1, data = -1;
	enum rc rc;

	if (m == NULL)
		return err_memory(err);
	buf_init(&room, FRAME_MAX);
	if ((rc = dial(socket_path, &sock, err)) == RC_OK)
		rc = send_verb(
		    sock, argv, argc, screen ? option : NULL, body, json, err);
	while (rc == RC_OK) {
		rc = take_message(sock, &room, m, status, &data, err);
		if (rc == RC_OK && data >= 0)
			rc = screen ? screen_run_take(data, status, err)
				    : watch_run_take(data, json, status, err);
		data = -1;
	}
	if (sock >= 0)
		close(sock);
	buf_clear(&room);
	free(m);
	if (rc == RC_END && (fflush(stdout) != 0 || ferror(stdout)))
		return err_set(err, RC_FAIL, "what the broker says cannot be written");
	return rc == RC_END ? RC_OK : rc;
}

enum rc
client_verb(const char *socket_path, char *const *argv, int argc, bool json,
    int *status, struct err *err)
{
	return client_verb_with(
	    socket_path, argv, argc, span_make(NULL, 0), json, status, err);
}

int
client_ask(const struct cli *cli, int argc, char *const *argv, struct span body)
{
	struct err err = { "" };
	char path[4096];
	int status = STATUS_FAILED, n;
	enum rc rc;

	if (cli->root != NULL)
		n = snprintf(
		    path, sizeof path, "%s/run/broker/control.sock", cli->root);
	else
		n = snprintf(path, sizeof path, "%s/broker/control.sock", BROKER_RUN);
	if (n < 0 || (size_t)n >= sizeof path) {
		fputs("broker: --root is too long\n", stderr);
		return STATUS_USAGE;
	}
	rc = client_verb_with(path, argv, argc, body, cli->json, &status, &err);
	if (rc == RC_OK)
		return status;
	fprintf(stderr, "broker: %s\n", err.text);
	return rc == RC_RETRY	 ? STATUS_UNREACHABLE
	       : rc == RC_REFUSE ? STATUS_USAGE
				 : STATUS_FAILED;
}
