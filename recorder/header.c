/* Line 0; see header.h.  Written by hand in one fixed form, read strictly by a library:
 * it is parsed before any signature was looked at. */
#include "recorder/header.h"

#include <jansson.h>
#include <string.h>

#include "lib/base/id.h"
#include "recorder/b64.h"
#include "recorder/chunk.h"
#include "recorder/sha.h"

#define FMT "hoop-rec/1"
#define TITLE "encrypted session recording"

static bool
alnum(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

static bool
of_chars(struct span s, const char *also, size_t max)
{
	if (s.len == 0 || s.len > max)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!alnum(s.p[i]) && (s.p[i] == '\0' || strchr(also, s.p[i]) == NULL))
			return false;
	return true;
}

bool
header_broker_ok(struct span s)
{
	return of_chars(s, "._/@:+-", HEADER_BROKER_MAX);
}

bool
header_word_ok(struct span s, size_t max)
{
	return of_chars(s, "._-", max);
}

enum rc
header_kid(const uint8_t pk[32], uint8_t kid[8], struct err *err)
{
	struct span parts[] = { span_of("hoop-kid"), span_make(pk, 32) };
	uint8_t h[32];
	enum rc rc;

	if ((rc = sha_parts(parts, 2, h, err)) == RC_OK)
		memcpy(kid, h, 8);
	return rc;
}

static enum rc
hash_line(struct header *h, struct span line, struct err *err)
{
	struct span parts[] = { line, span_make("\n", 1) };

	return sha_parts(parts, 2, h->h0, err);
}

static bool
values_ok(const struct header *h)
{
	bool ok = header_broker_ok(span_of(h->broker)) &&
		  header_word_ok(span_of(h->class), HEADER_CLASS_MAX) &&
		  h->width >= 1 && h->width <= 65535 && h->height >= 1 &&
		  h->height <= 65535 && h->timestamp <= HEADER_TIME_MAX &&
		  h->suite == 1 && h->comp == HEADER_COMP_NONE && h->rcpts >= 1 &&
		  h->rcpts <= HEADER_RCPT_MAX;

	for (size_t i = 0; ok && i < h->rcpts; i++)
		ok = header_word_ok(span_of(h->rcpt[i].epoch), HEADER_EPOCH_MAX) &&
		     (h->rcpt[i].type == HEADER_PLAIN ||
			 h->rcpt[i].type == HEADER_SHRED);
	return ok;
}

static void
put_rcpt(const struct header_rcpt *r, struct buf *out)
{
	char kid[17];

	id_hex(r->kid, 8, kid);
	buf_printf(out, "{\"kid\":\"%s\",\"epoch\":\"%s\",\"t\":%u,\"k\":\"", kid,
	    r->epoch, r->type);
	b64_put(out, span_make(r->sealed, sizeof r->sealed));
	buf_text(out, "\"}");
}

enum rc
header_put(struct header *h, struct buf *out, struct err *err)
{
	size_t from = out->len;
	char sid[ID_UUID_TEXT], policy[65];

	if (!values_ok(h))
		return err_set(err, RC_REFUSE,
		    "a value of the recording's header is out of bounds");
	id_uuid_text(h->sid, sid);
	id_hex(h->policy, 32, policy);
	buf_printf(out,
	    "{\"version\":2,\"width\":%u,\"height\":%u,\"timestamp\":%llu,\"title\":"
	    "\"" TITLE "\",\"hoop\":{\"fmt\":\"" FMT
	    "\",\"sid\":\"%s\",\"broker\":\"%s\",\"suite\":1,"
	    "\"comp\":\"none\",\"pad\":%u,\"class\":\"%s\",\"chunk\":%u,\"rcpt\":[",
	    h->width, h->height, (unsigned long long)h->timestamp, sid, h->broker,
	    CHUNK_STEP, h->class, CHUNK_PLAIN);
	for (size_t i = 0; i < h->rcpts; i++) {
		buf_text(out, i > 0 ? "," : "");
		put_rcpt(&h->rcpt[i], out);
	}
	buf_text(out, "],\"commit\":\"");
	b64_put(out, span_make(h->commit, 32));
	buf_printf(out, "\",\"policy\":\"sha256:%s\"}}", policy);
	if (!buf_ok(out) || out->len - from > HEADER_MAX)
		return err_set(err, RC_FAIL, "no room for the recording's header");
	return hash_line(h, span_make(out->p + from, out->len - from), err);
}

/* What a reader takes from each key: a row a key, all of them required but those
 * marked. */
typedef bool take_fn(const json_t *v, struct header *h);

struct field {
	const char *key;
	take_fn *take;
	bool optional;
};

static struct span
text_of(const json_t *v)
{
	return span_make(json_string_value(v), json_string_length(v));
}

static bool
is_text(const json_t *v, const char *text)
{
	return json_is_string(v) && span_is(text_of(v), text);
}

static bool
in_range(const json_t *v, json_int_t least, json_int_t most)
{
	return json_is_integer(v) && json_integer_value(v) >= least &&
	       json_integer_value(v) <= most;
}

/* 2n lower-case hex digits. */
static bool
hex_fixed(struct span s, uint8_t *out, size_t n)
{
	static const char digits[] = "0123456789abcdef";

	if (s.len != 2 * n)
		return false;
	for (size_t i = 0; i < 2 * n; i++) {
		const char *d = s.p[i] != '\0' ? strchr(digits, s.p[i]) : NULL;

		if (d == NULL)
			return false;
		out[i / 2] = (uint8_t)(i % 2 == 0 ? (d - digits) << 4
						  : out[i / 2] | (d - digits));
	}
	return true;
}

static bool
take_version(const json_t *v, struct header *h)
{
	(void)h;
	return in_range(v, 2, 2);
}

static bool
take_width(const json_t *v, struct header *h)
{
	h->width = (uint32_t)json_integer_value(v);
	return in_range(v, 1, 65535);
}

static bool
take_height(const json_t *v, struct header *h)
{
	h->height = (uint32_t)json_integer_value(v);
	return in_range(v, 1, 65535);
}

static bool
take_timestamp(const json_t *v, struct header *h)
{
	h->timestamp = (uint64_t)json_integer_value(v);
	return in_range(v, 0, HEADER_TIME_MAX);
}

static bool
take_title(const json_t *v, struct header *h)
{
	(void)h;
	return json_is_string(v);
}

static bool
take_fmt(const json_t *v, struct header *h)
{
	(void)h;
	return is_text(v, FMT);
}

static bool
take_sid(const json_t *v, struct header *h)
{
	return json_is_string(v) && id_uuid_parse(text_of(v), h->sid);
}

static bool
take_broker(const json_t *v, struct header *h)
{
	return json_is_string(v) && header_broker_ok(text_of(v)) &&
	       span_copy(text_of(v), h->broker, sizeof h->broker);
}

static bool
take_suite(const json_t *v, struct header *h)
{
	h->suite = 1;
	return in_range(v, 1, 1);
}

static bool
take_comp(const json_t *v, struct header *h)
{
	h->comp = is_text(v, "zstd") ? HEADER_COMP_ZSTD : HEADER_COMP_NONE;
	return h->comp == HEADER_COMP_ZSTD || is_text(v, "none");
}

static bool
take_pad(const json_t *v, struct header *h)
{
	(void)h;
	return in_range(v, CHUNK_STEP, CHUNK_STEP);
}

static bool
take_class(const json_t *v, struct header *h)
{
	return json_is_string(v) && header_word_ok(text_of(v), HEADER_CLASS_MAX) &&
	       span_copy(text_of(v), h->class, sizeof h->class);
}

static bool
take_chunk(const json_t *v, struct header *h)
{
	(void)h;
	return in_range(v, 1, CHUNK_PLAIN_MAX);
}

static bool
take_commit(const json_t *v, struct header *h)
{
	return json_is_string(v) && b64_fixed(text_of(v), h->commit, 32);
}

static bool
take_policy(const json_t *v, struct header *h)
{
	struct span s = text_of(v);

	return json_is_string(v) && span_starts(s, "sha256:") &&
	       hex_fixed(span_make(s.p + 7, s.len - 7), h->policy, 32);
}

static bool
take_idx(const json_t *v, struct header *h)
{
	(void)h;
	return json_is_object(v) || json_is_array(v);
}

static bool
take_one_rcpt(const json_t *v, struct header_rcpt *r)
{
	const json_t *kid = json_object_get(v, "kid"),
		     *epoch = json_object_get(v, "epoch"),
		     *type = json_object_get(v, "t"), *k = json_object_get(v, "k");

	if (!json_is_object(v) || json_object_size(v) != 4 || !json_is_string(kid) ||
	    !json_is_string(epoch) || !in_range(type, 1, 2) || !json_is_string(k))
		return false;
	r->type = (uint8_t)json_integer_value(type);
	return hex_fixed(text_of(kid), r->kid, 8) &&
	       header_word_ok(text_of(epoch), HEADER_EPOCH_MAX) &&
	       span_copy(text_of(epoch), r->epoch, sizeof r->epoch) &&
	       b64_fixed(text_of(k), r->sealed, sizeof r->sealed);
}

static bool
take_rcpt(const json_t *v, struct header *h)
{
	h->rcpts = json_array_size(v);
	if (!json_is_array(v) || h->rcpts < 1 || h->rcpts > HEADER_RCPT_MAX)
		return false;
	for (size_t i = 0; i < h->rcpts; i++)
		if (!take_one_rcpt(json_array_get(v, i), &h->rcpt[i]))
			return false;
	return true;
}

static const struct field hoop_fields[] = {
	{ "fmt", take_fmt, false },
	{ "sid", take_sid, false },
	{ "broker", take_broker, false },
	{ "suite", take_suite, false },
	{ "comp", take_comp, false },
	{ "pad", take_pad, false },
	{ "class", take_class, false },
	{ "chunk", take_chunk, false },
	{ "rcpt", take_rcpt, false },
	{ "commit", take_commit, false },
	{ "policy", take_policy, false },
	{ "idx", take_idx, true },
	{ NULL, NULL, false },
};

static bool take_hoop(const json_t *v, struct header *h);

static const struct field top_fields[] = {
	{ "version", take_version, false },
	{ "width", take_width, false },
	{ "height", take_height, false },
	{ "timestamp", take_timestamp, false },
	{ "title", take_title, false },
	{ "hoop", take_hoop, false },
	{ NULL, NULL, false },
};

/* All fields of the table and no other; the name of what is wrong, or NULL. */
static const char *
take_all(const json_t *object, const struct field *f, struct header *h)
{
	size_t seen = 0;

	if (!json_is_object(object))
		return "not an object";
	for (; f->key != NULL; f++) {
		const json_t *v = json_object_get(object, f->key);

		if (v == NULL && f->optional)
			continue;
		if (v == NULL || !f->take(v, h))
			return f->key;
		seen++;
	}
	return seen == json_object_size(object) ? NULL : "an unknown key";
}

static bool
take_hoop(const json_t *v, struct header *h)
{
	(void)h;
	return json_is_object(v); /* its own keys are read after it, for their names */
}

static json_t *
load(struct span line)
{
	return json_loadb((const char *)line.p, line.len, JSON_REJECT_DUPLICATES, NULL);
}

enum rc
header_parse(struct span line, struct header *ret, struct err *err)
{
	struct header h = { 0 };
	const char *bad;
	json_t *root;

	if (line.len > HEADER_MAX)
		return err_set(
		    err, RC_REFUSE, "a header of more than %d bytes", HEADER_MAX);
	if ((root = load(line)) == NULL)
		return err_set(err, RC_REFUSE, "the header is not one JSON object");
	if ((bad = take_all(root, top_fields, &h)) == NULL)
		bad = take_all(json_object_get(root, "hoop"), hoop_fields, &h);
	json_decref(root);
	if (bad != NULL)
		return err_set(err, RC_REFUSE, "the header is wrong at: %s", bad);
	if (hash_line(&h, line, err) != RC_OK)
		return RC_FAIL;
	*ret = h;
	return RC_OK;
}

bool
header_plain(struct span line)
{
	json_t *root = line.len <= HEADER_MAX ? load(line) : NULL;
	const json_t *hoop = json_object_get(root, "hoop");
	bool plain = in_range(json_object_get(root, "version"), 1, 3) &&
		     json_object_get(hoop, "fmt") == NULL;

	json_decref(root);
	return plain;
}
