/* Words by hand for tests: parted by blanks, '…' is literal, and * ? [ act elsewhere. */
#ifndef TESTS_POLICIES_SHELLWORDS_H
#define TESTS_POLICIES_SHELLWORDS_H

#include <stdbool.h>
#include <string.h>

#include "policies/shell.h"

struct shellwords {
	char text[2 * SHELL_LINE];
	uint8_t live[2 * SHELL_LINE];
	struct shell_word words[SHELL_WORDS];
	size_t n;
};

/* False when there are too many of them. */
static inline bool
shellwords_cut(struct shellwords *s, const char *line, size_t len)
{
	size_t out = 0;

	memset(s, 0, sizeof *s);
	if (len > SHELL_LINE)
		return false;
	for (size_t i = 0; i < len;) {
		struct shell_word *w = &s->words[s->n];
		size_t start = out;
		bool in = false;

		if (line[i] == ' ') {
			i++;
			continue;
		}
		if (s->n == SHELL_WORDS)
			return false;
		w->at = i;
		for (; i < len && (in || line[i] != ' '); i++) {
			if (line[i] == '\'') {
				in = !in;
				w->quoted = true;
				continue;
			}
			s->text[out] = line[i];
			s->live[out] = !in && strchr("*?[", line[i]) != NULL;
			if (s->live[out])
				w->live = s->live + start;
			out++;
		}
		w->text = s->text + start;
		w->len = out - start;
		out++;
		s->n++;
	}
	return true;
}

#endif
