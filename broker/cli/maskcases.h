/* broker mask filter --jsonl: cases, an object a line, each through a stream of its own.
 *
 *   {"id": …, "input": ["…", …], "enc": "b64", "gap_ms": [0, …], "policy": ["pii"], …}
 *
 * input: the chunks, each put by itself; with enc they are base64.  gap_ms: how long
 * nothing comes before a chunk; the clock is moved, nobody waits.  Other members are not
 * looked at.  For each line one: {"id", "output"}, or "output_b64" where that is no UTF-8;
 * with --times also "shown", how many bytes of it stood 100 ms behind each chunk; for a
 * line that is no case {"id", "error"}. */
#ifndef BROKER_CLI_MASKCASES_H
#define BROKER_CLI_MASKCASES_H

#include "broker/cli/maskopts.h"

#define MASKCASES_LINE (16u << 20) /* bytes of a line */

/* Exit status: 64 when a line was no case (the others are done all the same), 70 when
 * masking failed; then nothing more is printed. */
int maskcases(const struct maskopts *o);

#endif
