/* Channel requests by table; see order.h. */
#define SSH_SUPPRESS_DEPRECATED /* messages that are answered later are what we need   \
				 */
#include "broker/front/order.h"

#include <libssh/server.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_MAX 10000 /* columns or rows of a terminal */
#define ALLOWED                                                                        \
	"allowed are: a command (ssh HOST COMMAND) and the subsystem broker-argv"

void
order_init(struct order *o)
{
	memset(o, 0, sizeof *o);
}

void
order_clear(struct order *o)
{
	free(o->line);
	argv_free(o->argv);
	order_init(o);
}

bool
order_json(const struct order *o)
{
	return strcmp(o->output, "json") == 0;
}

static uint32_t
side(int n)
{
	return n < 0 ? 0 : n > SIDE_MAX ? SIDE_MAX : (uint32_t)n;
}

static void
take_size(struct order *o, ssh_message m)
{
	o->columns = side(ssh_message_channel_request_pty_width(m));
	o->rows = side(ssh_message_channel_request_pty_height(m));
}

static bool
take_pty(struct order *o, ssh_message m)
{
	if (o->kind != ORDER_NONE)
		return false;
	o->pty = true;
	take_size(o, m);
	return true;
}

static bool
take_resize(struct order *o, ssh_message m)
{
	if (!o->pty)
		return false;
	take_size(o, m);
	o->resized = true;
	return true;
}

/* A value that does not fit must not vanish: the command is then refused. */
static void
take_value(struct order *o, const char *name, const char *value, char *to, size_t size)
{
	if (snprintf(to, size, "%s", value) >= (int)size)
		snprintf(o->refusal, sizeof o->refusal, "%s is longer than %zu bytes",
		    name, size - 1);
}

static bool
take_env(struct order *o, ssh_message m)
{
	const char *name = ssh_message_channel_request_env_name(m);
	const char *value = ssh_message_channel_request_env_value(m);
	struct {
		const char *name;
		char *to;
		size_t size;
	} vars[] = {
		{ "BROKER_REASON", o->reason, sizeof o->reason },
		{ "BROKER_WAIT", o->wait, sizeof o->wait },
		{ "BROKER_OUTPUT", o->output, sizeof o->output },
	};

	if (o->kind != ORDER_NONE || name == NULL || value == NULL)
		return false;
	for (size_t i = 0; i < sizeof vars / sizeof vars[0]; i++) {
		if (strcmp(name, vars[i].name) != 0)
			continue;
		take_value(o, name, value, vars[i].to, vars[i].size);
		return true;
	}
	return false;
}

/* One channel, one command: a second one is refused. */
static bool
begin(struct order *o, enum order_kind kind)
{
	if (o->kind != ORDER_NONE)
		return false;
	o->kind = o->refusal[0] != '\0' ? ORDER_REFUSED : kind;
	return true;
}

static bool
take_exec(struct order *o, ssh_message m)
{
	const char *line = ssh_message_channel_request_command(m);

	if (line == NULL || !begin(o, ORDER_EXEC))
		return false;
	if (o->kind == ORDER_REFUSED)
		return true;
	if (strlen(line) > MSG_TEXT_MAX) {
		snprintf(o->refusal, sizeof o->refusal,
		    "a command of %zu bytes; %d are allowed", strlen(line),
		    MSG_TEXT_MAX);
		o->kind = ORDER_REFUSED;
	} else if ((o->line = strdup(line)) == NULL) {
		o->kind = ORDER_NONE;
		return false;
	}
	return true;
}

static bool
take_shell(struct order *o, ssh_message m)
{
	(void)m;
	return begin(o, ORDER_SHELL);
}

static bool
take_subsystem(struct order *o, ssh_message m)
{
	const char *name = ssh_message_channel_request_subsystem(m);

	if (name == NULL || !begin(o, ORDER_ARGV))
		return false;
	if (o->kind == ORDER_REFUSED || strcmp(name, "broker-argv") == 0)
		return true;
	/* Hostile bytes are made printable when it is said. */
	snprintf(o->refusal, sizeof o->refusal, "subsystem %.64s; %s", name, ALLOWED);
	o->kind = ORDER_REFUSED;
	return true;
}

static const struct {
	int type;
	bool (*take)(struct order *o, ssh_message m);
} requests[] = {
	{ SSH_CHANNEL_REQUEST_PTY, take_pty },
	{ SSH_CHANNEL_REQUEST_WINDOW_CHANGE, take_resize },
	{ SSH_CHANNEL_REQUEST_ENV, take_env },
	{ SSH_CHANNEL_REQUEST_EXEC, take_exec },
	{ SSH_CHANNEL_REQUEST_SHELL, take_shell },
	{ SSH_CHANNEL_REQUEST_SUBSYSTEM, take_subsystem },
};

bool
order_take(struct order *o, ssh_message m)
{
	int type = ssh_message_subtype(m);

	for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++)
		if (requests[i].type == type)
			return requests[i].take(o, m);
	return false;
}

void
order_fill(const struct order *o, struct msg_exec_ask *m)
{
	*m = (struct msg_exec_ask){
		.form = FORM_LINE,
		.pty = o->pty,
		.line = span_of(o->line),
		.reason = span_of(o->reason),
		.wait = span_of(o->wait),
		.output = span_of(o->output),
		.columns = o->pty ? o->columns : 0,
		.rows = o->pty ? o->rows : 0,
	};
	if (o->argv != NULL)
		argv_fill(o->argv, m);
}
