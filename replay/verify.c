/* Words for a finding; see verify.h.  What is found is the recorder's affair. */
#include "replay/verify.h"

#include <string.h>

#include "lib/base/id.h"
#include "lib/base/text.h"
#include "recorder/seal.h"

static const struct {
	enum proof_code code;
	const char *word, *phrase;
} words[] = {
	{ PROOF_WHOLE, "whole", "whole" },
	{ PROOF_TAMPERED, "tampered", "tampered" },
	{ PROOF_UNTERMINATED, "unterminated", "unterminated, a valid beginning" },
	{ PROOF_NO_KEY, "no-key", "no usable key" },
	{ PROOF_UNKNOWN, "unknown-signer", "not verified" },
	{ PROOF_MISSING, "not-in-log", "not as the log says" },
	{ (enum proof_code)VERIFY_IO, "not-readable", "cannot be read" },
};

static const char *const endings[SEAL_STATUSES] = {
	[SEAL_CLOSED] = "closed",
	[SEAL_POLICY] = "ended by policy",
	[SEAL_BROKEN] = "ended by a recorder failure",
	[SEAL_PEER_LOST] = "ended with a lost peer",
	[SEAL_SHUTDOWN] = "ended by a broker shutdown",
};

static size_t
find(enum proof_code code)
{
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
		if (words[i].code == code)
			return i;
	return 1; /* what we do not know, we do not trust */
}

const char *
verify_word(enum proof_code code)
{
	return words[find(code)].word;
}

const char *
verify_phrase(enum proof_code code)
{
	return words[find(code)].phrase;
}

enum rc
verify_contents(struct source *s, struct proof *p, struct err *err)
{
	struct span piece;
	struct err why;
	enum rc rc;

	err_clear(&why);
	while ((rc = source_piece(s, &piece, &why)) == RC_OK)
		;
	if (rc == RC_END)
		return RC_OK;
	if (rc != RC_REFUSE)
		return err_set(err, rc, "%s", why.text);
	p->code = PROOF_TAMPERED;
	memcpy(p->text, why.text, sizeof p->text);
	return RC_OK;
}

static const char *
ending(const struct proof *p)
{
	if (!p->closed)
		return "without an end";
	return p->status < SEAL_STATUSES ? endings[p->status] : "with an unknown end";
}

bool
verify_worse(int a, int b)
{
	static const int order[] = { 0, VERIFY_USAGE, VERIFY_IO, PROOF_UNTERMINATED,
		PROOF_NO_KEY, PROOF_UNKNOWN, PROOF_MISSING, PROOF_TAMPERED };
	size_t x = 0, y = 0;

	while (x + 1 < sizeof order / sizeof order[0] && order[x] != a)
		x++;
	while (y + 1 < sizeof order / sizeof order[0] && order[y] != b)
		y++;
	return x > y;
}

void
verify_line(const char *word, enum proof_code code, const char *text,
    const struct proof *p, struct buf *out)
{
	char place[96] = "";

	buf_printf(out, ": %s", word != NULL ? word : verify_phrase(code));
	if (code == PROOF_TAMPERED && p != NULL && p->bad_line > 0) {
		buf_printf(out, " at line %llu, offset %llu",
		    (unsigned long long)p->bad_line, (unsigned long long)p->bad_offset);
		/* As the text begins. */
		snprintf(place, sizeof place,
		    "line %llu (offset %llu): ", (unsigned long long)p->bad_line,
		    (unsigned long long)p->bad_offset);
	}
	if (strncmp(text, place, strlen(place)) == 0)
		text += strlen(place);
	buf_text(out, ": ");
	text_show(out, span_of(text));
}

enum proof_code
verify_sum(const struct proof *p, const struct verify_more *more, const char **text)
{
	enum proof_code code = p->code;

	*text = p->text;
	if (more == NULL)
		return code;
	if (more->log != NULL && verify_worse((int)more->log_code, (int)code)) {
		code = more->log_code;
		*text = more->log;
	}
	if (more->voucher != NULL && verify_worse((int)more->voucher_code, (int)code)) {
		code = more->voucher_code;
		*text = more->voucher;
	}
	return code;
}

static void
put_more(const char *name, const char *text, struct buf *out)
{
	if (text == NULL)
		return;
	buf_printf(out, "%s: ", name);
	text_show(out, span_of(text));
	buf_u8(out, '\n');
}

void
verify_text(const struct source *s, const struct proof *p,
    const struct verify_more *more, const char *file, struct buf *out)
{
	const struct header *h = reader_header(source_reader(s));
	enum proof_code code;
	const char *text;
	char sid[ID_UUID_TEXT];

	code = verify_sum(p, more, &text);
	text_show(out, span_of(file));
	verify_line(NULL, code, text, p, out);
	buf_u8(out, '\n');
	/* Of a false file nothing is worth telling but where it is false. */
	if (source_plain(s) || h == NULL || p->code == PROOF_TAMPERED)
		return;
	if (code != p->code) {
		buf_text(out, "by itself");
		verify_line(NULL, p->code, p->text, p, out);
		buf_u8(out, '\n');
	}
	id_uuid_text(h->sid, sid);
	buf_printf(out, "session %s of broker %s, %s\n", sid, h->broker, ending(p));
	buf_printf(out, "%llu bytes, %llu lines, %llu chunks",
	    (unsigned long long)p->file_len, (unsigned long long)p->lines,
	    (unsigned long long)p->chunks);
	if (p->signer_known)
		buf_printf(
		    out, "; signed up to byte %llu", (unsigned long long)p->proven_len);
	buf_u8(out, '\n');
	if (more != NULL) {
		put_more("log", more->log, out);
		put_more("proof", more->voucher, out);
	}
}

static void
put_count(json_t *j, const char *name, uint64_t v)
{
	json_object_set_new(j, name, json_integer((json_int_t)v));
}

static void
set_text(json_t *j, const char *name, const char *text)
{
	/* It may quote what stands in a hostile file: not always UTF-8. */
	json_object_set_new(
	    j, name, text_utf8(span_of(text)) ? json_string(text) : json_null());
}

static void
set_more(json_t *j, const char *name, enum proof_code code, const char *text)
{
	json_t *o = json_pack("{s:i}", "code", (int)code);

	if (text != NULL) {
		set_text(o, "text", text);
		json_object_set(j, name, o);
	}
	json_decref(o);
}

json_t *
verify_json(const struct source *s, const struct proof *p,
    const struct verify_more *more, bool opened)
{
	const struct header *h = reader_header(source_reader(s));
	const char *text;
	enum proof_code code = verify_sum(p, more, &text);
	json_t *j = json_pack("{s:i, s:s, s:s, s:b, s:b, s:b}", "code", (int)code,
	    "verdict", verify_word(code), "kind", source_plain(s) ? "plain" : "sealed",
	    "signer_known", (int)p->signer_known, "closed", (int)p->closed, "opened",
	    (int)opened);
	char sid[ID_UUID_TEXT];

	if (j == NULL)
		return NULL;
	set_text(j, "text", text);
	put_count(j, "file_bytes", p->file_len);
	put_count(j, "valid_bytes", p->valid_len);
	put_count(j, "proven_bytes", p->proven_len);
	put_count(j, "lines", p->lines);
	put_count(j, "chunks", p->chunks);
	put_count(j, "proven_chunks", p->proven_chunks);
	put_count(j, "plain_bytes", p->plain_len);
	if (p->bad_line > 0) {
		put_count(j, "bad_line", p->bad_line);
		put_count(j, "bad_offset", p->bad_offset);
	}
	if (p->closed)
		json_object_set_new(j, "ending", json_string(ending(p)));
	if (h != NULL && !source_plain(s)) {
		id_uuid_text(h->sid, sid);
		json_object_set_new(j, "sid", json_string(sid));
		json_object_set_new(j, "broker", json_string(h->broker));
		json_object_set_new(j, "class", json_string(h->class));
	}
	if (more != NULL) {
		set_more(j, "log", more->log_code, more->log);
		set_more(j, "proof", more->voucher_code, more->voucher);
	}
	return j;
}
