/* The canonical text of a line: the one form that is shown, digested and run.  Words
 * in, text out; the caller's bytes are not looked at. */
#include "policies/shell.h"

#include "policies/shell_parts.h"

static bool
is_bare(char c)
{
	uint8_t class = shell_classes[(uint8_t)c];

	return class == CLASS_BARE || class == CLASS_DIGIT;
}

static void
put_quoted(struct buf *out, const char *text, size_t len)
{
	size_t from = 0;

	buf_u8(out, '\'');
	for (size_t i = 0; i < len; i++) {
		if (text[i] != '\'')
			continue;
		buf_put(out, text + from, i - from);
		buf_text(out, "'\\''");
		from = i + 1;
	}
	buf_put(out, text + from, len - from);
	buf_u8(out, '\'');
}

static void
put_run(struct buf *out, const char *text, size_t len)
{
	size_t i = 0;

	while (i < len && is_bare(text[i]))
		i++;
	if (i == len)
		buf_put(out, text, len);
	else
		put_quoted(out, text, len);
}

/* Where the run of characters that begins at i ends.  Within [...] each run is of one
 * kind, because quotes around a - there would change what the set has. */
static size_t
run_end(const struct shell_word *w, size_t i, bool in_set)
{
	bool bare = is_bare(w->text[i]);
	size_t end = i + 1;

	while (
	    end < w->len && !w->live[end] && (!in_set || is_bare(w->text[end]) == bare))
		end++;
	return end;
}

static void
put_glob(struct buf *out, const struct shell_word *w)
{
	size_t bracket = 0;

	for (size_t i = 0, end; i < w->len; i = end) {
		if (w->live[i]) {
			end = i + 1;
			buf_u8(out, (uint8_t)w->text[i]);
			bracket = shell_bracket(bracket, i, w->text[i], true);
			continue;
		}
		end = run_end(w, i, bracket != 0);
		put_run(out, w->text + i, end - i);
	}
}

void
shell_canon_word(const struct shell_word *w, struct buf *out)
{
	if (w->live != NULL)
		put_glob(out, w);
	else if (w->len == 0)
		put_quoted(out, w->text, 0);
	else
		put_run(out, w->text, w->len);
}

static void
put_redir(struct buf *out, const struct shell_redir *d)
{
	static const struct {
		const char *text;
		int fd;
	} arrows[] = {
		[SHELL_OUT] = { ">", 1 },
		[SHELL_APPEND] = { ">>", 1 },
		[SHELL_IN] = { "<", 0 },
		[SHELL_DUP] = { ">&", 1 },
	};

	buf_u8(out, ' ');
	if (d->fd != arrows[d->op].fd)
		buf_u8(out, (uint8_t)('0' + d->fd));
	buf_text(out, arrows[d->op].text);
	if (d->op == SHELL_DUP)
		buf_put(out, d->target.text, d->target.len);
	else
		put_quoted(out, d->target.text, d->target.len);
}

void
shell_canon_command(const struct shell_simple *c, struct buf *out)
{
	for (size_t i = 0; i < c->n_words; i++) {
		if (i == 0) {
			/* A quoted name is no alias and no reserved word. */
			put_quoted(out, c->words[0].text, c->words[0].len);
			continue;
		}
		buf_u8(out, ' ');
		shell_canon_word(&c->words[i], out);
	}
	for (size_t i = 0; i < c->n_redirs; i++)
		put_redir(out, &c->redirs[i]);
}

void
shell_canon(const struct shell_line *line, struct buf *out)
{
	static const char *const joins[] = {
		[SHELL_FIRST] = "",
		[SHELL_PIPE] = " | ",
		[SHELL_AND] = " && ",
		[SHELL_OR] = " || ",
		[SHELL_SEQ] = " ; ",
	};

	for (size_t i = 0; i < line->n; i++) {
		buf_text(out, joins[line->commands[i].before]);
		shell_canon_command(&line->commands[i], out);
	}
}
