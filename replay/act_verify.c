/* Verify recordings: each by itself, against what travels beside it, against the log; or
 * all of a folder. */
#include "replay/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "replay/stop.h"
#include "replay/verify.h"

/* ---- before confinement ---- */

static int
said(const struct err *err)
{
	program_say("%s", err->text);
	return VERIFY_IO;
}

/* The first file is open; the others are opened now, since later nothing can be. */
static enum rc
open_exhibit(struct program *p, size_t i, struct err *err)
{
	struct exhibit *e = &p->exhibits[i];
	const char *name = p->opts.files[i];
	enum rc rc;

	e->fd = -1;
	if (i > 0 &&
	    (e->fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) < 0)
		return err_errno(err, RC_FAIL, "%s", name);
	rc = voucher_open(name, p->opts.proof, &e->voucher, err);
	return rc == RC_END ? RC_OK : rc;
}

int
act_verify_open(struct program *p)
{
	struct err err;
	enum rc rc = RC_OK;

	err_clear(&err);
	if (p->trust == NULL)
		rc = trust_new(&p->trust, &err);
	if (rc == RC_OK && p->opts.log != NULL)
		rc = logbook_open(p->opts.log, p->opts.checkpoints,
		    p->opts.ncheckpoints, &p->log, &err);
	if (rc == RC_OK && p->opts.all != NULL)
		rc = roster_open(p->opts.all, &p->roster, &err);
	if (rc == RC_OK && p->opts.nfiles > 0 &&
	    (p->exhibits = calloc(p->opts.nfiles, sizeof *p->exhibits)) == NULL)
		rc = err_memory(&err);
	for (size_t i = 0; rc == RC_OK && i < p->opts.nfiles; i++)
		rc = open_exhibit(p, i, &err);
	return rc == RC_OK ? 0 : said(&err);
}

void
act_verify_close(struct program *p)
{
	logbook_close(p->log);
	roster_close(p->roster);
	for (size_t i = 0; p->exhibits != NULL && i < p->opts.nfiles; i++) {
		voucher_free(p->exhibits[i].voucher);
		if (p->exhibits[i].fd > 0)
			close(p->exhibits[i].fd);
	}
	free(p->exhibits);
}

/* ---- whom to believe ---- */

int
act_verify_believe(struct program *p)
{
	struct err err;

	err_clear(&err);
	if (p->log != NULL && logbook_read(p->log, p->trust, &err) != RC_OK)
		return said(&err);
	for (size_t i = 0; i < p->opts.nfiles; i++)
		if (p->exhibits[i].voucher != NULL)
			voucher_believe(p->exhibits[i].voucher, p->trust);
	return 0;
}

/* ---- the finding ---- */

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
	if ((rc = program_unlock(p, &code, err)) == RC_OK)
		return verify_contents(p->source, &p->proof, err);
	if (rc != RC_REFUSE)
		return rc;
	if (code == PROOF_TAMPERED || p->proof.code == PROOF_WHOLE) {
		p->proof.code = code;
		memcpy(p->proof.text, err->text, sizeof p->proof.text);
	} else
		program_say("%s: %s: %s", p->opts.file, verify_phrase(code), err->text);
	return RC_OK;
}

/* What the log and the proof beside it say of the recording that was found. */
enum rc
act_verify_more(struct program *p, const struct exhibit *e, struct verify_more *more,
    struct err *err)
{
	struct logbook_word word;
	enum rc rc;

	*more = (struct verify_more){ PROOF_WHOLE, PROOF_WHOLE, NULL, NULL, "", "" };
	/* Of a plain or a false one they say nothing. */
	if (source_plain(p->source) || p->proof.code == PROOF_TAMPERED)
		return RC_OK;
	if (p->log != NULL) {
		if ((rc = logbook_judge(
			 p->log, &p->proof, false, LOGBOOK_NONE, &word, err)) != RC_OK)
			return rc;
		more->log_code = word.code;
		memcpy(more->log_text, word.text, sizeof more->log_text);
		more->log = more->log_text;
	}
	if (e->voucher != NULL) {
		more->voucher_code =
		    voucher_judge(e->voucher, &p->proof, more->voucher_text);
		more->voucher = more->voucher_text;
	}
	return RC_OK;
}

static int
verify_one(struct program *p, const struct exhibit *e)
{
	struct verify_more more;
	const char *text;
	struct buf out;
	struct err err;
	json_t *j;
	int status;

	err_clear(&err);
	if (verify_opened(p, &err) != RC_OK ||
	    act_verify_more(p, e, &more, &err) != RC_OK) {
		program_say("%s: %s", p->opts.file, err.text);
		return VERIFY_IO;
	}
	buf_init(&out, PROGRAM_TEXT_MOST);
	if (p->opts.json) {
		j = verify_json(p->source, &p->proof, &more, p->opened);
		if (p->opts.nfiles > 1 && text_utf8(span_of(p->opts.file)))
			json_object_set_new(j, "file", json_string(p->opts.file));
		program_json_take(j, &out);
	} else {
		verify_text(p->source, &p->proof, &more, p->opts.file, &out);
	}
	status = program_put(&out, (int)verify_sum(&p->proof, &more, &text));
	buf_clear(&out);
	return status;
}

/* The next file takes the first one's place. */
static int
turn_to(struct program *p, size_t i)
{
	struct err err;

	err_clear(&err);
	source_close(p->source);
	p->source = NULL;
	p->opened = false;
	p->opts.file = p->opts.files[i];
	if (source_open(p->exhibits[i].fd, &p->source, &err) == RC_OK &&
	    source_prove(p->source, p->trust, &p->proof, &err) == RC_OK)
		return 0;
	program_say("%s: %s", p->opts.file, err.text);
	return VERIFY_IO;
}

static int
verify_all(struct program *p)
{
	struct err err;
	int worst = 0;
	enum rc rc;

	err_clear(&err);
	rc =
	    roster_run(p->roster, p->trust, p->log, p->opts.json, stdout, &worst, &err);
	if (rc == RC_OK)
		return worst;
	program_say("%s: %s", p->opts.all, err.text);
	return program_stopped_or(VERIFY_IO);
}

int
act_verify(struct program *p)
{
	int worst = 0, status;

	if (p->roster != NULL)
		return verify_all(p);
	for (size_t i = 0; i < p->opts.nfiles && stop_signal() == 0; i++) {
		status = i == 0 ? 0 : turn_to(p, i);
		if (status == 0)
			status = verify_one(p, &p->exhibits[i]);
		if (verify_worse(status, worst))
			worst = status;
	}
	return program_stopped_or(worst);
}
