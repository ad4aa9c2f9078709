/* What the broker would send to a target for each line of stdin, for renders.py: a line of
 * fields in hexadecimal with blanks between, in the order below; "-" where it refuses.
 * usage: renderer DIRECTORY */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/render.h"
#include "policies/shell.h"

#define NONCE "00112233445566778899aabbccddeeff"

static void
say(enum rc rc, struct buf *out)
{
	if (rc != RC_OK)
		putchar('-');
	for (size_t i = 0; rc == RC_OK && i < out->len; i++)
		printf("%02x", out->p[i]);
	putchar(' ');
	buf_reset(out);
}

static void
answer(struct arena *a, struct span text, struct span directory)
{
	struct shell_line line;
	struct buf canon, out;
	struct span c;

	arena_reset(a);
	if (shell_read(text, a, &line, NULL) != RC_OK)
		abort();
	if (line.undecidable != SHELL_FINE)
		return;
	buf_init(&canon, SHELL_CANON);
	buf_init(&out, RENDER_MAX);
	shell_canon(&line, &canon);
	c = buf_span(&canon);
	say(render_command(c, span_of(""), &out, NULL), &out);
	say(render_command(c, directory, &out, NULL), &out);
	say(render_bytes(text, directory, &out, NULL), &out);
	say(render_program(c, directory, &out, NULL), &out);
	say(render_run(c, true, directory, &out, NULL), &out);
	say(render_line(c, NONCE, &out, NULL), &out);
	say(buf_ok(&canon) ? RC_OK : RC_REFUSE, &canon);
	buf_clear(&canon);
	buf_clear(&out);
}

int
main(int argc, char **argv)
{
	struct arena *a = arena_new(SHELL_ARENA);
	char *text = NULL;
	size_t room = 0;
	ssize_t n;

	if (a == NULL || argc != 2)
		return 1;
	while ((n = getline(&text, &room, stdin)) > 0) {
		if (text[n - 1] == '\n')
			n--;
		answer(a, span_make(text, (size_t)n), span_of(argv[1]));
		putchar('\n');
	}
	free(text);
	arena_free(a);
	return 0;
}
