/* Play a recording, or follow one that is still made. */
#include "replay/program.h"

#include <unistd.h>

#include "replay/player.h"
#include "replay/verify.h"

/* In two words, for the line below the picture. */
static const char *
mark_of(const struct program *p)
{
	if (p->proof.code == PROOF_UNKNOWN)
		return "not verified";
	if (p->proof.code == PROOF_UNTERMINATED && !p->opts.follow)
		return "unterminated";
	return NULL;
}

/* What came since, and what it is worth: nothing is shown before that is known. */
static enum rc
look(void *arg, struct err *err)
{
	struct program *p = arg;
	enum rc rc = RC_OK;

	if (p->intake != NULL)
		do
			rc = intake_take(p->intake, 0, err);
		while (rc == RC_OK);
	if (rc == RC_REFUSE)
		rc = RC_FAIL;
	if (rc == RC_FAIL)
		return rc;
	if (rc == RC_END)
		source_settle(p->source);
	if ((rc = source_more(p->source, &p->proof, err)) == RC_END)
		source_settle(p->source);
	if (rc != RC_OK && rc != RC_END)
		return rc;
	if (p->proof.code == PROOF_TAMPERED)
		return err_set(err, RC_REFUSE, "%s", p->proof.text);
	return source_grows(p->source) ? RC_OK : RC_END;
}

/* A live session may be followed that has not yet come to its first chunk. */
static void
begin_to_follow(struct program *p)
{
	if (p->proof.closed)
		return;
	source_follow(p->source, p->trust);
	if (p->intake != NULL && intake_ended(p->intake))
		source_settle(p->source);
}

static int
follow_ended(struct program *p)
{
	if (!source_plain(p->source) && p->proof.code == PROOF_UNTERMINATED)
		program_say("%s: the recording goes on, or was cut: %s", p->opts.file,
		    p->proof.text);
	return program_stopped_or((int)p->proof.code);
}

int
act_play(struct program *p)
{
	struct player_init init = {
		.out = STDOUT_FILENO,
		.keys = p->keys,
		.raw = p->opts.raw,
		.speed = p->opts.speed,
		.limit_us = p->opts.limit_us,
		.from_us = p->opts.from_us,
		.to_us = p->opts.to_us,
		.mark = mark_of(p),
		.more = p->opts.follow ? look : NULL,
		.arg = p,
	};
	struct player_result result;
	struct err err;
	enum rc rc;

	if (p->opts.follow)
		begin_to_follow(p);
	err_clear(&err);
	rc = player_run(p->source, &init, &result, &err);
	if (result.removed > 0)
		program_say(
		    "%llu control sequences or characters were not shown (--raw shows "
		    "them)",
		    (unsigned long long)result.removed);
	if (rc != RC_OK && rc != RC_END)
		return program_broken(p, rc, &err);
	return p->opts.follow ? follow_ended(p)
			      : program_stopped_or((int)p->proof.code);
}
