/* Show the screen at a time. */
#include "replay/program.h"

#include <stdio.h>

#include "replay/still.h"

int
act_at(struct program *p)
{
	struct err err;
	enum rc rc;

	err_clear(&err);
	rc = still_run(p->source, &p->opts.at, p->opts.json, stdout, &err);
	if (rc != RC_OK)
		return program_stopped_or(program_broken(p, rc, &err));
	return (int)p->proof.code;
}
