/* Login requests and their answers; see login.h. */
#define SSH_SUPPRESS_DEPRECATED /* messages that are answered later are what we need   \
				 */
#include "broker/front/login.h"

#include <libssh/callbacks.h>
#include <libssh/server.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "broker/front/evp.h"

/* More requests than this in flight is no client that waits for answers. */
#define QUEUE 16
#define USER_MAX 63
#define BLOB_MAX 16384

struct request {
	ssh_message m;
	bool asked; /* the monitor answers; else it is refused when its turn comes */
	bool is_signed;
};

struct login {
	ssh_session ssh;
	struct ask *ask;
	struct request queue[QUEUE];
	unsigned first, count;
	ssh_message spare; /* an answered one, to answer with where there is none */
	unsigned failures;
	unsigned read,
	    taken; /* requests that libssh read, and messages it made of them */
	bool watching, done;
};

enum rc
login_new(ssh_session ssh, struct ask *ask, struct login **ret, struct err *err)
{
	struct login *l = calloc(1, sizeof *l);

	if (l == NULL)
		return err_memory(err);
	l->ssh = ssh;
	l->ask = ask;
	*ret = l;
	return RC_OK;
}

static void
unwatch(struct login *l)
{
	if (!l->watching)
		return;
	l->watching = false;
	ssh_set_log_level(SSH_LOG_NONE);
	ssh_set_log_callback(NULL);
}

void
login_free(struct login *l)
{
	if (l == NULL)
		return;
	unwatch(l);
	for (; l->count > 0; l->count--) {
		ssh_message_free(l->queue[l->first].m);
		l->first = (l->first + 1) % QUEUE;
	}
	ssh_message_free(l->spare);
	free(l);
}

bool
login_done(const struct login *l)
{
	return l->done;
}

bool
login_failed(const struct login *l)
{
	return l->failures >= LOGIN_FAILURES_MAX;
}

/* libssh says this for each request that it can read at all, and is then silent about
 * some.  GSSAPI is answered in libssh itself. */
static void
on_log(int priority, const char *function, const char *text, void *arg)
{
	struct login *l = arg;

	(void)priority;
	(void)function;
	if (strncmp(text, "ssh_packet_userauth_request: Auth request for service ",
		54) == 0 &&
	    strstr(text, ", method gssapi-with-mic for user ") == NULL)
		l->read++;
}

void
login_watch(struct login *l)
{
	if (l->watching || l->done)
		return;
	l->watching = true;
	ssh_set_log_callback(on_log);
	ssh_set_log_userdata(l);
	ssh_set_log_level(SSH_LOG_PACKET);
}

/* Keep one answered message: libssh can send FAILURE only in answer to one. */
static void
put_away(struct login *l, ssh_message m)
{
	if (l->spare == NULL)
		l->spare = m;
	else
		ssh_message_free(m);
}

static struct request
take_first(struct login *l)
{
	struct request r = l->queue[l->first];

	l->first = (l->first + 1) % QUEUE;
	l->count--;
	return r;
}

static void
refuse(struct login *l, ssh_message m)
{
	/* Every client asks "none" first, to learn what there is. */
	if (ssh_message_subtype(m) != SSH_AUTH_METHOD_NONE)
		l->failures++;
	(void)ssh_message_reply_default(m);
	put_away(l, m);
}

/* Answers go out in the order of the requests. */
static void
advance(struct login *l)
{
	while (l->count > 0 && !l->queue[l->first].asked)
		refuse(l, take_first(l).m);
}

void
login_says(struct login *l, bool yes)
{
	struct request r;

	if (l->count == 0 || l->done)
		return;
	r = take_first(l);
	if (!yes) {
		refuse(l, r.m);
	} else if (!r.is_signed) {
		(void)ssh_message_auth_reply_pk_ok_simple(r.m);
		put_away(l, r.m);
	} else {
		(void)ssh_message_auth_reply_success(r.m, 0);
		l->done = true;
		ssh_message_free(r.m);
		unwatch(l);
		/* RFC 4252 section 5.1: requests behind a success are ignored. */
		while (l->count > 0)
			ssh_message_free(take_first(l).m);
		return;
	}
	advance(l);
}

/* The key's blob as the client sent it. */
static bool
blob_of(ssh_key key, uint8_t *out, size_t *len)
{
	char *text = NULL;
	size_t n;
	int got = -1;

	if (key == NULL || ssh_pki_export_pubkey_base64(key, &text) != SSH_OK)
		return false;
	n = strlen(text);
	if (n > 0 && n / 4 * 3 <= BLOB_MAX)
		got = EVP_DecodeBlock(out, (const unsigned char *)text, (int)n);
	/* EVP_DecodeBlock counts the padding in. */
	for (; got > 0 && n > 0 && text[n - 1] == '='; n--)
		got--;
	ssh_string_free_char(text);
	if (got <= 0)
		return false;
	*len = (size_t)got;
	return true;
}

/* A probe's algorithm cannot be seen through libssh, nor what a security key signed with;
 * the blob's type tells as much. */
static const char *
algorithm_of(ssh_key key)
{
	const char *name = ssh_key_type_to_char(ssh_key_type(key));

	if (ssh_key_type(key) == SSH_KEYTYPE_RSA)
		return "rsa-sha2-512";
	return name != NULL ? name : "";
}

static bool
is_sk(ssh_key key)
{
	return ssh_key_type(key) == SSH_KEYTYPE_SK_ED25519 ||
	       ssh_key_type(key) == SSH_KEYTYPE_SK_ECDSA;
}

/* False where the client's request cannot even be asked. */
static bool
ask_monitor(struct login *l, ssh_message m, bool is_signed)
{
	const char *user = ssh_message_auth_user(m);
	ssh_key key = ssh_message_auth_pubkey(m);
	struct evp_capture cap = { .algorithm = "" };
	struct msg_auth_try t = { .is_signed = is_signed };
	uint8_t blob[BLOB_MAX + 3];
	size_t len;

	/* One capture for each verified message, whatever becomes of it. */
	if (is_signed && !evp_take(&cap))
		return false;
	if (user == NULL || strlen(user) > USER_MAX || !blob_of(key, blob, &len))
		return false;
	t.user = span_of(user);
	t.blob = span_make(blob, len);
	t.algorithm = span_of(is_signed && !cap.sk ? cap.algorithm : algorithm_of(key));
	t.signature = span_make(cap.sig, cap.sig_len);
	t.flags = cap.flags;
	t.counter = cap.counter;
	/* A capture that is not this message's: the monitor would take it for an attack. */
	if (t.algorithm.len == 0 || (is_signed && cap.sk != is_sk(key)))
		return false;
	return ask_auth(l->ask, &t) == RC_OK;
}

enum rc
login_take(struct login *l, ssh_message m, struct err *err)
{
	struct request r = { .m = m };
	bool key = ssh_message_subtype(m) == SSH_AUTH_METHOD_PUBLICKEY;

	l->taken++;
	if (l->done) {
		ssh_message_free(m);
		return RC_OK;
	}
	if (l->count == QUEUE) {
		ssh_message_free(m);
		return err_set(err, RC_REFUSE, "too many login requests at once");
	}
	if (key) {
		enum ssh_publickey_state_e state = ssh_message_auth_publickey_state(m);

		r.is_signed = state == SSH_PUBLICKEY_STATE_VALID;
		if (r.is_signed || state == SSH_PUBLICKEY_STATE_NONE)
			r.asked = ask_monitor(l, m, r.is_signed);
	}
	l->queue[(l->first + l->count++) % QUEUE] = r;
	advance(l);
	return RC_OK;
}

enum rc
login_settle(struct login *l, struct err *err)
{
	for (; l->watching && !l->done && l->read > l->taken; l->taken++) {
		if (l->spare == NULL)
			return err_set(
			    err, RC_REFUSE, "a login request that cannot be answered");
		l->failures++;
		(void)ssh_message_reply_default(l->spare);
	}
	return RC_OK;
}
