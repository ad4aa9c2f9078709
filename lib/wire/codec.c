/* Bytes to values and back, by the tables of codec_fields.c. */
#include "lib/wire/codec_parts.h"

/* Both directions hold a value to the same rule. */
static bool
span_fits(const struct field *f, struct span s)
{
	if (s.len > f->max || (f->fixed != 0 && s.len != f->fixed))
		return false;
	return f->kind == BYTES || !span_has_nul(s);
}

static bool
encode_list(const struct field *f, const struct span_list *l, struct buf *out)
{
	if (l->n > MSG_LIST_MAX)
		return false;
	buf_u32(out, l->n);
	for (uint32_t i = 0; i < l->n; i++) {
		if (!span_fits(f, l->v[i]))
			return false;
		buf_string(out, l->v[i]);
	}
	return true;
}

static bool
encode_field(const struct field *f, const void *at, struct buf *out)
{
	switch (f->kind) {
	case U8:
		buf_u8(out, *(const uint8_t *)at);
		return true;
	case U32:
		buf_u32(out, *(const uint32_t *)at);
		return true;
	case U64:
		buf_u64(out, *(const uint64_t *)at);
		return true;
	case BYTES:
	case TEXT:
		if (!span_fits(f, *(const struct span *)at))
			return false;
		buf_string(out, *(const struct span *)at);
		return true;
	case LIST:
		return encode_list(f, at, out);
	}
	return false;
}

enum rc
codec_encode(enum msg type, const void *m, struct buf *out, struct err *err)
{
	const struct field *f = codec_fields(type);

	if (f == NULL)
		return err_set(err, RC_REFUSE, "message %d is unknown", (int)type);
	for (; f->name != NULL; f++)
		if (!encode_field(f, (const char *)m + f->at, out))
			return err_set(err, RC_REFUSE,
			    "message %s: field %s does not fit", codec_name(type),
			    f->name);
	if (!buf_ok(out))
		return err_set(
		    err, RC_FAIL, "message %s is too long", codec_name(type));
	return RC_OK;
}

static bool
decode_list(const struct field *f, struct cur *c, struct span_list *l)
{
	uint32_t n = cur_u32(c);

	if (n > MSG_LIST_MAX)
		return false;
	l->n = n;
	for (uint32_t i = 0; i < n; i++) {
		l->v[i] = cur_string(c, f->max);
		if (!span_fits(f, l->v[i]))
			return false;
	}
	return true;
}

static bool
decode_field(const struct field *f, struct cur *c, void *at)
{
	switch (f->kind) {
	case U8:
		*(uint8_t *)at = cur_u8(c);
		return true;
	case U32:
		*(uint32_t *)at = cur_u32(c);
		return true;
	case U64:
		*(uint64_t *)at = cur_u64(c);
		return true;
	case BYTES:
	case TEXT:
		*(struct span *)at = cur_string(c, f->max);
		return span_fits(f, *(struct span *)at);
	case LIST:
		return decode_list(f, c, at);
	}
	return false;
}

enum rc
codec_decode(enum msg type, struct span body, union msg_any *m, struct err *err)
{
	const struct field *f = codec_fields(type);
	struct cur c;

	if (f == NULL)
		return err_set(err, RC_REFUSE, "message %d is unknown", (int)type);
	cur_init(&c, body);
	for (; f->name != NULL; f++)
		if (!decode_field(f, &c, (char *)m + f->at) || c.bad)
			return err_set(err, RC_REFUSE,
			    "message %s: field %s is malformed", codec_name(type),
			    f->name);
	if (!cur_done(&c))
		return err_set(err, RC_REFUSE, "message %s: %zu bytes too many",
		    codec_name(type), c.left);
	return RC_OK;
}
