/* The self-test's client; see selftest.h.  It runs before anything is confined, and
 * speaks to nobody but ourselves. */
#include "broker/front/selftest.h"

#include <libssh/libssh.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "broker/front/evp.h"
#include "broker/front/testagent.h"
#include "lib/base/log.h"
#include "lib/base/sshkey.h"

#define ONLY_FD 3
#define USER "selftest"
#define TIMEOUT_S 10

static bool
set_options(ssh_session s, int sock)
{
	bool config = false;
	long timeout = TIMEOUT_S;

	/* A folder of its own, so that it asks nobody for a home. */
	return ssh_options_set(s, SSH_OPTIONS_PROCESS_CONFIG, &config) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_SSH_DIR, "/nonexistent") == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_HOST, "selftest") == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_USER, USER) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_TIMEOUT, &timeout) == 0 &&
	       ssh_options_set(s, SSH_OPTIONS_FD, &sock) == 0;
}

static bool
shows_host(ssh_session s, const uint8_t host[32])
{
	uint8_t blob[SSHKEY_BLOB];
	char fingerprint[SSHKEY_FINGERPRINT], *text = NULL;
	unsigned char *hash = NULL;
	ssh_key key = NULL;
	size_t n;
	bool same = false;

	sshkey_blob(host, blob);
	sshkey_fingerprint(span_make(blob, sizeof blob), fingerprint);
	if (ssh_get_server_publickey(s, &key) == SSH_OK &&
	    ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &n) == 0 &&
	    (text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, n)) !=
		NULL)
		same = strcmp(text, fingerprint) == 0;
	ssh_string_free_char(text);
	ssh_clean_pubkey_hash(&hash);
	ssh_key_free(key);
	return same;
}

/* The agent's end of a pair, in a process of its own: libssh waits for it. */
static pid_t
fork_agent(int *fd)
{
	struct err err = { "" };
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return -1;
	if ((pid = fork()) != 0) {
		close(pair[1]);
		*fd = pair[0];
		return pid;
	}
	/* Not the connection, whose end the listener waits for. */
	if (dup2(pair[1], ONLY_FD) != ONLY_FD || close_range(ONLY_FD + 1, ~0u, 0) != 0)
		_exit(1);
	alarm(2 * TIMEOUT_S);
	_exit(testagent_serve(ONLY_FD, &err) != RC_OK);
}

/* Log in with the untouched security key.  That it was refused for want of a touch, and
 * its signature was good, is for the monitor to say. */
static bool
is_refused_untouched(ssh_session s)
{
	pid_t pid;
	int fd, answer;

	if ((pid = fork_agent(&fd)) < 0)
		return false;
	answer = ssh_set_agent_socket(s, fd) == SSH_OK ? ssh_userauth_agent(s, NULL)
						       : SSH_AUTH_ERROR;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return answer == SSH_AUTH_DENIED;
}

/* What went wrong, or NULL. */
static const char *
run_client(int sock, const uint8_t host[32])
{
	ssh_session s = ssh_new();
	ssh_key key = NULL;

	if (s == NULL || !set_options(s, sock))
		return "it cannot be set up";
	if (ssh_pki_generate(SSH_KEYTYPE_ED25519, 0, &key) != SSH_OK)
		return "it has no key";
	if (ssh_connect(s) != SSH_OK)
		return ssh_get_error(s);
	if (!shows_host(s, host))
		return "the host key is another one";
	evp_spoil(true);
	if (ssh_userauth_publickey(s, NULL, key) != SSH_AUTH_DENIED)
		return "a spoilt signature was not refused";
	evp_spoil(false);
	if (!is_refused_untouched(s))
		return "a security key without a touch was not refused";
	if (ssh_userauth_publickey(s, NULL, key) != SSH_AUTH_SUCCESS)
		return "a good signature was refused";
	ssh_disconnect(s);
	return NULL;
}

enum rc
selftest_fork(int sock, const uint8_t host[32], pid_t *ret, struct err *err)
{
	const char *wrong;
	pid_t pid = fork();

	if (pid < 0)
		return err_errno(err, RC_FAIL, "fork");
	if (pid > 0) {
		*ret = pid;
		return RC_OK;
	}
	/* Nothing else of the listener's: its end of the pair would hide that it has
	 * gone, and its sockets stay bound. */
	if (dup2(sock, ONLY_FD) != ONLY_FD || close_range(ONLY_FD + 1, ~0u, 0) != 0)
		_exit(1);
	alarm(2 * TIMEOUT_S);
	evp_stop();
	wrong = run_client(ONLY_FD, host);
	if (wrong != NULL)
		log_line(LOG_ERROR, "self-test: %s", wrong);
	_exit(wrong != NULL);
}
