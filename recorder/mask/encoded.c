/* Base64 of secrets: what a key id, a private key or the name of a secret looks like in it,
 * at each of the three places in a group.  The whole run of letters is masked, and the
 * lines that follow while they are as long as lines of base64 are.
 *
 * The run began before what tells it.  So its end is held while it grows, but for the first
 * letters: words shorter than that are never held, and a run's first letters never masked,
 * however the text is cut. */
#include "recorder/mask/mask_parts.h"

#include <string.h>

#include "recorder/mask/aligned.h"

#define RULE "base64-secret"
#define SHOWN 9	  /* letters of a run that are shown before what tells it */
#define BACK 768  /* letters before it that are masked */
#define LINE 60	  /* letters that make a line go on in the next one */
#define INDENT 32 /* blanks at a line's beginning */
#define LABEL 48  /* letters of base64 behind "-----BEGIN " */

_Static_assert(BACK + MASK_LITERAL + SHOWN < MASK_BACK, "what is held can be seen");

struct told;
typedef enum mask_says sure_fn(
    const struct told *t, const struct mask_view *v, size_t at);

struct told {
	unsigned skew;
	size_t len; /* bytes of the text that tells */
	sure_fn *sure;
};

static bool
letter(int c)
{
	return c >= 0 && aligned_six(c) >= 0;
}

/* The text's byte i, of which the first letter stands at at; VIEW_MORE, or VIEW_END: no
 * base64 any more. */
static int
decoded(const struct told *t, const struct mask_view *v, size_t at, size_t i)
{
	size_t bit = 8 * i - aligned_first(t->skew), from = at + bit / 6;
	unsigned sum = 0;

	for (size_t k = 0; k < 3; k++) {
		int c = view_at(v, from + k), x;

		/* Two letters have eight bits or more where the byte begins in the
		 * first four. */
		if (k == 2 && bit % 6 <= 4)
			return (int)(sum >> (4 - bit % 6) & 255);
		if (c == VIEW_MORE)
			return VIEW_MORE;
		if (c < 0 || (x = aligned_six(c)) < 0)
			return VIEW_END;
		sum = sum << 6 | (unsigned)x;
	}
	return (int)(sum >> (10 - bit % 6) & 255);
}

/* Four letters of chance stand in any larger picture: a key's id goes on with letters that
 * ids have. */
static enum mask_says
sure_id(const struct told *t, const struct mask_view *v, size_t at)
{
	for (size_t i = t->len; i < t->len + 4; i++) {
		int c = decoded(t, v, at, i);

		if (c == VIEW_MORE)
			return MASK_MORE;
		if (!(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9'))
			return MASK_NO;
	}
	return MASK_YES;
}

/* What begins is no secret when it says that it is something else than a private key. */
static enum mask_says
sure_armor(const struct told *t, const struct mask_view *v, size_t at)
{
	char label[LABEL + 1];
	size_t n = 0;

	for (; n < LABEL; n++) {
		int c = decoded(t, v, at, t->len + n);

		if (c == VIEW_MORE)
			return MASK_MORE;
		if (c < 0)
			return MASK_YES;
		if (c == '-')
			break;
		label[n] = (char)c;
	}
	label[n] = '\0';
	return n < LABEL && strstr(label, "PRIVATE") == NULL ? MASK_NO : MASK_YES;
}

static enum mask_says
sure_name(const struct told *t, const struct mask_view *v, size_t at)
{
	(void)t;
	(void)v;
	(void)at;
	return MASK_YES;
}

static const struct {
	const char *text;
	sure_fn *sure;
} texts[] = {
	{ "AKIA", sure_id },
	{ "ASIA", sure_id },
	{ "-----BEGIN ", sure_armor },
	{ "SecretAccessKey", sure_name },
	{ "aws_secret_access_key", sure_name },
	{ "AWS_SECRET_ACCESS_KEY", sure_name },
	{ "\"password\"", sure_name },
};

static bool
line_end(int c)
{
	return c == '\n' || c == '\r' || c == SHADOW_BREAK;
}

/* Does base64 go on behind the line's end at i?  YES: at *to, its first letter. */
static enum mask_says
next_line(const struct mask_view *v, size_t i, size_t *to)
{
	size_t from = i, n = 0;

	if (view_at(v, i + 1) == VIEW_MORE)
		return MASK_MORE;
	i += view_at(v, i) != '\n' && line_end(view_at(v, i + 1)) ? 2 : 1;
	while (i - from < INDENT && (view_at(v, i) == ' ' || view_at(v, i) == '\t'))
		i++;
	while (n < LINE && letter(view_at(v, i + n)))
		n++;
	*to = i;
	if (n == LINE)
		return MASK_YES;
	if (view_at(v, i + n) == VIEW_MORE)
		return MASK_MORE;
	/* The last line is shorter, but it is a whole one, or ends its string. */
	for (size_t pad = 0; n > 0 && pad < 2 && view_at(v, i + n) == '='; pad++)
		n++;
	if (view_at(v, i + n) == VIEW_MORE)
		return MASK_MORE;
	return n > 0 && (line_end(view_at(v, i + n)) || view_at(v, i + n) == VIEW_END ||
			    view_at(v, i + n) == '"' || view_at(v, i + n) == '\'')
		   ? MASK_YES
		   : MASK_NO;
}

/* o->count: letters of this line; o->phase: signs of padding seen. */
static enum mask_says
run_lines(struct mask_open *o, const struct mask_view *v, size_t from, size_t *to)
{
	for (;;) {
		int c = view_at(v, from);
		enum mask_says says = MASK_NO;
		size_t next = from;

		*to = from;
		if (c == VIEW_MORE)
			return MASK_MORE;
		if (o->phase == 0 && letter(c)) {
			o->count++;
			from++;
			continue;
		}
		if (c == '=' && o->phase < 2) {
			o->phase++;
			from++;
			continue;
		}
		if (o->phase == 0 && o->count >= LINE && line_end(c))
			says = next_line(v, from, &next);
		if (says != MASK_YES)
			return says == MASK_MORE ? MASK_MORE : MASK_YES;
		o->count = 0;
		from = next;
	}
}

static enum mask_says
verify(const void *arg, const struct mask_view *v, size_t at, struct mask_context *c,
    struct mask_find *ret)
{
	const struct told *t = arg;
	size_t from = at, n;
	enum mask_says says;

	(void)c;
	while (at - from < BACK + SHOWN && from > 0 && letter(v->p[from - 1]))
		from--;
	n = at - from < SHOWN ? at - from : SHOWN;
	from = n < SHOWN ? at : from + SHOWN;
	/* What stands before counts for the line's length. */
	ret->open = (struct mask_open){ .run = run_lines, .count = (uint32_t)n };
	ret->rule = RULE;
	ret->hold = ret->from = from;
	if ((says = t->sure(t, v, at)) != MASK_YES)
		ret->open.run = NULL;
	return says;
}

/* The run that the text ends in may come to be one of these. */
static size_t
tail(const struct mask_view *v, size_t floor)
{
	size_t from = v->len, n;

	while (from > 0 && v->len - from < BACK + MASK_LITERAL + SHOWN &&
	       letter(v->p[from - 1]))
		from--;
	n = v->len - from;
	from = n <= SHOWN ? v->len : from + SHOWN;
	return from < floor ? floor : from;
}

/* No letter of these differs between the two alphabets. */
void
encoded_build(struct mask_build *b)
{
	uint8_t room[MASK_LITERAL];
	struct buf letters;

	if (!mask_build_on(b, MASK_SECRETS, NULL))
		return;
	for (size_t i = 0; i < ALIGNED_SKEWS * sizeof texts / sizeof texts[0]; i++) {
		struct span text = span_of(texts[i / ALIGNED_SKEWS].text);
		struct told *t = mask_build_keep(b, sizeof *t);

		if (t == NULL)
			return;
		*t = (struct told){ i % ALIGNED_SKEWS, text.len,
			texts[i / ALIGNED_SKEWS].sure };
		buf_over(&letters, room, sizeof room);
		aligned_put(&letters, text, t->skew, false);
		mask_build_literal(b, buf_span(&letters), MASK_EXACT, verify, t);
	}
	mask_build_tail(b, tail);
}
