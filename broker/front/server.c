/* One connection; see server.h.  All that libssh is told to do is told from the turn.
 */
#include "broker/front/server.h"

#include <fcntl.h>
#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/front/ask.h"
#include "broker/front/channel.h"
#include "broker/front/evp.h"
#include "broker/front/forward.h"
#include "broker/front/keepalive.h"
#include "broker/front/login.h"
#include "lib/base/id.h"
#include "lib/base/loop.h"

/* The longest sleep, and the watchdog behind it. */
#define SLEEP_MS 10000
#define WATCHDOG_S 15
/* For the last words to a client that is dropped. */
#define PARTING_MS 2000
#define LEFT "the broker has gone"
#define CHANNELS_MAX 256

struct server {
	struct loop *loop;
	struct ask *ask;
	struct timer *deadline;
	const struct server_start *start;
	char nonce[ID_NONCE_TEXT];
	ssh_bind bind;
	ssh_session ssh;
	ssh_event event;
	struct watch *watch;
	struct keepalive *keepalive;
	bool taken;	/* libssh closes the socket */
	bool exchanged; /* the first key exchange is over */
	bool ready;	/* the socket is */
	bool again;	/* there is more to do before sleeping */
	bool leaving;	/* the monitor has gone: last words */
	bool waits;	/* a channel does, for its verdict */
	struct login *login;
	struct channel_place place;
	struct staged_room staged;
	struct channel *channels[CHANNELS_MAX];
	uint32_t nchannels, next_number;
	struct forwards *forwards; /* numbered like channels */
	int status;
	enum rc over; /* RC_OK: not yet */
	struct err why;
};

static void
end(struct server *s, enum rc rc, const char *why)
{
	if (s->over == RC_OK) {
		s->over = rc;
		err_set(&s->why, rc, "%s", why);
	}
}

static struct channel *
find_channel(struct server *s, uint32_t number)
{
	for (uint32_t i = 0; i < s->nchannels; i++)
		if (chan_number(s->channels[i]) == number)
			return s->channels[i];
	return NULL;
}

/* The monitor's answers. */

static void
on_nonce(void *arg, const char *nonce)
{
	struct server *s = arg;

	snprintf(s->nonce, sizeof s->nonce, "%s", nonce);
}

static void
on_auth(void *arg, bool yes)
{
	struct server *s = arg;

	if (s->login == NULL || login_done(s->login))
		return;
	login_says(s->login, yes);
	if (!login_done(s->login))
		return;
	timer_stop(s->deadline);
	s->exchanged = true;
	if (s->status >= 0 && write(s->status, "L", 1) == 1)
		close(s->status);
	s->status = -1;
}

static void
on_verdict(void *arg, uint32_t number, const struct msg_verdict *v)
{
	struct server *s = arg;
	struct channel *c = find_channel(s, number);

	if (c != NULL)
		chan_verdict(c, v);
	else
		(void)forwards_verdict(s->forwards, number, v);
}

static void
on_stage(void *arg, uint32_t number, uint64_t most)
{
	struct channel *c = find_channel(arg, number);

	if (c != NULL)
		chan_stage(c, most);
}

static void
on_say(void *arg, uint32_t number, struct span text)
{
	struct channel *c = find_channel(arg, number);

	if (c != NULL)
		chan_say(c, text);
}

static void
on_row(void *arg, uint32_t number, struct span text)
{
	struct channel *c = find_channel(arg, number);

	if (c != NULL)
		chan_row(c, text);
}

static void
on_done(void *arg, uint32_t number, const struct msg_done *m)
{
	struct channel *c = find_channel(arg, number);

	if (c != NULL)
		chan_done(c, m);
}

static void
on_attach(void *arg, uint32_t number, int fd)
{
	struct server *s = arg;
	struct channel *c = find_channel(s, number);

	if (c != NULL)
		chan_attach_take(c, fd);
	else if (!forwards_attach_take(s->forwards, number, fd))
		close(fd);
}

static void
on_gone(void *arg, const struct err *err)
{
	struct server *s = arg;

	if (s->login == NULL || !login_done(s->login)) {
		end(s, RC_END, err->text);
		return;
	}
	s->leaving = true;
	for (uint32_t i = 0; i < s->nchannels; i++)
		chan_lost(s->channels[i]);
	forwards_lost(s->forwards);
	timer_set(s->deadline, PARTING_MS);
}

static void
on_deadline(void *arg)
{
	struct server *s = arg;

	end(s, RC_END, s->leaving ? LEFT : "nobody logged in in time");
}

static void
on_socket(void *arg, short revents)
{
	struct server *s = arg;

	(void)revents;
	s->ready = true;
}

/* Setting up libssh. */

#define SIGNATURES                                                                     \
	"ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"     \
	"rsa-sha2-512,rsa-sha2-256,sk-ssh-ed25519@openssh.com,"                        \
	"sk-ecdsa-sha2-nistp256@openssh.com"
/* CTR is last and for clients that have nothing else (paramiko up to 3): with a MAC over
 * the ciphertext and strict key exchange it is sound. */
#define CIPHERS                                                                        \
	"aes256-gcm@openssh.com,aes128-gcm@openssh.com,chacha20-poly1305@openssh.com," \
	"aes256-ctr"
#define EXCHANGES "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256"
/* Post-quantum exchanges, where this libssh has them. */
#define EXCHANGES_12 "mlkem768x25519-sha256,sntrup761x25519-sha512," EXCHANGES
#define MACS "hmac-sha2-256-etm@openssh.com"

static const struct {
	enum ssh_bind_options_e option;
	const char *value;
} texts[] = {
	{ SSH_BIND_OPTIONS_HOSTKEY_ALGORITHMS, "ssh-ed25519" },
	{ SSH_BIND_OPTIONS_PUBKEY_ACCEPTED_KEY_TYPES, SIGNATURES },
	{ SSH_BIND_OPTIONS_CIPHERS_C_S, CIPHERS },
	{ SSH_BIND_OPTIONS_CIPHERS_S_C, CIPHERS },
	{ SSH_BIND_OPTIONS_HMAC_C_S, MACS },
	{ SSH_BIND_OPTIONS_HMAC_S_C, MACS },
};

static bool
set_options(struct server *s)
{
	char banner[sizeof "broker_" + ID_NONCE_TEXT];
	const char *kex =
	    ssh_version(SSH_VERSION_INT(0, 12, 0)) != NULL ? EXCHANGES_12 : EXCHANGES;
	bool config = false; /* else a file of the system is read for each connection */
	int bits = 2048;
	ssh_key key;

	snprintf(banner, sizeof banner, "broker_%s", s->nonce);
	if (ssh_bind_options_set(s->bind, SSH_BIND_OPTIONS_PROCESS_CONFIG, &config) !=
		0 ||
	    ssh_bind_options_set(s->bind, SSH_BIND_OPTIONS_RSA_MIN_SIZE, &bits) != 0 ||
	    ssh_bind_options_set(s->bind, SSH_BIND_OPTIONS_BANNER, banner) != 0 ||
	    ssh_bind_options_set(s->bind, SSH_BIND_OPTIONS_KEY_EXCHANGE, kex) != 0)
		return false;
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		if (ssh_bind_options_set(s->bind, texts[i].option, texts[i].value) != 0)
			return false;
	if ((key = dummy_key(s->start->key)) == NULL)
		return false;
	if (ssh_bind_options_set(s->bind, SSH_BIND_OPTIONS_IMPORT_KEY, key) != 0) {
		ssh_key_free(key);
		return false;
	}
	return true;
}

static enum rc
set_up(struct server *s, struct err *err)
{
	int sock = s->start->sock, flags = fcntl(sock, F_GETFL);

	s->bind = ssh_bind_new();
	s->ssh = ssh_new();
	s->event = ssh_event_new();
	if (s->bind == NULL || s->ssh == NULL || s->event == NULL)
		return err_memory(err);
	if (keepalive_new(s->loop, sock, s->ssh, &s->keepalive, err) != RC_OK)
		return RC_FAIL;
	/* A blocking socket would let a client that does not read stop this process. */
	if (flags < 0 || fcntl(sock, F_SETFL, flags | O_NONBLOCK) != 0 ||
	    !set_options(s))
		return err_set(
		    err, RC_FAIL, "set up libssh: %s", ssh_get_error(s->bind));
	s->taken = true;
	if (ssh_bind_accept_fd(s->bind, s->ssh, sock) != SSH_OK)
		return err_set(err, RC_FAIL, "libssh: %s", ssh_get_error(s->bind));
	ssh_set_blocking(s->ssh, 0);
	ssh_set_auth_methods(s->ssh, SSH_AUTH_METHOD_PUBLICKEY);
	if (ssh_options_set(s->ssh, SSH_OPTIONS_COMPRESSION_C_S, "none") != 0 ||
	    ssh_options_set(s->ssh, SSH_OPTIONS_COMPRESSION_S_C, "none") != 0)
		return err_set(err, RC_FAIL, "libssh: %s", ssh_get_error(s->ssh));
	/* The poll context exists only after the first call. */
	if (ssh_handle_key_exchange(s->ssh) == SSH_ERROR ||
	    ssh_event_add_session(s->event, s->ssh) != SSH_OK)
		return err_set(err, RC_END, "%s", ssh_get_error(s->ssh));
	s->place = (struct channel_place){ s->loop, s->ssh, s->ask, &s->staged };
	if ((s->watch = loop_fd(s->loop, sock, POLLIN, on_socket, s)) == NULL)
		return err_memory(err);
	return login_new(s->ssh, s->ask, &s->login, err);
}

/* Messages, by type. */

static void
take_service(struct server *s, ssh_message m)
{
	if (strcmp(ssh_message_service_service(m), "ssh-userauth") == 0)
		(void)ssh_message_service_reply_success(m);
	else
		end(s, RC_REFUSE, "a service that is not ssh-userauth");
	ssh_message_free(m);
}

static void
take_auth(struct server *s, ssh_message m)
{
	if (login_take(s->login, m, &s->why) != RC_OK)
		s->over = RC_REFUSE;
}

/* A channel that is to be stepped again. */
static bool
has_news(const struct server *s)
{
	bool news = false;

	for (uint32_t i = 0; i < s->nchannels; i++)
		news |= chan_news(s->channels[i]);
	return news || forwards_news(s->forwards);
}

static void
step_channels(struct server *s)
{
	s->waits = false;
	for (uint32_t i = 0; i < s->nchannels;) {
		struct channel *c = s->channels[i];

		chan_step(c);
		s->waits |= chan_waits(c);
		if (chan_hostile(c))
			end(s, RC_REFUSE, "data beyond the window");
		if (chan_over(c)) {
			chan_free(c);
			s->channels[i] = s->channels[--s->nchannels];
			continue;
		}
		i++;
	}
	if (forwards_step(s->forwards, &s->why) != RC_OK && s->over == RC_OK)
		s->over = RC_REFUSE;
}

static bool
may_open(struct server *s)
{
	uint32_t most =
	    s->start->channels < CHANNELS_MAX ? s->start->channels : CHANNELS_MAX;

	if (!login_done(s->login) || s->leaving)
		return false;
	/* What the client closed before it asked for this one counts no more. */
	if (s->nchannels + forwards_count(s->forwards) >= most)
		step_channels(s);
	return s->nchannels + forwards_count(s->forwards) < most;
}

static void
open_channel(struct server *s, ssh_message m)
{
	struct channel *c = NULL;
	ssh_channel ssh;

	ssh = ssh_message_channel_request_open_reply_accept(m);
	ssh_message_free(m);
	if (ssh == NULL ||
	    chan_new_take(&s->place, ssh, s->next_number, &c, &s->why) != RC_OK) {
		s->over = RC_FAIL;
		return;
	}
	s->next_number++;
	s->channels[s->nchannels++] = c;
}

static void
take_open(struct server *s, ssh_message m)
{
	int kind = ssh_message_subtype(m);

	if (!may_open(s) ||
	    (kind != SSH_CHANNEL_SESSION && kind != SSH_CHANNEL_DIRECT_TCPIP)) {
		(void)ssh_message_reply_default(m);
		ssh_message_free(m);
	} else if (kind == SSH_CHANNEL_SESSION)
		open_channel(s, m);
	else if (forwards_take(s->forwards, m, s->next_number++, &s->why) != RC_OK)
		s->over = RC_FAIL;
}

static void
take_request(struct server *s, ssh_message m)
{
	ssh_channel ssh = ssh_message_channel_request_channel(m);

	for (uint32_t i = 0; i < s->nchannels; i++) {
		if (chan_ssh(s->channels[i]) != ssh)
			continue;
		chan_request(s->channels[i], m);
		break;
	}
	/* Before its channel: the message points to it. */
	ssh_message_free(m);
}

static void
take_global(struct server *s, ssh_message m)
{
	(void)s;
	(void)ssh_message_reply_default(m);
	ssh_message_free(m);
}

static void (*const takers[])(struct server *s, ssh_message m) = {
	[SSH_REQUEST_AUTH] = take_auth,
	[SSH_REQUEST_CHANNEL_OPEN] = take_open,
	[SSH_REQUEST_CHANNEL] = take_request,
	[SSH_REQUEST_SERVICE] = take_service,
	[SSH_REQUEST_GLOBAL] = take_global,
};

static bool
take_messages(struct server *s)
{
	bool any = false;
	ssh_message m;

	while (s->over == RC_OK && (m = ssh_message_get(s->ssh)) != NULL) {
		int type = ssh_message_type(m);

		any = true;
		if (type > 0 && (size_t)type < sizeof takers / sizeof takers[0] &&
		    takers[type] != NULL)
			takers[type](s, m);
		else
			take_global(s, m);
	}
	if (s->over == RC_OK && login_settle(s->login, &s->why) != RC_OK)
		s->over = RC_REFUSE;
	return any;
}

static bool
exchange_keys(struct server *s)
{
	int r;

	if (s->exchanged)
		return true;
	r = ssh_handle_key_exchange(s->ssh);
	s->exchanged = r == SSH_OK;
	return r != SSH_ERROR;
}

static void
wait_for_news(struct server *s)
{
	bool pending = (ssh_get_poll_flags(s->ssh) & SSH_WRITE_PENDING) != 0;
	struct err err = { "" };
	int one = 1;

	loop_fd_events(s->watch, (short)(POLLIN | (pending ? POLLOUT : 0)));
	/* The client's Nagle and our delayed acknowledgements would make login slow. */
	if (!login_done(s->login))
		(void)setsockopt(
		    s->start->sock, IPPROTO_TCP, TCP_QUICKACK, &one, sizeof one);
	s->ready = false;
	if (loop_step(s->loop, s->again ? 0 : SLEEP_MS, &err) != RC_OK)
		end(s, RC_FAIL, err.text);
}

static void
turn(struct server *s)
{
	alarm(WATCHDOG_S);
	wait_for_news(s);
	if (s->over != RC_OK)
		return;
	if ((s->ready && ssh_event_dopoll(s->event, 0) == SSH_ERROR) ||
	    !exchange_keys(s) || !ssh_is_connected(s->ssh) ||
	    (ssh_get_status(s->ssh) & (SSH_CLOSED | SSH_CLOSED_ERROR)) != 0) {
		end(s, RC_END, "the client has gone");
		return;
	}
	if (evp_signs() > 0)
		login_watch(s->login);
	(void)take_messages(s);
	step_channels(s);
	keepalive_step(s->keepalive, s->waits);
	/* Writing to libssh reads from the socket too: what came with it.  So does asking
	 * for messages: data that it found would else wait for the next wakening. */
	s->again = take_messages(s);
	s->again |= has_news(s);
	if (evp_overflow())
		end(s, RC_REFUSE, "more signatures than requests");
	if (s->over == RC_OK && login_failed(s->login))
		end(s, RC_REFUSE, "too many failed logins");
	if (s->leaving && s->nchannels == 0 && forwards_count(s->forwards) == 0)
		end(s, RC_END, LEFT);
}

/* A DISCONNECT that is written right behind other output is lost. */
static void
part(struct server *s)
{
	struct err err;

	if ((s->over != RC_REFUSE && !s->leaving) || !ssh_is_connected(s->ssh))
		return;
	for (int ms = 0; ms < PARTING_MS; ms += 20) {
		if ((ssh_get_poll_flags(s->ssh) & SSH_WRITE_PENDING) == 0)
			break;
		loop_fd_events(s->watch, POLLOUT);
		if (loop_step(s->loop, 20, &err) != RC_OK ||
		    ssh_event_dopoll(s->event, 0) == SSH_ERROR)
			return;
	}
	(void)ssh_event_dopoll(s->event, 10);
	(void)ssh_session_set_disconnect_message(s->ssh, s->why.text);
	ssh_disconnect(s->ssh);
}

static void
tear_down(struct server *s)
{
	login_free(s->login);
	while (s->nchannels > 0)
		chan_free(s->channels[--s->nchannels]);
	forwards_free(s->forwards);
	s->forwards = NULL;
	if (s->ssh != NULL)
		part(s);
	keepalive_free(s->keepalive);
	loop_fd_close(s->watch);
	if (s->event != NULL && s->watch != NULL)
		(void)ssh_event_remove_session(s->event, s->ssh);
	ssh_event_free(s->event);
	ssh_free(s->ssh);
	ssh_bind_free(s->bind);
	if (!s->taken)
		close(s->start->sock);
	ask_close(s->ask);
	timer_free(s->deadline);
	loop_free(s->loop);
	if (s->status >= 0)
		close(s->status);
	alarm(0);
}

static enum rc
serve(struct server *s, struct err *err)
{
	struct ask_answers answers = { s, on_nonce, on_auth, on_verdict, on_stage,
		on_say, on_row, on_done, on_attach, on_gone };
	enum rc rc;

	if ((rc = forwards_new(&s->place, &s->forwards, err)) != RC_OK) {
		close(s->start->talk);
		return rc;
	}
	if ((rc = ask_open_take(s->loop, s->start->talk, &answers, &s->ask, err)) !=
	    RC_OK)
		return rc;
	if ((s->deadline = loop_timer(s->loop, on_deadline, s)) == NULL)
		return err_memory(err);
	timer_set(s->deadline, s->start->login_ms);
	while (s->over == RC_OK && s->nonce[0] == '\0') {
		alarm(WATCHDOG_S);
		if ((rc = loop_step(s->loop, SLEEP_MS, err)) != RC_OK)
			return rc;
	}
	if (s->over == RC_OK && (rc = set_up(s, err)) != RC_OK)
		return rc;
	while (s->over == RC_OK)
		turn(s);
	err_set(err, s->over, "%s", s->why.text);
	return s->over;
}

enum rc
server_run(const struct server_start *start, struct err *err)
{
	struct server *s = calloc(1, sizeof *s);
	enum rc rc;

	if (s == NULL || loop_new(&s->loop, err) != RC_OK) {
		free(s);
		return err_memory(err); /* the descriptors go with the process */
	}
	s->start = start;
	s->status = start->status;
	s->next_number = 1;
	evp_serve(dummy_host(start->key), dummy_public(start->key), start->sign);
	rc = serve(s, err);
	tear_down(s);
	evp_stop();
	close(start->sign);
	free(s);
	return rc;
}
