/* Any bytes as a line for a shell: an answer with a place in the line; and what is fine
 * has a canonical text that reads back as the same, and has the same text. */
#include <stdlib.h>
#include <string.h>

#include "policies/shell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
demand(bool what)
{
	if (!what)
		abort();
}

static void
check_word(const struct shell_word *w)
{
	size_t globs = 0;

	demand(w->len <= SHELL_WORD && strlen(w->text) == w->len);
	for (size_t i = 0; w->live != NULL && i < w->len; i++) {
		demand(!w->live[i] || strchr("*?[]", w->text[i]) != NULL);
		globs += w->live[i] && w->text[i] != ']';
	}
	demand((globs > 0) == shell_word_glob(w) && globs <= SHELL_GLOBS);
}

static size_t
check_command(const struct shell_line *l, size_t i)
{
	const struct shell_simple *c = &l->commands[i];
	bool last = i + 1 == l->n;

	demand((c->before == SHELL_FIRST) == (i == 0));
	demand(c->stage < SHELL_STAGES);
	demand(c->before == SHELL_PIPE ? c->stage == c[-1].stage + 1 : c->stage == 0);
	demand(c->whole || (last && l->undecidable != SHELL_FINE));
	demand(c->n_words > 0 || !c->whole);
	demand(c->n_words + c->n_redirs > 0);
	demand(c->n_words == 0 || !shell_word_glob(&c->words[0]));
	for (size_t k = 0; k < c->n_words; k++)
		check_word(&c->words[k]);
	for (size_t k = 0; k < c->n_redirs; k++) {
		check_word(&c->redirs[k].target);
		demand(!shell_word_glob(&c->redirs[k].target));
		demand(c->redirs[k].fd >= 0 && c->redirs[k].fd <= 9);
	}
	return c->n_words + c->n_redirs;
}

static void
check_line(const struct shell_line *l, size_t size)
{
	size_t words = 0;

	demand(l->n <= SHELL_COMMANDS && l->what != NULL);
	if (l->undecidable != SHELL_FINE) {
		demand(l->offset <= size && l->offset <= SHELL_LINE);
		demand(shell_reason_name(l->undecidable)[0] != '\0');
	} else
		demand(l->n > 0);
	for (size_t i = 0; i < l->n; i++)
		words += check_command(l, i);
	demand(words <= SHELL_WORDS);
}

static void
same_word(const struct shell_word *a, const struct shell_word *b)
{
	demand(a->len == b->len && memcmp(a->text, b->text, a->len) == 0);
	demand(shell_word_glob(a) == shell_word_glob(b));
	if (shell_word_glob(a))
		demand(memcmp(a->live, b->live, a->len) == 0);
}

static void
same_command(const struct shell_simple *a, const struct shell_simple *b)
{
	demand(a->n_words == b->n_words && a->n_redirs == b->n_redirs);
	demand(a->stage == b->stage && a->before == b->before);
	for (size_t i = 0; i < a->n_words; i++)
		same_word(&a->words[i], &b->words[i]);
	for (size_t i = 0; i < a->n_redirs; i++) {
		demand(a->redirs[i].fd == b->redirs[i].fd);
		demand(a->redirs[i].op == b->redirs[i].op);
		same_word(&a->redirs[i].target, &b->redirs[i].target);
	}
}

/* The text of a line that is fine, and what is read from it. */
static void
check_canon(const struct shell_line *l, struct arena *a)
{
	struct shell_line again;
	struct buf one, two;

	buf_init(&one, 65536);
	buf_init(&two, 65536);
	shell_canon(l, &one);
	demand(buf_ok(&one));
	if (one.len <= SHELL_LINE) {
		demand(shell_read(buf_span(&one), a, &again, NULL) == RC_OK);
		demand(again.undecidable == SHELL_FINE && again.n == l->n);
		for (size_t i = 0; i < l->n; i++)
			same_command(&l->commands[i], &again.commands[i]);
		shell_canon(&again, &two);
		demand(span_eq(buf_span(&one), buf_span(&two)));
	}
	buf_clear(&one);
	buf_clear(&two);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(SHELL_ARENA), *b = arena_new(SHELL_ARENA);
	struct shell_line line;

	demand(a != NULL && b != NULL);
	demand(shell_read(span_make(data, size), a, &line, NULL) == RC_OK);
	check_line(&line, size);
	if (line.undecidable == SHELL_FINE)
		check_canon(&line, b);
	arena_free(a);
	arena_free(b);
	return 0;
}
