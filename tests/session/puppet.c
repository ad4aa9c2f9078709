/* The strings between a test and its puppets; see puppet.h. */
#include "tests/support/unit.h"
#include "tests/session/puppet.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/session/nursery.h"

int puppet_fd = -1;
static char room[PUPPET_MOST + 256];
static size_t room_len;

int
puppet_nursery(struct bed *b)
{
	int strings[2], pair[2];
	struct err err = { "" };

	assert_int_equal(
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, strings), 0);
	assert_int_equal(frame_pair(pair, &err), RC_OK);
	if ((b->nursery = fork()) == 0) {
		close(strings[0]);
		close(pair[0]);
		puppet_fd = strings[1];
		_exit(nursery_run(pair[1], &err) == RC_OK ? 0 : 1);
	}
	assert_true(b->nursery > 0);
	close(strings[1]);
	close(pair[1]);
	b->nursery_sock = pair[0];
	return strings[0];
}

const char *
puppet_hear(int sock, const char *what)
{
	struct pollfd pfd = { .fd = sock, .events = POLLIN };
	ssize_t n;

	if (poll(&pfd, 1, BED_WAIT_MS) != 1)
		fail_msg("nothing was done, not \"%s\"", what);
	n = recv(sock, room, sizeof room - 1, 0);
	if (n <= 0)
		fail_msg("the session is gone before \"%s\"", what);
	room[n] = '\0';
	room_len = (size_t)n;
	if (strncmp(room, what, strlen(what)) != 0)
		fail_msg("done was \"%.200s\", not \"%s\"", room, what);
	return room + strlen(what);
}

size_t
puppet_len(void)
{
	return room_len;
}

void
puppet_tell(int sock, const char *word, const void *bytes, size_t n)
{
	char m[PUPPET_MOST + 64];
	size_t len = (size_t)snprintf(m, sizeof m, "%s ", word);

	assert_true(len + n <= sizeof m);
	if (n > 0)
		memcpy(m + len, bytes, n);
	assert_int_equal(send(sock, m, len + n, MSG_NOSIGNAL), (ssize_t)(len + n));
}

void
puppet_says(int sock, const char *word, const char *text)
{
	puppet_tell(sock, word, text, strlen(text));
}

char
puppet_byte(size_t i)
{
	return i % 61 == 60 ? '\n' : (char)('a' + (i * 7 + i / 8191) % 26);
}

void
puppet_did(const char *fmt, ...)
{
	char text[PUPPET_MOST];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	(void)send(puppet_fd, text, strlen(text), MSG_NOSIGNAL);
}

void
puppet_did_bytes(const char *word, struct span bytes)
{
	char m[PUPPET_MOST + 64];
	size_t n = (size_t)snprintf(m, sizeof m, "%s ", word);

	if (bytes.len > PUPPET_MOST)
		bytes.len = PUPPET_MOST;
	memcpy(m + n, bytes.p, bytes.len);
	(void)send(puppet_fd, m, n + bytes.len, MSG_NOSIGNAL);
}
