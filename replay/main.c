/* hoop-replay: play, check or export a recorded session.
 *
 * The order matters.  All files are opened first; then the process gives up the right
 * to open more; then it reads the recording, signatures before keys; then it shows. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "replay/export_cast.h"
#include "replay/profile.h"
#include "replay/program.h"
#include "replay/stop.h"
#include "replay/verify.h"

#define MASKING_MOST (1u << 20) /* bytes of a file with a policy */

/* ---- before confinement ---- */

static int
open_recording(struct program *p)
{
	struct err err;

	if (p->opts.file == NULL)
		return 0;
	if (strcmp(p->opts.file, "-") == 0) {
		if (intake_open(STDIN_FILENO, &p->intake, &err) == RC_OK)
			return 0;
		program_say("%s", err.text);
		return VERIFY_IO;
	}
	/* O_NONBLOCK: a FIFO in its place must not hold us; source_open refuses it. */
	p->file = open(p->opts.file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (p->file >= 0)
		return 0;
	program_say("%s: %s", p->opts.file, strerror(errno));
	return VERIFY_IO;
}

/* A trust file that was named must be there; without the usual one nobody is trusted.
 */
static int
open_trust(struct program *p)
{
	char place[KEY_PLACE_MOST];
	const char *path = p->opts.trust;
	struct err err;

	if (path == NULL) {
		if (key_place("trusted", place, NULL) != RC_OK ||
		    access(place, F_OK) != 0)
			return 0;
		path = place;
	}
	err_clear(&err);
	if (trust_load(path, &p->trust, &err) == RC_OK)
		return 0;
	program_say("trust %s: %s", path, err.text);
	return VERIFY_IO;
}

/* A key that cannot be had is a finding of its own, told after the signatures.  To
 * verify needs none, and asks for none that was not named. */
static int
open_key(struct program *p)
{
	if (p->opts.mode == OPTIONS_VERIFY && p->opts.key == NULL)
		return 0;
	if (key_read(p->opts.key, &p->key, &p->key_err) == RC_FAIL) {
		program_say("%s", p->key_err.text);
		return VERIFY_IO;
	}
	return 0;
}

/* A player's keys come from standard input, unless the recording does. */
static int
open_keys(struct program *p)
{
	p->keys = -1;
	if (p->opts.mode != OPTIONS_PLAY || !isatty(STDOUT_FILENO))
		return 0;
	if (p->intake != NULL)
		p->keys = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	else if (isatty(STDIN_FILENO))
		p->keys = STDIN_FILENO;
	return 0;
}

static int
open_output(struct program *p)
{
	struct err err;

	p->out = STDOUT_FILENO;
	/* A rewrap names its own place: act_rewrap_open. */
	if (p->opts.mode != OPTIONS_EXPORT && p->opts.mode != OPTIONS_TEXT)
		return 0;
	if (p->opts.out == NULL) {
		/* Text is harmless to a terminal. */
		if (!isatty(STDOUT_FILENO) || p->opts.force ||
		    p->opts.mode == OPTIONS_TEXT)
			return 0;
		program_say("not to a terminal: use -o FILE, or --force");
		return VERIFY_USAGE;
	}
	if (export_cast_open(p->opts.out, p->opts.force, &p->out, &err) == RC_OK)
		return 0;
	program_say("%s", err.text);
	return VERIFY_IO;
}

/* What lies beside the recording: further stanzas, the log and its evidence. */
static int
open_beside(struct program *p)
{
	int status = 0;

	if (p->opts.mode == OPTIONS_VERIFY || p->opts.mode == OPTIONS_INFO)
		status = act_verify_open(p);
	if (p->opts.mode == OPTIONS_REWRAP)
		status = act_rewrap_open(p);
	if (status == 0)
		status = program_open_shred(p);
	return status != 0 ? status : program_open_rcpt(p);
}

static int
open_pattern(struct program *p)
{
	struct err err;

	if (p->opts.mode != OPTIONS_FIND)
		return 0;
	err_clear(&err);
	switch (needle_new(p->opts.find, p->opts.ignore_case, &p->pattern, &err)) {
	case RC_OK:
		return 0;
	case RC_REFUSE:
		program_say("--find: %s", err.text);
		return VERIFY_USAGE;
	default:
		program_say("%s", err.text);
		return VERIFY_IO;
	}
}

/* What a policy is made to before we are confined: expressions become code. */
static enum rc
read_masking(struct program *p, struct err *err)
{
	struct buf text;
	enum rc rc;

	buf_init(&text, MASKING_MOST);
	if (p->opts.masking == NULL)
		rc = mask_policy_read(NULL, &p->masking, err);
	else if ((rc = voucher_read(
		      AT_FDCWD, p->opts.masking, MASKING_MOST, &text, err)) == RC_OK)
		rc = mask_policy_parse(
		    p->opts.masking, buf_span(&text), &p->masking, err);
	buf_clear(&text);
	return rc != RC_OK ? rc : mask_rules_new(p->masking, NULL, &p->rules, err);
}

static int
open_masking(struct program *p)
{
	const unsigned modes = OPTIONS_EXPORT | OPTIONS_FIND | OPTIONS_TEXT;
	struct err err;

	if (p->opts.raw || (p->opts.mode & modes) == 0)
		return 0;
	err_clear(&err);
	if (read_masking(p, &err) == RC_OK)
		return 0;
	program_say("masking: %s", err.text);
	return VERIFY_IO;
}

static int
confine(struct program *p)
{
	const char *const folders[] = { p->opts.all, p->opts.log, NULL };
	struct err err;

	if (stop_watch(&err) == RC_OK &&
	    (p->opts.all != NULL ? profile_enter_reading(folders, &err)
				 : profile_enter(&err)) == RC_OK)
		return 0;
	program_say("%s", err.text);
	return VERIFY_IO;
}

/* ---- signatures, then keys ---- */

/* What comes from standard input has to be here before it is looked at; of what is
 * followed, its begin. */
static int
take_in(struct program *p)
{
	struct err err;
	enum rc rc;

	if (p->intake == NULL)
		return 0;
	err_clear(&err);
	rc = p->opts.follow ? intake_take_head(p->intake, &err)
			    : intake_take_all(p->intake, &err);
	if (rc != RC_OK) {
		program_say("%s", err.text);
		return program_stopped_or(VERIFY_IO);
	}
	p->file = intake_file(p->intake);
	p->opts.file = "standard input";
	return 0;
}

/* A session that is followed may just have begun: what a key opens stands behind the
 * opening seal. */
static bool
too_early(const struct program *p)
{
	return p->opts.follow && !source_plain(p->source) &&
	       p->proof.code == PROOF_UNTERMINATED && !p->proof.certified &&
	       (p->intake == NULL || !intake_ended(p->intake)) && stop_signal() == 0;
}

static int
believe(struct program *p)
{
	return p->log != NULL || p->exhibits != NULL ? act_verify_believe(p) : 0;
}

static int
prove(struct program *p)
{
	struct err err;
	enum rc rc;

	if (p->opts.file == NULL)
		return 0;
	err_clear(&err);
	if ((rc = source_open(p->file, &p->source, &err)) == RC_OK)
		rc = source_prove(p->source, p->trust, &p->proof, &err);
	while (rc == RC_OK && too_early(p)) {
		stop_poll(NULL, 0, 200000);
		rc = source_prove(p->source, p->trust, &p->proof, &err);
	}
	if (rc == RC_OK)
		return 0;
	program_say("%s: %s", p->opts.file, err.text);
	return VERIFY_IO;
}

/* What stands before a session that is not whole and proven. */
static void
warn(const struct program *p)
{
	/* What is still written has no end. */
	if (p->proof.code == PROOF_WHOLE ||
	    (p->opts.follow && p->proof.code == PROOF_UNTERMINATED))
		return;
	program_say(
	    "%s: %s: %s", p->opts.file, verify_phrase(p->proof.code), p->proof.text);
	if (p->proof.code == PROOF_UNKNOWN && !source_plain(p->source) &&
	    !p->proof.closed && !p->opts.follow)
		program_say("%s: unterminated too: the end of the session is missing",
		    p->opts.file);
}

/* ---- main ---- */

static const struct {
	enum options_mode mode;
	bool opens; /* needs what the key opens; never shows a false recording */
	int (*act)(struct program *);
} modes[] = {
	{ OPTIONS_PLAY, true, act_play },
	{ OPTIONS_VERIFY, false, act_verify },
	{ OPTIONS_EXPORT, true, act_export },
	{ OPTIONS_INFO, true, act_info },
	{ OPTIONS_COMMANDS, true, act_commands },
	{ OPTIONS_REWRAP, false, act_rewrap },
	{ OPTIONS_TEXT, true, act_text },
	{ OPTIONS_FIND, true, act_find },
	{ OPTIONS_AT, true, act_at },
};

/* Signatures first, then the key, then the deed. */
static int
act(struct program *p)
{
	enum proof_code code;
	struct err err;
	enum rc rc;
	size_t i = 0;

	while (modes[i].mode != p->opts.mode)
		i++;
	if (!modes[i].opens)
		return modes[i].act(p);
	warn(p);
	if (p->proof.code == PROOF_TAMPERED)
		return PROOF_TAMPERED;
	err_clear(&err);
	if ((rc = program_unlock(p, &code, &err)) == RC_OK) {
		if (p->rules == NULL)
			return modes[i].act(p);
		if ((rc = source_veil(p->source, p->rules, &err)) == RC_OK)
			return modes[i].act(p);
		return program_exported(p, rc, &err);
	}
	program_say("%s: %s: %s", p->opts.file, verify_phrase(code), err.text);
	return program_stopped_or(rc == RC_REFUSE ? (int)code : VERIFY_IO);
}

static int
run(struct program *p)
{
	static int (*const steps[])(struct program *) = { open_recording, open_trust,
		open_key, open_keys, open_pattern, open_masking, open_output,
		open_beside, confine, take_in, believe, prove, act };
	int status = 0;

	for (size_t i = 0; status == 0 && i < sizeof steps / sizeof steps[0]; i++)
		status = steps[i](p);
	source_close(p->source);
	act_verify_close(p);
	buf_clear(&p->rcpt);
	buf_clear(&p->shred);
	free(p->to);
	key_free(p->key);
	trust_free(p->trust);
	needle_free(p->pattern);
	mask_rules_free(p->rules);
	mask_policy_free(p->masking);
	if (p->intake != NULL)
		intake_free(p->intake); /* the file is its own */
	else if (p->file >= 0)
		close(p->file);
	return status;
}

int
main(int argc, char **argv)
{
	struct program p = { .file = -1 };
	struct err err;

	if (options_parse(argc, argv, &p.opts, &err) != RC_OK) {
		program_say("%s", err.text);
		program_say("try hoop-replay --help");
		return VERIFY_USAGE;
	}
	if (p.opts.mode == OPTIONS_HELP) {
		options_help(stdout);
		return fflush(stdout) == 0 ? 0 : VERIFY_IO;
	}
	if (p.opts.mode == OPTIONS_VERSION) {
		puts("hoop-replay " PACKAGE_VERSION);
		return fflush(stdout) == 0 ? 0 : VERIFY_IO;
	}
	return run(&p);
}
