/* The exec splitter: one pass over the line, each byte read once, no look-behind.
 * It gives exactly the words that are decided, shown, digested and run; nothing reads
 * the line a second time. */
#include "policies/words.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

struct words {
	size_t n;
	size_t used;  /* bytes of text in use, NULs too */
	size_t start; /* where the word being gathered begins in text */
	size_t most;  /* words that there is room for */
	char *text;   /* behind argv */
	char *argv[];
};

/* Reader of a line: at is the index of the byte to read next. */
struct split {
	struct span line;
	size_t at;
	bool open; /* a word has begun, be it an empty one in quotes */
	struct words *w;
};

#define QUOTE_TWICE                                                                    \
	"no shell runs here; to pass it as text quote it for the broker too "          \
	"(ssh HOST \"... '...'\"), or send the words as an argv array (subsystem "     \
	"broker-argv)"

/* Where a refused character stands: in the line, or in a word of a list. */
static void
place_text(size_t at, size_t word, char out[64])
{
	if (word == 0)
		snprintf(out, 64, "byte %zu", at + 1);
	else
		snprintf(out, 64, "byte %zu of word %zu", at + 1, word);
}

static enum rc
refuse_in(struct err *err, const char *code, struct span s, size_t at, size_t word,
    const char *why)
{
	uint32_t cp = 0;
	unsigned n = text_char(span_make(s.p + at, s.len - at), &cp);
	char shown[4 * 4 + 1], where[64];
	struct buf b;

	buf_init(&b, sizeof shown - 1);
	text_escape(&b, span_make(s.p + at, n ? n : 1));
	span_copy(buf_span(&b), shown, sizeof shown);
	buf_clear(&b);
	place_text(at, word, where);
	return err_set(err, RC_REFUSE, "%s: %s at %s: %s", code, shown, where, why);
}

static enum rc
refuse_char(
    struct err *err, const char *code, struct span s, size_t at, const char *why)
{
	return refuse_in(err, code, s, at, 0, why);
}

/* Room for so many words of so many bytes together. */
static struct words *
make(size_t most, size_t bytes)
{
	struct words *w = malloc(sizeof *w + most * sizeof w->argv[0] + bytes + most);

	if (w != NULL)
		*w = (struct words){ .most = most, .text = (char *)&w->argv[most] };
	return w;
}

/* Characters that no word may hold, however it came here.  Tab is the one control
 * character that shows as what it is. */
static enum rc
check_characters(struct span s, size_t word, struct err *err)
{
	size_t at = 0;

	while (at < s.len) {
		uint32_t cp = 0;
		unsigned n;

		if (s.p[at] >= ' ' && s.p[at] <= '~') {
			at++;
			continue;
		}
		n = text_char(span_make(s.p + at, s.len - at), &cp);
		if (n == 0)
			return refuse_in(
			    err, "character", s, at, word, "not valid UTF-8");
		if (cp != '\t' && !text_plain(cp))
			return refuse_in(err, "character", s, at, word,
			    "control and invisible characters are not accepted");
		at += n;
	}
	return RC_OK;
}

static enum rc
add_byte(struct words *w, uint8_t c, struct err *err)
{
	if (w->used - w->start >= WORDS_WORD)
		return err_set(err, RC_REFUSE,
		    "limit: word %zu is longer than %d bytes", w->n + 1, WORDS_WORD);
	w->text[w->used++] = (char)c;
	return RC_OK;
}

static enum rc
end_word(struct words *w, struct err *err)
{
	if (w->n >= w->most)
		return err_set(err, RC_REFUSE, "limit: more than %d words", WORDS_MOST);
	w->text[w->used++] = '\0';
	w->argv[w->n++] = w->text + w->start;
	w->start = w->used;
	return RC_OK;
}

static enum rc
take_single(struct split *s, struct err *err)
{
	size_t from = s->at++;
	enum rc rc;

	for (; s->at < s->line.len; s->at++) {
		uint8_t c = s->line.p[s->at];

		if (c == '\'') {
			s->at++;
			return RC_OK;
		}
		if ((rc = add_byte(s->w, c, err)) != RC_OK)
			return rc;
	}
	return refuse_char(
	    err, "incomplete", s->line, from, "this quote is not closed");
}

static enum rc
take_double(struct split *s, struct err *err)
{
	size_t from = s->at++;
	enum rc rc;

	for (; s->at < s->line.len; s->at++) {
		uint8_t c = s->line.p[s->at];

		if (c == '"') {
			s->at++;
			return RC_OK;
		}
		if (c == '$' || c == '`')
			return refuse_char(
			    err, "expansion", s->line, s->at, QUOTE_TWICE);
		if (c == '\\' && s->at + 1 < s->line.len &&
		    strchr("\"\\$`", s->line.p[s->at + 1]) != NULL)
			c = s->line.p[++s->at];
		if ((rc = add_byte(s->w, c, err)) != RC_OK)
			return rc;
	}
	return refuse_char(
	    err, "incomplete", s->line, from, "this quote is not closed");
}

static enum rc
take_escape(struct split *s, struct err *err)
{
	uint8_t c;

	if (s->at + 1 >= s->line.len)
		return refuse_char(
		    err, "incomplete", s->line, s->at, "nothing follows the backslash");
	c = s->line.p[s->at + 1];
	if (c < 0x20 || c > 0x7E)
		return refuse_char(err, "character", s->line, s->at + 1,
		    "only printable ASCII may follow a backslash; use quotes");
	s->at += 2;
	return add_byte(s->w, c, err);
}

/* What an unquoted character does when it does not mean itself. */
static const struct {
	char c;
	const char *code;
} unquoted[] = {
	{ ';', "operator" },
	{ '|', "operator" },
	{ '&', "operator" },
	{ '<', "operator" },
	{ '>', "operator" },
	{ '(', "operator" },
	{ ')', "operator" },
	{ '$', "expansion" },
	{ '`', "expansion" },
};

static enum rc
take_plain(struct split *s, struct err *err)
{
	uint8_t c = s->line.p[s->at];
	bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

	for (size_t i = 0; !letter && i < sizeof unquoted / sizeof unquoted[0]; i++)
		if (c == (uint8_t)unquoted[i].c)
			return refuse_char(
			    err, unquoted[i].code, s->line, s->at, QUOTE_TWICE);
	if (c == '#' && !s->open)
		return refuse_char(err, "comment", s->line, s->at, QUOTE_TWICE);
	if (c >= 0x80)
		return refuse_char(err, "character", s->line, s->at,
		    "text outside ASCII must stand in quotes");
	s->at++;
	return add_byte(s->w, c, err);
}

static enum rc
step(struct split *s, struct err *err)
{
	uint8_t c = s->line.p[s->at];
	enum rc rc;

	if (c == ' ' || c == '\t') {
		rc = s->open ? end_word(s->w, err) : RC_OK;
		s->open = false;
		s->at++;
		return rc;
	}
	if (c == '\'')
		rc = take_single(s, err);
	else if (c == '"')
		rc = take_double(s, err);
	else if (c == '\\')
		rc = take_escape(s, err);
	else
		rc = take_plain(s, err);
	s->open = true;
	return rc;
}

enum rc
words_split(struct span line, struct words **ret, struct err *err)
{
	struct split s = { .line = line };
	size_t words;
	enum rc rc;

	if (line.len > WORDS_LINE)
		return err_set(err, RC_REFUSE,
		    "limit: the line has %zu bytes, at most %d", line.len, WORDS_LINE);
	if ((rc = check_characters(line, 0, err)) != RC_OK)
		return rc;
	/* A word has a byte or a quote, and a blank before the next. */
	words = (line.len + 1) / 2;
	if ((s.w = make(words < WORDS_MOST ? words : WORDS_MOST, line.len)) == NULL)
		return err_memory(err);
	while (rc == RC_OK && s.at < line.len)
		rc = step(&s, err);
	if (rc == RC_OK && s.open)
		rc = end_word(s.w, err);
	if (rc == RC_OK && s.w->n == 0)
		rc = err_set(err, RC_REFUSE, "empty: no command");
	if (rc != RC_OK) {
		words_free(s.w);
		return rc;
	}
	*ret = s.w;
	return RC_OK;
}

static bool
is_blank(const struct span *line, size_t at)
{
	return at >= line->len || line->p[at] == ' ' || line->p[at] == '\t';
}

/* The byte behind what stands at: a character, an escaped one, all of a quoted text. */
static size_t
behind(const struct span *line, size_t at)
{
	uint8_t quote = line->p[at++];

	if (quote == '\\')
		return at + 1;
	if (quote != '\'' && quote != '"')
		return at;
	while (at < line->len && line->p[at] != quote)
		at += quote == '"' && line->p[at] == '\\' ? 2 : 1;
	return at + 1;
}

enum rc
words_split_to(struct span line, struct words **ret, struct span *rest, struct err *err)
{
	struct span head = line, tail = { NULL, 0 };
	bool begins = true;

	for (size_t at = 0; at < line.len && at <= WORDS_LINE; at = behind(&line, at)) {
		if (begins && line.p[at] == '-' && at + 1 < line.len &&
		    line.p[at + 1] == '-' && is_blank(&line, at + 2)) {
			size_t from = at + 2 < line.len ? at + 3 : line.len;

			head.len = at;
			tail = span_make(line.p + from, line.len - from);
			break;
		}
		begins = is_blank(&line, at);
	}
	*rest = tail;
	return words_split(head, ret, err);
}

static enum rc
check_list(const struct span *list, size_t n, struct err *err)
{
	size_t total = n;
	enum rc rc;

	if (n == 0)
		return err_set(err, RC_REFUSE, "empty: no command");
	if (n > WORDS_MOST)
		return err_set(
		    err, RC_REFUSE, "limit: %zu words, at most %d", n, WORDS_MOST);
	for (size_t i = 0; i < n; i++) {
		if (list[i].len > WORDS_WORD)
			return err_set(err, RC_REFUSE,
			    "limit: word %zu has %zu bytes, at most %d", i + 1,
			    list[i].len, WORDS_WORD);
		if ((rc = check_characters(list[i], i + 1, err)) != RC_OK)
			return rc;
		total += list[i].len;
	}
	if (total > WORDS_LINE)
		return err_set(err, RC_REFUSE,
		    "limit: the words have %zu bytes, at most %d", total, WORDS_LINE);
	return RC_OK;
}

enum rc
words_from_list(const struct span *list, size_t n, struct words **ret, struct err *err)
{
	struct words *w;
	size_t bytes = 0;
	enum rc rc;

	if ((rc = check_list(list, n, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < n; i++)
		bytes += list[i].len;
	if ((w = make(n, bytes)) == NULL)
		return err_memory(err);
	for (size_t i = 0; i < n && rc == RC_OK; i++) {
		if (list[i].len > 0)
			memcpy(w->text + w->used, list[i].p, list[i].len);
		w->used += list[i].len;
		rc = end_word(w, err);
	}
	if (rc != RC_OK) {
		words_free(w);
		return rc;
	}
	*ret = w;
	return RC_OK;
}

void
words_free(struct words *w)
{
	free(w);
}

size_t
words_count(const struct words *w)
{
	return w->n;
}

const char *
words_at(const struct words *w, size_t i)
{
	return i < w->n ? w->argv[i] : NULL;
}
