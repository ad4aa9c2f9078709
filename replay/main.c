/* hoop-replay: play, check or export a recorded session.
 *
 * The order matters.  All files are opened first; then the process gives up the right
 * to open more; then it reads the recording, signatures before keys; then it shows. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "recorder/reader.h"
#include "replay/commands.h"
#include "replay/export_cast.h"
#include "replay/info.h"
#include "replay/key.h"
#include "replay/options.h"
#include "replay/player.h"
#include "replay/profile.h"
#include "replay/source.h"
#include "replay/stop.h"
#include "replay/verify.h"

#define TEXT_MOST (16u << 20)

struct program {
	struct options opts;
	int file;
	int out; /* of an export */
	struct trust *trust;
	struct key *key;
	struct err key_err; /* why there is none */
	struct source *source;
	struct proof proof;
	bool opened; /* the chunks can be read */
};

/* One line to people.  Texts quote hostile files: nothing but text gets out. */
static void __attribute__((format(printf, 1, 2))) say(const char *fmt, ...)
{
	struct buf line;
	va_list ap;
	char text[ERR_TEXT + 512];

	buf_init(&line, 8 * sizeof text);
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	buf_text(&line, "hoop-replay: ");
	text_show(&line, span_of(text));
	fprintf(stderr, "%s\n", buf_cstr(&line));
	buf_clear(&line);
}

static int
stopped_or(int status)
{
	return stop_signal() ? 128 + stop_signal() : status;
}

/* ---- before confinement ---- */

static int
open_recording(struct program *p)
{
	/* O_NONBLOCK: a FIFO in its place must not hold us; source_open refuses it. */
	p->file = open(p->opts.file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (p->file >= 0)
		return 0;
	say("%s: %s", p->opts.file, strerror(errno));
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
	say("trust %s: %s", path, err.text);
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
		say("%s", p->key_err.text);
		return VERIFY_IO;
	}
	return 0;
}

static int
open_output(struct program *p)
{
	struct err err;

	p->out = STDOUT_FILENO;
	if (p->opts.mode != OPTIONS_EXPORT)
		return 0;
	if (p->opts.out == NULL) {
		if (!isatty(STDOUT_FILENO) || p->opts.force)
			return 0;
		say("not to a terminal: use -o FILE, or --force");
		return VERIFY_USAGE;
	}
	if (export_cast_open(p->opts.out, p->opts.force, &p->out, &err) == RC_OK)
		return 0;
	say("%s", err.text);
	return VERIFY_IO;
}

static int
confine(struct program *p)
{
	struct err err;

	(void)p;
	if (stop_watch(&err) == RC_OK && profile_enter(&err) == RC_OK)
		return 0;
	say("%s", err.text);
	return VERIFY_IO;
}

/* ---- signatures, then keys ---- */

static int
prove(struct program *p)
{
	struct err err;

	err_clear(&err);
	if (source_open(p->file, &p->source, &err) == RC_OK &&
	    source_prove(p->source, p->trust, &p->proof, &err) == RC_OK)
		return 0;
	say("%s: %s", p->opts.file, err.text);
	return VERIFY_IO;
}

/* What stands before a session that is not whole and proven. */
static void
warn(const struct program *p)
{
	if (p->proof.code == PROOF_WHOLE)
		return;
	say("%s: %s: %s", p->opts.file, verify_phrase(p->proof.code), p->proof.text);
	if (p->proof.code == PROOF_UNKNOWN && !source_plain(p->source) &&
	    !p->proof.closed)
		say("%s: unterminated too: the end of the session is missing",
		    p->opts.file);
}

/* RC_OK: the chunks can be read.  RC_REFUSE: they cannot; *code is the finding. */
static enum rc
unlock(struct program *p, enum proof_code *code, struct err *err)
{
	struct keyfile *key = NULL;
	enum rc rc;

	*code = PROOF_NO_KEY;
	if (source_plain(p->source))
		return RC_OK;
	if (reader_header(source_reader(p->source)) == NULL) {
		*code = p->proof.code;
		return err_set(err, RC_REFUSE, "it ends within its header");
	}
	if (p->key == NULL)
		return err_set(err, RC_REFUSE, "%s", p->key_err.text);
	if ((rc = key_open(p->key, &key, err)) == RC_OK)
		rc = source_unlock(p->source, key, code, err);
	keyfile_free(key);
	p->opened = rc == RC_OK;
	return rc == RC_END ? RC_REFUSE : rc;
}

/* ---- the five things to do ---- */

/* What a broken source means: a sealed one was changed, a plain one cannot be read. */
static int
broken(const struct program *p, enum rc rc, const struct err *err)
{
	say("%s: %s", p->opts.file, err->text);
	if (rc == RC_REFUSE && !source_plain(p->source))
		return PROOF_TAMPERED;
	return VERIFY_IO;
}

static int
do_play(struct program *p)
{
	struct player_init init = {
		.out = STDOUT_FILENO,
		.keys =
		    isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) ? STDIN_FILENO : -1,
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
		say("%llu control sequences or characters were not shown (--raw shows "
		    "them)",
		    (unsigned long long)result.removed);
	if (rc != RC_OK && rc != RC_END)
		return broken(p, rc, &err);
	return stopped_or((int)p->proof.code);
}

static int
do_export(struct program *p)
{
	struct err err;
	enum rc rc;

	err_clear(&err);
	if ((rc = export_cast(p->source, p->out, &err)) == RC_OK)
		return (int)p->proof.code;
	/* Half an export must not pass for a whole one. */
	if (p->out != STDOUT_FILENO && ftruncate(p->out, 0) == 0)
		say("%s is left empty", p->opts.out);
	return stopped_or(broken(p, rc, &err));
}

static int
put_out(struct buf *text, int status)
{
	if (!buf_ok(text)) {
		say("out of memory");
		return VERIFY_IO;
	}
	if (fwrite(text->p, 1, text->len, stdout) != text->len || fflush(stdout) != 0) {
		say("standard output: %s", strerror(errno));
		return VERIFY_IO;
	}
	return status;
}

/* Append j as one line; takes it. */
static void
put_json(json_t *j, struct buf *out)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII);

	buf_text(out, text ? text : "");
	out->bad |= text == NULL;
	buf_u8(out, '\n');
	free(text);
	json_decref(j);
}

/* With a key named, what it finds counts, too.  Tampering outweighs all; else what the
 * signatures said stands, if it was anything but a pass. */
static enum rc
verify_opened(struct program *p, struct err *err)
{
	enum proof_code code;
	enum rc rc;

	if (p->opts.key == NULL || source_plain(p->source) ||
	    p->proof.code == PROOF_TAMPERED)
		return RC_OK;
	if ((rc = unlock(p, &code, err)) == RC_OK)
		return verify_contents(p->source, &p->proof, err);
	if (rc != RC_REFUSE)
		return rc;
	if (code == PROOF_TAMPERED || p->proof.code == PROOF_WHOLE) {
		p->proof.code = code;
		memcpy(p->proof.text, err->text, sizeof p->proof.text);
	} else
		say("%s: %s: %s", p->opts.file, verify_phrase(code), err->text);
	return RC_OK;
}

static int
do_verify(struct program *p)
{
	struct buf out;
	struct err err;
	int status;

	err_clear(&err);
	if (verify_opened(p, &err) != RC_OK) {
		say("%s: %s", p->opts.file, err.text);
		return VERIFY_IO;
	}
	if (stop_signal() != 0)
		return stopped_or(VERIFY_IO);
	buf_init(&out, TEXT_MOST);
	if (p->opts.json)
		put_json(verify_json(p->source, &p->proof, p->opened), &out);
	else
		verify_text(p->source, &p->proof, p->opts.file, &out);
	status = put_out(&out, (int)p->proof.code);
	buf_clear(&out);
	return status;
}

static int
do_info(struct program *p)
{
	struct buf out;
	struct err err;
	json_t *info;
	enum rc rc;
	int status;

	err_clear(&err);
	if ((rc = info_read(p->source, &info, &err)) != RC_OK)
		return broken(p, rc, &err);
	buf_init(&out, TEXT_MOST);
	if (p->opts.json) {
		json_object_set_new(
		    info, "proof", verify_json(p->source, &p->proof, false));
		put_json(json_incref(info), &out);
	} else {
		verify_text(p->source, &p->proof, p->opts.file, &out);
		info_text(info, &out);
	}
	json_decref(info);
	status = put_out(&out, (int)p->proof.code);
	buf_clear(&out);
	return status;
}

static int
do_commands(struct program *p)
{
	json_t *proof = verify_json(p->source, &p->proof, p->opened);
	struct err err;
	enum rc rc;

	err_clear(&err);
	rc = commands_run(p->source, p->opts.json, proof, stdout, &err);
	json_decref(proof);
	if (rc == RC_OK)
		return (int)p->proof.code;
	return stopped_or(broken(p, rc, &err));
}

/* ---- main ---- */

static const struct {
	enum options_mode mode;
	bool opens; /* needs what the key opens; never shows a false recording */
	int (*act)(struct program *);
} modes[] = {
	{ OPTIONS_PLAY, true, do_play },
	{ OPTIONS_VERIFY, false, do_verify },
	{ OPTIONS_EXPORT, true, do_export },
	{ OPTIONS_INFO, true, do_info },
	{ OPTIONS_COMMANDS, true, do_commands },
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
	if ((rc = unlock(p, &code, &err)) == RC_OK)
		return modes[i].act(p);
	say("%s: %s: %s", p->opts.file, verify_phrase(code), err.text);
	return stopped_or(rc == RC_REFUSE ? (int)code : VERIFY_IO);
}

static int
run(struct program *p)
{
	static int (*const steps[])(struct program *) = { open_recording, open_trust,
		open_key, open_output, confine, prove, act };
	int status = 0;

	for (size_t i = 0; status == 0 && i < sizeof steps / sizeof steps[0]; i++)
		status = steps[i](p);
	source_close(p->source);
	key_free(p->key);
	trust_free(p->trust);
	if (p->file >= 0)
		close(p->file);
	return status;
}

int
main(int argc, char **argv)
{
	struct program p = { .file = -1 };
	struct err err;

	if (options_parse(argc, argv, &p.opts, &err) != RC_OK) {
		say("%s", err.text);
		say("try hoop-replay --help");
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
