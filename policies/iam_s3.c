/* S3: buckets, objects, their versions, and what headers imply. */
#include "policies/iam_parts.h"

#include <string.h>

#include "lib/base/uri.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

/* An access point or the like that stands for a bucket names its objects so. */
#define POINT_OBJECT "/object/"

/* Actions of the same operation when it is asked for one version. */
static const struct {
	const char *operation, *action;
} versions[] = {
	{ "GetObject", "GetObjectVersion" },
	{ "HeadObject", "GetObjectVersion" },
	{ "GetObjectAcl", "GetObjectVersionAcl" },
	{ "GetObjectAttributes", "GetObjectVersionAttributes" },
	{ "GetObjectTagging", "GetObjectVersionTagging" },
	{ "PutObjectAcl", "PutObjectVersionAcl" },
	{ "PutObjectTagging", "PutObjectVersionTagging" },
	{ "DeleteObject", "DeleteObjectVersion" },
	{ "DeleteObjectTagging", "DeleteObjectVersionTagging" },
};

#define WRITES "PutObject CopyObject CreateMultipartUpload"

/* Members that imply an action on the object, or on the bucket when there is none. */
static const struct {
	const char *operations, *member, *action;
} members[] = {
	{ WRITES, "ACL", "PutObjectAcl" },
	{ WRITES, "GrantFullControl", "PutObjectAcl" },
	{ WRITES, "GrantRead", "PutObjectAcl" },
	{ WRITES, "GrantReadACP", "PutObjectAcl" },
	{ WRITES, "GrantWriteACP", "PutObjectAcl" },
	{ WRITES, "Tagging", "PutObjectTagging" },
	{ WRITES, "ObjectLockMode", "PutObjectRetention" },
	{ WRITES, "ObjectLockRetainUntilDate", "PutObjectRetention" },
	{ WRITES, "ObjectLockLegalHoldStatus", "PutObjectLegalHold" },
	{ "DeleteObject DeleteObjects PutObjectRetention", "BypassGovernanceRetention",
	    "BypassGovernanceRetention" },
	{ "CreateBucket", "ACL", "PutBucketAcl" },
	{ "CreateBucket", "GrantFullControl", "PutBucketAcl" },
	{ "CreateBucket", "GrantRead", "PutBucketAcl" },
	{ "CreateBucket", "GrantReadACP", "PutBucketAcl" },
	{ "CreateBucket", "GrantWrite", "PutBucketAcl" },
	{ "CreateBucket", "GrantWriteACP", "PutBucketAcl" },
	{ "CreateBucket", "ObjectLockEnabledForBucket",
	    "PutBucketObjectLockConfiguration" },
	{ "CreateBucket", "ObjectLockEnabledForBucket", "PutBucketVersioning" },
	{ "CreateBucket", "ObjectOwnership", "PutBucketOwnershipControls" },
};

static enum rc
bucket(struct iam_work *w, struct span name, struct iam_resource *ret)
{
	if (span_starts(name, "arn:"))
		return iam_verbatim(w, name, ret);
	return iam_fill(w, "s3:::{v}", NULL, name, ret);
}

static enum rc
object(struct iam_work *w, struct span name, struct span key, struct iam_resource *ret)
{
	bool point = span_starts(name, "arn:");
	struct iam_resource b = { 0 }, k = { 0 };
	enum rc rc;

	if ((rc = bucket(w, name, &b)) != RC_OK ||
	    (rc = iam_verbatim(w, key, &k)) != RC_OK)
		return rc;
	k.arn = iam_text(w, "%s%s%s", b.arn, point ? POINT_OBJECT : "/", k.arn);
	k.policy =
	    iam_text(w, "%s%s%s", b.policy, point ? POINT_OBJECT : "/", k.policy);
	if (k.arn == NULL || k.policy == NULL)
		return err_memory(w->err);
	*ret = k;
	return RC_OK;
}

static enum rc
implied(struct iam_work *w, const char *action, const struct iam_resource *r)
{
	return iam_add_implied(
	    w, "s3", action, iam_action_text(w, w->service.iam, action), r);
}

/* The whole bucket, when the call has no key: it will be refused, or it is a prefix. */
static enum rc
resource(struct iam_work *w, struct iam_resource *ret)
{
	struct awsmodel_param p;
	struct span name = { 0 }, key = { 0 };
	bool there = false, has_key = false;
	enum rc rc;

	if ((rc = iam_value(w, "Bucket", &name, &there)) != RC_OK ||
	    (rc = iam_value(w, "Key", &key, &has_key)) != RC_OK)
		return rc;
	*ret = (struct iam_resource){ .arn = "*", .policy = "*", .pattern = true };
	if (!there)
		return RC_OK;
	if (!awsmodel_param(&w->op, span_of("Key"), &p))
		return bucket(w, name, ret);
	if (has_key)
		return object(w, name, key, ret);
	if (span_starts(name, "arn:"))
		return RC_OK;
	return iam_fill(w, "s3:::{v}/*", NULL, name, ret);
}

static enum rc
version(struct iam_work *w, const struct iam_resource *r)
{
	struct span v = { 0 };
	bool there = false;
	enum rc rc;

	if ((rc = iam_value(w, "VersionId", &v, &there)) != RC_OK)
		return rc;
	for (size_t i = 0; there && i < ROWS(versions); i++) {
		if (strcmp(versions[i].operation, w->op.name) != 0)
			continue;
		w->action = iam_action_text(w, "s3", versions[i].action);
		return implied(w, versions[i].action, r);
	}
	return RC_OK;
}

static bool
says_false(const struct apicall_param *p)
{
	return p->known && (span_is(p->value, "false") || span_is(p->value, "False"));
}

static enum rc
by_members(struct iam_work *w, const struct iam_resource *r)
{
	enum rc rc = RC_OK;

	for (size_t i = 0; i < ROWS(members) && rc == RC_OK; i++) {
		const struct apicall_param *p;
		size_t at = 0;

		/* First, since a call of a thousand keys comes here for each. */
		if (!iam_listed(members[i].operations, w->op.name))
			continue;
		p = apicall_next(w->call, members[i].member, &at);
		if (p != NULL && !says_false(p))
			rc = implied(w, members[i].action, r);
	}
	return rc;
}

/* "bucket/key", "/bucket/key" or "ARN/object/key", percent-encoded, perhaps with
 * "?versionId=…" behind, which stands outside the encoding. */
static enum rc
source_parts(struct iam_work *w, struct span s, struct buf *text, bool *versioned,
    struct span *name, struct span *key)
{
	const uint8_t *mark = memchr(s.p, '?', s.len), *slash;
	struct span path = span_make(s.p, mark == NULL ? s.len : (size_t)(mark - s.p));
	size_t skip = 0, least = 0;

	*versioned = mark != NULL;
	if (mark != NULL &&
	    !span_starts(span_make(mark, (size_t)(s.p + s.len - mark)), "?versionId="))
		return err_set(w->err, RC_REFUSE, "CopySource is malformed");
	if (!uri_decode(text, path) || !buf_ok(text))
		return err_set(w->err, RC_REFUSE, "CopySource is malformed");
	path = buf_span(text);
	skip = path.len > 0 && path.p[0] == '/';
	path = span_make(path.p + skip, path.len - skip);
	if (span_starts(path, "arn:")) {
		slash = memmem(path.p, path.len, POINT_OBJECT, strlen(POINT_OBJECT));
		least = strlen(POINT_OBJECT);
	} else {
		slash = path.len == 0 ? NULL : memchr(path.p, '/', path.len);
		least = 1;
	}
	if (slash == NULL || slash == path.p)
		return err_set(w->err, RC_REFUSE, "CopySource is malformed");
	*name = span_make(path.p, (size_t)(slash - path.p));
	*key = span_make(slash + least, (size_t)(path.p + path.len - slash) - least);
	return RC_OK;
}

static enum rc
source(struct iam_work *w)
{
	struct iam_resource r = { 0 };
	struct span v = { 0 }, name = { 0 }, key = { 0 };
	bool there = false, versioned = false;
	struct buf text;
	enum rc rc;

	if (!iam_listed("CopyObject UploadPartCopy", w->op.name))
		return RC_OK;
	if ((rc = iam_value(w, "CopySource", &v, &there)) != RC_OK || !there)
		return rc;
	if (v.len == 0)
		return err_set(w->err, RC_REFUSE, "CopySource is empty");
	buf_init(&text, 2 * APICALL_VALUE);
	rc = source_parts(w, v, &text, &versioned, &name, &key);
	if (rc == RC_OK)
		rc = object(w, name, key, &r);
	if (rc == RC_OK)
		rc = implied(w, versioned ? "GetObjectVersion" : "GetObject", &r);
	buf_clear(&text);
	return rc;
}

static size_t
count(const struct iam_work *w, const char *member)
{
	size_t at = 0, n = 0;

	while (apicall_next(w->call, member, &at) != NULL)
		n++;
	return n;
}

/* What holds for every key of a DeleteObjects. */
struct batch {
	struct span bucket;
	bool plain;	/* some keys have no version: which ones is not told apart */
	bool versioned; /* some have one */
	bool governed;	/* BypassGovernanceRetention is said */
};

static enum rc
one_key(struct iam_work *w, const struct apicall_param *p, const struct batch *b)
{
	struct iam_resource r = { 0 };
	enum rc rc;

	if (!p->known)
		return err_set(w->err, RC_REFUSE, "a key to delete is not known");
	if ((rc = object(w, b->bucket, p->value, &r)) != RC_OK ||
	    (rc = iam_add_own(w, &r)) != RC_OK)
		return rc;
	rc = iam_add_implied(w, "s3", "DeleteObject", w->action, &r);
	if (rc == RC_OK && b->versioned)
		rc = implied(w, "DeleteObjectVersion", &r);
	if (rc == RC_OK && b->governed)
		rc = by_members(w, &r);
	return rc;
}

static enum rc
delete_objects(struct iam_work *w)
{
	static const char path[] = "Delete.Objects.Key";
	size_t keys = count(w, path), versions_n = count(w, "Delete.Objects.VersionId");
	struct batch b = { .plain = versions_n<keys, .versioned = versions_n> 0,
		.governed = count(w, "BypassGovernanceRetention") > 0 };
	const struct apicall_param *p;
	bool there = false;
	size_t at = 0;
	enum rc rc;

	if ((rc = iam_value(w, "Bucket", &b.bucket, &there)) != RC_OK)
		return rc;
	if (!there || keys == 0)
		return err_set(w->err, RC_REFUSE, "DeleteObjects names no keys");
	w->action = b.plain ? "s3:DeleteObject" : "s3:DeleteObjectVersion";
	while ((p = apicall_next(w->call, path, &at)) != NULL)
		if ((rc = one_key(w, p, &b)) != RC_OK)
			return rc;
	return RC_OK;
}

enum rc
iam_s3(struct iam_work *w)
{
	struct iam_resource r = { 0 };
	enum rc rc;

	if (strcmp(w->op.name, "DeleteObjects") == 0)
		return delete_objects(w);
	if ((rc = resource(w, &r)) != RC_OK)
		return rc;
	/* Its own need first, under the action that versions may change. */
	if ((rc = iam_add_own(w, &r)) != RC_OK || (rc = version(w, &r)) != RC_OK)
		return rc;
	if (w->action == NULL)
		return err_memory(w->err);
	w->v[0].action = w->action;
	if (strcmp(w->op.name, "GetObjectAttributes") == 0 &&
	    (rc = implied(w,
		 strstr(w->action, "Version") != NULL ? "GetObjectVersion"
						      : "GetObject",
		 &r)) != RC_OK)
		return rc;
	if ((rc = by_members(w, &r)) != RC_OK)
		return rc;
	return source(w);
}
