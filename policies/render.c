/* What is sent to a target for a command that was decided on; see render.h.  It is made
 * from the words that were decided on, never from anybody's bytes, and by appending
 * quoted words to fixed texts: there is no way from a word to an operator. */
#include "policies/render.h"

#include <string.h>

#include "lib/base/text.h"
#include "policies/shell.h"

#define MARK "printf '\\033]7707;"
/* An agent starts sh -c with this.  The shell gets none of the agent's environment, and a
 * terminal that neither echoes nor edits: sh keeps whole lines, because some of them edit
 * by themselves on a terminal that has none.  Nobody answers a pager. */
#define SHELL_TEXT                                                                     \
	"stty -echo; set -- env -i "                                                   \
	"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "           \
	"HOME=\"$HOME\" USER=\"$USER\" LOGNAME=\"$USER\" SHELL=/bin/sh "               \
	"TERM=xterm-256color LANG=C.UTF-8 PAGER=cat MANPAGER=cat GIT_PAGER=cat "       \
	"SYSTEMD_PAGER=cat SYSTEMD_URLIFY=0; "                                         \
	"for s in /bin/bash /usr/bin/bash /usr/local/bin/bash; do "                    \
	"[ -x \"$s\" ] && stty -icanon min 1 time 0 && "                               \
	"exec \"$@\" \"$s\" --noprofile --norc --noediting; "                          \
	"done; exec \"$@\" /bin/sh"

/* What was put so far is taken back where the whole cannot be. */
static enum rc
finish(struct buf *out, size_t from, size_t most, bool document, struct err *err)
{
	enum rc rc = RC_OK;

	if (!buf_ok(out) || out->len - from > most)
		rc = err_set(err, RC_REFUSE, "too long for a target");
	for (size_t i = from; rc == RC_OK && document && i + 1 < out->len; i++)
		if ((out->p[i] == '{' || out->p[i] == '}') &&
		    out->p[i + 1] == out->p[i])
			rc = err_set(err, RC_REFUSE,
			    "two braces in a row: documents of Session Manager read "
			    "them as a parameter's place");
	if (rc != RC_OK && out->len > from)
		out->len = from;
	return rc;
}

static void
put_quoted(struct buf *out, struct span text)
{
	buf_u8(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		if (text.p[i] == '\'')
			buf_text(out, "'\\''");
		else
			buf_u8(out, text.p[i]);
	}
	buf_u8(out, '\'');
}

/* A tab shows nowhere what it is, but every parser along the way takes it as a blank. */
static bool
is_plain(struct span text, bool tabs)
{
	while (text.len > 0) {
		uint32_t cp;
		unsigned n = text_char(text, &cp);

		if (n == 0 || !(text_plain(cp) || (tabs && cp == '\t')))
			return false;
		text.p += n;
		text.len -= n;
	}
	return true;
}

static enum rc
check_directory(struct span directory, struct err *err)
{
	if (directory.len == 0)
		return RC_OK;
	if (directory.p[0] != '/')
		return err_set(err, RC_REFUSE, "not an absolute directory");
	if (directory.len > SHELL_LINE || !is_plain(directory, false))
		return err_set(err, RC_REFUSE, "not a directory that can be printed");
	return RC_OK;
}

static enum rc
check_nonce(const char *nonce, struct err *err)
{
	if (strlen(nonce) != RENDER_NONCE ||
	    strspn(nonce, "0123456789abcdef") != RENDER_NONCE)
		return err_set(err, RC_REFUSE, "not a nonce");
	return RC_OK;
}

/* Read canonical text; RC_REFUSE for any other. */
static enum rc
read_canon(struct span canon, struct arena *a, struct shell_line *line, struct err *err)
{
	struct buf again;
	bool same;
	enum rc rc;

	if ((rc = shell_read(canon, a, line, err)) != RC_OK)
		return rc;
	if (line->undecidable != SHELL_FINE)
		return err_set(err, RC_REFUSE, "not a line that is understood: %s",
		    shell_reason_name(line->undecidable));
	buf_init(&again, SHELL_CANON);
	shell_canon(line, &again);
	same = buf_ok(&again) && span_eq(buf_span(&again), canon);
	buf_clear(&again);
	return same ? RC_OK : err_set(err, RC_REFUSE, "not canonical text");
}

typedef void put_fn(const struct shell_line *line, struct span canon,
    struct span directory, struct buf *out);

/* Check, read, put, finish. */
static enum rc
with_canon(struct span canon, struct span directory, put_fn *put, bool one,
    struct buf *out, struct err *err)
{
	struct arena *a;
	struct shell_line line;
	size_t from = out->len;
	enum rc rc;

	if ((rc = check_directory(directory, err)) != RC_OK)
		return rc;
	if ((a = arena_new(SHELL_ARENA)) == NULL)
		return err_memory(err);
	rc = read_canon(canon, a, &line, err);
	if (rc == RC_OK && one && line.n != 1)
		rc = err_set(err, RC_REFUSE, "not one command");
	if (rc == RC_OK && one && line.commands[0].words[0].text[0] == '-')
		rc = err_set(err, RC_REFUSE, "a command that begins with a dash");
	if (rc == RC_OK) {
		put(&line, canon, directory, out);
		rc = finish(out, from, RENDER_MAX, true, err);
	}
	arena_free(a);
	return rc;
}

static bool
is_simple(const struct shell_line *line)
{
	const struct shell_simple *c = &line->commands[0];

	if (line->n != 1 || c->n_redirs > 0)
		return false;
	for (size_t i = 0; i < c->n_words; i++)
		if (shell_word_glob(&c->words[i]))
			return false;
	return true;
}

static void
put_words(const struct shell_simple *c, struct buf *out)
{
	for (size_t i = 0; i < c->n_words; i++) {
		if (i > 0)
			buf_u8(out, ' ');
		put_quoted(out, span_make(c->words[i].text, c->words[i].len));
	}
}

/* The braces keep the rest of a list from running where cd failed. */
static void
put_script(const struct shell_line *line, struct span canon, struct span directory,
    struct buf *out)
{
	(void)line;
	if (directory.len > 0) {
		buf_text(out, "cd -- ");
		put_quoted(out, directory);
		buf_text(out, " && { ");
	}
	buf_span_put(out, canon);
	if (directory.len > 0)
		buf_text(out, " ; }");
}

static void
put_command(const struct shell_line *line, struct span canon, struct span directory,
    struct buf *out)
{
	struct buf script;

	if (directory.len == 0 && is_simple(line)) {
		put_words(&line->commands[0], out);
		return;
	}
	buf_init(&script, 2 * RENDER_MAX);
	put_script(line, canon, directory, &script);
	buf_text(out, "'sh' '-c' ");
	put_quoted(out, buf_span(&script));
	if (!buf_ok(&script))
		out->bad = true;
	buf_clear(&script);
}

static void
put_program(const struct shell_line *line, struct span canon, struct span directory,
    struct buf *out)
{
	(void)line;
	/* A session with a terminal tells by its first byte alone that it has begun, and
	 * takes no key before; some programs wait in silence. */
	buf_text(out, "printf '\\r'; ");
	if (directory.len > 0) {
		buf_text(out, "cd -- ");
		put_quoted(out, directory);
		buf_text(out, " && ");
	}
	buf_text(out, "exec ");
	buf_span_put(out, canon);
}

enum rc
render_command(
    struct span canon, struct span directory, struct buf *out, struct err *err)
{
	return with_canon(canon, directory, put_command, false, out, err);
}

enum rc
render_program(
    struct span canon, struct span directory, struct buf *out, struct err *err)
{
	return with_canon(canon, directory, put_program, true, out, err);
}

/* The bytes stay one argument: whatever they are, they are read by a shell of their own,
 * and cannot get out of anything around them. */
static enum rc
put_bytes(struct span bytes, struct span directory, const char *exec, struct buf *out,
    struct err *err)
{
	size_t from = out->len;
	enum rc rc;

	if ((rc = check_directory(directory, err)) != RC_OK)
		return rc;
	if (bytes.len == 0 || bytes.len > SHELL_LINE || !is_plain(bytes, true))
		return err_set(err, RC_REFUSE, "not a line that can be printed");
	buf_text(out, exec);
	if (directory.len > 0) {
		buf_text(out, "'sh' '-c' 'cd -- \"$1\" && exec sh -c \"$2\"' 'sh' ");
		put_quoted(out, directory);
		buf_u8(out, ' ');
	} else
		buf_text(out, "'sh' '-c' ");
	put_quoted(out, bytes);
	return finish(out, from, RENDER_MAX, true, err);
}

enum rc
render_bytes(struct span bytes, struct span directory, struct buf *out, struct err *err)
{
	return put_bytes(bytes, directory, "", out, err);
}

enum rc
render_run(struct span text, bool canon, struct span directory, struct buf *out,
    struct err *err)
{
	if (canon)
		return with_canon(text, directory, put_script, false, out, err);
	return put_bytes(text, directory, "exec ", out, err);
}

enum rc
render_shell(struct buf *out, struct err *err)
{
	size_t from = out->len;

	buf_text(out, SHELL_TEXT);
	return finish(out, from, RENDER_SHELL_MAX, true, err);
}

/* set and shopt of bash alone stand behind a test: an option that a shell does not know
 * ends its line. */
enum rc
render_start(const char *nonce, const char *tripwire, struct buf *out, struct err *err)
{
	size_t from = out->len;
	enum rc rc;

	if ((rc = check_nonce(nonce, err)) != RC_OK ||
	    (rc = check_nonce(tripwire, err)) != RC_OK)
		return rc;
	buf_printf(out,
	    "if [ -n \"$BASH_VERSION\" ]; then set +H +o history; "
	    "shopt -u expand_aliases; PROMPT_COMMAND=''; fi; set +m; "
	    "PS1=''; PS2=\"$(printf '\\033]7707;%s\\007')\"; cd -P .; "
	    "printf '\\033]7707;%s;0;%%s;%%s;%s\\007' "
	    "\"${BASH_VERSION:-sh}\" \"$PWD\"\n",
	    tripwire, nonce, nonce);
	return finish(out, from, RENDER_SHELL_MAX, false, err);
}

enum rc
render_line(struct span canon, const char *nonce, struct buf *out, struct err *err)
{
	struct arena *a;
	struct shell_line line;
	size_t from = out->len;
	enum rc rc;

	if ((rc = check_nonce(nonce, err)) != RC_OK)
		return rc;
	if ((a = arena_new(SHELL_ARENA)) == NULL)
		return err_memory(err);
	if ((rc = read_canon(canon, a, &line, err)) == RC_OK) {
		buf_text(out, "{ ");
		buf_span_put(out, canon);
		buf_printf(
		    out, " ; } </dev/null; " MARK "%s;%%s\\007' \"$?\"\n", nonce);
		rc = finish(out, from, RENDER_LINE_MAX, false, err);
	}
	arena_free(a);
	return rc;
}

enum rc
render_probe(const char *nonce, struct buf *out, struct err *err)
{
	size_t from = out->len;
	enum rc rc;

	if ((rc = check_nonce(nonce, err)) != RC_OK)
		return rc;
	buf_printf(out, "\n" MARK "%s;%%s\\007' \"$?\"\n", nonce);
	return finish(out, from, RENDER_LINE_MAX, false, err);
}

/* Not "$(pwd -P)": that would drop line ends from the end of a name, and the shell would be
 * elsewhere than it says. */
enum rc
render_cd(struct span directory, const char *nonce, struct buf *out, struct err *err)
{
	size_t from = out->len;
	enum rc rc;

	if ((rc = check_nonce(nonce, err)) != RC_OK ||
	    (rc = check_directory(directory, err)) != RC_OK)
		return rc;
	if (directory.len == 0)
		return err_set(err, RC_REFUSE, "no directory");
	buf_text(out, "cd -- ");
	put_quoted(out, directory);
	buf_printf(out,
	    " </dev/null && cd -P .; " MARK "%s;%%s;%%s;%s\\007' \"$?\" \"$PWD\"\n",
	    nonce, nonce);
	return finish(out, from, RENDER_LINE_MAX, false, err);
}
