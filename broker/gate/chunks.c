/* HTTP's chunked coding; see chunks.h.  AWS's own framing is in chunks_aws.c. */
#include "broker/gate/chunks.h"

#include <stdlib.h>

#define SIZE_DIGITS 15

enum state {
	SIZE,
	SIZE_LF,
	DATA,
	DATA_CR,
	DATA_LF,
	END_CR,
	END_LF,
	OVER,
};

struct chunks {
	enum state state;
	uint64_t left; /* of the chunk */
	unsigned digits;
};

enum rc
chunks_new(struct chunks **ret, struct err *err)
{
	struct chunks *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_memory(err);
	*ret = c;
	return RC_OK;
}

void
chunks_free(struct chunks *c)
{
	free(c);
}

static int
hex_value(uint8_t c)
{
	uint8_t low = c | 0x20;

	if (c >= '0' && c <= '9')
		return c - '0';
	return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

/* A byte of the line with the size. */
static bool
size_byte(struct chunks *c, uint8_t byte)
{
	int value = hex_value(byte);

	if (byte == '\r' && c->digits > 0) {
		c->state = SIZE_LF;
		return true;
	}
	if (value < 0 || c->digits == SIZE_DIGITS)
		return false;
	c->digits++;
	c->left = c->left * 16 + (unsigned)value;
	return true;
}

/* A byte that has to stand where it stands. */
static bool
mark_byte(struct chunks *c, uint8_t byte)
{
	static const struct {
		uint8_t want;
		enum state next;
	} marks[] = {
		[SIZE_LF] = { '\n', DATA },
		[DATA_CR] = { '\r', DATA_LF },
		[DATA_LF] = { '\n', SIZE },
		[END_CR] = { '\r', END_LF },
		[END_LF] = { '\n', OVER },
	};
	bool last = c->state == SIZE_LF && c->left == 0;

	if (byte != marks[c->state].want)
		return false;
	c->state = last ? END_CR : marks[c->state].next;
	c->digits = 0;
	return true;
}

static size_t
data_bytes(struct chunks *c, struct span in, struct buf *out)
{
	size_t n = in.len < c->left ? in.len : (size_t)c->left;

	buf_put(out, in.p, n);
	c->left -= n;
	if (c->left == 0)
		c->state = DATA_CR;
	return n;
}

enum rc
chunks_feed(
    struct chunks *c, struct span in, size_t *used, struct buf *out, struct err *err)
{
	size_t at = 0;
	bool ok = true;

	while (at < in.len && c->state != OVER && ok) {
		if (c->state == DATA)
			at += data_bytes(c, span_make(in.p + at, in.len - at), out);
		else if (c->state == SIZE)
			ok = size_byte(c, in.p[at++]);
		else
			ok = mark_byte(c, in.p[at++]);
	}
	if (!ok)
		return err_set(err, RC_REFUSE, "an ill-formed chunk of the body");
	if (!buf_ok(out))
		return err_memory(err);
	*used = at;
	return c->state == OVER ? RC_END : RC_OK;
}
