/* Words for tests of shapes, without the parser of lines: parted by blanks; what stands
 * between two ' is plain, and unquoted * ? [ ] are live. */
#ifndef TESTS_POLICIES_WORDING_H
#define TESTS_POLICIES_WORDING_H

#include <string.h>

#include "policies/shape.h"

#define WORDING_WORDS 64
#define WORDING_TEXT 4096

struct wording {
	size_t n;
	struct shell_word words[WORDING_WORDS];
	char text[WORDING_TEXT];
	uint8_t live[WORDING_TEXT];
};

static inline void
wording_split(const char *line, struct wording *w)
{
	size_t used = 0;

	w->n = 0;
	while (*line != '\0' && w->n < WORDING_WORDS) {
		struct shell_word *word = &w->words[w->n];
		bool quoted = false, globs = false;
		size_t from = used;

		line += strspn(line, " ");
		if (*line == '\0')
			break;
		*word = (struct shell_word){ .text = w->text + used };
		for (; *line != '\0' && (quoted || *line != ' '); line++) {
			bool live = !quoted && strchr("*?[]", *line) != NULL;

			if (*line == '\'') {
				quoted = !quoted;
				word->quoted = true;
				continue;
			}
			if (used + 2 >= WORDING_TEXT)
				break;
			globs |= live && *line != ']';
			w->live[used] = live;
			w->text[used++] = *line;
		}
		word->len = used - from;
		word->live = globs ? w->live + from : NULL;
		w->text[used++] = '\0';
		w->n++;
	}
}

/* A command that stands alone; "|" before it: it is fed. */
static inline struct shape_subject
wording_subject(const char *line, struct wording *w)
{
	bool fed = line[0] == '|';

	wording_split(line + fed, w);
	return (struct shape_subject){
		.words = w->words, .n = w->n, .fed = fed, .whole = true
	};
}

#endif
