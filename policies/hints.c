/* What an asker could type on a target; see hints.h.  The names stand in rules, which
 * tell whoever may run them no more than a refusal does. */
#include "policies/hints.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/arnpattern.h"
#include "policies/ruling.h"
#include "policies/shape.h"

/* Names and options of all rules, before those that stand twice are one. */
#define HINTS_MOST 16384
#define HINT_BYTES 192 /* of a name with a verb or an option */

/* Each "NAME" or "NAME WORD". */
struct hints {
	size_t n, room;
	char **v;
	bool failed;
};

static bool
make_room(struct hints *h)
{
	size_t room = h->room == 0 ? 256 : 2 * h->room;
	char **v;

	if (h->n < h->room)
		return true;
	if ((v = realloc(h->v, room * sizeof *v)) == NULL) {
		h->failed = true;
		return false;
	}
	h->v = v;
	h->room = room;
	return true;
}

/* What would need quotes is nothing to complete. */
static bool
is_word(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s <= ' ' || (unsigned char)*s >= 0x7f)
			return false;
	return true;
}

static void
add(void *arg, const char *name, const char *word)
{
	struct hints *h = arg;
	size_t len = strlen(name) + strlen(word) + 2;
	char *s;

	if (h->failed || h->n == HINTS_MOST || name[0] == '\0' || len > HINT_BYTES ||
	    !is_word(name) || !is_word(word) || !make_room(h))
		return;
	if ((s = malloc(len)) == NULL) {
		h->failed = true;
		return;
	}
	snprintf(s, len, "%s%s%s", name, word[0] != '\0' ? " " : "", word);
	h->v[h->n++] = s;
}

/* True when the rule may let this asker run something on this target: at some time. */
static bool
may_let(const struct rule *r, const struct facts *f)
{
	return r->effect != EFFECT_DENY && r->n_shapes > 0 &&
	       (r->paths & RULE_PATH(PATH_SHELL)) && ruling_about(r, f) &&
	       who_fit(r->who, f) != FIT_NO &&
	       where_fit(r->where, f, f->region) != FIT_NO;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The line that begins at i, and where the next one does. */
static size_t
put_line(const struct hints *h, size_t i, struct buf *out)
{
	size_t name = strcspn(h->v[i], " "), first = i;

	buf_put(out, h->v[i], name);
	for (; i < h->n && strncmp(h->v[i], h->v[first], name) == 0 &&
	       (h->v[i][name] == '\0' || h->v[i][name] == ' ');
	     i++)
		if (i == first || strcmp(h->v[i], h->v[i - 1]) != 0)
			buf_text(out, h->v[i] + name);
	buf_u8(out, '\n');
	return i;
}

static void
put_all(struct hints *h, struct buf *out)
{
	size_t begin = out->len;
	struct buf line;

	buf_init(&line, HINTS_MAX);
	if (h->n > 0)
		qsort(h->v, h->n, sizeof h->v[0], by_text);
	for (size_t i = 0; i < h->n;) {
		i = put_line(h, i, &line);
		if (buf_ok(&line) && out->len - begin + line.len <= HINTS_MAX)
			buf_span_put(out, buf_span(&line));
		buf_reset(&line);
	}
	buf_clear(&line);
}

enum rc
hints_put(const struct ruleset *set, const struct facts *facts, struct buf *out,
    struct err *err)
{
	struct hints h = { 0 };

	for (size_t i = 0; i < set->n; i++) {
		const struct rule *r = set->rules[i];

		if (!may_let(r, facts))
			continue;
		for (size_t k = 0; k < r->n_shapes; k++)
			shape_hints(r->shapes[k], add, &h);
	}
	if (!h.failed)
		put_all(&h, out);
	for (size_t i = 0; i < h.n; i++)
		free(h.v[i]);
	free(h.v);
	return h.failed || !buf_ok(out) ? err_memory(err) : RC_OK;
}
