/* The control socket's client against a broker that the test plays. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/cli/client.h"
#include "lib/base/frame.h"
#include "lib/wire/codec.h"

struct world {
	char folder[64], path[96];
	int sock;
};

struct said {
	enum msg type;
	const char *text;
	int status;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct sockaddr_un a = { .sun_family = AF_UNIX };

	snprintf(w->folder, sizeof w->folder, "/tmp/client.XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(w->path, sizeof w->path, "%s/sock", w->folder);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", w->path);
	w->sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(w->sock, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(w->sock, 1), 0);
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	struct world *w = *state;

	close(w->sock);
	unlink(w->path);
	rmdir(w->folder);
	free(w);
	return 0;
}

/* In place of a status. */
#define NO_EXIT -1
#define ODD -2

static void
put(int s, enum msg type, const void *m)
{
	struct buf b;

	buf_init(&b, FRAME_MAX);
	assert_int_equal(codec_encode(type, m, &b, NULL), RC_OK);
	assert_int_equal(
	    frame_send(s, (uint16_t)type, 1, buf_span(&b), NULL, 0, NULL), RC_OK);
	buf_clear(&b);
}

/* A session that has said all that it will: text, and how it ended. */
static void
attach(int s, const struct said *what)
{
	struct msg_data data = { 1, span_of(what->text) };
	struct msg_exit end = { HOW_EXIT, (uint8_t)what->status, 0,
		span_of("over \033[2J") };
	struct msg_text odd = { span_of("odd") };
	int pair[2];

	assert_int_equal(frame_pair(pair, NULL), RC_OK);
	put(pair[1], MSG_DATA, &data);
	if (what->status == ODD)
		put(pair[1], MSG_ROW, &odd);
	else if (what->status != NO_EXIT)
		put(pair[1], MSG_EXIT, &end);
	assert_int_equal(
	    frame_send(s, MSG_ATTACH, 0, span_make(NULL, 0), &pair[0], 1, NULL), RC_OK);
	close(pair[0]);
	close(pair[1]);
}

static void
say(int s, const struct said *what)
{
	struct msg_text text = { span_of(what->text) };
	struct msg_done done = { .status = (uint8_t)what->status };
	struct buf b;

	if (what->type == MSG_ATTACH) {
		attach(s, what);
		return;
	}
	if (what->type == MSG_COUNT) { /* not a frame of ours */
		assert_true(send(s, what->text, strlen(what->text), MSG_NOSIGNAL) > 0);
		return;
	}
	buf_init(&b, FRAME_MAX);
	assert_int_equal(
	    codec_encode(what->type,
		what->type == MSG_DONE ? (void *)&done : (void *)&text, &b, NULL),
	    RC_OK);
	/* The client may have left already. */
	(void)frame_send(s, (uint16_t)what->type, 0, buf_span(&b), NULL, 0, NULL);
	buf_clear(&b);
}

struct heard {
	enum rc rc;
	int status;
	char out[256], err[256], why[ERR_TEXT];
};

static void
read_file(const char *folder, const char *name, char *out, size_t size)
{
	char path[128];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	assert_non_null(f = fopen(path, "r"));
	n = fread(out, 1, size - 1, f);
	out[n] = '\0';
	fclose(f);
	unlink(path);
}

/* The client in a child, this broker beside it. */
static struct heard
talk(struct world *w, char *const *argv, bool json, const struct said *says, size_t n)
{
	struct heard h = { 0 };
	char answer[ERR_TEXT + 32], out[128], er[128];
	union msg_any *m = calloc(1, sizeof *m);
	struct frame f;
	struct buf in;
	int s, p[2], argc = 0;
	pid_t pid;

	while (argv[argc] != NULL)
		argc++;
	snprintf(out, sizeof out, "%s/out", w->folder);
	snprintf(er, sizeof er, "%s/err", w->folder);
	assert_int_equal(pipe(p), 0);
	fflush(NULL);
	if ((pid = fork()) == 0) {
		struct err err = { "" };
		int status = -1;
		enum rc rc;

		if (freopen(out, "w", stdout) == NULL ||
		    freopen(er, "w", stderr) == NULL)
			_exit(1);
		rc = client_verb(w->path, argv, argc, json, &status, &err);
		fflush(NULL);
		dprintf(p[1], "%d %d %s", (int)rc, status, err.text);
		_exit(0);
	}
	close(p[1]);
	s = accept(w->sock, NULL, NULL);
	buf_init(&in, FRAME_MAX);
	assert_int_equal(frame_recv(s, &in, &f, NULL), RC_OK);
	assert_int_equal(f.type, MSG_VERB);
	assert_int_equal(codec_decode(MSG_VERB, f.body, m, NULL), RC_OK);
	assert_int_equal(m->verb.argv.n, argc);
	for (int i = 0; i < argc; i++)
		assert_true(span_is(m->verb.argv.v[i], argv[i]));
	assert_int_equal(m->verb.json, json);
	for (size_t i = 0; i < n; i++)
		say(s, &says[i]);
	close(s);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	{
		ssize_t got = read(p[0], answer, sizeof answer - 1);
		int rc, at = 0;

		answer[got < 0 ? 0 : got] = '\0';
		assert_true(sscanf(answer, "%d %d %n", &rc, &h.status, &at) >= 2);
		h.rc = (enum rc)rc;
		snprintf(h.why, sizeof h.why, "%s", answer + at);
	}
	close(p[0]);
	read_file(w->folder, "out", h.out, sizeof h.out);
	read_file(w->folder, "err", h.err, sizeof h.err);
	buf_clear(&in);
	free(m);
	return h;
}

static char verb[] = "approve", id[] = "7F3K-Q2MX", option[] = "--reason",
	    reason[] = "two words";
static char *const argv_[] = { verb, id, option, reason, NULL };

static void
rows_go_out_and_says_go_to_stderr(void **state)
{
	static const struct said says[] = { { MSG_ROW, "one\n", 0 },
		{ MSG_SAY, "broker: look\n", 0 }, { MSG_ROW, "two\n", 0 },
		{ MSG_ROW, "", 0 }, { MSG_DONE, "", 77 },
		{ MSG_ROW, "after the end\n", 0 } };
	struct world *w = *state;

	for (int json = 0; json < 2; json++) {
		struct heard h = talk(w, argv_, json, says, ROWS(says));

		assert_int_equal(h.rc, RC_OK);
		assert_int_equal(h.status, 77);
		assert_string_equal(h.out, "one\ntwo\n");
		assert_string_equal(h.err, "broker: look\n");
	}
}

static void
what_is_watched_is_copied(void **state)
{
	static const struct said says[] = { { MSG_SAY, "broker: watching\n", 0 },
		{ MSG_ATTACH, "one\n\033[31mtwo", 7 } };
	static const struct said cut[] = { { MSG_ATTACH, "one\n", NO_EXIT },
		{ MSG_SAY, "broker: failed: the session was lost\n", 0 },
		{ MSG_DONE, "", 69 } };
	static const struct said silent[] = { { MSG_ATTACH, "one\n", NO_EXIT } };
	static const struct said odd[] = { { MSG_ATTACH, "one\n", ODD } };
	struct world *w = *state;
	struct heard h = talk(w, argv_, false, says, ROWS(says));

	assert_int_equal(h.rc, RC_OK);
	assert_int_equal(h.status, 7);
	assert_string_equal(h.out, "one\n\033[31mtwo");
	/* Its last word may be anything. */
	assert_string_equal(h.err, "broker: watching\nbroker: over \\x1B[2J\n");
	h = talk(w, argv_, true, says, ROWS(says));
	assert_string_equal(h.err,
	    "broker: watching\n"
	    "{\"broker\":{\"event\":\"ended\",\"text\":\"over \\\\x1B[2J\"}}\n");
	/* Without a last word the broker says what has become of it. */
	h = talk(w, argv_, false, cut, ROWS(cut));
	assert_int_equal(h.rc, RC_OK);
	assert_int_equal(h.status, 69);
	assert_string_equal(h.out, "one\n");
	assert_string_equal(h.err, "broker: failed: the session was lost\n");
	h = talk(w, argv_, false, silent, ROWS(silent));
	assert_int_equal(h.rc, RC_FAIL);
	h = talk(w, argv_, false, odd, ROWS(odd));
	assert_int_equal(h.rc, RC_FAIL);
	assert_non_null(strstr(h.why, "answers oddly"));
}

static void
a_broker_that_breaks_off_is_a_failure(void **state)
{
	static const struct {
		struct said says[2];
		const char *part;
	} rows[] = {
		{ { { MSG_ROW, "one\n", 0 }, { MSG_ROW, "two\n", 0 } }, "broke off" },
		{ { { MSG_ROW, "one\n", 0 }, { MSG_VERDICT, "", 0 } },
		    "answers oddly" },
		{ { { MSG_ROW, "one\n", 0 }, { MSG_COUNT, "garbage", 0 } },
		    "broke off" },
		/* Type 15 is ROW: whose text is cut. */
		{ { { MSG_ROW, "one\n", 0 }, { MSG_COUNT, "long garbage", 0 } },
		    "broke off" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct said says[2] = { rows[i].says[0], rows[i].says[1] };
		struct heard h;

		if (says[1].type == MSG_VERDICT)
			says[1].type = MSG_SIGNED; /* encodes as a text would */
		h = talk(w, argv_, false, says, 2);
		assert_int_equal(h.rc, RC_FAIL);
		assert_int_equal(h.status, -1);
		if (strstr(h.why, rows[i].part) == NULL)
			fail_msg("%s is not in: %s", rows[i].part, h.why);
	}
}

static void
nobody_there_is_said_so(void **state)
{
	struct world *w = *state;
	struct err err = { "" };
	char path[200];
	int status = -1;

	close(w->sock);
	assert_int_equal(
	    client_verb(w->path, argv_, 4, false, &status, &err), RC_RETRY);
	assert_non_null(strstr(err.text, "no broker answers"));
	assert_int_equal(
	    client_verb("/nonexistent/sock", argv_, 4, false, &status, &err), RC_RETRY);
	memset(path, 'x', sizeof path);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	assert_int_equal(client_verb(path, argv_, 4, false, &status, &err), RC_REFUSE);
	assert_int_equal(status, -1);
	w->sock = -1;
}

static void
words_are_not_cut(void **state)
{
	struct world *w = *state;
	struct err err = { "" };
	char *many[MSG_LIST_MAX + 2], *long_[2];
	int status = -1;

	for (size_t i = 0; i < ROWS(many); i++)
		many[i] = verb;
	assert_int_equal(
	    client_verb(w->path, many, MSG_LIST_MAX + 1, false, &status, &err),
	    RC_REFUSE);
	assert_non_null(strstr(err.text, "too many words"));
	long_[0] = malloc(5001);
	long_[1] = NULL;
	memset(long_[0], 'x', 5000);
	long_[0][5000] = '\0';
	assert_int_equal(
	    client_verb(w->path, long_, 1, false, &status, &err), RC_REFUSE);
	free(long_[0]);
	assert_int_equal(status, -1);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(rows_go_out_and_says_go_to_stderr),
		T(what_is_watched_is_copied),
		T(a_broker_that_breaks_off_is_a_failure),
		T(nobody_there_is_said_so),
		T(words_are_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
