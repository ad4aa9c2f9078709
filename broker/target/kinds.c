/* The functions of target.h; see there.  Each kind's work is done behind its way. */
#include "broker/target/kinds.h"

#include <stdlib.h>
#include <string.h>

#include "broker/target/run.h"
#include "broker/target/ssm.h"

#define REASON_MAX 256 /* characters; bytes of ours */
#define COMMAND_MAX 65535
#define INSTANCE_MAX 400

struct target {
	const struct target_way *way;
	void *arg;
};

static const struct target_way *const ways[] = {
	[TARGET_COMMAND] = &ssm_way,
	[TARGET_TERMINAL] = &ssm_way,
	[TARGET_PORT] = &ssm_way,
	[TARGET_RUN] = &run_way,
};

const struct target_way *
kinds_way(enum target_kind kind)
{
	return (unsigned)kind < sizeof ways / sizeof ways[0] ? ways[kind] : NULL;
}

static bool
printable(const char *s, size_t min, size_t max)
{
	size_t len = s == NULL ? 0 : strlen(s);

	for (size_t i = 0; i < len; i++)
		if (s[i] <= 0x20 || s[i] >= 0x7F)
			return false;
	return len >= min && len <= max;
}

/* "^[a-zA-Z0-9_\-.:/]{3,128}$" */
static bool
document_ok(const char *s)
{
	size_t len = strlen(s);

	for (size_t i = 0; i < len; i++) {
		char c = s[i], low = (char)(c | 0x20);

		if (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') &&
		    strchr("_-.:/", c) == NULL)
			return false;
	}
	return len >= 3 && len <= 128;
}

static enum rc
check(const struct target_spec *s, struct err *err)
{
	size_t command = s->command == NULL ? 0 : strlen(s->command);

	if (kinds_way(s->kind) == NULL)
		return err_set(err, RC_REFUSE, "a kind of target that is none");
	if (!printable(s->instance, 1, INSTANCE_MAX))
		return err_set(err, RC_REFUSE, "an instance's id that cannot be");
	if (s->document != NULL && !document_ok(s->document))
		return err_set(err, RC_REFUSE, "a document's name that cannot be");
	if (command > COMMAND_MAX || (s->command != NULL && command == 0))
		return err_set(err, RC_REFUSE, "a command of %zu bytes (1 to %d)",
		    command, COMMAND_MAX);
	if (s->kind == TARGET_PORT && (s->port == 0 || s->port > 65535))
		return err_set(err, RC_REFUSE, "a port that is none");
	if (s->host != NULL && !printable(s->host, 1, 255))
		return err_set(err, RC_REFUSE, "a host's name that cannot be");
	if (s->reason != NULL && strlen(s->reason) > 4 * REASON_MAX)
		return err_set(err, RC_REFUSE, "too long a reason");
	if ((s->kind == TARGET_COMMAND || s->kind == TARGET_RUN) &&
	    (s->command == NULL || s->document == NULL))
		return err_set(err, RC_REFUSE, "no command, or no document for it");
	if (s->kind == TARGET_PORT && s->document == NULL)
		return err_set(err, RC_REFUSE, "no document for a port");
	return RC_OK;
}

enum rc
target_open(struct target_net *n, const struct target_spec *spec,
    const struct target_owner *owner, struct target **ret, struct err *err)
{
	struct target *t;
	enum rc rc;

	if ((rc = check(spec, err)) != RC_OK)
		return rc;
	if ((t = calloc(1, sizeof *t)) == NULL)
		return err_memory(err);
	t->way = kinds_way(spec->kind);
	if ((rc = t->way->open(n, spec, owner, &t->arg, err)) != RC_OK) {
		free(t);
		return rc;
	}
	*ret = t;
	return RC_OK;
}

void
target_free(struct target *t)
{
	if (t == NULL)
		return;
	t->way->free(t->arg);
	free(t);
}

size_t
target_write(struct target *t, struct span bytes)
{
	return t->way->write != NULL && bytes.len > 0 ? t->way->write(t->arg, bytes)
						      : 0;
}

void
target_eof(struct target *t)
{
	/* A FIN would end the other direction, too: its end is target_end(). */
	(void)t;
}

void
target_resize(struct target *t, uint32_t columns, uint32_t rows)
{
	if (t->way->resize != NULL)
		t->way->resize(t->arg, columns, rows);
}

void
target_signal(struct target *t, int signo)
{
	if (t->way->signal != NULL)
		t->way->signal(t->arg, signo);
}

void
target_more(struct target *t)
{
	t->way->more(t->arg);
}

void
target_end(struct target *t)
{
	t->way->end(t->arg);
}

size_t
target_held(const struct target *t)
{
	return t->way->held(t->arg);
}
