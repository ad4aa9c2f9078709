/* The strict reading that the shipped recognisers share; see tool.h. */
#include "policies/tool.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DIGITS TOOL_DIGITS
#define LETTERS TOOL_LETTERS

bool
tool_no(const struct tool_in *in, const char *fmt, ...)
{
	va_list ap;

	if (in->why == NULL)
		return false;
	va_start(ap, fmt);
	vsnprintf(in->why, SHAPE_WHY, fmt, ap);
	va_end(ap);
	return false;
}

bool
tool_judge(const struct tool_in *in, bool (*read)(const struct tool_in *in))
{
	if (in->why != NULL)
		in->why[0] = '\0';
	if (in->c->n == 0 || in->c->n > SHELL_WORDS)
		return tool_no(in, "no command");
	if (in->c->open || !in->c->whole)
		return tool_no(in, "its words are not all known");
	if (read(in)) {
		if (in->why != NULL)
			in->why[0] = '\0';
		return true;
	}
	if (in->why != NULL && in->why[0] == '\0')
		tool_no(in, "it is none of the forms that are taken");
	return false;
}

bool
tool_listed(const char *words, const char *text, size_t len)
{
	for (const char *p = words; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (n == len && memcmp(p, text, n) == 0)
			return true;
		p += n;
	}
	return false;
}

bool
tool_word_in(const struct shell_word *w, const char *words)
{
	return !shell_word_glob(w) && w->len > 0 && tool_listed(words, w->text, w->len);
}

bool
tool_parts_in(const struct shell_word *w, const char *words)
{
	const char *p = w->text;

	if (shell_word_glob(w))
		return false;
	for (;;) {
		size_t n = strcspn(p, ",");

		if (!tool_listed(words, p, n))
			return false;
		if (p[n] == '\0')
			return true;
		p += n + 1;
	}
}

bool
tool_of(const struct shell_word *w, size_t most, const char *bytes)
{
	return !shell_word_glob(w) && w->len > 0 && w->len <= most &&
	       strspn(w->text, bytes) == w->len;
}

bool
tool_natural(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_of(w, 9, DIGITS);
}

bool
tool_number(const struct tool_in *in, const struct shell_word *w)
{
	size_t sign = w->len > 0 && strchr("+-", w->text[0]) != NULL;

	(void)in;
	return !shell_word_glob(w) && w->len > sign && w->len <= 9 + sign &&
	       strspn(w->text + sign, DIGITS) == w->len - sign;
}

bool
tool_size(const struct tool_in *in, const struct shell_word *w)
{
	size_t sign = w->len > 0 && strchr("+-", w->text[0]) != NULL;
	size_t n = strspn(w->text + sign, DIGITS);

	(void)in;
	if (shell_word_glob(w) || n == 0 || n > 12)
		return false;
	n += sign;
	return n == w->len || (n + 1 == w->len && strchr("bcwkKMGT", w->text[n]));
}

bool
tool_text(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return !shell_word_glob(w);
}

bool
tool_name(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return w->text[0] != '-' && tool_of(w, 256, LETTERS DIGITS "_.@:+-");
}

bool
tool_names(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return w->text[0] != '-' && tool_of(w, 1024, LETTERS DIGITS "_.@:+-,");
}

bool
tool_time(const struct tool_in *in, const struct shell_word *w)
{
	(void)in;
	return tool_of(w, 64, LETTERS DIGITS " :+-.,/@");
}

/* A bracket at the start of a part, of letters and digits alone: no dot comes out of it. */
static bool
plain_bracket(const char *p)
{
	size_t n = strspn(p + 1, LETTERS DIGITS);

	return n > 0 && p[1 + n] == ']';
}

/* A part of the path with a glob, and perhaps a dot in front: it may stand for "..". */
static bool
dot_glob(const struct shell_word *w)
{
	bool dot = false;

	for (size_t i = 0; shell_word_glob(w) && i < w->len; i++) {
		if (i == 0 || w->text[i - 1] == '/')
			dot = w->text[i] == '.' ||
			      (w->text[i] == '[' && !plain_bracket(w->text + i));
		if (dot && w->live[i])
			return true;
	}
	return false;
}

bool
tool_file(const struct tool_in *in, const struct shell_word *w)
{
	return !shell_word_glob(w) && w->len > 0 && w->text[0] == '/' &&
	       in->path != NULL && in->path(in->arg, w);
}

bool
tool_any_path(const struct tool_in *in, const struct shell_word *w)
{
	return !shell_word_glob(w) && w->len > 0 && w->text[0] == '/' &&
	       (in->path == NULL || in->path(in->arg, w));
}

/* An option that has been found takes its value. */
static bool
take_value(const struct tool_in *in, const struct tool_option *o,
    const struct shell_word *value, struct tool_seen *seen)
{
	if (o->as != 0)
		seen->letters[(unsigned char)o->as & 127] = true;
	if (o->form == NULL || (o->joined && value == NULL))
		return true;
	if (value == NULL)
		return tool_no(in, "option %s has no value", o->name);
	return o->form(in, value) ||
	       tool_no(in, "the value of option %s is not taken", o->name);
}

/* The rest of a word, as a word. */
static struct shell_word
tail_of(const struct shell_word *w, size_t from)
{
	return (struct shell_word){ w->text + from, w->len - from,
		w->live == NULL ? NULL : w->live + from, w->quoted, w->at + from,
		w->base };
}

/* Read the long option in word *i, which goes on to its value if that is apart. */
static bool
read_long(const struct tool_in *in, const struct tool_spec *s, size_t *i,
    struct tool_seen *seen)
{
	const struct shell_word *w = &in->c->words[*i];
	size_t n = strcspn(w->text + 2, "=");
	bool joined = w->text[2 + n] == '=';
	struct shell_word value = tail_of(w, joined ? n + 3 : w->len);

	for (const struct tool_option *o = s->options; o && o->name; o++) {
		if (o->name[1] == '\0' || strlen(o->name) != n ||
		    memcmp(o->name, w->text + 2, n) != 0)
			continue;
		if (joined)
			return o->form != NULL && take_value(in, o, &value, seen);
		if (o->form == NULL || o->joined || *i + 1 >= in->c->n)
			return take_value(in, o, NULL, seen);
		return take_value(in, o, &in->c->words[++*i], seen);
	}
	if (!joined && n > 1 && s->longs && tool_listed(s->longs, w->text + 2, n))
		return true;
	return tool_no(in, "option --%.40s is not taken", w->text + 2);
}

static const struct tool_option *
find_letter(const struct tool_spec *s, char letter)
{
	for (const struct tool_option *o = s->options; o && o->name; o++)
		if (o->name[0] == letter && o->name[1] == '\0')
			return o;
	return NULL;
}

/* The same for letters: flags, and at the end perhaps one with a value. */
static bool
read_short(const struct tool_in *in, const struct tool_spec *s, size_t *i,
    struct tool_seen *seen)
{
	const struct shell_word *w = &in->c->words[*i];

	for (size_t j = 1; j < w->len; j++) {
		const struct tool_option *o = find_letter(s, w->text[j]);
		struct shell_word value = tail_of(w, j + 1);

		if (o == NULL && s->flags != NULL && strchr(s->flags, w->text[j])) {
			seen->letters[(unsigned char)w->text[j] & 127] = true;
			continue;
		}
		if (o == NULL)
			return tool_no(in, "option -%.1s is not taken", w->text + j);
		if (o->form == NULL && take_value(in, o, NULL, seen))
			continue;
		if (value.len > 0)
			return take_value(in, o, &value, seen);
		if (o->joined || *i + 1 >= in->c->n)
			return take_value(in, o, NULL, seen);
		return take_value(in, o, &in->c->words[++*i], seen);
	}
	return true;
}

bool
tool_read(const struct tool_in *in, const struct tool_spec *spec, size_t from,
    struct tool_seen *ret)
{
	bool ended = false;

	memset(ret, 0, sizeof *ret);
	for (size_t i = from; i < in->c->n; i++) {
		const struct shell_word *w = &in->c->words[i];
		bool option = !ended && w->len > 1 && w->text[0] == '-';

		if (!option) {
			ret->operands[ret->n++] = w;
			ended |= spec->first;
		} else if (shell_word_glob(w)) {
			return tool_no(in, "an option with a glob");
		} else if (w->len == 2 && w->text[1] == '-') {
			ended = true;
		} else if (!(w->text[1] == '-' ? read_long : read_short)(
			       in, spec, &i, ret)) {
			return false;
		}
	}
	return true;
}

bool
tool_files(const struct tool_in *in, const struct tool_seen *seen, size_t from)
{
	for (size_t i = from; i < seen->n; i++) {
		const struct shell_word *w = seen->operands[i];

		if (in->path == NULL)
			return tool_no(in, "the rule names no files");
		if (w->len == 0 || w->text[0] != '/' || dot_glob(w) ||
		    !in->path(in->arg, w))
			return tool_no(
			    in, "file %.80s is not among the rule's", w->text);
	}
	return true;
}

bool
tool_input(const struct tool_in *in, const struct tool_seen *seen, size_t from)
{
	if (seen->n <= from && !in->c->fed)
		return tool_no(in, "no file, and no input from a pipe");
	return tool_files(in, seen, from);
}

bool
tool_operands(const struct tool_in *in, const struct tool_seen *seen, size_t from,
    size_t most, tool_form *form)
{
	if (seen->n > from + most)
		return tool_no(in, "too many words");
	for (size_t i = from; i < seen->n; i++)
		if (!form(in, seen->operands[i]))
			return tool_no(
			    in, "word %.80s is not taken", seen->operands[i]->text);
	return true;
}
