/* Export a recording. */
#include "replay/program.h"

#include <unistd.h>

#include "replay/export_cast.h"

int
act_export(struct program *p)
{
	struct err err;
	enum rc rc;

	err_clear(&err);
	if ((rc = export_cast(p->source, p->out, &err)) == RC_OK)
		return (int)p->proof.code;
	/* Half an export must not pass for a whole one. */
	if (p->out != STDOUT_FILENO && ftruncate(p->out, 0) == 0)
		program_say("%s is left empty", p->opts.out);
	return program_stopped_or(program_broken(p, rc, &err));
}
