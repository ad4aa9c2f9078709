/* argv to request.  The CLI parses in three passes (global options anywhere, then the
 * operation, then its options), each with abbreviations; here one pass suffices since
 * whatever could be read in two ways is refused. */
#include "policies/aws.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/model/name.h"
#include "lib/model/profile.h"
#include "policies/awscall.h"
#include "policies/awsfacts.h"
#include "policies/s3.h"

#define ROWS(t) (sizeof(t) / sizeof(t)[0])

enum kind {
	FLAG,
	VALUE,
	PROFILE,
	REGION,
	REFUSED,
};

/* Options that the CLI takes anywhere, and those it adds to every operation. */
static const struct global {
	const char *name;
	enum kind kind;
	const char *text; /* the values it may have; why it is refused */
} globals[] = {
	{ "--ca-bundle", REFUSED, "the broker chooses whom to trust" },
	{ "--cli-auto-prompt", REFUSED, "there is no terminal to prompt on" },
	{ "--cli-binary-format", VALUE, "base64 raw-in-base64-out" },
	{ "--cli-connect-timeout", REFUSED, "the broker bounds the time" },
	{ "--cli-input-json", REFUSED, "spell the parameters out as options" },
	{ "--cli-input-yaml", REFUSED, "spell the parameters out as options" },
	{ "--cli-read-timeout", REFUSED, "the broker bounds the time" },
	{ "--color", VALUE, "on off auto" },
	{ "--debug", REFUSED, "it prints credentials" },
	{ "--endpoint-url", REFUSED, "the broker chooses the endpoint" },
	{ "--generate-cli-skeleton", REFUSED, "it runs nothing" },
	{ "--no-cli-auto-prompt", FLAG, NULL },
	{ "--no-cli-pager", FLAG, NULL },
	{ "--no-paginate", FLAG, NULL },
	{ "--no-sign-request", REFUSED, "every request is signed" },
	{ "--no-verify-ssl", REFUSED, "TLS is always verified" },
	{ "--output", VALUE, "json text table yaml yaml-stream" },
	{ "--profile", PROFILE, NULL },
	{ "--query", VALUE, NULL },
	{ "--region", REGION, NULL },
	{ "--version", REFUSED, "it runs nothing" },
};

/* The reader: words are taken from the front, what belongs to the service's own
 * command gathers in rest. */
struct reader {
	const struct words *w;
	size_t at;
	struct aws_request *r;
	struct refusal *refusal;
	uint32_t seen; /* bit i: globals[i] stood already */
	bool apart;    /* a global option stood before this word */
	bool waits;    /* aws SERVICE wait: the next bare word is what for */
	const char *command, *operation;
	size_t n_rest, n_child, n_stdin;
	/* The rest is large, and not cleared, but for what counts it. */
	struct awscall_word rest[WORDS_MOST];
	struct span child[WORDS_MOST];
	struct awscall_staged staged;
};

_Static_assert(ROWS(globals) <= 32, "seen has a bit for each global option");

static bool
is_s3(const struct reader *rd)
{
	return strcmp(rd->command, "s3") == 0;
}

static enum rc
usage(struct reader *rd, const char *what, const char *word)
{
	char shown[REFUSAL_WORD];

	return refusal_set(rd->refusal, STATUS_USAGE, "usage: word %zu (%s): %s",
	    rd->at + 1, refusal_word(word, shown), what);
}

/* Bytes of the option's name: up to = or the end. */
static size_t
name_length(const char *word)
{
	return strcspn(word, "=");
}

static bool
option_spelling(const char *word, size_t len)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return len > 2 && word[2] >= 'a' && word[2] <= 'z' && strspn(word, set) >= len;
}

/* A word that starts with a dash and is none of: an option, "-" alone (a stream), a
 * negative number. */
static bool
stray_dash(const char *word)
{
	if (word[0] != '-' || word[1] == '\0' || word[1] == '-')
		return false;
	return word[1 + strspn(word + 1, "0123456789.")] != '\0';
}

static void
keep(struct reader *rd)
{
	rd->child[rd->n_child++] = span_of(words_at(rd->w, rd->at));
}

static void
keep_own(struct reader *rd)
{
	struct awscall_word *w = &rd->rest[rd->n_rest++];

	keep(rd);
	*w = (struct awscall_word){ .text = words_at(rd->w, rd->at),
		.apart = rd->apart,
		.child = &rd->child[rd->n_child - 1] };
	rd->apart = false;
}

/* An option as rules may speak of it. */
static enum rc
note(struct reader *rd, const struct global *g, const char *value)
{
	enum rc rc =
	    awsrequest_option(rd->r, span_of(g->name + 2), value, &rd->refusal->err);

	return rc == RC_FAIL ? refusal_memory(rd->refusal) : rc;
}

/* The value of a global option: behind = or the next word.  Leaves at on the last word
 * used. */
static enum rc
take_value(struct reader *rd, const struct global *g, const char **ret)
{
	const char *word = words_at(rd->w, rd->at);
	size_t len = name_length(word);
	const char *value;

	if (g->kind != PROFILE)
		keep(rd);
	if (word[len] == '=') {
		*ret = word + len + 1;
		return RC_OK;
	}
	value = words_at(rd->w, rd->at + 1);
	if (value == NULL || (value[0] == '-' && value[1] != '\0'))
		return usage(rd, "its value is missing", word);
	rd->at++;
	if (g->kind != PROFILE)
		keep(rd);
	*ret = value;
	return RC_OK;
}

static enum rc
take_global_value(struct reader *rd, const struct global *g)
{
	const char *value = NULL;
	enum rc rc;

	if ((rc = take_value(rd, g, &value)) != RC_OK)
		return rc;
	if (g->kind == PROFILE) {
		if (!name_label(span_of(value)))
			return usage(rd, "not the name of a profile", value);
		if ((rd->r->profile = strdup(value)) == NULL)
			return refusal_memory(rd->refusal);
		return RC_OK;
	}
	if (g->kind == REGION) {
		if (!profile_region(span_of(value)))
			return usage(rd, "not the name of a region", value);
		if ((rd->r->region = strdup(value)) == NULL)
			return refusal_memory(rd->refusal);
		return note(rd, g, value);
	}
	if (g->text != NULL && !awsfacts_listed(g->text, value))
		return usage(rd, "not a value of this option", value);
	return note(rd, g, value);
}

static enum rc
take_global(struct reader *rd, size_t row)
{
	const struct global *g = &globals[row];
	const char *word = words_at(rd->w, rd->at);

	rd->apart = true;
	if (g->kind == REFUSED)
		return refusal_set(rd->refusal, STATUS_DENIED,
		    "option: %s (word %zu) is not accepted: %s", g->name, rd->at + 1,
		    g->text);
	if (rd->seen & 1u << row)
		return usage(rd, "this option may stand only once", word);
	rd->seen |= 1u << row;
	if (g->kind != FLAG)
		return take_global_value(rd, g);
	if (word[name_length(word)] == '=')
		return usage(rd, "this option takes no value", word);
	keep(rd);
	return note(rd, g, NULL);
}

/* The CLI takes any unique beginning of an option's name for the option.  Whoever
 * writes one means the whole, so an abbreviation of a refused option is refused as
 * such, and any other is a matter of spelling. */
static enum rc
refuse_abbreviation(struct reader *rd, const struct global *g)
{
	return refusal_set(rd->refusal,
	    g->kind == REFUSED ? STATUS_DENIED : STATUS_USAGE,
	    "option: word %zu abbreviates %s: spell options in full", rd->at + 1,
	    g->name);
}

static bool
stood_before(const struct reader *rd, const char *word, size_t len)
{
	for (size_t i = 0; i < rd->n_rest; i++)
		if (strncmp(rd->rest[i].text, word, len) == 0 &&
		    (rd->rest[i].text[len] == '\0' || rd->rest[i].text[len] == '='))
			return true;
	return false;
}

static enum rc
take_own_option(struct reader *rd, const char *word, size_t len)
{
	if (rd->operation == NULL)
		return usage(rd,
		    "not a global option; options of a command stand behind it", word);
	/* Later versions of the CLI add options of this family. */
	if (strncmp(word, "--cli-", 6) == 0 || strncmp(word, "--no-cli-", 9) == 0)
		return refusal_set(rd->refusal, STATUS_DENIED,
		    "option: %.*s (word %zu) is not accepted",
		    (int)(len < 64 ? len : 64), word, rd->at + 1);
	/* The filters of s3 work in order, each as often as one likes. */
	if (stood_before(rd, word, len) && !(is_s3(rd) && s3_repeats(word, len)))
		return usage(rd, "this option may stand only once", word);
	keep_own(rd);
	return RC_OK;
}

static enum rc
take_option(struct reader *rd)
{
	const char *word = words_at(rd->w, rd->at);
	const struct global *begun = NULL;
	size_t len = name_length(word);

	if (!option_spelling(word, len))
		return usage(rd, "not an option that is known here", word);
	for (size_t i = 0; i < ROWS(globals); i++) {
		/* Both begin with two dashes and a letter. */
		if (globals[i].name[2] != word[2] ||
		    strncmp(globals[i].name, word, len) != 0)
			continue;
		if (globals[i].name[len] == '\0')
			return take_global(rd, i);
		if (begun == NULL)
			begun = &globals[i];
	}
	return begun != NULL ? refuse_abbreviation(rd, begun)
			     : take_own_option(rd, word, len);
}

static bool
operation_spelling(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n > 0 && n <= 128 && s[n] == '\0' && s[0] != '-';
}

static enum rc
take_command(struct reader *rd, const char *word)
{
	char shown[REFUSAL_WORD];

	rd->command = word;
	if (is_s3(rd) || awsfacts_service(word))
		return RC_OK;
	return refusal_set(rd->refusal, STATUS_USAGE,
	    "command: aws %s is not run here: only services of AWS",
	    refusal_word(word, shown));
}

static enum rc
take_operation(struct reader *rd, const char *word)
{
	char shown[REFUSAL_WORD];

	if (!is_s3(rd) && !rd->waits && strcmp(word, "wait") == 0) {
		rd->waits = true;
		return RC_OK;
	}
	rd->operation = word;
	if (is_s3(rd))
		return RC_OK;
	if (operation_spelling(word) && strcmp(word, "help") != 0 &&
	    (rd->waits || !awsfacts_custom(rd->command, word)))
		return RC_OK;
	return refusal_set(rd->refusal, STATUS_USAGE,
	    "command: aws %s %s is not run here: only operations that are one API call",
	    rd->command, refusal_word(word, shown));
}

static enum rc
take_bare(struct reader *rd)
{
	const char *word = words_at(rd->w, rd->at);

	if (rd->operation != NULL) {
		keep_own(rd);
		return RC_OK;
	}
	keep(rd);
	return rd->command == NULL ? take_command(rd, word) : take_operation(rd, word);
}

static bool
names_file(const char *word)
{
	for (; (word = strpbrk(word, "fF")) != NULL; word++)
		if (strncasecmp(word, "file://", 7) == 0 ||
		    strncasecmp(word, "fileb://", 8) == 0)
			return true;
	return false;
}

/* A word that may stand for the caller's stdin: awscall.h takes it where it does. */
static bool
names_stdin(const char *word)
{
	const char *value = strncmp(word, "--", 2) == 0 ? strchr(word, '=') : NULL;

	value = value == NULL ? word : value + 1;
	return strcmp(value, "file://-") == 0 || strcmp(value, "fileb://-") == 0;
}

/* Anywhere in any word: the CLI expands it in values, in bare words and, in later
 * versions, within shorthand; variables in the path are expanded too. */
static enum rc
check_files(struct reader *rd)
{
	for (size_t i = 0; i < words_count(rd->w); i++) {
		const char *word = words_at(rd->w, i);

		if (names_stdin(word))
			rd->n_stdin++;
		else if (names_file(word))
			return refusal_set(rd->refusal, STATUS_DENIED,
			    "file: word %zu names a local file (file:// or fileb://): "
			    "write the value itself, or - for stdin",
			    i + 1);
	}
	return RC_OK;
}

/* None may be left where nobody staged it. */
static enum rc
check_stdin(struct reader *rd)
{
	if (rd->n_stdin == rd->staged.n)
		return RC_OK;
	return refusal_set(rd->refusal, STATUS_DENIED,
	    "file: file://- is taken as the value of one parameter only");
}

static enum rc
take_word(struct reader *rd)
{
	const char *word = words_at(rd->w, rd->at);

	if (strncmp(word, "--", 2) == 0)
		return take_option(rd);
	if (stray_dash(word))
		return usage(rd, "options begin with two dashes", word);
	return take_bare(rd);
}

static enum rc
read_s3(struct reader *rd)
{
	const char *words[WORDS_MOST];

	for (size_t i = 0; i < rd->n_rest; i++)
		words[i] = rd->rest[i].text;
	return s3_read(words, rd->n_rest, rd->r, rd->refusal);
}

/* A command that is one API call. */
static enum rc
read_call(struct reader *rd)
{
	return awscall_read(rd->command, rd->operation, rd->waits, rd->rest, rd->n_rest,
	    &rd->staged, rd->r, rd->refusal);
}

static enum rc
read_command(struct reader *rd)
{
	const char *name;
	enum rc rc;

	if (rd->operation == NULL)
		return refusal_set(rd->refusal, STATUS_USAGE,
		    "usage: aws %s %s [options]",
		    rd->command == NULL ? "SERVICE" : rd->command,
		    rd->waits ? "wait WAITER" : "OPERATION");
	if (!is_s3(rd) && (rc = read_call(rd)) != RC_OK)
		return rc;
	/* Waiting for something is asking for it again and again. */
	name = rd->waits ? rd->r->calls[0].operation : rd->operation;
	if ((rd->r->name.operation = strdup(name)) == NULL)
		return refusal_memory(rd->refusal);
	if (is_s3(rd) && (rc = read_s3(rd)) != RC_OK)
		return rc;
	return check_stdin(rd);
}

static enum rc
read_words(struct reader *rd)
{
	enum rc rc;

	if (strcmp(words_at(rd->w, 0), "aws") != 0)
		return refusal_set(rd->refusal, STATUS_USAGE,
		    "command: only aws is known here, by that bare name");
	if ((rc = check_files(rd)) != RC_OK)
		return rc;
	keep(rd);
	for (rd->at = 1; rd->at < words_count(rd->w); rd->at++)
		if ((rc = take_word(rd)) != RC_OK)
			return rc;
	if ((rc = read_command(rd)) != RC_OK)
		return rc;
	rc = words_from_list(rd->child, rd->n_child, &rd->r->child, &rd->refusal->err);
	if (rc != RC_OK)
		rd->refusal->status = STATUS_FAILED;
	return rc;
}

enum rc
aws_read(const struct words *w, struct aws_request **ret, struct refusal *refusal)
{
	struct reader *rd = malloc(sizeof *rd);
	enum rc rc = RC_FAIL;

	refusal->status = STATUS_OK;
	if (rd == NULL)
		return refusal_memory(refusal);
	memset(rd, 0, offsetof(struct reader, rest));
	rd->staged.n = 0;
	if ((rd->r = calloc(1, sizeof *rd->r)) == NULL) {
		free(rd);
		return refusal_memory(refusal);
	}
	rd->w = w;
	rd->refusal = refusal;
	if ((rc = read_words(rd)) == RC_OK)
		*ret = rd->r;
	else
		aws_free(rd->r);
	free(rd);
	return rc;
}

void
aws_free(struct aws_request *r)
{
	awsrequest_free(r);
}
