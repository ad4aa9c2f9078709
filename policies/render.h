/* What is sent to a target for a command that was decided on: text for the agent's own
 * splitter, or for a shell.
 *
 * Words stand in single quotes throughout: the agent splits by rules of its own, and
 * only single quotes mean the same to it as to a shell.  Nothing is rendered that it
 * would read otherwise: "{{" and "}}" are the notation of documents for parameters, and
 * refused where a document carries the text.
 */
#ifndef POLICIES_RENDER_H
#define POLICIES_RENDER_H

#include <stdbool.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"

#define RENDER_MAX 8192	      /* bytes of what comes out */
#define RENDER_NONCE 32	      /* hex digits of a nonce */
#define RENDER_SHELL_MAX 2048 /* bytes of a start-up text */
/* Bytes of a line for a fed shell with all that stands around it: a terminal that edits
 * lines cuts them at 4095. */
#define RENDER_LINE_MAX 4095
/* A marker is RENDER_MARK, the nonce, ";", the status, and BEL; or, with more than a
 * status, ";", that text, ";", the nonce again, and BEL, so that no text ends it. */
#define RENDER_MARK "\033]7707;"

/* All append to out; canon is canonical text (shell_canon) and read again here, so that
 * nothing else gets through.  directory: absolute, or empty: wherever the session begins.
 * RC_REFUSE: canon is no canonical text, the directory is not absolute or not printable,
 * braces as above, or too long; RC_FAIL: memory.  out has then what it had, unless it is full. */

/* A session of its own, without a terminal: one simple command without globs and
 * redirections, to run where the session begins, as its words; all else as
 * sh -c 'cd -- DIR && …'. */
enum rc render_command(
    struct span canon, struct span directory, struct buf *out, struct err *err);
/* The same for bytes that nobody understood and people have approved: sh -c BYTES.
 * RC_REFUSE also for characters that do not show, but tabs. */
enum rc render_bytes(
    struct span bytes, struct span directory, struct buf *out, struct err *err);
/* A program alone on its terminal: a CR, by which it is known to have begun, then
 * cd -- DIR && exec …; canon is one simple command, whose name does not begin with a dash
 * (exec has options). */
enum rc render_program(
    struct span canon, struct span directory, struct buf *out, struct err *err);
/* The same without a shell behind it for Run Command's list of commands: canon, or the
 * bytes, after cd. */
enum rc render_run(struct span text, bool canon, struct span directory, struct buf *out,
    struct err *err);

/* For fed shells.  A nonce, or a tripwire, is RENDER_NONCE lower-case hex digits: any
 * other is RC_REFUSE. */

/* The command that begins a fed shell: bash where it is, sh elsewhere, with an
 * environment of ours, and no echo. */
enum rc render_shell(struct buf *out, struct err *err);
/* The first line for it, with its LF: what a shell does by itself is switched off, its
 * prompt is empty, and where it would ask for more of a line there is RENDER_MARK,
 * tripwire and BEL.  Then the marker, with status 0 and the text
 * "BASH_VERSION;DIRECTORY", or "sh;DIRECTORY". */
enum rc render_start(
    const char *nonce, const char *tripwire, struct buf *out, struct err *err);
/* One line for it, with its LF: { canon ; } </dev/null, then the marker, which is an OSC
 * sequence with the nonce and the status of the line. */
enum rc render_line(
    struct span canon, const char *nonce, struct buf *out, struct err *err);
/* Nothing but a marker, with the status of whatever ran last: after an interrupt, which
 * makes a shell drop the rest of its line.  An LF stands before it: shells also drop the
 * byte that they were about to read. */
enum rc render_probe(const char *nonce, struct buf *out, struct err *err);
/* cd -- DIRECTORY, with a marker that has the status and the new directory, without links. */
enum rc render_cd(
    struct span directory, const char *nonce, struct buf *out, struct err *err);

#endif
