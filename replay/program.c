/* What the deeds of hoop-replay share; see program.h. */
#include "replay/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "recorder/rewrap.h"
#include "recorder/shred.h"
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

int
program_open_rcpt(struct program *p)
{
	char place[VOUCHER_NAME_MOST];
	const char *name = p->opts.rcpt;
	struct err err;
	enum rc rc;

	/* Only who has a key has a use for it. */
	if (name == NULL &&
	    (p->opts.file == NULL || p->key == NULL ||
		voucher_name(p->opts.file, ".rcpt", place, NULL) != RC_OK))
		return 0;
	err_clear(&err);
	rc = voucher_read(
	    AT_FDCWD, name != NULL ? name : place, REWRAP_TEXT_MAX, &p->rcpt, &err);
	if (rc == RC_OK || (rc == RC_END && name == NULL))
		return 0;
	program_say("%s", err.text);
	return VERIFY_IO;
}

/* "a/NAME.cast": "a/../keys/NAME.shred", as on the gateway. */
static enum rc
keys_name(const char *file, char out[VOUCHER_NAME_MOST])
{
	const char *slash = strrchr(file, '/');
	int folder = slash == NULL ? 0 : (int)(slash + 1 - file);
	char name[VOUCHER_NAME_MOST];

	if (voucher_name(file + folder, ".shred", name, NULL) != RC_OK ||
	    snprintf(out, VOUCHER_NAME_MOST, "%.*s../keys/%s", folder, file, name) >=
		VOUCHER_NAME_MOST)
		return RC_REFUSE;
	return RC_OK;
}

int
program_open_shred(struct program *p)
{
	const char *name = p->opts.shred, *file = p->opts.file;
	char place[VOUCHER_NAME_MOST];
	struct err err;

	if (name != NULL) {
		err_clear(&err);
		if (voucher_read(AT_FDCWD, name, SHRED_TEXT_MAX, &p->shred, &err) ==
		    RC_OK)
			return 0;
		program_say("%s: no shred key can be read: %s", name, err.text);
		return VERIFY_IO;
	}
	if (file == NULL || p->key == NULL)
		return 0;
	/* One that is not there, or not for us, is missed when it is needed. */
	if (voucher_name(file, ".shred", place, NULL) == RC_OK &&
	    voucher_read(AT_FDCWD, place, SHRED_TEXT_MAX, &p->shred, NULL) == RC_OK)
		return 0;
	if (keys_name(file, place) == RC_OK)
		(void)voucher_read(AT_FDCWD, place, SHRED_TEXT_MAX, &p->shred, NULL);
	return 0;
}

/* A key of another recording opens nothing, and is told of. */
static struct secret *
shred_key(struct program *p)
{
	const struct header *h = reader_header(source_reader(p->source));
	struct secret *key = NULL;
	struct err err;

	if (p->shred.len == 0 || h == NULL)
		return NULL;
	err_clear(&err);
	if (shred_parse(buf_span(&p->shred), h->sid, &key, &err) != RC_OK)
		program_say(
		    "%s: the shred key is not used: %s", p->opts.file, err.text);
	return key;
}

/* What lies beside the file is no evidence: if it is false, it is told and not used. */
static void
add_stanzas(struct program *p)
{
	struct err err;

	if (p->rcpt.len == 0)
		return;
	err_clear(&err);
	if (voucher_stanzas(buf_span(&p->rcpt), source_stanzas(p->source), &err) !=
	    RC_OK)
		program_say(
		    "%s: the keys beside it are not used: %s", p->opts.file, err.text);
}

enum rc
program_unlock(struct program *p, enum proof_code *code, struct err *err)
{
	struct keyfile *key = NULL;
	struct secret *shred;
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
	add_stanzas(p);
	shred = shred_key(p);
	reader_shred(source_stanzas(p->source), shred);
	if ((rc = key_open(p->key, &key, err)) == RC_OK)
		rc = source_unlock(p->source, key, code, err);
	keyfile_free(key);
	reader_shred(source_stanzas(p->source), NULL);
	secret_free(shred);
	p->opened = rc == RC_OK;
	return rc == RC_END ? RC_REFUSE : rc;
}

int
program_broken(const struct program *p, enum rc rc, const struct err *err)
{
	program_say("%s: %s", p->opts.file, err->text);
	if (rc == RC_REFUSE && !source_plain(p->source))
		return PROOF_TAMPERED;
	return VERIFY_IO;
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
