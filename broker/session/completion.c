/* What the Tab key knows; see completion.h.  A scan over one text: it is short, and a
 * person waits. */
#include "broker/session/completion.h"

#include <stdlib.h>
#include <string.h>

#include "lib/wire/msg.h"

struct completion {
	char *hints; /* lines, each with its end */
};

/* The shell's own. */
static const char own[] = "cd\nexit\nhelp\nhistory\nlogout\n";

/* Where the cursor is: in the first word of a command, or behind it. */
struct place {
	struct span command; /* empty: in the first word */
	struct span word;
};

/* What is offered so far. */
struct offer {
	struct span word;
	struct buf *list;
	char common[256];
	size_t n, common_len;
};

enum rc
completion_new(struct span hints, struct completion **ret, struct err *err)
{
	struct completion *c = calloc(1, sizeof *c);

	if (c == NULL)
		return err_memory(err);
	if (hints.len > MSG_HINTS_MAX || (c->hints = span_dup(hints)) == NULL)
		c->hints = strdup("");
	if (c->hints == NULL) {
		free(c);
		return err_memory(err);
	}
	*ret = c;
	return RC_OK;
}

void
completion_free(struct completion *c)
{
	if (c == NULL)
		return;
	free(c->hints);
	free(c);
}

static bool
is_bare(struct span name)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789_-./:,+@%=";

	for (size_t i = 0; i < name.len; i++)
		if (name.p[i] == '\0' || strchr(set, name.p[i]) == NULL)
			return false;
	return name.len > 0;
}

/* Cut the next piece off *s, up to the byte. */
static struct span
cut(struct span *s, char byte)
{
	const uint8_t *end = s->len > 0 ? memchr(s->p, byte, s->len) : NULL;
	size_t n = end != NULL ? (size_t)(end - s->p) : s->len;
	struct span head = span_make(s->p, n);

	n += end != NULL;
	*s = span_make(s->p + n, s->len - n);
	return head;
}

/* An operator, a quote and a backslash end what can be looked at simply: behind an
 * operator a command begins, and quotes are not completed. */
static bool
find_place(struct span before, struct place *p)
{
	size_t from = before.len, word;

	if (span_has_nul(before))
		return false;
	while (from > 0 && strchr("|;&", before.p[from - 1]) == NULL)
		from--;
	while (from < before.len && (before.p[from] == ' ' || before.p[from] == '\t'))
		from++;
	for (size_t i = from; i < before.len; i++)
		if (strchr("'\"\\<>\t", before.p[i]) != NULL)
			return false;
	for (word = before.len; word > from && before.p[word - 1] != ' '; word--)
		;
	p->word = span_make(before.p + word, before.len - word);
	before = span_make(before.p + from, word - from);
	p->command = cut(&before, ' ');
	return true;
}

static void
offer(struct offer *o, struct span name)
{
	size_t same = 0;

	if (!is_bare(name) || name.len >= sizeof o->common || name.len < o->word.len ||
	    (o->word.len > 0 && memcmp(name.p, o->word.p, o->word.len) != 0))
		return;
	if (o->n++ == 0) {
		memcpy(o->common, name.p, name.len);
		o->common_len = name.len;
	}
	while (same < o->common_len && same < name.len &&
	       (uint8_t)o->common[same] == name.p[same])
		same++;
	o->common_len = same;
	if (o->list->len + name.len + 1 <= COMPLETION_LIST) {
		buf_span_put(o->list, name);
		buf_u8(o->list, '\n');
	}
}

static bool
has_command(struct span hints, struct span name)
{
	while (hints.len > 0) {
		struct span line = cut(&hints, '\n');

		if (span_eq(cut(&line, ' '), name))
			return true;
	}
	return false;
}

static void
offer_commands(const struct completion *c, struct offer *o)
{
	struct span hints = span_of(c->hints), mine = span_of(own);

	while (mine.len > 0) {
		struct span name = cut(&mine, '\n');

		if (!has_command(hints, name))
			offer(o, name);
	}
	while (hints.len > 0) {
		struct span line = cut(&hints, '\n');

		offer(o, cut(&line, ' '));
	}
}

static void
offer_options(const struct completion *c, struct span command, struct offer *o)
{
	struct span hints = span_of(c->hints);

	while (hints.len > 0) {
		struct span line = cut(&hints, '\n');

		if (!span_eq(cut(&line, ' '), command))
			continue;
		while (line.len > 0)
			offer(o, cut(&line, ' '));
	}
}

size_t
completion_find(
    const struct completion *c, struct span before, struct buf *more, struct buf *list)
{
	struct offer o = { .list = list };
	struct place p;

	if (!find_place(before, &p))
		return 0;
	o.word = p.word;
	if (p.command.len == 0)
		offer_commands(c, &o);
	else
		offer_options(c, p.command, &o);
	if (o.n == 0)
		return 0;
	buf_put(more, o.common + o.word.len, o.common_len - o.word.len);
	if (o.n == 1)
		buf_u8(more, ' ');
	return o.n;
}

void
completion_commands(const struct completion *c, struct buf *list)
{
	struct offer o = { .list = list };

	offer_commands(c, &o);
}
