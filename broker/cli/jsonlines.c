/* JSON Lines; see jsonlines.h. */
#include "broker/cli/jsonlines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/text.h"

#define CHUNK 65536

struct jsonlines {
	int fd;
	enum rc (*before_wait)(void *arg, struct err *err);
	void *arg;
	struct buf in, fixed;
	size_t at, seen;     /* where the next line begins; how far no end was found */
	size_t number, most; /* most: bytes of a line */
	json_t *refused;
	bool ended, skipping; /* skipping: the rest of a line that is too long */
};

enum rc
jsonlines_open(const char *path, int *ret, struct err *err)
{
	int fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO)
					: open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_errno(err, RC_REFUSE, "open %s", path);
	*ret = fd;
	return RC_OK;
}

enum rc
jsonlines_new(int fd, enum rc (*before_wait)(void *arg, struct err *err), void *arg,
    struct jsonlines **ret, struct err *err)
{
	struct jsonlines *l = calloc(1, sizeof *l);

	if (l == NULL)
		return err_memory(err);
	l->fd = fd;
	l->before_wait = before_wait;
	l->arg = arg;
	jsonlines_most(l, JSONLINES_LINE);
	*ret = l;
	return RC_OK;
}

void
jsonlines_most(struct jsonlines *l, size_t bytes)
{
	l->most = bytes;
	buf_init(&l->in, bytes + 2 * CHUNK);
	/* A byte becomes six at most. */
	buf_init(&l->fixed, 6 * (bytes + 1));
}

void
jsonlines_free(struct jsonlines *l)
{
	if (l == NULL)
		return;
	buf_clear(&l->in);
	buf_clear(&l->fixed);
	json_decref(l->refused);
	free(l);
}

size_t
jsonlines_number(const struct jsonlines *l)
{
	return l->number;
}

const json_t *
jsonlines_refused(const struct jsonlines *l)
{
	return l->refused;
}

static enum rc
read_more(struct jsonlines *l, struct err *err)
{
	uint8_t *room;
	ssize_t n;
	enum rc rc;

	buf_skip(&l->in, l->at);
	l->seen -= l->at;
	l->at = 0;
	if (l->before_wait != NULL && (rc = l->before_wait(l->arg, err)) != RC_OK)
		return rc;
	if ((room = buf_room(&l->in, CHUNK)) == NULL)
		return err_memory(err);
	do
		n = read(l->fd, room, CHUNK);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return err_errno(err, RC_FAIL, "read");
	l->in.len += (size_t)n;
	l->ended = n == 0;
	return RC_OK;
}

/* The bytes up to the next newline, or to the end. */
static enum rc
next_bytes(struct jsonlines *l, struct span *ret, struct err *err)
{
	const uint8_t *end;
	enum rc rc;

	for (;;) {
		end = l->in.len > l->seen
			  ? memchr(l->in.p + l->seen, '\n', l->in.len - l->seen)
			  : NULL;
		if (end == NULL && !l->ended && l->in.len - l->at > l->most) {
			l->skipping = true;
			l->at = l->in.len;
		}
		if (end != NULL || l->ended)
			break;
		l->seen = l->in.len;
		if ((rc = read_more(l, err)) != RC_OK)
			return rc;
	}
	if (end == NULL && l->at == l->in.len && !l->skipping)
		return RC_END;
	end = end != NULL ? end : l->in.p + l->in.len;
	*ret = span_make(l->in.p + l->at, (size_t)(end - l->in.p) - l->at);
	l->at = l->seen = l->at + ret->len + (l->at + ret->len < l->in.len);
	l->number++;
	return RC_OK;
}

/* ---- texts that JSON does not have ---- */

static bool
hex4(struct span s, unsigned *ret)
{
	unsigned v = 0;

	if (s.len < 6 || s.p[0] != '\\' || s.p[1] != 'u')
		return false;
	for (int i = 2; i < 6; i++) {
		unsigned c = s.p[i] | 0x20u;

		if (s.p[i] >= '0' && s.p[i] <= '9')
			v = v << 4 | (s.p[i] - '0');
		else if (c >= 'a' && c <= 'f')
			v = v << 4 | (c - 'a' + 10);
		else
			return false;
	}
	*ret = v;
	return true;
}

/* An escape within a text: how many bytes it takes; *half when it is half a pair. */
static size_t
escape_length(struct span s, bool *half)
{
	unsigned v, low;

	*half = false;
	if (!hex4(s, &v))
		return s.len < 2 ? s.len : 2;
	if (v < 0xD800 || v > 0xDFFF)
		return 6;
	if (v < 0xDC00 && hex4(span_make(s.p + 6, s.len - 6), &low) && low >= 0xDC00 &&
	    low <= 0xDFFF)
		return 12;
	*half = true;
	return 6;
}

/* One step within a text: what stands at s goes to out; how many bytes it was. */
static size_t
fix_step(struct span s, struct buf *out)
{
	uint32_t cp;
	size_t n;
	bool half;

	if (s.p[0] == '\\') {
		n = escape_length(s, &half);
		if (half)
			buf_text(out, "\\uffff");
		else
			buf_put(out, s.p, n);
		return n;
	}
	if (s.p[0] < 0x20) {
		buf_printf(out, "\\u%04x", s.p[0]);
		return 1;
	}
	if ((n = text_char(s, &cp)) == 0) {
		buf_text(out, "\\uffff");
		return 1;
	}
	buf_put(out, s.p, n);
	return n;
}

static void
fix(struct span s, struct buf *out)
{
	bool inside = false;

	for (size_t at = 0; at < s.len;) {
		if (s.p[at] == '"') {
			inside = !inside;
			buf_u8(out, s.p[at++]);
		} else if (inside) {
			at += fix_step(span_make(s.p + at, s.len - at), out);
		} else {
			buf_u8(out, s.p[at++]);
		}
	}
}

static json_t *
decode(struct span s, size_t flags, json_error_t *where)
{
	return json_loadb((const char *)s.p, s.len, JSON_ALLOW_NUL | flags, where);
}

static bool
blank(struct span s)
{
	while (s.len > 0 && strchr(" \t\r", s.p[s.len - 1]) != NULL && s.p[s.len - 1])
		s.len--;
	return s.len == 0;
}

static enum rc
read_object(struct jsonlines *l, struct span s, json_t **ret, struct err *err)
{
	json_error_t where, again;
	json_t *j = decode(s, JSON_REJECT_DUPLICATES, &where);

	if (j == NULL) {
		buf_reset(&l->fixed);
		fix(s, &l->fixed);
		if (!buf_ok(&l->fixed))
			return err_memory(err);
		s = buf_span(&l->fixed);
		j = decode(s, JSON_REJECT_DUPLICATES, &where);
	}
	if (json_is_object(j)) {
		*ret = j;
		return RC_OK;
	}
	err_set(err, RC_REFUSE, "line %zu: %s", l->number,
	    j == NULL ? where.text : "expected a JSON object");
	json_decref(j);
	l->refused = decode(s, 0, &again);
	return RC_REFUSE;
}

enum rc
jsonlines_next(struct jsonlines *l, json_t **ret, struct err *err)
{
	struct span s = { NULL, 0 };
	enum rc rc;

	json_decref(l->refused);
	l->refused = NULL;
	do {
		if ((rc = next_bytes(l, &s, err)) != RC_OK)
			return rc;
		if (l->skipping || s.len > l->most) {
			l->skipping = false;
			return err_set(err, RC_REFUSE, "line %zu: more than %zu bytes",
			    l->number, l->most);
		}
	} while (blank(s));
	return read_object(l, s, ret, err);
}
