/* What the deeds of hoop-replay share; see program.h. */
#include "replay/program.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/text.h"
#include "replay/stop.h"
#include "replay/verify.h"

void
program_say(const char *fmt, ...)
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

int
program_stopped_or(int status)
{
	return stop_signal() ? 128 + stop_signal() : status;
}

enum rc
program_unlock(struct program *p, enum proof_code *code, struct err *err)
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

int
program_broken(const struct program *p, enum rc rc, const struct err *err)
{
	program_say("%s: %s", p->opts.file, err->text);
	if (rc != RC_REFUSE || source_plain(p->source))
		return VERIFY_IO;
	/* Cut before its first chunk, it has no header, and nothing that is false. */
	return p->proof.chunks == 0 ? (int)p->proof.code : PROOF_TAMPERED;
}

int
program_exported(struct program *p, enum rc rc, const struct err *err)
{
	if (rc == RC_OK)
		return (int)p->proof.code;
	/* Half an export must not pass for a whole one. */
	if (p->out != STDOUT_FILENO && ftruncate(p->out, 0) == 0)
		program_say("%s is left empty", p->opts.out);
	return program_stopped_or(program_broken(p, rc, err));
}

int
program_put(struct buf *text, int status)
{
	if (!buf_ok(text)) {
		program_say("out of memory");
		return VERIFY_IO;
	}
	if (fwrite(text->p, 1, text->len, stdout) != text->len || fflush(stdout) != 0) {
		program_say("standard output: %s", strerror(errno));
		return VERIFY_IO;
	}
	return status;
}

void
program_json_take(json_t *j, struct buf *out)
{
	char *text = json_dumps(j, JSON_COMPACT | JSON_ENSURE_ASCII);

	buf_text(out, text ? text : "");
	out->bad |= text == NULL;
	buf_u8(out, '\n');
	free(text);
	json_decref(j);
}
