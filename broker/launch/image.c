/* What the monitor asked for, and what only the launcher can know: the gate's port and
 * where files are. */
#include "broker/launch/image.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAGED_IN "/tmp/in"
#define STAGED_OUT "/tmp/out"
/* HOME, if it was not given, proxy, CA, NULL. */
#define MORE 4

static void
free_list(char **list)
{
	for (size_t i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static char *format(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static char *
format(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	return n < 0 ? NULL : s;
}

static bool
ends(struct span s, const char *with)
{
	size_t n = strlen(with);

	return s.len >= n && memcmp(s.p + s.len - n, with, n) == 0;
}

/* "fileb:///tmp/in", "--body=fileb:///tmp/in", and for what the CLI takes as a path
 * "/tmp/in", "--body=/tmp/in". */
static bool
names_input(struct span s)
{
	return span_is(s, STAGED_IN) || ends(s, "=" STAGED_IN) ||
	       ends(s, "file://" STAGED_IN) || ends(s, "fileb://" STAGED_IN);
}

static char *
word(struct span s, const struct msg_launch *m, const char *scratch)
{
	if (strcmp(scratch, "/tmp") == 0)
		return span_dup(s);
	if ((m->stage & STAGE_OUT) != 0 && span_is(s, STAGED_OUT))
		return format("%s/out", scratch);
	if ((m->stage & STAGE_IN) != 0 && names_input(s))
		return format("%.*s%s/in", (int)(s.len - strlen(STAGED_IN)),
		    (const char *)s.p, scratch);
	return span_dup(s);
}

static bool
make_argv(const struct msg_launch *m, const char *scratch, char **list)
{
	for (uint32_t i = 0; i < m->argv.n; i++)
		if ((list[i] = word(m->argv.v[i], m, scratch)) == NULL)
			return false;
	return true;
}

static bool
make_env(const struct msg_launch *m, const struct image_places *p, char **list)
{
	bool home = false;
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->env.n; i++) {
		if (!span_starts(m->env.v[i], "HOME=")) {
			list[n] = span_dup(m->env.v[i]);
		} else {
			list[n] = format("HOME=%s", p->home);
			home = true;
		}
		if (list[n++] == NULL)
			return false;
	}
	if (!home && (list[n++] = format("HOME=%s", p->home)) == NULL)
		return false;
	list[n] = format("HTTPS_PROXY=http://%.*s@127.0.0.1:%u", (int)m->proxy.len,
	    (const char *)m->proxy.p, p->port);
	if (list[n++] == NULL)
		return false;
	list[n] = format("AWS_CA_BUNDLE=%s", p->ca);
	return list[n] != NULL;
}

enum rc
image_make(const struct msg_launch *m, const struct image_places *places,
    struct image *ret, struct err *err)
{
	struct image i = { calloc(m->argv.n + 1, sizeof *i.argv),
		calloc(m->env.n + MORE, sizeof *i.env) };

	if (i.argv == NULL || i.env == NULL || !make_argv(m, places->scratch, i.argv) ||
	    !make_env(m, places, i.env)) {
		image_clear(&i);
		return err_memory(err);
	}
	*ret = i;
	return RC_OK;
}

void
image_clear(struct image *i)
{
	free_list(i->argv);
	free_list(i->env);
	*i = (struct image){ NULL, NULL };
}
