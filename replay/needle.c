/* Text and expressions to look for; see needle.h. */
#include "replay/needle.h"

#include <stdlib.h>
#include <string.h>

#include "policies/re.h"

struct needle {
	bool ignore_case;
	bool anchored;
	struct buf text; /* looked for as it is, where re is NULL */
	struct re *re;
};

static void
lower(struct buf *b)
{
	for (size_t i = 0; i < b->len; i++)
		if (b->p[i] >= 'A' && b->p[i] <= 'Z')
			b->p[i] += 'a' - 'A';
}

/* True when the last byte of s is meant as itself. */
static bool
escaped(struct span s)
{
	size_t n = 0;

	while (n + 1 < s.len && s.p[s.len - 2 - n] == '\\')
		n++;
	return n % 2 == 1;
}

/* Expressions of the engine fit the whole text: what may stand around ours is put
 * around it. */
static enum rc
compile(struct needle *p, struct span s, struct err *err)
{
	bool begin = s.len > 0 && s.p[0] == '^';
	bool end = s.len > begin && s.p[s.len - 1] == '$' && !escaped(s);
	struct buf whole;
	enum rc rc;

	p->anchored = begin || end;
	s = span_make(s.p + begin, s.len - begin - end);
	if (s.len == 0)
		return err_set(err, RC_REFUSE, "an empty expression");
	/* By itself first: its brackets must not close ours. */
	if ((rc = re_compile(s, &p->re, err)) != RC_OK)
		return rc;
	re_free(p->re);
	p->re = NULL;
	buf_init(&whole, PATTERN_MOST + 16);
	buf_text(&whole, begin ? "(" : ".*(");
	buf_span_put(&whole, s);
	buf_text(&whole, end ? ")" : ").*");
	rc = buf_ok(&whole) ? re_compile(buf_span(&whole), &p->re, err)
			    : err_memory(err);
	buf_clear(&whole);
	return rc;
}

static enum rc
fill(struct needle *p, const char *text, struct err *err)
{
	size_t n = strlen(text);
	struct span s;

	if (n == 0 || n > PATTERN_MOST - 16)
		return err_set(err, RC_REFUSE, "a text of 1 to %d bytes is looked for",
		    PATTERN_MOST - 16);
	buf_text(&p->text, text);
	if (p->ignore_case)
		lower(&p->text);
	if (!buf_ok(&p->text))
		return err_memory(err);
	s = buf_span(&p->text);
	if (n < 2 || s.p[0] != '/' || s.p[n - 1] != '/')
		return RC_OK;
	return compile(p, span_make(s.p + 1, n - 2), err);
}

enum rc
needle_new(const char *text, bool ignore_case, struct needle **ret, struct err *err)
{
	struct needle *p = calloc(1, sizeof *p);
	enum rc rc;

	if (p == NULL)
		return err_memory(err);
	p->ignore_case = ignore_case;
	buf_init(&p->text, PATTERN_MOST);
	if ((rc = fill(p, text, err)) != RC_OK) {
		needle_free(p);
		return rc;
	}
	*ret = p;
	return RC_OK;
}

void
needle_free(struct needle *p)
{
	if (p == NULL)
		return;
	re_free(p->re);
	buf_clear(&p->text);
	free(p);
}

bool
needle_in(const struct needle *p, struct buf *line)
{
	if (p->ignore_case)
		lower(line);
	if (p->re != NULL)
		return re_matches(p->re, buf_span(line));
	return line->len >= p->text.len &&
	       memmem(line->p, line->len, p->text.p, p->text.len) != NULL;
}

bool
needle_anchored(const struct needle *p)
{
	return p->anchored;
}
