/* Bytes in line; see fifo.h. */
#include "broker/target/fifo.h"

void
fifo_init(struct fifo *f, size_t max)
{
	buf_init(&f->b, max);
	f->at = 0;
}

void
fifo_clear(struct fifo *f)
{
	buf_clear(&f->b);
	f->at = 0;
}

size_t
fifo_len(const struct fifo *f)
{
	return f->b.len - f->at;
}

struct span
fifo_span(const struct fifo *f)
{
	if (fifo_len(f) == 0)
		return span_make(NULL, 0);
	return span_make(f->b.p + f->at, fifo_len(f));
}

static void
close_up(struct fifo *f)
{
	buf_skip(&f->b, f->at);
	f->at = 0;
}

bool
fifo_put(struct fifo *f, struct span bytes)
{
	if (bytes.len > f->b.max - f->b.len)
		close_up(f);
	if (bytes.len > f->b.max - f->b.len)
		return false;
	buf_span_put(&f->b, bytes);
	if (buf_ok(&f->b))
		return true;
	f->b.bad = false; /* memory: what was there still is */
	return false;
}

/* What is left moves only when it is the smaller part: each byte once, all in all. */
void
fifo_skip(struct fifo *f, size_t n)
{
	f->at += n;
	if (f->at >= f->b.len / 2)
		close_up(f);
}

void
fifo_cut(struct fifo *f, size_t n)
{
	f->b.len = f->at + n;
	if (n == 0)
		close_up(f);
}
