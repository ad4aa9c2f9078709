/* The upgrade to a websocket; see upgrade.h.  Speaks to nobody. */
#include "broker/target/upgrade.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <openssl/evp.h>

#include "lib/base/text.h"
#include "lib/base/uri.h"

/* RFC 6455 section 1.3. */
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define SCHEME "wss://"
#define SHOWN 200 /* bytes of a refusal's body that are shown */

/* ---- where to ---- */

static bool
request_text(struct span s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7F || strchr("#\"<>\\^`{|}", s.p[i]))
			return false;
	return true;
}

enum rc
upgrade_url(struct span text, const char *region, const char *suffix,
    struct upgrade_url *ret, struct err *err)
{
	char host[sizeof ret->host];
	const uint8_t *mark;
	struct span rest;
	size_t n;

	snprintf(host, sizeof host, "ssmmessages.%s.%s", region, suffix);
	n = strlen(host);
	if (!span_starts(text, SCHEME))
		return err_set(err, RC_REFUSE, "the stream's address is no wss://");
	rest = span_make(text.p + strlen(SCHEME), text.len - strlen(SCHEME));
	if (rest.len <= n || memcmp(rest.p, host, n) != 0 || rest.p[n] != '/')
		return err_set(
		    err, RC_REFUSE, "the stream's address is not at %s", host);
	rest = span_make(rest.p + n, rest.len - n);
	if (!request_text(rest))
		return err_set(err, RC_REFUSE, "the stream's address is ill-formed");
	memcpy(ret->host, host, sizeof host);
	mark = memchr(rest.p, '?', rest.len);
	ret->path = mark == NULL ? rest : span_make(rest.p, (size_t)(mark - rest.p));
	ret->query = (struct span){ 0 };
	if (mark != NULL)
		ret->query = span_make(mark + 1, rest.len - ret->path.len - 1);
	return RC_OK;
}

bool
upgrade_presigned(const struct upgrade_url *u)
{
	static const char *const names[] = { "X-Amz-Algorithm", "X-Amz-Credential",
		"X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature",
		"X-Amz-Security-Token" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (sigv4_query_has(u->query, names[i]))
			return true;
	return false;
}

/* ---- what is asked ---- */

/* Where the SDKs sign, a plus is a space; on the wire it stays what it is. */
static void
spaced(struct span query, struct buf *out)
{
	for (size_t i = 0; i < query.len; i++)
		if (query.p[i] == '+')
			buf_text(out, "%20");
		else
			buf_u8(out, query.p[i]);
}

static enum rc
sign(const struct upgrade_url *u, const struct sigv4_key *key, struct buf *out,
    struct err *err)
{
	struct sigv4_header host = { span_of("Host"), span_of(u->host) };
	struct sigv4_request r = {
		.method = "GET",
		.path = u->path,
		.headers = &host,
		.n_headers = 1,
		.payload_hash = SIGV4_EMPTY_HASH,
	};
	char signature[SIGV4_HEX];
	struct buf query;
	enum rc rc;

	buf_init(&query, 3 * u->query.len + 1);
	spaced(u->query, &query);
	r.query = buf_span(&query);
	rc = buf_ok(&query) ? sigv4_header(&r, key, false, out, signature, err)
			    : err_memory(err);
	buf_clear(&query);
	return rc;
}

enum rc
upgrade_request(const struct upgrade_url *u, const struct sigv4_key *key,
    const char *ws_key, struct buf *out, struct err *err)
{
	enum rc rc;

	buf_text(out, "GET ");
	buf_span_put(out, u->path);
	if (u->query.len > 0) {
		buf_u8(out, '?');
		buf_span_put(out, u->query);
	}
	buf_printf(out,
	    " HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
	    "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n",
	    u->host, ws_key);
	if (key != NULL && !upgrade_presigned(u) &&
	    (rc = sign(u, key, out, err)) != RC_OK)
		return rc;
	buf_text(out, "\r\n");
	return buf_ok(out) ? RC_OK : err_memory(err);
}

enum rc
upgrade_key(char out[UPGRADE_KEY], struct err *err)
{
	uint8_t raw[16];

	if (sodium_init() < 0)
		return err_set(err, RC_FAIL, "libsodium");
	randombytes_buf(raw, sizeof raw);
	sodium_bin2base64(
	    out, UPGRADE_KEY, raw, sizeof raw, sodium_base64_VARIANT_ORIGINAL);
	return RC_OK;
}

/* ---- what must be said ---- */

static bool
accept_text(const char *ws_key, char out[29], struct err *err)
{
	uint8_t sum[EVP_MAX_MD_SIZE];
	char text[128];
	unsigned n = 0;

	snprintf(text, sizeof text, "%s" GUID, ws_key);
	if (EVP_Digest(text, strlen(text), sum, &n, EVP_sha1(), NULL) != 1 || n != 20) {
		err_set(err, RC_FAIL, "SHA-1 failed");
		return false;
	}
	sodium_bin2base64(out, 29, sum, 20, sodium_base64_VARIANT_ORIGINAL);
	return true;
}

static struct span
trim(struct span s)
{
	while (s.len > 0 && strchr(" \t\r\n", s.p[s.len - 1]) != NULL)
		s.len--;
	while (s.len > 0 && (*s.p == ' ' || *s.p == '\t'))
		s = span_make(s.p + 1, s.len - 1);
	return s;
}

static bool
same(struct span s, const char *text)
{
	return s.len == strlen(text) &&
	       strncasecmp((const char *)s.p, text, s.len) == 0;
}

/* A word of a list with commas, in any case. */
static bool
lists(struct span s, const char *word)
{
	while (s.len > 0) {
		const uint8_t *comma = memchr(s.p, ',', s.len);
		size_t n = comma == NULL ? s.len : (size_t)(comma - s.p);

		if (same(trim(span_make(s.p, n)), word))
			return true;
		n += comma != NULL;
		s = span_make(s.p + n, s.len - n);
	}
	return false;
}

/* The value of a header of the head's lines; *count how many there are. */
static struct span
header(struct span lines, const char *name, unsigned *count)
{
	struct span found = { 0 };
	size_t len = strlen(name);

	*count = 0;
	while (lines.len > 0) {
		const uint8_t *end = memchr(lines.p, '\n', lines.len);
		size_t n = end == NULL ? lines.len : (size_t)(end - lines.p) + 1;

		if (n > len && lines.p[len] == ':' &&
		    strncasecmp((const char *)lines.p, name, len) == 0) {
			found = trim(span_make(lines.p + len + 1, n - len - 1));
			++*count;
		}
		lines = span_make(lines.p + n, lines.len - n);
	}
	return found;
}

/* "HTTP/1.1 101 …" */
static unsigned
status_of(struct span line)
{
	unsigned n = 0;

	if (line.len < 12 || memcmp(line.p, "HTTP/1.1 ", 9) != 0)
		return 0;
	for (size_t i = 9; i < 12; i++) {
		if (line.p[i] < '0' || line.p[i] > '9')
			return 0;
		n = 10 * n + (unsigned)(line.p[i] - '0');
	}
	return line.len > 12 && line.p[12] != ' ' && line.p[12] != '\r' ? 0 : n;
}

static enum rc
refused(unsigned status, struct span body, struct err *err)
{
	struct buf shown;

	if (body.len > SHOWN)
		body.len = SHOWN;
	buf_init(&shown, 4096);
	text_show(&shown, body);
	err_set(err, RC_REFUSE, "the stream is refused (HTTP %u)%s%s", status,
	    shown.len > 0 ? ": " : "", buf_cstr(&shown));
	buf_clear(&shown);
	return RC_REFUSE;
}

static enum rc
check(struct span lines, const char *ws_key, struct err *err)
{
	unsigned upgrades, connections, accepts, others, more;
	struct span upgrade = header(lines, "Upgrade", &upgrades);
	struct span connection = header(lines, "Connection", &connections);
	struct span accept = header(lines, "Sec-WebSocket-Accept", &accepts);
	char want[29];

	(void)header(lines, "Sec-WebSocket-Extensions", &others);
	(void)header(lines, "Sec-WebSocket-Protocol", &more);
	if (!accept_text(ws_key, want, err))
		return RC_FAIL;
	if (upgrades != 1 || !same(upgrade, "websocket") || connections != 1 ||
	    !lists(connection, "Upgrade"))
		return err_set(err, RC_REFUSE, "the answer is no websocket's");
	if (accepts != 1 || !span_is(accept, want))
		return err_set(err, RC_REFUSE, "the answer is to another request");
	if (others > 0 || more > 0)
		return err_set(err, RC_REFUSE, "the answer has what was not offered");
	return RC_OK;
}

enum rc
upgrade_answer(struct span bytes, const char *ws_key, size_t *used, unsigned *status,
    struct err *err)
{
	const uint8_t *end = NULL, *line;
	size_t n;
	enum rc rc;

	*status = 0;
	if (bytes.len > 0)
		end = memmem(bytes.p,
		    bytes.len < UPGRADE_HEAD ? bytes.len : UPGRADE_HEAD, "\r\n\r\n", 4);
	if (end == NULL && bytes.len < UPGRADE_HEAD) {
		n = bytes.len < 9 ? bytes.len : 9;
		return n == 0 || memcmp(bytes.p, "HTTP/1.1 ", n) == 0
			   ? RC_WAIT
			   : err_set(err, RC_REFUSE, "the answer is no HTTP");
	}
	if (end == NULL)
		return err_set(err, RC_REFUSE, "the answer's head is too long");
	n = (size_t)(end - bytes.p) + 4;
	line = memchr(bytes.p, '\n', n);
	*status = status_of(span_make(bytes.p, (size_t)(line - bytes.p)));
	if (*status == 0)
		return err_set(err, RC_REFUSE, "the answer is no HTTP");
	if (*status != 101)
		return refused(*status, span_make(bytes.p + n, bytes.len - n), err);
	rc = check(span_make(line + 1, n - (size_t)(line + 1 - bytes.p)), ws_key, err);
	if (rc == RC_OK)
		*used = n;
	return rc;
}
