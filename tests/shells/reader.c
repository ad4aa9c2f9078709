/* What the broker reads in each line of stdin, for the differential test: a line of
 * fields that end with NUL.  "!CODE" for an undecidable one; else the canonical text,
 * the same as the argument of sh -c, then for each command "C<join>", "W<glob 0/1>word"
 * and "R<op><fd>target" in order. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/shell.h"

static void
say(const char *what, const char *text)
{
	fputs(what, stdout);
	fputs(text, stdout);
	putchar('\0');
}

static void
say_command(const struct shell_simple *c)
{
	static const char *const joins[] = { "C-", "C|", "C&", "Co", "C;" };
	static const char *const ops[] = { "R>", "Ra", "R<", "Rd" };

	say(joins[c->before], "");
	for (size_t i = 0; i < c->n_words; i++)
		say(shell_word_glob(&c->words[i]) ? "W1" : "W0", c->words[i].text);
	for (size_t i = 0; i < c->n_redirs; i++) {
		fputs(ops[c->redirs[i].op], stdout);
		putchar('0' + c->redirs[i].fd);
		say("", c->redirs[i].target.text);
	}
}

/* sh -c TEXT, as single mode would send it: the text quoted once more. */
static void
say_single(struct arena *a, const struct buf *canon)
{
	struct buf out;
	char *text = arena_take(a, canon->len + 1);
	struct shell_word word = { .text = text, .len = canon->len };

	if (text == NULL)
		abort();
	memcpy(text, canon->p, canon->len);
	buf_init(&out, 65536);
	shell_canon_word(&word, &out);
	if (!buf_ok(&out))
		abort();
	say("", buf_cstr(&out));
	buf_clear(&out);
}

/* The canonical text must read back as itself. */
static void
check_again(struct arena *a, const struct buf *canon)
{
	struct shell_line line;
	struct buf again;

	buf_init(&again, 65536);
	if (shell_read(buf_span(canon), a, &line, NULL) != RC_OK ||
	    line.undecidable != SHELL_FINE)
		abort();
	shell_canon(&line, &again);
	if (!span_eq(buf_span(&again), buf_span(canon)))
		abort();
	buf_clear(&again);
}

static void
answer(struct arena *a, struct span text)
{
	struct shell_line line;
	struct buf canon;

	arena_reset(a);
	if (shell_read(text, a, &line, NULL) != RC_OK)
		abort();
	if (line.undecidable != SHELL_FINE) {
		say("!", shell_reason_name(line.undecidable));
		return;
	}
	buf_init(&canon, SHELL_CANON);
	shell_canon(&line, &canon);
	if (!buf_ok(&canon)) {
		say("!", "limit");
		buf_clear(&canon);
		return;
	}
	check_again(a, &canon);
	say("", buf_cstr(&canon));
	say_single(a, &canon);
	for (size_t i = 0; i < line.n; i++)
		say_command(&line.commands[i]);
	buf_clear(&canon);
}

int
main(void)
{
	struct arena *a = arena_new(4 * SHELL_ARENA);
	char *text = NULL;
	size_t room = 0;
	ssize_t n;

	if (a == NULL)
		return 1;
	while ((n = getline(&text, &room, stdin)) > 0) {
		if (text[n - 1] == '\n')
			n--;
		answer(a, span_make(text, (size_t)n));
		putchar('\n');
	}
	free(text);
	arena_free(a);
	return 0;
}
