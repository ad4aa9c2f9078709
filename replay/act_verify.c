/* Verify a recording. */
#include "replay/program.h"

#include <string.h>

#include "replay/stop.h"
#include "replay/verify.h"

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

int
act_verify(struct program *p)
{
	struct buf out;
	struct err err;
	int status;

	err_clear(&err);
	if (verify_opened(p, &err) != RC_OK) {
		program_say("%s: %s", p->opts.file, err.text);
		return VERIFY_IO;
	}
	if (stop_signal() != 0)
		return program_stopped_or(VERIFY_IO);
	buf_init(&out, PROGRAM_TEXT_MOST);
	if (p->opts.json)
		program_json_take(verify_json(p->source, &p->proof, p->opened), &out);
	else
		verify_text(p->source, &p->proof, p->opts.file, &out);
	status = program_put(&out, (int)p->proof.code);
	buf_clear(&out);
	return status;
}
