/* Vectors for the shell's reader; see shellvector.h. */
#include "tests/policies/shellvector.h"

#include <ctype.h>
#include <glob.h>

#include "tests/support/unit.h"

static size_t
unescape(const char *from, size_t len, char *to, size_t room)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++) {
		unsigned byte = 0;

		assert_true(n + 1 < room);
		if (from[i] != '%') {
			to[n++] = from[i];
			continue;
		}
		assert_true(i + 2 < len && isxdigit((unsigned char)from[i + 1]));
		assert_int_equal(sscanf(from + i + 1, "%2x", &byte), 1);
		to[n++] = (char)byte;
		i += 2;
	}
	to[n] = '\0';
	return n;
}

static void
finish(
    struct shellvector *v, unsigned *count, void (*each)(const struct shellvector *v))
{
	if (v->number == 0)
		return;
	if (v->out[0] == '\0')
		fail_msg("%s:%u: no out", v->file, v->number);
	each(v);
	(*count)++;
	v->number = 0;
}

static void
each_of(const char *path, unsigned *count, void (*each)(const struct shellvector *v))
{
	struct shellvector *v = calloc(1, sizeof *v);
	FILE *f = fopen(path, "r");
	static char row[16384];
	unsigned number = 0;

	assert_non_null(v);
	assert_non_null(f);
	while (fgets(row, sizeof row, f) != NULL) {
		size_t len = strcspn(row, "\n");

		row[len] = '\0';
		number++;
		if (strncmp(row, "in ", 3) == 0) {
			finish(v, count, each);
			*v = (struct shellvector){ .file = path, .number = number };
			v->len = unescape(row + 3, len - 3, v->in, sizeof v->in);
		} else if (strncmp(row, "out ", 4) == 0)
			memcpy(v->out, row + 4, len - 3);
		else if (strncmp(row, "canon ", 6) == 0)
			memcpy(v->canon, row + 6, len - 5);
		else if (row[0] != '\0' && row[0] != '#')
			fail_msg("%s:%u: not a row", path, number);
	}
	finish(v, count, each);
	fclose(f);
	free(v);
}

void
shellvector_each(unsigned least, void (*each)(const struct shellvector *v))
{
	const char *top = getenv("top_srcdir");
	char pattern[4096];
	unsigned count = 0;
	glob_t found;

	snprintf(pattern, sizeof pattern, "%s/tests/vectors/shell/*.txt",
	    top != NULL ? top : ".");
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++)
		each_of(found.gl_pathv[i], &count, each);
	globfree(&found);
	if (count < least)
		fail_msg("%u vectors, at least %u", count, least);
}

static void
show_word(const struct shell_word *w, struct buf *out)
{
	assert_int_equal(strlen(w->text), w->len);
	buf_u8(out, '[');
	for (size_t i = 0; i < w->len; i++) {
		unsigned char c = (unsigned char)w->text[i];

		if (w->live != NULL && w->live[i]) {
			assert_non_null(strchr("*?[]", c));
			buf_u8(out, '^');
			buf_u8(out, c);
		} else if (c < 0x20 || c >= 0x7F || strchr("%^]", c) != NULL)
			buf_printf(out, "%%%02X", c);
		else
			buf_u8(out, c);
	}
	buf_u8(out, ']');
}

static void
show_command(const struct shell_simple *c, struct buf *out)
{
	static const char *const arrows[] = { ">", ">>", "<", ">&" };
	size_t from = out->len;

	for (size_t i = 0; i < c->n_words; i++) {
		buf_text(out, out->len > from ? " " : "");
		show_word(&c->words[i], out);
	}
	for (size_t i = 0; i < c->n_redirs; i++) {
		buf_text(out, out->len > from ? " " : "");
		buf_printf(out, "%d%s", c->redirs[i].fd, arrows[c->redirs[i].op]);
		show_word(&c->redirs[i].target, out);
	}
	if (!c->whole)
		buf_text(out, "...");
}

void
shellvector_show(const struct shell_line *line, struct buf *out)
{
	static const char *const joins[] = { "", " | ", " && ", " || ", " ; " };
	unsigned stage = 0;

	if (line->undecidable != SHELL_FINE) {
		assert_true(line->what != NULL && line->what[0] != '\0');
		buf_printf(out, "! %s %zu%s", shell_reason_name(line->undecidable),
		    line->offset, line->n > 0 ? " " : "");
	}
	for (size_t i = 0; i < line->n; i++) {
		const struct shell_simple *c = &line->commands[i];

		stage = c->before == SHELL_PIPE ? stage + 1 : 0;
		assert_int_equal(c->stage, stage);
		assert_true((i == 0) == (c->before == SHELL_FIRST));
		buf_text(out, joins[c->before]);
		show_command(c, out);
	}
}
