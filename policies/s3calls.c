/* Which members the s3 commands send was read in the CLI's source (2.9.19) and seen on
 * the wire. */
#include "policies/s3calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/awsvalue.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])
#define KEY_MOST 4100 /* two words and a slash */

/* Groups of options, by the calls that take them. */
enum {
	GENERAL = 1 << 0,
	META = 1 << 1,
	DIRECTIVE = 1 << 2,
	SSE = 1 << 3,
	SSE_C = 1 << 4,
	SSE_C_SOURCE = 1 << 5,
	PAYER = 1 << 6,
	CREATION = GENERAL | META | SSE | SSE_C | PAYER,
};

enum side {
	NOWHERE,
	SOURCE_BUCKET,
	TARGET_BUCKET,
	SOURCE,
	TARGET,
	BOTH,
};

#define UPLOADING "ContentMD5 ChecksumAlgorithm ContentLength"
/* A copy in parts, and one that changes some of it, take over what the source has. */
#define TAKEN_OVER                                                                     \
	" ContentType CacheControl ContentDisposition ContentEncoding"                 \
	" ContentLanguage Expires Metadata ChecksumType"

static const struct call {
	enum s3_call bit;
	const char *api, *cli;
	enum side side;
	unsigned takes;
	const char *own;
} calls[] = {
	{ S3_BUCKETS, "ListBuckets", "list-buckets", NOWHERE, 0, NULL },
	{ S3_LIST, "ListObjectsV2", "list-objects-v2", SOURCE_BUCKET, PAYER,
	    "Delimiter MaxKeys EncodingType ContinuationToken" },
	{ S3_GET, "GetObject", "get-object", SOURCE, SSE_C | PAYER,
	    "Range IfMatch ChecksumMode PartNumber" },
	{ S3_PUT, "PutObject", "put-object", TARGET, CREATION,
	    "Body ContentType " UPLOADING },
	{ S3_COPY, "CopyObject", "copy-object", BOTH,
	    CREATION | DIRECTIVE | SSE_C_SOURCE,
	    "MetadataDirective TaggingDirective ChecksumAlgorithm" TAKEN_OVER },
	{ S3_DELETE, "DeleteObject", "delete-object", SOURCE, PAYER, NULL },
	{ S3_MAKE_BUCKET, "CreateBucket", "create-bucket", SOURCE_BUCKET, 0,
	    "CreateBucketConfiguration" },
	{ S3_REMOVE_BUCKET, "DeleteBucket", "delete-bucket", SOURCE_BUCKET, 0, NULL },
	{ S3_HEAD, "HeadObject", "head-object", SOURCE, SSE_C | PAYER,
	    "ChecksumMode SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5" },
	{ S3_LIST_TARGET, "ListObjectsV2", "list-objects-v2", TARGET_BUCKET, PAYER,
	    "Delimiter MaxKeys EncodingType ContinuationToken" },
	{ S3_DELETE_TARGET, "DeleteObject", "delete-object", TARGET, PAYER, NULL },
	{ S3_GET_TAGS, "GetObjectTagging", "get-object-tagging", SOURCE, PAYER, NULL },
	{ S3_PUT_TAGS, "PutObjectTagging", "put-object-tagging", TARGET, PAYER,
	    "Tagging " UPLOADING },
	{ S3_CREATE_PARTS, "CreateMultipartUpload", "create-multipart-upload", TARGET,
	    CREATION, "Tagging ChecksumAlgorithm" TAKEN_OVER },
	{ S3_PART, "UploadPart", "upload-part", TARGET, SSE_C | PAYER,
	    "Body UploadId PartNumber " UPLOADING },
	{ S3_PART_COPY, "UploadPartCopy", "upload-part-copy", BOTH,
	    SSE_C | SSE_C_SOURCE | PAYER,
	    "CopySourceRange CopySourceIfMatch UploadId PartNumber" },
	/* Later versions of the CLI name the customer's key here too. */
	{ S3_COMPLETE, "CompleteMultipartUpload", "complete-multipart-upload", TARGET,
	    PAYER,
	    "MultipartUpload UploadId ChecksumType MpuObjectSize "
	    "SSECustomerAlgorithm SSECustomerKey SSECustomerKeyMD5" },
	{ S3_ABORT, "AbortMultipartUpload", "abort-multipart-upload", TARGET, PAYER,
	    "UploadId" },
};

/* known: the value goes out as it stands on the command line. */
static const struct member {
	const char *option, *name;
	unsigned group;
	bool known;
	const char *absent; /* the value when the option stands alone */
} members[] = {
	{ "acl", "ACL", GENERAL, true, NULL },
	{ "cache-control", "CacheControl", GENERAL, true, NULL },
	{ "content-disposition", "ContentDisposition", GENERAL, true, NULL },
	{ "content-encoding", "ContentEncoding", GENERAL, true, NULL },
	{ "content-language", "ContentLanguage", GENERAL, true, NULL },
	{ "content-type", "ContentType", GENERAL, true, NULL },
	{ "expires", "Expires", GENERAL, false, NULL },
	{ "storage-class", "StorageClass", GENERAL, true, NULL },
	{ "website-redirect", "WebsiteRedirectLocation", GENERAL, true, NULL },
	{ "metadata", "Metadata", META, false, NULL },
	{ "metadata-directive", "MetadataDirective", DIRECTIVE, true, NULL },
	{ "request-payer", "RequestPayer", PAYER, true, "requester" },
	{ "sse", "ServerSideEncryption", SSE, true, "AES256" },
	{ "sse-kms-key-id", "SSEKMSKeyId", SSE, true, NULL },
	{ "sse-c", "SSECustomerAlgorithm", SSE_C, true, "AES256" },
	{ "sse-c-key", "SSECustomerKey", SSE_C, false, NULL },
	{ "sse-c-key", "SSECustomerKeyMD5", SSE_C, false, NULL },
	{ "sse-c-copy-source", "CopySourceSSECustomerAlgorithm", SSE_C_SOURCE, true,
	    "AES256" },
	{ "sse-c-copy-source-key", "CopySourceSSECustomerKey", SSE_C_SOURCE, false,
	    NULL },
	{ "sse-c-copy-source-key", "CopySourceSSECustomerKeyMD5", SSE_C_SOURCE, false,
	    NULL },
};

/* What a grant's permission fills. */
static const struct {
	const char *permission, *member;
} grants[] = {
	{ "full=", "GrantFullControl" },
	{ "read=", "GrantRead" },
	{ "readacl=", "GrantReadACP" },
	{ "writeacl=", "GrantWriteACP" },
};

struct maker {
	const struct s3_plan *plan;
	struct aws_request *r;
	struct refusal *refusal;
	char source[KEY_MOST], target[KEY_MOST];
};

static enum rc
came(struct maker *m, enum rc rc)
{
	if (rc == RC_FAIL)
		return refusal_memory(m->refusal);
	if (rc == RC_REFUSE)
		m->refusal->status = STATUS_USAGE;
	return rc;
}

static enum rc
add(struct maker *m, struct aws_call *c, const char *name, const char *value)
{
	return came(m, apicall_value(c->api, name, span_of(value), &m->refusal->err));
}

static enum rc
add_copy_source(struct maker *m, struct aws_call *c)
{
	struct buf b, name;
	enum rc rc;

	buf_init(&name, 64 + KEY_MOST);
	buf_init(&b, 64 + 3 * KEY_MOST);
	buf_printf(&name, "%s/%s", m->plan->source->bucket, m->source);
	awsvalue_put_source(buf_cstr(&name), false, &b);
	rc = buf_ok(&name) && buf_ok(&b) ? add(m, c, "CopySource", buf_cstr(&b))
					 : refusal_memory(m->refusal);
	buf_clear(&name);
	buf_clear(&b);
	return rc;
}

static enum rc
add_bucket(struct maker *m, struct aws_call *c, const struct call *row)
{
	bool source = row->side == SOURCE_BUCKET;
	const struct aws_resource *res = source ? m->plan->source : m->plan->target;
	enum rc rc;

	if ((rc = add(m, c, "Bucket", res->bucket)) != RC_OK)
		return rc;
	if (!(row->bit & (S3_LIST | S3_LIST_TARGET)))
		return RC_OK;
	return add(m, c, "Prefix", source ? m->source : m->target);
}

static enum rc
add_object(struct maker *m, struct aws_call *c, const struct call *row)
{
	bool source = row->side == SOURCE;
	const struct aws_resource *res = source ? m->plan->source : m->plan->target;
	const char *key;
	enum rc rc;

	c->prefix = m->plan->many;
	if ((rc = add(m, c, "Bucket", res->bucket)) != RC_OK)
		return rc;
	/* Without a key it is about the whole bucket. */
	key = source ? m->source : m->target;
	if (key[0] != '\0' && (rc = add(m, c, "Key", key)) != RC_OK)
		return rc;
	return row->side == BOTH && m->source[0] != '\0' ? add_copy_source(m, c)
							 : RC_OK;
}

static enum rc
add_option(struct maker *m, struct aws_call *c, const struct call *row,
    const struct aws_option *o)
{
	enum rc rc;

	for (size_t i = 0; i < ROWS(members); i++) {
		const struct member *k = &members[i];
		const char *value = o->value != NULL ? o->value : k->absent;

		if (!(row->takes & k->group) || strcmp(o->name, k->option) != 0)
			continue;
		if (k->known && value != NULL)
			rc = add(m, c, k->name, value);
		else
			rc = came(m, apicall_member(c->api, k->name, &m->refusal->err));
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

/* Of one permission that is given twice the CLI takes the last. */
static enum rc
add_grant(struct maker *m, struct aws_call *c, const char *value)
{
	size_t at = 0;

	for (size_t i = 0; i < ROWS(grants); i++) {
		size_t n = strlen(grants[i].permission);

		if (strncmp(value, grants[i].permission, n) != 0)
			continue;
		if (apicall_next(c->api, grants[i].member, &at) == NULL)
			return add(m, c, grants[i].member, value + n);
		return refusal_set(m->refusal, STATUS_USAGE,
		    "usage: --grants: each permission once, with commas between those "
		    "who get it");
	}
	return refusal_set(m->refusal, STATUS_USAGE,
	    "usage: --grants takes read=, readacl=, writeacl= and full= only");
}

static enum rc
add_options(struct maker *m, struct aws_call *c, const struct call *row)
{
	enum rc rc;

	for (size_t i = 0; i < m->r->n_options; i++) {
		const struct aws_option *o = &m->r->options[i];
		bool grant = strcmp(o->name, "grants") == 0;

		if (grant && (row->takes & GENERAL) && o->value != NULL)
			rc = add_grant(m, c, o->value);
		else
			rc = add_option(m, c, row, o);
		if (rc != RC_OK)
			return rc;
	}
	return RC_OK;
}

static enum rc
add_call(struct maker *m, const struct call *row)
{
	struct aws_call *c;
	enum rc rc;

	if ((rc = came(m, awsrequest_call(m->r, "s3", row->api, row->cli, &c,
			      &m->refusal->err))) != RC_OK)
		return rc;
	c->own = row->own;
	switch (row->side) {
	case NOWHERE:
		return RC_OK;
	case SOURCE_BUCKET:
	case TARGET_BUCKET:
		rc = add_bucket(m, c, row);
		break;
	default:
		rc = add_object(m, c, row);
		break;
	}
	return rc == RC_OK ? add_options(m, c, row) : rc;
}

static const char *
last_part(const char *key)
{
	const char *slash = strrchr(key, '/');

	return slash == NULL ? key : slash + 1;
}

/* The names as the CLI makes them: a folder ends in /, and what goes into one keeps the
 * last part of its name. */
static bool
name_keys(struct maker *m)
{
	const struct aws_resource *from = m->plan->source, *to = m->plan->target;
	const char *source = from == NULL ? "-" : from->key;
	const char *target = to == NULL ? "" : to->key;
	size_t n = strlen(source), k = strlen(target);
	bool open = k == 0 || target[k - 1] == '/';
	const char *end = m->plan->many && n > 0 && source[n - 1] != '/' ? "/" : "";
	int a, b;

	a = snprintf(m->source, sizeof m->source, "%s%s", source, end);
	if (m->plan->many)
		b = snprintf(
		    m->target, sizeof m->target, "%s%s", target, open ? "" : "/");
	else
		b = snprintf(m->target, sizeof m->target, "%s%s", target,
		    open ? last_part(source) : "");
	return a >= 0 && (size_t)a < sizeof m->source && b >= 0 &&
	       (size_t)b < sizeof m->target;
}

enum rc
s3calls_add(const struct s3_plan *plan, struct aws_request *r, struct refusal *refusal)
{
	struct maker m = { .plan = plan, .r = r, .refusal = refusal };
	enum rc rc;

	if (!name_keys(&m))
		return refusal_set(refusal, STATUS_USAGE, "limit: the key is too long");
	for (size_t i = 0; i < ROWS(calls); i++)
		if ((plan->calls & calls[i].bit) &&
		    (rc = add_call(&m, &calls[i])) != RC_OK)
			return rc;
	return RC_OK;
}

/* No command makes more calls than a request has room for. */
_Static_assert(ROWS(calls) <= AWS_CALLS, "AWS_CALLS");
