/* Words of s3 commands.  Which calls they make was seen on the wire and read in the
 * CLI's source; a call that only large objects need counts as made. */
#include "policies/s3.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/model/profile.h"
#include "policies/awsfacts.h"
#include "policies/s3calls.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

#define UPLOAD (S3_PUT | S3_CREATE_PARTS | S3_PART | S3_COMPLETE | S3_ABORT)
#define DOWNLOAD (S3_HEAD | S3_GET)
#define COPYING                                                                        \
	(S3_HEAD | S3_COPY | S3_CREATE_PARTS | S3_PART_COPY | S3_COMPLETE | S3_ABORT)
/* Tags of large objects are copied apart; where that fails the copy is deleted. */
#define TAGGING (S3_GET_TAGS | S3_PUT_TAGS | S3_DELETE_TARGET)

enum {
	LS = 1 << 0,
	CP = 1 << 1,
	MV = 1 << 2,
	RM = 1 << 3,
	SYNC = 1 << 4,
	MB = 1 << 5,
	RB = 1 << 6,
	MOVES = CP | MV | SYNC,
};

static const struct command {
	const char *name;
	unsigned bit;
	size_t least, most; /* paths */
} commands[] = {
	{ "ls", LS, 0, 1 },
	{ "cp", CP, 2, 2 },
	{ "mv", MV, 2, 2 },
	{ "rm", RM, 1, 1 },
	{ "sync", SYNC, 2, 2 },
	{ "mb", MB, 1, 1 },
	{ "rb", RB, 1, 1 },
};

enum arity {
	NONE,
	ONE,
	PERHAPS, /* the next word, if it is no option */
	SEVERAL, /* all words up to the next option, at least one */
	FILTER,	 /* one; may stand more than once */
};

static const struct option {
	const char *name;
	unsigned commands;
	enum arity arity;
	unsigned adds;	    /* calls that it brings */
	const char *values; /* NULL: any */
} options[] = {
	{ "--acl", MOVES, ONE, 0,
	    "private public-read public-read-write authenticated-read aws-exec-read "
	    "bucket-owner-read bucket-owner-full-control log-delivery-write" },
	{ "--cache-control", MOVES, ONE, 0, NULL },
	{ "--content-disposition", MOVES, ONE, 0, NULL },
	{ "--content-encoding", MOVES, ONE, 0, NULL },
	{ "--content-language", MOVES, ONE, 0, NULL },
	{ "--content-type", MOVES, ONE, 0, NULL },
	{ "--copy-props", MOVES, ONE, 0, "none metadata-directive default" },
	{ "--delete", SYNC, NONE, S3_DELETE_TARGET, NULL },
	{ "--dryrun", MOVES | RM, NONE, 0, NULL },
	{ "--exact-timestamps", SYNC, NONE, 0, NULL },
	{ "--exclude", MOVES | RM, FILTER, 0, NULL },
	{ "--expected-size", CP, ONE, 0, NULL },
	{ "--expires", MOVES, ONE, 0, NULL },
	{ "--follow-symlinks", MOVES, NONE, 0, NULL },
	{ "--force", RB, NONE, S3_LIST | S3_DELETE, NULL },
	{ "--force-glacier-transfer", MOVES, NONE, 0, NULL },
	{ "--grants", MOVES, SEVERAL, 0, NULL },
	{ "--human-readable", LS, NONE, 0, NULL },
	{ "--ignore-glacier-warnings", MOVES, NONE, 0, NULL },
	{ "--include", MOVES | RM, FILTER, 0, NULL },
	{ "--metadata", MOVES, ONE, 0, NULL },
	{ "--metadata-directive", MOVES, ONE, 0, "COPY REPLACE" },
	{ "--no-follow-symlinks", MOVES, NONE, 0, NULL },
	{ "--no-guess-mime-type", MOVES, NONE, 0, NULL },
	{ "--no-progress", MOVES, NONE, 0, NULL },
	{ "--only-show-errors", MOVES | RM, NONE, 0, NULL },
	{ "--page-size", MOVES | LS | RM, ONE, 0, NULL },
	{ "--quiet", MOVES | RM, NONE, 0, NULL },
	{ "--recursive", LS | CP | MV | RM, NONE, S3_LIST, NULL },
	{ "--request-payer", MOVES | LS | RM, PERHAPS, 0, "requester" },
	{ "--size-only", SYNC, NONE, 0, NULL },
	{ "--source-region", MOVES, ONE, 0, NULL },
	{ "--sse", MOVES, PERHAPS, 0, "AES256 aws:kms" },
	{ "--sse-c", MOVES, PERHAPS, 0, "AES256" },
	{ "--sse-c-copy-source", MOVES, PERHAPS, 0, "AES256" },
	{ "--sse-c-copy-source-key", MOVES, ONE, 0, NULL },
	{ "--sse-c-key", MOVES, ONE, 0, NULL },
	{ "--sse-kms-key-id", MOVES, ONE, 0, NULL },
	{ "--storage-class", MOVES, ONE, 0,
	    "STANDARD REDUCED_REDUNDANCY STANDARD_IA ONEZONE_IA INTELLIGENT_TIERING "
	    "GLACIER DEEP_ARCHIVE GLACIER_IR" },
	{ "--summarize", LS, NONE, 0, NULL },
	{ "--website-redirect", MOVES, ONE, 0, NULL },
};

struct reader {
	const char *const *words;
	size_t n, at;
	struct aws_request *r;
	struct refusal *refusal;
	const struct command *command;
	unsigned calls;
	bool recursive, untagged;
	size_t n_paths, last_path;
	const char *paths[2];
};

static enum rc
usage(struct reader *rd, const char *what, const char *word)
{
	char shown[REFUSAL_WORD];

	return refusal_set(rd->refusal, STATUS_USAGE, "usage: s3 %s: %s: %s",
	    rd->command->name, refusal_word(word, shown), what);
}

static const struct option *
find_option(const char *word, size_t len)
{
	for (size_t i = 0; i < ROWS(options); i++)
		if (strlen(options[i].name) == len &&
		    memcmp(options[i].name, word, len) == 0)
			return &options[i];
	return NULL;
}

bool
s3_repeats(const char *word, size_t len)
{
	const struct option *o = find_option(word, len);

	return o != NULL && o->arity == FILTER;
}

static bool
is_option(const char *word)
{
	return word[0] == '-' && word[1] == '-';
}

/* An option as rules, and the calls' members, speak of it. */
static enum rc
note(struct reader *rd, const struct option *o, const char *value)
{
	enum rc rc =
	    awsrequest_option(rd->r, span_of(o->name + 2), value, &rd->refusal->err);

	if (rc == RC_REFUSE)
		rd->refusal->status = STATUS_USAGE;
	return rc == RC_FAIL ? refusal_memory(rd->refusal) : rc;
}

static enum rc
check_value(struct reader *rd, const struct option *o, const char *value)
{
	if (o->values != NULL && !awsfacts_listed(o->values, value))
		return usage(rd, "not a value of the option before it", value);
	if (strcmp(o->name, "--source-region") == 0 && !profile_region(span_of(value)))
		return usage(rd, "not the name of a region", value);
	if (strcmp(o->name, "--copy-props") == 0)
		rd->untagged = strcmp(value, "default") != 0;
	return note(rd, o, value);
}

/* Values that stand in words of their own; leaves at on the last one. */
static enum rc
take_values(struct reader *rd, const struct option *o)
{
	size_t most = o->arity == SEVERAL ? rd->n : 1, got = 0;
	enum rc rc;

	while (got < most && rd->at + 1 < rd->n && !is_option(rd->words[rd->at + 1])) {
		if ((rc = check_value(rd, o, rd->words[++rd->at])) != RC_OK)
			return rc;
		got++;
	}
	if (got > 0)
		return RC_OK;
	return o->arity == PERHAPS ? note(rd, o, NULL)
				   : usage(rd, "its value is missing", o->name);
}

static enum rc
take_option(struct reader *rd)
{
	const char *word = rd->words[rd->at];
	size_t len = strcspn(word, "=");
	const struct option *o = find_option(word, len);

	if (o == NULL || !(o->commands & rd->command->bit))
		return usage(rd, "not an option of this command", word);
	rd->calls |= o->adds;
	if (strcmp(o->name, "--recursive") == 0)
		rd->recursive = true;
	if (o->arity == NONE)
		return word[len] == '=' ? usage(rd, "this option takes no value", word)
					: note(rd, o, NULL);
	if (word[len] == '=')
		return check_value(rd, o, word + len + 1);
	return take_values(rd, o);
}

static enum rc
take_path(struct reader *rd)
{
	const char *word = rd->words[rd->at];

	if (strcmp(word, "help") == 0)
		return usage(rd, "help is not run here", word);
	if (rd->n_paths >= rd->command->most)
		return usage(rd, "one word too many", word);
	/* The CLI takes both or none. */
	if (rd->n_paths > 0 && rd->at != rd->last_path + 1)
		return usage(rd, "the two paths must stand together", word);
	rd->last_path = rd->at;
	rd->paths[rd->n_paths++] = word;
	return RC_OK;
}

/* General-purpose bucket names only.  The endings belong to other things that route
 * elsewhere (directory buckets, access points), and so do ARNs. */
static bool
bucket_name(const char *s)
{
	static const char *const endings[] = { "--x-s3", "--ol-s3", "-s3alias", "." };
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789.-");

	if (n < 3 || n > 63 || s[n] != '\0' || strstr(s, "..") != NULL ||
	    strchr(".-", s[0]) != NULL || s[n - 1] == '-')
		return false;
	for (size_t i = 0; i < ROWS(endings); i++) {
		size_t len = strlen(endings[i]);

		if (n >= len && strcmp(s + n - len, endings[i]) == 0)
			return false;
	}
	return true;
}

static enum rc
add_resource(struct reader *rd, const char *path)
{
	struct aws_resource *res = &rd->r->resources[rd->r->n_resources];
	char *copy = strdup(path + strlen("s3://"));
	size_t len;

	if (copy == NULL)
		return refusal_memory(rd->refusal);
	len = strcspn(copy, "/");
	res->bucket = copy;
	res->key = copy[len] == '/' ? copy + len + 1 : copy + len;
	copy[len] = '\0';
	rd->r->n_resources++;
	return bucket_name(copy) ? RC_OK : usage(rd, "not the name of a bucket", copy);
}

/* "s3://" alone lists the buckets. */
static bool
is_root(const struct reader *rd, const char *path)
{
	return rd->command->bit == LS && strcmp(path, "s3://") == 0;
}

static enum rc
check_path(struct reader *rd, const char *path)
{
	char shown[REFUSAL_WORD];

	if (is_root(rd, path))
		return RC_OK;
	if (strncmp(path, "s3://", 5) == 0)
		return add_resource(rd, path);
	if (strcmp(path, "-") == 0) {
		rd->r->takes_stdin = path == rd->paths[0];
		if (rd->command->bit == CP && !rd->recursive)
			return RC_OK;
		return usage(rd, "a stream goes with cp of one object only", path);
	}
	return refusal_set(rd->refusal, STATUS_DENIED,
	    "file: s3 %s: %s is a local path: use s3://BUCKET/KEY, or - with cp for a "
	    "stream",
	    rd->command->name, refusal_word(path, shown));
}

static enum rc
check_paths(struct reader *rd)
{
	enum rc rc;

	if (rd->n_paths < rd->command->least)
		return refusal_set(rd->refusal, STATUS_USAGE,
		    "usage: s3 %s takes %zu path%s", rd->command->name,
		    rd->command->least, rd->command->least > 1 ? "s" : "");
	for (size_t i = 0; i < rd->n_paths; i++)
		if ((rc = check_path(rd, rd->paths[i])) != RC_OK)
			return rc;
	if (rd->n_paths > 0 && rd->r->n_resources == 0 && !is_root(rd, rd->paths[0]))
		return usage(rd, "one side must be s3://BUCKET/KEY", rd->paths[0]);
	if ((rd->command->bit & (MB | RB)) && rd->r->resources[0].key[0] != '\0')
		return usage(rd, "name the bucket alone", rd->paths[0]);
	return RC_OK;
}

static bool
stream(const char *path)
{
	return strcmp(path, "-") == 0;
}

static unsigned
transfer_calls(const struct reader *rd)
{
	unsigned calls = COPYING | (rd->untagged ? 0 : TAGGING);

	if (stream(rd->paths[0]))
		return UPLOAD;
	if (stream(rd->paths[1]))
		calls = DOWNLOAD;
	if (rd->command->bit == MV)
		calls |= S3_DELETE;
	/* Without a key the source is looked for in a listing. */
	if (rd->command->bit == SYNC)
		calls |= S3_LIST | S3_LIST_TARGET;
	else if (rd->r->resources[0].key[0] == '\0')
		calls |= S3_LIST;
	return calls;
}

static unsigned
command_calls(const struct reader *rd)
{
	switch (rd->command->bit) {
	case LS:
		return rd->r->n_resources == 0 ? S3_BUCKETS : S3_LIST;
	case RM:
		return rd->r->resources[0].key[0] == '\0' ? S3_DELETE | S3_LIST
							  : S3_DELETE;
	case MB:
		return S3_MAKE_BUCKET;
	case RB:
		return S3_REMOVE_BUCKET;
	default:
		return transfer_calls(rd);
	}
}

static enum rc
add_calls(struct reader *rd)
{
	const struct aws_resource *res = rd->r->resources;
	bool listing = rd->command->bit == LS;
	bool up = rd->n_paths == 2 && stream(rd->paths[0]);
	struct s3_plan plan = { .calls = rd->calls | command_calls(rd) };

	if (listing && rd->r->n_resources == 0)
		plan.calls = S3_BUCKETS;
	plan.source = rd->r->n_resources == 0 || up ? NULL : &res[0];
	plan.target = up ? &res[0] : rd->r->n_resources == 2 ? &res[1] : NULL;
	/* rb --force empties the bucket first. */
	plan.many = !listing && (rd->recursive || rd->command->bit == SYNC ||
				    rd->command->bit == RB);
	return s3calls_add(&plan, rd->r, rd->refusal);
}

enum rc
s3_read(
    const char *const *words, size_t n, struct aws_request *r, struct refusal *refusal)
{
	struct reader rd = { .words = words, .n = n, .r = r, .refusal = refusal };
	char shown[REFUSAL_WORD];
	enum rc rc;

	for (size_t i = 0; i < ROWS(commands); i++)
		if (strcmp(commands[i].name, r->name.operation) == 0)
			rd.command = &commands[i];
	if (rd.command == NULL)
		return refusal_set(refusal, STATUS_USAGE,
		    "command: aws s3 %s is not run here: only ls cp mv rm sync mb rb",
		    refusal_word(r->name.operation, shown));
	r->name.service = "s3";
	for (; rd.at < n; rd.at++) {
		rc = is_option(words[rd.at]) ? take_option(&rd) : take_path(&rd);
		if (rc != RC_OK)
			return rc;
	}
	if ((rc = check_paths(&rd)) != RC_OK)
		return rc;
	return add_calls(&rd);
}
