/* The way to AWS that sessions share; see net.h and target.h. */
#include "broker/target/net.h"

#include <stdlib.h>
#include <string.h>
#include <sodium.h>
#include <sys/socket.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "broker/target/agentversion.h"
#include "lib/base/clock.h"
#include "lib/base/multi.h"

#define LONG_ENOUGH_MS 5000000000u /* no bound of ours is longer: two months */
#define EARLY_MS 300000u	   /* before credentials end */
#define AGAIN_MS 30000u
#define CALL_MS 20000u
#define ANSWER_MAX (1u << 20)

struct target_net {
	struct loop *loop;
	struct target_net_init init;
	char region[64], client_version[64];
	char **connect_to;
	struct curl_slist *connect_list;
	X509_STORE *trust;
	struct http *http;
	struct http_options options;
	struct timer *timer; /* the credentials' end */
	char access_key_id[129];
	struct secret *secret, *token;
	uint64_t expires_ms;
	unsigned leases;
};

/* ---- whom to trust ---- */

static bool
set_trust(void *arg, void *ctx)
{
	struct target_net *n = arg;

	SSL_CTX_set1_cert_store(ctx, n->trust);
	return true;
}

static CURLcode
set_curl_trust(CURL *easy, void *ctx, void *arg)
{
	(void)easy;
	/* Many small records come: without it each takes two calls.  Its reader asks until
	 * there is no more, so that nothing lies where poll(2) does not see it. */
	SSL_CTX_set_read_ahead(ctx, 1);
	return set_trust(arg, ctx) ? CURLE_OK : CURLE_SSL_CERTPROBLEM;
}

static enum rc
add_cas(X509_STORE *store, struct span pem, struct err *err)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.len);
	bool good = bio != NULL;
	size_t count = 0;
	X509 *x;

	while (good && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)) != NULL) {
		good = X509_STORE_add_cert(store, x) == 1;
		X509_free(x);
		count++;
	}
	BIO_free(bio);
	/* The end of the text is no error. */
	ERR_clear_error();
	return good && count > 0 ? RC_OK : err_set(err, RC_REFUSE, "no CA to trust");
}

/* The system's CAs, read once before a process is confined; shared by all that are
 * forked from it. */
static X509_STORE *
system_trust(void)
{
	static X509_STORE *store; /* const once loaded: one per process tree */

	if (store == NULL && (store = X509_STORE_new()) != NULL &&
	    /* No folder of CAs: it would be looked into later. */
	    X509_STORE_load_file(store, X509_get_default_cert_file()) != 1) {
		X509_STORE_free(store);
		store = NULL;
	}
	return store;
}

enum rc
target_prepare(struct err *err)
{
	enum rc rc;

	if (sodium_init() < 0)
		return err_set(err, RC_FAIL, "libsodium");
	if ((rc = multi_prepare(err)) != RC_OK)
		return rc;
	return system_trust() != NULL ? RC_OK
				      : err_set(err, RC_FAIL, "read the system's CAs");
}

static enum rc
make_trust(struct target_net *n, struct span pem, struct err *err)
{
	if (pem.len > 0) {
		if ((n->trust = X509_STORE_new()) == NULL)
			return err_memory(err);
		return add_cas(n->trust, pem, err);
	}
	if ((n->trust = system_trust()) == NULL)
		return err_set(err, RC_FAIL, "read the system's CAs");
	X509_STORE_up_ref(n->trust);
	return RC_OK;
}

/* ---- its life ---- */

static enum rc
copy_detours(struct target_net *n, struct err *err)
{
	const struct target_net_init *i = &n->init;
	struct curl_slist *more;

	if (i->n_connect_to == 0)
		return RC_OK;
	if ((n->connect_to = calloc(i->n_connect_to, sizeof *n->connect_to)) == NULL)
		return err_memory(err);
	for (size_t k = 0; k < i->n_connect_to; k++) {
		if ((n->connect_to[k] = strdup(i->connect_to[k])) == NULL ||
		    (more = curl_slist_append(n->connect_list, n->connect_to[k])) ==
			NULL)
			return err_memory(err);
		n->connect_list = more;
	}
	return RC_OK;
}

static void
set_options(struct target_net *n)
{
	n->options = (struct http_options){
		.connect_to = (const char *const *)n->connect_to,
		.n_connect_to = n->init.n_connect_to,
		.timeout_ms = CALL_MS,
		.max_body = ANSWER_MAX,
		.keep_head = true,
		.trust = set_trust,
		.trust_arg = n,
	};
	n->init.connect_to = n->options.connect_to;
	n->init.ca = (struct span){ 0 };
	n->init.region = n->region;
	n->init.client_version = n->client_version;
}

static bool
plain_name(const char *s, const char *marks, size_t room)
{
	size_t len = s == NULL ? 0 : strlen(s);

	for (size_t i = 0; i < len; i++)
		if (!(s[i] >= 'a' && s[i] <= 'z') && !(s[i] >= '0' && s[i] <= '9') &&
		    strchr(marks, s[i]) == NULL)
			return false;
	return len > 0 && len < room;
}

static enum rc
check(const struct target_net_init *i, struct err *err)
{
	struct agentversion ours;

	if (!plain_name(i->region, "-", sizeof((struct target_net *)0)->region))
		return err_set(err, RC_REFUSE, "a region that cannot be");
	if (!plain_name(i->client_version, ".", 64) ||
	    !agentversion_read(span_of(i->client_version), &ours) ||
	    !agentversion_speaks(&ours))
		return err_set(err, RC_REFUSE, "a client's version that cannot be");
	if (i->connect_ms == 0 || i->connect_ms > LONG_ENOUGH_MS ||
	    i->resume_ms > LONG_ENOUGH_MS)
		return err_set(err, RC_REFUSE, "a bound of time that cannot be");
	return RC_OK;
}

static void on_timer(void *arg);

enum rc
target_net_new(struct loop *l, const struct target_net_init *init,
    struct target_net **ret, struct err *err)
{
	struct target_net *n;
	enum rc rc;

	if ((rc = check(init, err)) != RC_OK)
		return rc;
	if ((n = calloc(1, sizeof *n)) == NULL)
		return err_memory(err);
	n->loop = l;
	n->init = *init;
	snprintf(n->region, sizeof n->region, "%s", init->region);
	snprintf(
	    n->client_version, sizeof n->client_version, "%s", init->client_version);
	if ((n->timer = loop_timer(l, on_timer, n)) == NULL)
		rc = err_memory(err);
	if (rc == RC_OK && (rc = http_new(l, &n->http, err)) == RC_OK &&
	    (rc = copy_detours(n, err)) == RC_OK)
		rc = make_trust(n, init->ca, err);
	if (rc != RC_OK) {
		target_net_free(n);
		return rc;
	}
	set_options(n);
	*ret = n;
	return RC_OK;
}

void
target_net_free(struct target_net *n)
{
	if (n == NULL)
		return;
	curl_slist_free_all(n->connect_list);
	http_free(n->http);
	timer_free(n->timer);
	X509_STORE_free(n->trust);
	for (size_t i = 0; n->connect_to != NULL && i < n->init.n_connect_to; i++)
		free(n->connect_to[i]);
	free(n->connect_to);
	secret_free(n->secret);
	secret_free(n->token);
	free(n);
}

/* ---- credentials ---- */

/* Before their end fresh ones are asked for, and again as long as none come. */
static void
set_timer(struct target_net *n)
{
	uint64_t now = clock_wall_ms(), end = n->expires_ms, left;

	if (n->secret == NULL || end == 0)
		return;
	left = end > now ? end - now : 0;
	if (left > LONG_ENOUGH_MS)
		left = LONG_ENOUGH_MS;
	timer_set(n->timer, left > EARLY_MS ? left - EARLY_MS : AGAIN_MS);
}

static void
on_timer(void *arg)
{
	struct target_net *n = arg;

	if (n->expires_ms < clock_wall_ms() + EARLY_MS + 1000)
		net_refresh(n);
	set_timer(n);
}

enum rc
target_net_lease(struct target_net *n, const char *access_key_id, struct span secret,
    struct span token, uint64_t expires_ms, struct err *err)
{
	struct secret *s = NULL, *t = NULL;
	enum rc rc;

	if (strlen(access_key_id) >= sizeof n->access_key_id)
		return err_set(err, RC_REFUSE, "an access key id that cannot be");
	if ((rc = secret_copy(secret, &s, err)) != RC_OK)
		return rc;
	if (token.len > 0 && (rc = secret_copy(token, &t, err)) != RC_OK) {
		secret_free(s);
		return rc;
	}
	secret_free(n->secret);
	secret_free(n->token);
	n->secret = s;
	n->token = t;
	snprintf(n->access_key_id, sizeof n->access_key_id, "%s", access_key_id);
	n->expires_ms = expires_ms;
	n->leases++;
	set_timer(n);
	return RC_OK;
}

bool
net_key(const struct target_net *n, const char *service, struct sigv4_key *ret)
{
	if (n->secret == NULL)
		return false;
	*ret = (struct sigv4_key){
		.access_key_id = n->access_key_id,
		.secret = n->secret,
		.token = n->token,
		.region = n->region,
		.service = service,
		.time_ms = clock_wall_ms(),
	};
	return true;
}

unsigned
net_leases(const struct target_net *n)
{
	return n->leases;
}

void
net_refresh(const struct target_net *n)
{
	if (n->init.lease != NULL)
		n->init.lease(n->init.arg);
}

struct loop *
net_loop(const struct target_net *n)
{
	return n->loop;
}

const struct target_net_init *
net_init(const struct target_net *n)
{
	return &n->init;
}

const char *
net_suffix(const struct target_net *n)
{
	return strncmp(n->region, "cn-", 3) == 0 ? "amazonaws.com.cn" : "amazonaws.com";
}

struct http *
net_http(const struct target_net *n)
{
	return n->http;
}

const struct http_options *
net_options(const struct target_net *n)
{
	return &n->options;
}

enum rc
net_prepare(struct target_net *n, CURL *easy, struct err *err)
{
	const struct {
		CURLoption name;
		const void *value;
	} pointers[] = {
		{ CURLOPT_CONNECT_TO, n->connect_list },
		{ CURLOPT_PROXY, "" },
		{ CURLOPT_PROTOCOLS_STR, "https" },
		{ CURLOPT_CAINFO, NULL },
		{ CURLOPT_CAPATH, NULL },
		{ CURLOPT_SSL_CTX_DATA, n },
	};
	const struct {
		CURLoption name;
		long value;
	} numbers[] = {
		{ CURLOPT_NOSIGNAL, 1 },
		{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
		{ CURLOPT_SSL_VERIFYPEER, 1 },
		{ CURLOPT_SSL_VERIFYHOST, 2 },
		{ CURLOPT_SSL_ENABLE_ALPN, 0 },
		{ CURLOPT_TCP_NODELAY, 1 },
	};
	CURLcode code = CURLE_OK;

	for (size_t i = 0; i < sizeof pointers / sizeof pointers[0] && !code; i++)
		code = curl_easy_setopt(easy, pointers[i].name, pointers[i].value);
	for (size_t i = 0; i < sizeof numbers / sizeof numbers[0] && !code; i++)
		code = curl_easy_setopt(easy, numbers[i].name, numbers[i].value);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, multi_socket);
	if (!code)
		code = curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, set_curl_trust);
	return code ? err_set(err, RC_FAIL, "libcurl: %s", curl_easy_strerror(code))
		    : RC_OK;
}
