/* Any bytes as what is to be sent to a target: refused, or one line without a control
 * character, in which quotes are closed. */
#include <stdlib.h>
#include <string.h>

#include "policies/render.h"
#include "policies/shell.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define NONCE "00112233445566778899aabbccddeeff"

static void
demand(bool what)
{
	if (!what)
		abort();
}

/* Text outside of single quotes keeps to what the renderer writes there itself. */
static void
check_quotes(struct span s)
{
	bool in = false;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '\'')
			in = !in;
		else if (!in && s.p[i] == '\\')
			i++;
	}
	demand(!in);
}

static void
check(enum rc rc, struct buf *out, bool document, bool line)
{
	demand(buf_ok(out) && (rc == RC_OK || rc == RC_REFUSE));
	demand((rc == RC_OK) == (out->len > 0) && out->len <= RENDER_MAX);
	if (rc == RC_OK && line)
		demand(out->p[--out->len] == '\n');
	for (size_t i = 0; i < out->len; i++) {
		demand((out->p[i] >= 0x20 || out->p[i] == '\t') && out->p[i] != 0x7f);
		if (document && i > 0 && (out->p[i] == '{' || out->p[i] == '}'))
			demand(out->p[i] != out->p[i - 1]);
	}
	if (!line)
		check_quotes(buf_span(out));
	buf_clear(out);
}

static void
check_all(struct span text, struct span directory)
{
	struct buf out;

	buf_init(&out, 2 * RENDER_MAX);
	check(render_command(text, directory, &out, NULL), &out, true, false);
	check(render_bytes(text, directory, &out, NULL), &out, true, false);
	check(render_program(text, directory, &out, NULL), &out, true, false);
	check(render_run(text, true, directory, &out, NULL), &out, true, false);
	check(render_run(text, false, directory, &out, NULL), &out, true, false);
	check(render_line(text, NONCE, &out, NULL), &out, false, true);
	check(render_cd(directory, NONCE, &out, NULL), &out, false, true);
}

/* Up to the first NUL a directory, then a line; and what the line's canonical text is. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = size > 0 ? memchr(data, 0, size) : NULL;
	size_t n = nul != NULL ? (size_t)(nul - data) : 0;
	struct span directory = span_make(data, n);
	struct span text =
	    nul != NULL ? span_make(nul + 1, size - n - 1) : span_make(data, size);
	struct arena *a = arena_new(SHELL_ARENA);
	struct shell_line line;
	struct buf canon;

	demand(a != NULL);
	check_all(text, directory);
	demand(shell_read(text, a, &line, NULL) == RC_OK);
	if (line.undecidable == SHELL_FINE) {
		buf_init(&canon, 65536);
		shell_canon(&line, &canon);
		check_all(buf_span(&canon), directory);
		buf_clear(&canon);
	}
	arena_free(a);
	return 0;
}
