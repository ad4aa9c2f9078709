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

#define RENDER_MAX 8192	  /* bytes of what comes out */
#define RENDER_NONCE 32	  /* hex digits of a nonce */
#define RENDER_SHELL_MAX 2048 /* bytes of a start-up text */

/* All append to out; canon is canonical text (shell_canon) and read again here, so that
 * nothing else gets through.  directory: absolute, or empty: wherever the session begins.
 * RC_REFUSE: canon is no canonical text, the directory is not absolute or not printable,
 * braces as above, or too long; RC_FAIL: memory. */

/* A session of its own, without a terminal: one simple command without globs and
 * redirections, to run where the session begins, as its words; all else as
 * sh -c 'cd -- DIR && …'. */
enum rc render_command(
    struct span canon, struct span directory, struct buf *out, struct err *err);
/* The same for bytes that nobody understood and people have approved: sh -c BYTES. */
enum rc render_bytes(
    struct span bytes, struct span directory, struct buf *out, struct err *err);
/* A program alone on its terminal: cd -- DIR && exec …; canon is one simple command. */
enum rc render_program(
    struct span canon, struct span directory, struct buf *out, struct err *err);
/* The same without a shell behind it for Run Command's list of commands: canon, or the
 * bytes, after cd. */
enum rc render_run(
    struct span text, bool canon, struct span directory, struct buf *out, struct err *err);
/* The command that begins a fed shell: bash where it is, sh elsewhere. */
enum rc render_shell(struct buf *out, struct err *err);
/* One line for it, with its LF: { canon ; } </dev/null, then the marker, which is an OSC
 * sequence with the nonce and the status of the line. */
enum rc render_line(struct span canon, const char nonce[RENDER_NONCE + 1],
    struct buf *out, struct err *err);
/* cd -- DIRECTORY, with a marker that has the status and the new directory (pwd -P). */
enum rc render_cd(struct span directory, const char nonce[RENDER_NONCE + 1],
    struct buf *out, struct err *err);

#endif
