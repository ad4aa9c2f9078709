/* broker script: what is read of files, and what goes over the socket, to a broker that
 * the test plays. */
#include "tests/support/unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/cli/cli.h"
#include "broker/cli/cmd_script.h"
#include "lib/base/frame.h"
#include "lib/model/status.h"
#include "lib/wire/codec.h"

struct world {
	char folder[64], file[96];
	struct cli cli;
	int sock;
};

static int
setup(void **state)
{
	struct world *w = calloc(1, sizeof *w);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	char path[96];

	snprintf(w->folder, sizeof w->folder, "/tmp/script.XXXXXX");
	assert_non_null(mkdtemp(w->folder));
	snprintf(path, sizeof path, "%s/run", w->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/run/broker", w->folder);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(w->file, sizeof w->file, "%s/text", w->folder);
	snprintf(a.sun_path, sizeof a.sun_path, "%s/control.sock", path);
	w->sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(w->sock, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(listen(w->sock, 1), 0);
	w->cli.root = w->folder;
	*state = w;
	return 0;
}

static int
teardown(void **state)
{
	static const char *const names[] = { "text", "run/broker/control.sock" };
	struct world *w = *state;
	char path[160];

	close(w->sock);
	for (size_t i = 0; i < ROWS(names); i++) {
		snprintf(path, sizeof path, "%s/%s", w->folder, names[i]);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/run/broker", w->folder);
	rmdir(path);
	snprintf(path, sizeof path, "%s/run", w->folder);
	rmdir(path);
	rmdir(w->folder);
	free(w);
	return 0;
}

static void
write_file(const struct world *w, const void *p, size_t n)
{
	int fd = open(w->file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
}

/* In a child: one verb, which has to be these words and this body; 33 when it is. */
static pid_t
broker(const struct world *w, const char *const *words, struct span body)
{
	union msg_any *m = calloc(1, sizeof *m);
	struct msg_done done = { .status = 33 };
	struct buf room, out;
	struct frame f;
	size_t n = 0;
	pid_t pid;
	int s;

	fflush(NULL);
	if ((pid = fork()) != 0) {
		free(m);
		return pid;
	}
	buf_init(&room, FRAME_MAX);
	buf_init(&out, FRAME_MAX);
	alarm(60);
	if ((s = accept(w->sock, NULL, NULL)) < 0 ||
	    frame_recv(s, &room, &f, NULL) != RC_OK || f.type != MSG_VERB ||
	    codec_decode(MSG_VERB, f.body, m, NULL) != RC_OK)
		_exit(1);
	while (words[n] != NULL && n < m->verb.argv.n &&
	       span_is(m->verb.argv.v[n], words[n]))
		n++;
	if (words[n] != NULL || n != m->verb.argv.n || !span_eq(m->verb.body, body))
		done.status = 34;
	if (codec_encode(MSG_DONE, &done, &out, NULL) != RC_OK ||
	    frame_send(s, MSG_DONE, 1, buf_span(&out), NULL, 0, NULL) != RC_OK)
		_exit(1);
	_exit(0);
}

static void
comes_to(struct world *w, char *const *argv, const char *const *words, struct span body)
{
	pid_t pid = broker(w, words, body);
	char *copy[16];
	int argc = 0, status;

	for (; argv[argc] != NULL; argc++)
		copy[argc] = argv[argc];
	copy[argc] = NULL;
	assert_int_equal(cmd_script(&w->cli, argc, copy), 33);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void
the_file_is_sent_and_its_name_is_not(void **state)
{
	struct world *w = *state;
	char script[] = "script", add[] = "add", name[] = "clean", why[] = "--reason",
	     x[] = "x";
	char *const plain[] = { script, add, name, w->file, NULL };
	char *const reason[] = { script, add, name, w->file, why, x, NULL };
	const char *const words[] = { "script", "add", "clean", NULL };
	const char *const more[] = { "script", "add", "clean", "--reason", "x", NULL };
	static char big[MSG_TEXT_MAX];

	write_file(w, "a\0b\n", 4);
	comes_to(w, plain, words, span_make("a\0b\n", 4));
	comes_to(w, reason, more, span_make("a\0b\n", 4));
	memset(big, 'x', sizeof big);
	write_file(w, big, sizeof big);
	comes_to(w, plain, words, span_make(big, sizeof big));
}

static void
other_words_go_as_they_are(void **state)
{
	struct world *w = *state;
	char script[] = "script", list[] = "list", add[] = "add", show[] = "show",
	     name[] = "clean";
	char *const lists[] = { script, list, NULL };
	char *const shows[] = { script, show, name, w->file, NULL };
	char *const adds[] = { script, add, name, NULL };
	const char *const list_words[] = { "script", "list", NULL };
	const char *const show_words[] = { "script", "show", "clean", w->file, NULL };
	const char *const add_words[] = { "script", "add", "clean", NULL };
	const struct span none = span_make(NULL, 0);

	comes_to(w, lists, list_words, none);
	comes_to(w, shows, show_words, none);
	comes_to(w, adds, add_words, none);
}

static void
what_cannot_be_read_is_not_sent(void **state)
{
	struct world *w = *state;
	static char big[MSG_TEXT_MAX + 1];
	char script[] = "script", add[] = "add", name[] = "clean";
	char *argv[] = { script, add, name, w->file, NULL };
	char *folder[] = { script, add, name, w->folder, NULL };

	/* Nobody answers: whoever asked would hear of that. */
	assert_int_equal(cmd_script(&w->cli, 4, argv), STATUS_USAGE);
	assert_int_equal(cmd_script(&w->cli, 4, folder), STATUS_USAGE);
	memset(big, 'x', sizeof big);
	write_file(w, big, sizeof big);
	assert_int_equal(cmd_script(&w->cli, 4, argv), STATUS_USAGE);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(the_file_is_sent_and_its_name_is_not),
		T(other_words_go_as_they_are),
		T(what_cannot_be_read_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
