/* Frames of the data channel; see ssm_frame.h.  Every length is checked before a byte
 * behind it is touched, and in 64 bits: header length + 4 wraps in 32. */
#include "broker/target/ssm_frame.h"

#include <openssl/evp.h>
#include <string.h>

#define HEADER 116u	  /* where our payload's length stands */
#define HEADER_SHORT 112u /* without a payload type: the service's own messages */
#define TYPE_AT 4u
#define TYPE_LEN 32u
#define DIGEST_AT 80u
#define DIGEST_LEN 32u

static const char *const names[SSM_TYPES] = {
	[SSM_OTHER] = "",
	[SSM_INPUT] = "input_stream_data",
	[SSM_OUTPUT] = "output_stream_data",
	[SSM_ACKNOWLEDGE] = "acknowledge",
	[SSM_CLOSED] = "channel_closed",
	[SSM_START] = "start_publication",
	[SSM_PAUSE] = "pause_publication",
};

const char *
ssm_type_name(enum ssm_type type)
{
	return (unsigned)type < SSM_TYPES ? names[type] : "";
}

static bool
is_padding(uint8_t c)
{
	return c == ' ' || c == '\0';
}

/* Agents pad with spaces, the service with NULs. */
static struct span
stripped(struct span s)
{
	while (s.len > 0 && is_padding(s.p[0]))
		s = span_make(s.p + 1, s.len - 1);
	while (s.len > 0 && is_padding(s.p[s.len - 1]))
		s.len--;
	return s;
}

static enum ssm_type
type_of(struct span name)
{
	for (unsigned t = SSM_OTHER + 1; t < SSM_TYPES; t++)
		if (span_is(name, names[t]))
			return (enum ssm_type)t;
	return SSM_OTHER;
}

/* Half of the id stands where the other belongs. */
static void
swap_halves(const uint8_t from[16], uint8_t to[16])
{
	uint8_t turned[16];

	memcpy(turned, from + 8, 8);
	memcpy(turned + 8, from, 8);
	memcpy(to, turned, 16);
}

static bool
digest(struct span payload, uint8_t out[DIGEST_LEN])
{
	return EVP_Digest(payload.p, payload.len, out, NULL, EVP_sha256(), NULL) == 1;
}

static enum rc
check_digest(struct span payload, const uint8_t *want, struct err *err)
{
	uint8_t got[DIGEST_LEN];

	if (payload.len == 0)
		return RC_OK;
	if (!digest(payload, got))
		return err_set(err, RC_FAIL, "SHA-256 fails");
	if (memcmp(got, want, DIGEST_LEN) != 0)
		return err_set(
		    err, RC_REFUSE, "frame: its digest is not its payload's");
	return RC_OK;
}

static bool
is_lenient(enum ssm_type type)
{
	return type == SSM_START || type == SSM_PAUSE;
}

/* The cursor stands behind the digest. */
static enum rc
read_payload(struct cur *c, uint32_t header, const uint8_t *want, struct ssm_frame *f,
    struct err *err)
{
	uint32_t len;

	f->payload_type = header == HEADER ? cur_u32(c) : 0;
	len = cur_u32(c);
	f->payload = cur_rest(c);
	if (is_lenient(f->type))
		return RC_OK;
	if (c->bad || f->payload.len != len)
		return err_set(err, RC_REFUSE, "frame: payload of %zu bytes, said %u",
		    f->payload.len, (unsigned)len);
	return check_digest(f->payload, want, err);
}

enum rc
ssm_frame_read(struct span bytes, struct ssm_frame *ret, struct err *err)
{
	struct ssm_frame f = { 0 };
	const uint8_t *want;
	struct span name;
	uint32_t header;
	struct cur c;
	enum rc rc;

	if (bytes.len < HEADER_SHORT + 4 || bytes.len > SSM_FRAME_MAX)
		return err_set(err, RC_REFUSE, "frame of %zu bytes", bytes.len);
	cur_init(&c, bytes);
	if ((header = cur_u32(&c)) != HEADER && header != HEADER_SHORT)
		return err_set(
		    err, RC_REFUSE, "frame: header of %u bytes", (unsigned)header);
	name = stripped(cur_bytes(&c, TYPE_LEN));
	if (name.len == 0)
		return err_set(err, RC_REFUSE, "frame without a type");
	f.type = type_of(name);
	cur_u32(&c); /* schema version: 1, and nothing depends on it */
	f.created_ms = cur_u64(&c);
	f.sequence = (int64_t)cur_u64(&c);
	f.flags = cur_u64(&c);
	swap_halves(cur_bytes(&c, 16).p, f.id);
	want = cur_bytes(&c, DIGEST_LEN).p;
	if ((rc = read_payload(&c, header, want, &f, err)) != RC_OK)
		return rc;
	*ret = f;
	return RC_OK;
}

size_t
ssm_frame_write(const struct ssm_frame *f, uint8_t *out, size_t room)
{
	const char *name = ssm_type_name(f->type);
	struct span payload = f->payload;
	uint8_t id[16], sum[DIGEST_LEN];
	struct buf head;

	if (name[0] == '\0' || payload.len == 0 ||
	    payload.len > SSM_FRAME_MAX - SSM_FRAME_HEAD ||
	    room < SSM_FRAME_HEAD + payload.len || !digest(payload, sum))
		return 0;
	/* First, as it may stand there or overlap. */
	memmove(out + SSM_FRAME_HEAD, payload.p, payload.len);
	head =
	    (struct buf){ .p = out, .cap = SSM_FRAME_HEAD + 1, .max = SSM_FRAME_HEAD };
	swap_halves(f->id, id);
	buf_u32(&head, HEADER);
	buf_put(&head, name, strlen(name));
	memset(out + head.len, ' ', TYPE_LEN - strlen(name));
	head.len = TYPE_AT + TYPE_LEN;
	buf_u32(&head, 1);
	buf_u64(&head, f->created_ms);
	buf_u64(&head, (uint64_t)f->sequence);
	buf_u64(&head, f->flags);
	buf_put(&head, id, sizeof id);
	buf_put(&head, sum, sizeof sum);
	buf_u32(&head, f->payload_type);
	buf_u32(&head, (uint32_t)payload.len);
	return SSM_FRAME_HEAD + payload.len;
}
