/* Output to the client with backpressure; see outlet.h. */
#include "broker/front/outlet.h"

#define WRITE_MAX 65536

void
outlet_init(struct outlet *o, ssh_session session, ssh_channel channel)
{
	o->session = session;
	o->channel = channel;
	o->starved = false;
	buf_init(&o->out, OUTLET_MAX);
	buf_init(&o->err, OUTLET_MAX);
}

void
outlet_clear(struct outlet *o)
{
	buf_clear(&o->out);
	buf_clear(&o->err);
}

bool
outlet_ok(const struct outlet *o)
{
	return buf_ok(&o->out) && buf_ok(&o->err);
}

void
outlet_reset(struct outlet *o)
{
	buf_reset(&o->out);
	buf_reset(&o->err);
}

/* The client's window and the socket's queue: libssh takes without bound what it cannot
 * send yet. */
static bool
may_write(const struct outlet *o)
{
	return ssh_channel_is_open(o->channel) &&
	       (ssh_get_status(o->session) & SSH_WRITE_PENDING) == 0 &&
	       ssh_channel_window_size(o->channel) > 0;
}

/* How much of s the client takes now. */
static size_t
show(const struct outlet *o, bool is_err, struct span s)
{
	uint32_t window = ssh_channel_window_size(o->channel);
	size_t n = s.len < WRITE_MAX ? s.len : WRITE_MAX;
	int r;

	if (n == 0 || !may_write(o))
		return 0;
	if (n > window)
		n = window;
	if (is_err)
		r = ssh_channel_write_stderr(o->channel, s.p, (uint32_t)n);
	else
		r = ssh_channel_write(o->channel, s.p, (uint32_t)n);
	return r > 0 ? (size_t)r : 0;
}

static size_t
show_all(const struct outlet *o, bool is_err, struct span s)
{
	size_t at = 0, n;

	while ((n = show(o, is_err, span_make(s.p + at, s.len - at))) > 0)
		at += n;
	return at;
}

static bool
empty(const struct outlet *o)
{
	return o->out.len == 0 && o->err.len == 0;
}

bool
outlet_flush(struct outlet *o)
{
	buf_skip(&o->out, show_all(o, false, buf_span(&o->out)));
	buf_skip(&o->err, show_all(o, true, buf_span(&o->err)));
	o->starved = !empty(o) && ssh_channel_window_size(o->channel) == 0;
	return empty(o);
}

bool
outlet_may_go_on(const struct outlet *o)
{
	return o->starved && may_write(o);
}

bool
outlet_pass(struct outlet *o, bool is_err, struct span bytes)
{
	size_t n = outlet_flush(o) ? show_all(o, is_err, bytes) : 0;

	buf_put(is_err ? &o->err : &o->out, bytes.p + n, bytes.len - n);
	o->starved = !empty(o) && ssh_channel_window_size(o->channel) == 0;
	return empty(o);
}
