/* Find a text on the screens of the session. */
#include "replay/program.h"

#include <stdio.h>

#include "replay/find.h"

int
act_find(struct program *p)
{
	struct find_init init = {
		.pattern = p->pattern, .context = p->opts.context, .json = p->opts.json
	};
	uint64_t found = 0;
	struct err err;
	enum rc rc;

	err_clear(&err);
	rc = find_run(p->source, &init, stdout, &found, &err);
	if (rc != RC_OK)
		return program_stopped_or(program_broken(p, rc, &err));
	if (found == 0)
		program_say("%s: not found", p->opts.file);
	return (int)p->proof.code;
}
