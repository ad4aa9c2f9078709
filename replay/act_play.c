/* Play a recording. */
#include "replay/program.h"

#include <unistd.h>

#include "replay/player.h"

int
act_play(struct program *p)
{
	struct player_init init = {
		.out = STDOUT_FILENO,
		.keys = p->keys,
		.raw = p->opts.raw,
		.speed = p->opts.speed,
		.limit_us = p->opts.limit_us,
	};
	struct player_result result;
	struct err err;
	enum rc rc;

	err_clear(&err);
	rc = player_run(p->source, &init, &result, &err);
	if (result.removed > 0)
		program_say(
		    "%llu control sequences or characters were not shown (--raw shows "
		    "them)",
		    (unsigned long long)result.removed);
	if (rc != RC_OK && rc != RC_END)
		return program_broken(p, rc, &err);
	return program_stopped_or((int)p->proof.code);
}
