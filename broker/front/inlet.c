/* Input from the client; see inlet.h. */
#include "broker/front/inlet.h"

#define INLET_MAX (INLET_OVERRUN + 128 * 1024)

void
inlet_init(struct inlet *i, ssh_channel channel)
{
	*i = (struct inlet){ .channel = channel };
	buf_init(&i->in, INLET_MAX);
}

void
inlet_clear(struct inlet *i)
{
	buf_clear(&i->in);
	i->at = 0;
}

void
inlet_note(struct inlet *i, size_t held)
{
	i->readable = true;
	if (held > INLET_OVERRUN)
		i->hostile = true;
}

struct span
inlet_ahead(const struct inlet *i)
{
	return span_make(i->in.p + i->at, i->in.len - i->at);
}

void
inlet_use(struct inlet *i, size_t n)
{
	i->at += n;
	if (i->at < i->in.len)
		return;
	buf_reset(&i->in);
	i->at = 0;
}

struct span
inlet_take(struct inlet *i)
{
	size_t from = i->in.len, room = i->in.max - from;
	int n = ssh_channel_poll(i->channel, 0);
	uint8_t *to;

	/* Before the read: its window adjustment may bring in more. */
	i->readable = false;
	if (n <= 0)
		return span_make(NULL, 0);
	i->readable = (size_t)n > room;
	if ((size_t)n > room)
		n = (int)room;
	if (n == 0)
		return span_make(NULL, 0);
	if ((to = buf_room(&i->in, (size_t)n)) == NULL) {
		i->hostile = true; /* stdin with a hole would be worse */
		return span_make(NULL, 0);
	}
	n = ssh_channel_read_nonblocking(i->channel, to, (uint32_t)n, 0);
	i->in.len += n > 0 ? (size_t)n : 0;
	return span_make(i->in.p + from, i->in.len - from);
}

void
inlet_waste(struct inlet *i)
{
	inlet_use(i, inlet_ahead(i).len);
	if (i->readable)
		inlet_use(i, inlet_take(i).len);
}
