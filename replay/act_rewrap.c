/* Open a recording to further keys: write SID.rcpt. */
#include "replay/program.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "recorder/rewrap.h"
#include "replay/export_cast.h"
#include "replay/stop.h"
#include "replay/verify.h"

/* ---- before confinement ---- */

static enum rc
read_named(struct program *p, const char *name, struct err *err)
{
	struct recipient list[RECIPIENTS_MAX];
	struct buf text;
	size_t n = 0;
	enum rc rc;

	rc = voucher_read(AT_FDCWD, name, RECIPIENTS_TEXT_MAX, &text, err);
	if (rc != RC_OK)
		return rc;
	if ((rc = recipients_named(buf_span(&text), list, &n, err)) != RC_OK)
		err_add(err, "%s", name);
	else if (p->tos + n > RECIPIENTS_MAX)
		rc = err_set(err, RC_REFUSE, "more than %d keys", RECIPIENTS_MAX);
	else
		memcpy(p->to + p->tos, list, n * sizeof list[0]);
	if (rc == RC_OK)
		p->tos += n;
	buf_clear(&text);
	return rc;
}

int
act_rewrap_open(struct program *p)
{
	char place[VOUCHER_NAME_MOST];
	struct err err;
	enum rc rc = RC_OK;

	err_clear(&err);
	if ((p->to = calloc(RECIPIENTS_MAX, sizeof *p->to)) == NULL)
		rc = err_memory(&err);
	for (size_t i = 0; rc == RC_OK && i < p->opts.nto; i++)
		rc = read_named(p, p->opts.to[i], &err);
	if (rc == RC_OK && p->opts.out == NULL)
		rc = voucher_name(p->opts.file, ".rcpt", place, &err);
	if (rc == RC_OK)
		rc = export_cast_open(p->opts.out != NULL ? p->opts.out : place,
		    p->opts.force, &p->out, &err);
	if (rc == RC_OK)
		return 0;
	program_say("%s", err.text);
	return VERIFY_IO;
}

/* ---- behind it ---- */

static int
refused(const struct program *p, enum rc rc, const struct err *err)
{
	program_say("%s: %s", p->opts.file, err->text);
	return program_stopped_or(rc == RC_FAIL ? VERIFY_IO : PROOF_NO_KEY);
}

static enum rc
write_text(const struct program *p, const struct buf *text, struct err *err)
{
	ssize_t n = write(p->out, text->p, text->len);

	if (n < 0 || (size_t)n != text->len || fsync(p->out) != 0)
		return err_errno(err, RC_FAIL, "write");
	return RC_OK;
}

static void
tell(const struct program *p)
{
	for (size_t i = 0; i < p->tos; i++)
		program_say("%s: %s can open it now", p->opts.file, p->to[i].label);
}

/* Signatures came first.  What is false is handed on to nobody. */
int
act_rewrap(struct program *p)
{
	const struct header *h = reader_header(source_reader(p->source));
	struct keyfile *key = NULL;
	struct buf text;
	struct err err;
	enum rc rc;

	err_clear(&err);
	if (source_plain(p->source) || h == NULL || p->proof.code == PROOF_TAMPERED) {
		program_say("%s: %s: %s", p->opts.file, verify_phrase(p->proof.code),
		    p->proof.text);
		return (int)p->proof.code;
	}
	if (p->key == NULL)
		return refused(p, RC_REFUSE, &p->key_err);
	buf_init(&text, REWRAP_TEXT_MAX);
	if ((rc = key_open(p->key, &key, &err)) == RC_OK &&
	    (rc = rewrap_make(h, key, p->to, p->tos, &text, &err)) == RC_OK)
		rc = write_text(p, &text, &err);
	keyfile_free(key);
	buf_clear(&text);
	if (rc != RC_OK)
		return refused(p, rc, &err);
	tell(p);
	return (int)p->proof.code;
}
