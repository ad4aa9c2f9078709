#include "tests/support/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/wire/codec.h"
#include "tests/support/peer.h"

void
peer_start(struct peer *p, const char *program, const char *const *argv)
{
	peer_start_as(p, program, argv, NULL);
}

void
peer_start_as(
    struct peer *p, const char *program, const char *const *argv, void (*prepare)(void))
{
	const char *top = getenv("top_builddir");
	const char *args[32] = { program };
	char path[512];
	int pair[2];
	struct err err;

	snprintf(path, sizeof path, "%s/%s", top == NULL ? "." : top, program);
	for (size_t i = 0; argv[i] != NULL && i < 30; i++)
		args[i + 1] = argv[i];
	memset(p, 0, sizeof *p);
	assert_int_equal(frame_pair(pair, &err), RC_OK);
	buf_init(&p->in, FRAME_MAX);
	fflush(stdout);
	if ((p->pid = fork()) == 0) {
		if (pair[1] == 3)
			fcntl(3, F_SETFD, 0);
		else
			dup2(pair[1], 3);
		close_range(4, ~0U, 0);
		if (prepare != NULL)
			prepare();
		execv(path, (char *const *)(uintptr_t)args);
		_exit(126);
	}
	assert_true(p->pid > 0);
	close(pair[1]);
	p->sock = pair[0];
}

void
peer_send(struct peer *p, enum msg type, uint32_t id, const void *m, const int *fds,
    unsigned nfds)
{
	struct err err = { "" };
	struct buf b;

	buf_init(&b, FRAME_MAX);
	if (buf_room(&b, 1) == NULL || codec_encode(type, m, &b, &err) != RC_OK ||
	    frame_send(p->sock, (uint16_t)type, id, buf_span(&b), fds, nfds, &err) !=
		RC_OK)
		fail_msg("send %s: %s", codec_name(type), err.text);
	buf_clear(&b);
}

int
peer_next(struct peer *p, int ms)
{
	struct pollfd fd = { .fd = p->sock, .events = POLLIN };
	struct err err = { "" };
	enum rc rc;

	if (poll(&fd, 1, ms) != 1)
		return -1;
	rc = frame_recv(p->sock, &p->in, &p->f, &err);
	if (rc == RC_END)
		return 0;
	if (rc != RC_OK ||
	    codec_decode((enum msg)p->f.type, p->f.body, &p->m, &err) != RC_OK)
		fail_msg("receive: %s", err.text);
	/* What comes unasked, of its own time. */
	if (p->passed != 0 && p->f.type == p->passed)
		return peer_next(p, ms);
	return p->f.type;
}

void
peer_want(struct peer *p, enum msg type, uint32_t id)
{
	int got = peer_next(p, PEER_MS);

	if (got != (int)type || p->f.id != id)
		fail_msg("wanted %s %u, got %s %u", codec_name(type), id,
		    codec_name((enum msg)got), p->f.id);
}

int
peer_wait(struct peer *p)
{
	uint64_t until = clock_mono_ms() + PEER_MS;
	int status = 0;

	while (waitpid(p->pid, &status, WNOHANG) == 0) {
		if (clock_mono_ms() > until) {
			kill(p->pid, SIGKILL);
			waitpid(p->pid, &status, 0);
			fail_msg("the program did not end");
		}
		usleep(2000);
	}
	if (p->sock >= 0)
		close(p->sock);
	p->sock = -1;
	buf_clear(&p->in);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

int
peer_hang_up(struct peer *p)
{
	close(p->sock);
	p->sock = -1;
	return peer_wait(p);
}

void
peer_kill(struct peer *p)
{
	kill(p->pid, SIGKILL);
	assert_int_equal(peer_wait(p), 1000 + SIGKILL);
}
