/* Options of an operation to members of its input.  Which words an option takes follows
 * from its member's type, as in the CLI: a flag none, a list all up to the next option,
 * anything else one. */
#include "policies/awscall.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/awsfacts.h"
#include "policies/awsmodel.h"
#include "policies/awsvalue.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

#define RULES                                                                          \
	"authorize-security-group-ingress authorize-security-group-egress "            \
	"revoke-security-group-ingress revoke-security-group-egress"
#define REVISIONS                                                                      \
	"create-deployment get-application-revision register-application-revision"
#define IMAGES                                                                         \
	"detect-custom-labels detect-faces detect-labels detect-moderation-labels "    \
	"detect-protective-equipment detect-text index-faces recognize-celebrities "   \
	"search-faces-by-image"

/* Options that the CLI adds to operations and turns into members of other names. */
static const struct extra {
	const char *service, *operations, *option;
	/* BYTES: one, perhaps from stdin; RANGE: N, or N:M for two members */
	enum { NONE, ONE, SEVERAL, BYTES, RANGE } values;
	const char *members;
} extras[] = {
	{ "cloudfront", "create-distribution", "default-root-object", ONE,
	    "DistributionConfig" },
	{ "cloudfront", "create-distribution", "origin-domain-name", ONE,
	    "DistributionConfig" },
	{ "cloudfront", "create-invalidation", "paths", SEVERAL, "InvalidationBatch" },
	{ "cloudwatch", "put-metric-data", "dimensions", ONE, "MetricData" },
	{ "cloudwatch", "put-metric-data", "metric-name", ONE, "MetricData" },
	{ "cloudwatch", "put-metric-data", "statistic-values", ONE, "MetricData" },
	{ "cloudwatch", "put-metric-data", "storage-resolution", ONE, "MetricData" },
	{ "cloudwatch", "put-metric-data", "timestamp", ONE, "MetricData" },
	{ "cloudwatch", "put-metric-data", "unit", ONE, "MetricData" },
	{ "cloudwatch", "put-metric-data", "value", ONE, "MetricData" },
	{ "configservice", "put-configuration-recorder", "recording-group", ONE,
	    "ConfigurationRecorder" },
	{ "deploy", REVISIONS, "github-location", ONE, "revision" },
	{ "deploy", REVISIONS, "s3-location", ONE, "revision" },
	{ "ec2", RULES, "cidr", ONE, "IpPermissions" },
	{ "ec2", RULES, "group-owner", ONE, "IpPermissions" },
	{ "ec2", RULES, "port", ONE, "IpPermissions" },
	{ "ec2", RULES, "protocol", ONE, "IpPermissions" },
	{ "ec2", RULES, "source-group", ONE, "IpPermissions" },
	{ "ec2", "run-instances", "count", RANGE, "MinCount MaxCount" },
	{ "emr", "list-clusters", "active", NONE, "ClusterStates" },
	{ "emr", "list-clusters", "failed", NONE, "ClusterStates" },
	{ "emr", "list-clusters", "terminated", NONE, "ClusterStates" },
	{ "lambda", "create-function", "zip-file", BYTES, "Code" },
	{ "lambda", "publish-layer-version", "zip-file", BYTES, "Content" },
	{ "rds", "add-option-to-option-group", "options", SEVERAL, "OptionsToInclude" },
	{ "rds", "remove-option-from-option-group", "options", SEVERAL,
	    "OptionsToRemove" },
	{ "rekognition", "compare-faces", "source-image-bytes", BYTES, "SourceImage" },
	{ "rekognition", "compare-faces", "target-image-bytes", BYTES, "TargetImage" },
	{ "rekognition", IMAGES, "image-bytes", BYTES, "Image" },
	{ "ses", "send-email", "bcc", SEVERAL, "Destination" },
	{ "ses", "send-email", "cc", SEVERAL, "Destination" },
	{ "ses", "send-email", "html", ONE, "Message" },
	{ "ses", "send-email", "subject", ONE, "Message" },
	{ "ses", "send-email", "text", ONE, "Message" },
	{ "ses", "send-email", "to", SEVERAL, "Destination" },
};

/* Members whose options the CLI took away, most for one of those above. */
static const struct {
	const char *service, *operations, *options;
} gone[] = {
	{ "cloudsearch", "define-index-field", "index-field" },
	{ "datapipeline", "put-pipeline-definition", "pipeline-objects" },
	{ "ec2", "run-instances", "min-count max-count" },
	{ "rds", "add-option-to-option-group remove-option-from-option-group",
	    "options-to-include options-to-remove" },
};

/* Of the CLI alone: how results are paged. */
static const char paging[] = "max-items page-size starting-token";

struct reader {
	const char *command, *operation;
	struct awsmodel_service service;
	struct awsmodel_operation op;
	const struct awscall_word *words;
	size_t n, at;
	struct awscall_staged *staged;
	struct aws_request *r;
	struct aws_call *call;
	struct refusal *refusal;
	size_t n_taken;		       /* members that an option of theirs gave */
	const char *taken[WORDS_MOST]; /* the rest is not cleared */
};

/* An option as it stands: name without dashes, and the words that are its values. */
struct option {
	const struct awscall_word *word;
	struct span name;
	bool joined; /* by = */
	size_t n;
	const char *values[WORDS_MOST];
};

static enum rc
usage(struct reader *rd, const char *what, const char *word)
{
	char shown[REFUSAL_WORD];

	return refusal_set(rd->refusal, STATUS_USAGE, "usage: %s %s: %s: %s",
	    rd->command, rd->operation, refusal_word(word, shown), what);
}

static enum rc
came(struct reader *rd, enum rc rc)
{
	if (rc == RC_FAIL)
		return refusal_memory(rd->refusal);
	if (rc == RC_REFUSE)
		rd->refusal->status = STATUS_USAGE;
	return rc;
}

static bool
is_option(const struct awscall_word *w)
{
	return strncmp(w->text, "--", 2) == 0;
}

/* Gather most words behind the option; at is left on the first that is not its. */
static void
take_values(struct reader *rd, size_t most, struct option *o)
{
	if (o->joined) {
		o->values[o->n++] = o->word->text + 2 + o->name.len + 1;
		return;
	}
	while (o->n < most && rd->at < rd->n && !is_option(&rd->words[rd->at]) &&
	       !rd->words[rd->at].apart)
		o->values[o->n++] = rd->words[rd->at++].text;
}

static enum rc
want_values(struct reader *rd, bool several, struct option *o)
{
	take_values(rd, several ? WORDS_MOST : 1, o);
	return o->n > 0 ? RC_OK : usage(rd, "its value is missing", o->word->text);
}

/* "file://-" stands for what the caller sends on stdin.  Options that take a bare path
 * get one. */
static bool
names_stdin(const char *value)
{
	return strcmp(value, "file://-") == 0 || strcmp(value, "fileb://-") == 0;
}

static enum rc
stage_in(struct reader *rd, const char *member, const struct option *o, bool path)
{
	const char *value = o->values[0];
	int scheme = path ? 0 : (int)(strlen(value) - 1);
	struct awscall_staged *s = rd->staged;
	/* The word that holds the value: the option's own, or the last one taken. */
	const struct awscall_word *w = o->joined ? o->word : &rd->words[rd->at - 1];
	int head = o->joined ? (int)(2 + o->name.len + 1) : 0;
	int len;

	if (++s->n > 1)
		return usage(rd, "stdin can be staged once", o->word->text);
	len = snprintf(s->text, sizeof s->text, "%.*s%.*s%s", head, w->text, scheme,
	    value, AWS_FILE_IN);
	if (len < 0 || (size_t)len >= sizeof s->text)
		return usage(rd, "too long", o->word->text);
	*w->child = span_of(s->text);
	rd->r->file_in = true;
	return came(rd, apicall_member(rd->call->api, member, &rd->refusal->err));
}

static enum rc
take_flag(struct reader *rd, const struct awsmodel_param *p, const struct option *o)
{
	if (o->joined)
		return usage(rd, "this option takes no value", o->word->text);
	return came(
	    rd, apicall_value(rd->call->api, p->name,
		    span_of(p->negative ? "false" : "true"), &rd->refusal->err));
}

/* A structure of one flag can be written as a flag, and then as one that says no; or
 * with a value like any other. */
static bool
is_flag_structure(struct reader *rd, const struct awsmodel_param *p)
{
	struct awsmodel_param no;
	char name[128];

	if (p->type != AWSMODEL_STRUCTURE)
		return false;
	if (p->negative)
		return true;
	return snprintf(name, sizeof name, "no-%s", p->option) < (int)sizeof name &&
	       awsmodel_param_option(&rd->op, span_of(name), &no) && no.negative &&
	       strcmp(no.name, p->name) == 0;
}

static enum rc
take_flag_structure(struct reader *rd, const struct awsmodel_param *p, struct option *o)
{
	if (p->negative && o->joined)
		return usage(rd, "this option takes no value", o->word->text);
	if (!p->negative)
		take_values(rd, 1, o);
	if (o->n > 0)
		return awsvalue_add(rd->call->api, p, o->values, o->n, rd->refusal);
	return came(rd, apicall_member(rd->call->api, p->name, &rd->refusal->err));
}

/* A member has more than one option: --x and --no-x, and older names. */
static bool
taken(struct reader *rd, const struct awsmodel_param *p)
{
	for (size_t i = 0; i < rd->n_taken; i++)
		if (strcmp(rd->taken[i], p->name) == 0)
			return true;
	rd->taken[rd->n_taken++] = p->name;
	return false;
}

static enum rc
take_param(struct reader *rd, const struct awsmodel_param *p, struct option *o)
{
	bool several = p->type == AWSMODEL_TEXTS || p->type == AWSMODEL_LIST;
	bool path = awsfacts_file_option(
	    rd->command, rd->operation, o->word->text, 2 + o->name.len);
	bool stream = path && p->type == AWSMODEL_BLOB;
	enum rc rc;

	if (taken(rd, p))
		return usage(rd, "another option says this already", o->word->text);
	if (p->type == AWSMODEL_BOOLEAN)
		return take_flag(rd, p, o);
	if (is_flag_structure(rd, p))
		return take_flag_structure(rd, p, o);
	if ((rc = want_values(rd, several, o)) != RC_OK)
		return rc;
	if (o->n == 1 && names_stdin(o->values[0]) && (!path || stream))
		return stage_in(rd, p->name, o, stream);
	if (path)
		return refusal_set(rd->refusal, STATUS_DENIED,
		    "file: --%s of %s %s names a local file%s", p->option, rd->command,
		    rd->operation, stream ? ": only fileb://- (stdin) is taken" : "");
	rc = awsvalue_add(rd->call->api, p, o->values, o->n, rd->refusal);
	return rc;
}

static const struct extra *
find_extra(const struct reader *rd, struct span name)
{
	for (size_t i = 0; i < ROWS(extras); i++)
		if (awsfacts_same(extras[i].service, rd->command) &&
		    awsfacts_listed(extras[i].operations, rd->operation) &&
		    span_is(name, extras[i].option))
			return &extras[i];
	return NULL;
}

/* A whole number as the CLI sends it on. */
static bool
is_count(struct span s)
{
	static const struct span zero = { (const uint8_t *)"0", 1 };
	size_t n = 0;

	while (n < s.len && s.p[n] >= '0' && s.p[n] <= '9')
		n++;
	return n == s.len && n >= 1 && n <= 6 && (s.p[0] != '0' || span_eq(s, zero));
}

/* N is both members' value, N:M one of each. */
static enum rc
take_range(struct reader *rd, const struct extra *e, const char *value)
{
	size_t n = strcspn(value, ":"), gap = strcspn(e->members, " ");
	struct span low = span_make(value, n), high = low;
	char name[128];
	enum rc rc;

	if (value[n] == ':')
		high = span_of(value + n + 1);
	if (!is_count(low) || !is_count(high) ||
	    !span_copy(span_make(e->members, gap), name, sizeof name))
		return usage(rd, "expected N or N:M", value);
	if ((rc = came(rd,
		 apicall_value(rd->call->api, name, low, &rd->refusal->err))) != RC_OK)
		return rc;
	return came(rd, apicall_value(rd->call->api, e->members + gap + 1, high,
			    &rd->refusal->err));
}

/* The members are there; what they come to is the CLI's business, so no value is
 * known. */
static enum rc
take_extra(struct reader *rd, const struct extra *e, struct option *o)
{
	char name[128];
	enum rc rc;

	if (e->values == NONE && o->joined)
		return usage(rd, "this option takes no value", o->word->text);
	if (e->values != NONE &&
	    (rc = want_values(rd, e->values == SEVERAL, o)) != RC_OK)
		return rc;
	if (e->values == BYTES && names_stdin(o->values[0]))
		return stage_in(rd, e->members, o, false);
	if (e->values == RANGE)
		return take_range(rd, e, o->values[0]);
	for (const char *p = e->members; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (!span_copy(span_make(p, n), name, sizeof name))
			return usage(rd, "too long", o->word->text);
		rc = came(rd, apicall_member(rd->call->api, name, &rd->refusal->err));
		if (rc != RC_OK)
			return rc;
		p += n;
	}
	return RC_OK;
}

static bool
is_gone(const struct reader *rd, const char *name)
{
	for (size_t i = 0; i < ROWS(gone); i++)
		if (awsfacts_same(gone[i].service, rd->command) &&
		    awsfacts_listed(gone[i].operations, rd->operation))
			return awsfacts_listed(gone[i].options, name);
	return false;
}

/* Where the operation has a member of that name the CLI's own option stands before it: a
 * page's size stays the member's, but of how many in all, or from where, the member is
 * sent another value, or none. */
static bool
is_paging(const struct reader *rd, const char *name)
{
	struct awsmodel_param p;

	if (!awsfacts_listed(paging, name))
		return false;
	return !awsmodel_param_option(&rd->op, span_of(name), &p) ||
	       (p.paging && strcmp(name, "page-size") != 0);
}

static enum rc
take_paging(struct reader *rd, struct option *o)
{
	enum rc rc;

	if ((rc = want_values(rd, false, o)) != RC_OK)
		return rc;
	return came(
	    rd, awsrequest_option(rd->r, o->name, o->values[0], &rd->refusal->err));
}

static enum rc
take_option(struct reader *rd)
{
	struct option o;
	const struct extra *e;
	struct awsmodel_param p;
	char name[128] = "";

	o.word = &rd->words[rd->at++];
	o.n = 0;
	o.name = span_make(o.word->text + 2, strcspn(o.word->text + 2, "="));
	o.joined = o.name.p[o.name.len] == '=';
	if ((e = find_extra(rd, o.name)) != NULL)
		return take_extra(rd, e, &o);
	if (!span_copy(o.name, name, sizeof name))
		return usage(rd, "too long", o.word->text);
	if (is_paging(rd, name))
		return take_paging(rd, &o);
	if (!is_gone(rd, name) && awsmodel_param_option(&rd->op, o.name, &p))
		return take_param(rd, &p, &o);
	if (awsfacts_file_option(
		rd->command, rd->operation, o.word->text, 2 + o.name.len))
		return refusal_set(rd->refusal, STATUS_DENIED,
		    "file: %.*s of %s %s names a local file",
		    (int)(o.name.len < 64 ? o.name.len + 2 : 64), o.word->text,
		    rd->command, rd->operation);
	return usage(
	    rd, "not an option of this operation, spelled in full", o.word->text);
}

/* The one bare word that an operation with an output file takes. */
static enum rc
take_bare(struct reader *rd)
{
	const struct awscall_word *w = &rd->words[rd->at++];
	bool out = rd->op.flags & AWSMODEL_OUTFILE ||
		   awsfacts_outfile(rd->command, rd->operation);

	if (strcmp(w->text, "help") == 0)
		return usage(rd, "help is not run here; as a value write --option=help",
		    w->text);
	if (!out)
		return usage(rd, "a value without its option", w->text);
	if (strcmp(w->text, "-") != 0)
		return refusal_set(rd->refusal, STATUS_DENIED,
		    "file: %s %s writes a local file: only - with --out (stdout) is "
		    "taken",
		    rd->command, rd->operation);
	if (rd->r->file_out)
		return usage(rd, "one output is enough", w->text);
	rd->r->file_out = true;
	*w->child = span_of(AWS_FILE_OUT);
	return RC_OK;
}

static enum rc
find_operation(struct reader *rd, bool waiter)
{
	const char *cli = awsfacts_call(rd->command, rd->operation);
	char shown[REFUSAL_WORD];
	bool known;

	if (!awsmodel_command(rd->command, &rd->service))
		return refusal_set(rd->refusal, STATUS_USAGE,
		    "command: aws %s is not known here", rd->command);
	known = waiter ? awsmodel_waiter(&rd->service, span_of(rd->operation), &rd->op)
		       : awsmodel_operation_cli(&rd->service, span_of(cli), &rd->op);
	if (known)
		return RC_OK;
	return refusal_set(rd->refusal, STATUS_USAGE,
	    "command: aws %s %s%s is not known here", rd->command,
	    waiter ? "wait " : "", refusal_word(rd->operation, shown));
}

/* Whoever asks for an output file has to say where: there is nothing to run without. */
static enum rc
check_outfile(struct reader *rd)
{
	if (rd->r->file_out || !(rd->op.flags & AWSMODEL_OUTFILE ||
				   awsfacts_outfile(rd->command, rd->operation)))
		return RC_OK;
	return refusal_set(rd->refusal, STATUS_DENIED,
	    "file: %s %s writes a local file: add - as its name, and --out before "
	    "aws%s",
	    rd->command, rd->operation,
	    strcmp(rd->operation, "get-object") == 0
		? "; or use aws s3 cp s3://BUCKET/KEY -"
		: "");
}

/* A body that is a stream goes out empty when no option fills it. */
static void
own_stream(struct reader *rd)
{
	struct awsmodel_param p;
	size_t at = 0;

	for (uint32_t i = 0; i < rd->op.n_params; i++) {
		awsmodel_param_at(&rd->op, i, &p);
		if ((rd->op.flags & AWSMODEL_STREAM_IN) &&
		    p.place == AWSMODEL_PAYLOAD &&
		    apicall_next(rd->call->api, p.name, &at) == NULL)
			rd->call->own = p.name;
	}
}

static enum rc
read_all(struct reader *rd, bool waiter)
{
	enum rc rc;

	if ((rc = find_operation(rd, waiter)) != RC_OK)
		return rc;
	rc = came(rd, awsrequest_call(rd->r, rd->service.name, rd->op.name, rd->op.cli,
			  &rd->call, &rd->refusal->err));
	while (rc == RC_OK && rd->at < rd->n)
		rc = is_option(&rd->words[rd->at]) ? take_option(rd) : take_bare(rd);
	if (rc != RC_OK)
		return rc;
	own_stream(rd);
	return check_outfile(rd);
}

enum rc
awscall_read(const char *command, const char *operation, bool waiter,
    const struct awscall_word *words, size_t n, struct awscall_staged *staged,
    struct aws_request *r, struct refusal *refusal)
{
	struct reader *rd = malloc(sizeof *rd);
	enum rc rc;

	if (rd == NULL)
		return refusal_memory(refusal);
	memset(rd, 0, offsetof(struct reader, taken));
	rd->command = command;
	rd->operation = operation;
	rd->words = words;
	rd->n = n;
	rd->staged = staged;
	rd->r = r;
	rd->refusal = refusal;
	rc = read_all(rd, waiter);
	if (rc == RC_OK)
		r->name.service = rd->service.name;
	free(rd);
	return rc;
}
