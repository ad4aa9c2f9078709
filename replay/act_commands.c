/* List what ran. */
#include "replay/program.h"

#include <stdio.h>

#include "replay/commands.h"
#include "replay/verify.h"

int
act_commands(struct program *p)
{
	json_t *proof = verify_json(p->source, &p->proof, NULL, p->opened);
	struct err err;
	enum rc rc;

	err_clear(&err);
	rc = commands_run(p->source, p->opts.json, proof, stdout, &err);
	json_decref(proof);
	if (rc == RC_OK)
		return (int)p->proof.code;
	return program_stopped_or(program_broken(p, rc, &err));
}
