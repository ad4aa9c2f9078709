/* Lookup in the generated tables.  Rows hold offsets into one pool of texts and numbers
 * of other rows, never pointers: the tables stay in the file's read-only pages, which
 * all processes share, and cost nothing at start. */
#include "policies/awsmodel.h"

#include <string.h>
#include <strings.h>

struct service_row {
	uint32_t name, command, signing, endpoint, target, version, iam, world;
	uint32_t operation, n_operations; /* its rows */
	uint32_t waiter, n_waiters;
	uint32_t shift; /* from a row of members to that of options */
	uint8_t protocol;
};
struct operation_row {
	uint32_t name, cli, method, path, shape;
	uint8_t flags;
};
struct member_row {
	uint32_t name, wire, inner, item;
	uint16_t bits; /* place, type << 3, and those below */
};
/* One more option that stands for a row of members. */
struct other_row {
	uint32_t member, option;
	uint8_t negative;
};
struct waiter_row {
	uint32_t name;
	uint32_t operation; /* within its service */
};
/* Paths from one to the next "" in role_paths. */
struct role_row {
	uint32_t operation; /* of all */
	uint32_t paths;
};

#include "policies/awsmodel.inc"

#define ROWS(t) ((uint32_t)(sizeof(t) / sizeof(t)[0]))

enum {
	PLACE = 7,
	TYPE = 15,
	REQUIRED = 256,
	IDEMPOTENCY = 512,
	PAGING = 1024,
	NEGATED = 2048,
	SENSITIVE = 4096,
};

/* As strcmp, for a span without NUL. */
static int
compare(struct span s, uint32_t text)
{
	const char *t = pool + text;
	int c = s.len == 0 ? 0 : strncmp((const char *)s.p, t, s.len);

	return c != 0 ? c : -(t[s.len] != 0);
}

/* The place of key among n sorted texts; n when it is not there. */
static uint32_t
search(struct span key, uint32_t n, uint32_t base, uint32_t (*text)(uint32_t, uint32_t))
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int c = compare(key, text(base, middle));

		if (c == 0)
			return middle;
		if (c < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return n;
}

static uint32_t
service_name(uint32_t base, uint32_t n)
{
	return services[base + n].name;
}

static uint32_t
service_command(uint32_t base, uint32_t n)
{
	return services[by_command[base + n]].command;
}

static uint32_t
operation_name(uint32_t base, uint32_t n)
{
	return operations[base + n].name;
}

static uint32_t
operation_cli(uint32_t base, uint32_t n)
{
	return operations[base + by_cli[base + n]].cli;
}

static uint32_t
waiter_name(uint32_t base, uint32_t n)
{
	return waiters[base + n].name;
}

static uint32_t
member_name(uint32_t base, uint32_t n)
{
	return members[base + n].name;
}

uint32_t
awsmodel_count(void)
{
	return ROWS(services);
}

void
awsmodel_service_at(uint32_t number, struct awsmodel_service *ret)
{
	const struct service_row *r = &services[number];

	*ret = (struct awsmodel_service){
		.number = number,
		.name = pool + r->name,
		.command = pool + r->command,
		.signing = pool + r->signing,
		.endpoint = pool + r->endpoint,
		.target = pool + r->target,
		.version = pool + r->version,
		.iam = pool + r->iam,
		.global = pool + r->world,
		.protocol = r->protocol,
		.n_operations = r->n_operations,
	};
}

bool
awsmodel_service(const char *name, struct awsmodel_service *ret)
{
	uint32_t n = search(span_of(name), ROWS(services), 0, service_name);

	if (n == ROWS(services))
		return awsmodel_command(name, ret);
	awsmodel_service_at(n, ret);
	return true;
}

bool
awsmodel_command(const char *command, struct awsmodel_service *ret)
{
	uint32_t n = search(span_of(command), ROWS(services), 0, service_command);

	if (n == ROWS(services))
		return false;
	awsmodel_service_at(by_command[n], ret);
	return true;
}

void
awsmodel_operation_at(
    const struct awsmodel_service *s, uint32_t number, struct awsmodel_operation *ret)
{
	const struct operation_row *r =
	    &operations[services[s->number].operation + number];

	*ret = (struct awsmodel_operation){
		.service = s->number,
		.number = number,
		.name = pool + r->name,
		.cli = pool + r->cli,
		.method = pool + r->method,
		.path = pool + r->path,
		.flags = r->flags,
		.n_params = shapes[r->shape + 1] - shapes[r->shape],
	};
}

bool
awsmodel_operation(
    const struct awsmodel_service *s, struct span name, struct awsmodel_operation *ret)
{
	uint32_t n = search(
	    name, s->n_operations, services[s->number].operation, operation_name);

	if (n == s->n_operations)
		return false;
	awsmodel_operation_at(s, n, ret);
	return true;
}

bool
awsmodel_operation_cli(
    const struct awsmodel_service *s, struct span cli, struct awsmodel_operation *ret)
{
	uint32_t first = services[s->number].operation;
	uint32_t n = search(cli, s->n_operations, first, operation_cli);

	if (n == s->n_operations)
		return false;
	awsmodel_operation_at(s, by_cli[first + n], ret);
	return true;
}

bool
awsmodel_waiter(const struct awsmodel_service *s, struct span waiter,
    struct awsmodel_operation *ret)
{
	const struct service_row *r = &services[s->number];
	uint32_t n = search(waiter, r->n_waiters, r->waiter, waiter_name);

	if (n == r->n_waiters)
		return false;
	awsmodel_operation_at(s, waiters[r->waiter + n].operation, ret);
	return true;
}

const char *const *
awsmodel_roles(const struct awsmodel_operation *op)
{
	uint32_t row = services[op->service].operation + op->number;
	uint32_t low = 0, high = ROWS(roles);

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (roles[middle].operation == row)
			return role_paths + roles[middle].paths;
		if (row < roles[middle].operation)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static struct awsmodel_param
param_of(uint32_t row)
{
	const struct member_row *m = &members[row];

	return (struct awsmodel_param){
		.name = pool + m->name,
		.option = "",
		.wire = pool + m->wire,
		.item = pool + m->item,
		.place = m->bits & PLACE,
		.type = m->bits >> 3 & TYPE,
		.required = (m->bits & REQUIRED) != 0,
		.idempotency = (m->bits & IDEMPOTENCY) != 0,
		.paging = (m->bits & PAGING) != 0,
		.sensitive = (m->bits & SENSITIVE) != 0,
		.inner = m->inner,
	};
}

/* The first row of the members of an operation's input. */
static uint32_t
input(const struct awsmodel_operation *op)
{
	return shapes[operations[services[op->service].operation + op->number].shape];
}

static const char *
option_of(const struct awsmodel_operation *op, uint32_t row)
{
	return pool + options[row - services[op->service].shift];
}

void
awsmodel_param_at(
    const struct awsmodel_operation *op, uint32_t number, struct awsmodel_param *ret)
{
	uint32_t row = input(op) + number;

	*ret = param_of(row);
	ret->option = option_of(op, row);
}

bool
awsmodel_param(
    const struct awsmodel_operation *op, struct span name, struct awsmodel_param *ret)
{
	uint32_t n = search(name, op->n_params, input(op), member_name);

	if (n == op->n_params)
		return false;
	awsmodel_param_at(op, n, ret);
	return true;
}

static bool
says_no(const char *option, uint32_t row, struct span s)
{
	return (members[row].bits & NEGATED) != 0 && span_starts(s, "no-") &&
	       span_is(span_make(s.p + 3, s.len - 3), option);
}

static bool
other_option(
    const struct awsmodel_operation *op, struct span s, struct awsmodel_param *ret)
{
	uint32_t first = input(op);

	for (uint32_t i = 0; i < ROWS(others); i++) {
		uint32_t n = others[i].member - first;

		if (n >= op->n_params || compare(s, others[i].option) != 0)
			continue;
		awsmodel_param_at(op, n, ret);
		ret->negative = others[i].negative;
		return true;
	}
	return false;
}

bool
awsmodel_param_option(
    const struct awsmodel_operation *op, struct span option, struct awsmodel_param *ret)
{
	uint32_t first = input(op);

	for (uint32_t i = 0; i < op->n_params; i++) {
		const char *o = option_of(op, first + i);
		bool no = says_no(o, first + i, option);

		if (!no && !span_is(option, o))
			continue;
		awsmodel_param_at(op, i, ret);
		ret->negative = no;
		return true;
	}
	return other_option(op, option, ret);
}

bool
awsmodel_param_wire(const struct awsmodel_operation *op, enum awsmodel_place place,
    struct span wire, struct awsmodel_param *ret)
{
	uint32_t first = input(op);

	for (uint32_t i = 0; i < op->n_params; i++) {
		const struct member_row *m = &members[first + i];
		const char *w = pool + m->wire;
		bool same =
		    place == AWSMODEL_HEADER
			? strlen(w) == wire.len &&
			      strncasecmp(w, (const char *)wire.p, wire.len) == 0
			: span_is(wire, w);

		if (same && (m->bits & PLACE) == place) {
			awsmodel_param_at(op, i, ret);
			return true;
		}
	}
	return false;
}

uint32_t
awsmodel_members(const struct awsmodel_param *of)
{
	return of->inner == 0 ? 0 : shapes[of->inner + 1] - shapes[of->inner];
}

void
awsmodel_member_at(
    const struct awsmodel_param *of, uint32_t number, struct awsmodel_param *ret)
{
	*ret = param_of(shapes[of->inner] + number);
}

bool
awsmodel_member(
    const struct awsmodel_param *of, struct span name, struct awsmodel_param *ret)
{
	uint32_t count = awsmodel_members(of);
	uint32_t n = search(name, count, shapes[of->inner], member_name);

	if (n == count)
		return false;
	awsmodel_member_at(of, n, ret);
	return true;
}

bool
awsmodel_member_wire(
    const struct awsmodel_param *of, struct span wire, struct awsmodel_param *ret)
{
	uint32_t count = awsmodel_members(of), first = shapes[of->inner];

	for (uint32_t i = 0; i < count; i++) {
		if (compare(wire, members[first + i].wire) == 0) {
			awsmodel_member_at(of, i, ret);
			return true;
		}
	}
	return false;
}
