/* The leaves' bytes: a table of their lengths, and what stands in each.  Every field has
 * a fixed size, so no two byte strings mean the same. */
#include "recorder/leaf.h"

#include <string.h>

#include "recorder/seal.h"

#define VERSION 1

static const struct kind {
	const char *name;
	bool has_sid;
	uint8_t body; /* bytes behind the head */
} kinds[LEAF_TYPES] = {
	[LEAF_OPEN] = { "OPEN", true, 32 + 32 + 2 },
	[LEAF_CLOSE] = { "CLOSE", true, 8 + 8 + 32 + 1 },
	[LEAF_RECOVER] = { "RECOVER", true, 8 + 32 + 1 },
	[LEAF_KEYSET] = { "KEYSET", false, 32 },
	[LEAF_DEVKEY] = { "DEVKEY", false, 32 + 64 },
	[LEAF_POLICY] = { "POLICY", false, 32 },
	[LEAF_EXPIRE] = { "EXPIRE", true, 1 + 32 },
	[LEAF_SHRED] = { "SHRED", true, 0 },
	[LEAF_HEARTBEAT] = { "HEARTBEAT", false, 0 },
};

static bool
known(unsigned type)
{
	return type >= LEAF_OPEN && type < LEAF_TYPES;
}

const char *
leaf_name(unsigned type)
{
	return known(type) ? kinds[type].name : "?";
}

bool
leaf_has_sid(enum leaf_type type)
{
	return known(type) && kinds[type].has_sid;
}

static enum rc
check(const struct leaf *l, struct err *err)
{
	static const uint8_t none[16];

	if (!known(l->type))
		return err_set(err, RC_REFUSE, "a leaf of unknown type %u", l->type);
	if (leaf_has_sid(l->type) == (memcmp(l->sid, none, sizeof none) == 0))
		return err_set(err, RC_REFUSE, "%s %s a session id", leaf_name(l->type),
		    leaf_has_sid(l->type) ? "without" : "with");
	if (l->type == LEAF_CLOSE && l->close.status >= SEAL_STATUSES)
		return err_set(err, RC_REFUSE, "CLOSE with status %u", l->close.status);
	if (l->type == LEAF_RECOVER &&
	    (l->recover.reason < 1 || l->recover.reason >= LEAF_RECOVERS))
		return err_set(
		    err, RC_REFUSE, "RECOVER with reason %u", l->recover.reason);
	if (l->type == LEAF_EXPIRE &&
	    (l->expire.reason < 1 || l->expire.reason >= LEAF_EXPIRES))
		return err_set(
		    err, RC_REFUSE, "EXPIRE with reason %u", l->expire.reason);
	return RC_OK;
}

static void
put_body(const struct leaf *l, struct buf *out)
{
	switch (l->type) {
	case LEAF_OPEN:
		buf_put(out, l->open.h1, 32);
		buf_put(out, l->open.spk, 32);
		buf_le16(out, l->open.days);
		break;
	case LEAF_CLOSE:
		buf_le64(out, l->close.chunks);
		buf_le64(out, l->close.len);
		buf_put(out, l->close.h, 32);
		buf_u8(out, l->close.status);
		break;
	case LEAF_RECOVER:
		buf_le64(out, l->recover.len);
		buf_put(out, l->recover.h, 32);
		buf_u8(out, l->recover.reason);
		break;
	case LEAF_KEYSET:
	case LEAF_POLICY:
		buf_put(out, l->digest, 32);
		break;
	case LEAF_DEVKEY:
		buf_put(out, l->devkey.pk, 32);
		buf_put(out, l->devkey.sig, 64);
		break;
	case LEAF_EXPIRE:
		buf_u8(out, l->expire.reason);
		buf_put(out, l->expire.actor, 32);
		break;
	case LEAF_SHRED:
	case LEAF_HEARTBEAT:
	case LEAF_TYPES:
		break;
	}
}

enum rc
leaf_put(const struct leaf *l, struct buf *out, struct err *err)
{
	enum rc rc = check(l, err);

	if (rc != RC_OK)
		return rc;
	buf_u8(out, (uint8_t)l->type);
	buf_u8(out, VERSION);
	buf_put(out, "\0\0\0\0\0", 6);
	buf_le64(out, l->ms);
	buf_put(out, l->sid, 16);
	put_body(l, out);
	return buf_ok(out) ? RC_OK : err_set(err, RC_FAIL, "no room for a leaf");
}

static void
take(struct cur *c, uint8_t *out, size_t n)
{
	struct span s = cur_bytes(c, n);

	if (s.len == n)
		memcpy(out, s.p, n);
}

static void
take_body(struct cur *c, struct leaf *l)
{
	switch (l->type) {
	case LEAF_OPEN:
		take(c, l->open.h1, 32);
		take(c, l->open.spk, 32);
		l->open.days = cur_le16(c);
		break;
	case LEAF_CLOSE:
		l->close.chunks = cur_le64(c);
		l->close.len = cur_le64(c);
		take(c, l->close.h, 32);
		l->close.status = cur_u8(c);
		break;
	case LEAF_RECOVER:
		l->recover.len = cur_le64(c);
		take(c, l->recover.h, 32);
		l->recover.reason = cur_u8(c);
		break;
	case LEAF_KEYSET:
	case LEAF_POLICY:
		take(c, l->digest, 32);
		break;
	case LEAF_DEVKEY:
		take(c, l->devkey.pk, 32);
		take(c, l->devkey.sig, 64);
		break;
	case LEAF_EXPIRE:
		l->expire.reason = cur_u8(c);
		take(c, l->expire.actor, 32);
		break;
	case LEAF_SHRED:
	case LEAF_HEARTBEAT:
	case LEAF_TYPES:
		break;
	}
}

enum rc
leaf_parse(struct span bytes, struct leaf *ret, struct err *err)
{
	struct leaf l = { 0 };
	struct cur c;
	unsigned type;
	enum rc rc;

	cur_init(&c, bytes);
	if (bytes.len < LEAF_HEAD)
		return err_set(err, RC_REFUSE, "a leaf of %zu bytes", bytes.len);
	type = cur_u8(&c);
	if (!known(type))
		return err_set(err, RC_REFUSE, "a leaf of unknown type %u", type);
	l.type = (enum leaf_type)type;
	if (bytes.len != LEAF_HEAD + (size_t)kinds[type].body)
		return err_set(err, RC_REFUSE, "%s of %zu bytes, not %u",
		    leaf_name(type), bytes.len, LEAF_HEAD + kinds[type].body);
	if (cur_u8(&c) != VERSION)
		return err_set(
		    err, RC_REFUSE, "%s of another version", leaf_name(type));
	if (!span_eq(cur_bytes(&c, 6), span_make("\0\0\0\0\0", 6)))
		return err_set(
		    err, RC_REFUSE, "%s with a reserved byte", leaf_name(type));
	l.ms = cur_le64(&c);
	take(&c, l.sid, 16);
	take_body(&c, &l);
	if (!cur_done(&c))
		return err_set(err, RC_FAIL, "a leaf was not read to its end");
	if ((rc = check(&l, err)) == RC_OK)
		*ret = l;
	return rc;
}
