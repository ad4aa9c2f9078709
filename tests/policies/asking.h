/* Short ways to put a line to the readers, for the tests of this room. */
#ifndef TESTS_POLICIES_ASKING_H
#define TESTS_POLICIES_ASKING_H

#include "tests/support/unit.h"

#include "policies/apicall.h"
#include "policies/aws.h"
#include "policies/iam.h"
#include "policies/pack.h"

/* A line that must split; to be freed. */
static inline struct words *
asking_words(const char *line)
{
	struct words *w = NULL;
	struct err err = { "" };

	if (words_split(span_of(line), &w, &err) != RC_OK)
		fail_msg("%s: %s", line, err.text);
	return w;
}

/* A line that must be read; to be freed. */
static inline struct aws_request *
asking_request(const char *line)
{
	struct words *w = asking_words(line);
	struct aws_request *req = NULL;
	struct refusal refusal = { 0 };

	if (aws_read(w, &req, &refusal) != RC_OK)
		fail_msg("%s: %s", line, refusal.err.text);
	words_free(w);
	return req;
}

/* A pack of one text that must load; to be freed. */
static inline struct pack *
asking_pack(const char *text)
{
	struct pack_text t = { "p.yaml", span_of(text) };
	struct pack *p = NULL;
	struct err err = { "" };

	if (pack_read(&t, 1, &p, &err) != RC_OK)
		fail_msg("%s", err.text);
	return p;
}

/* A call "SERVICE:OPERATION" with members "NAME=VALUE;NAME=VALUE;?NAME", where ? means
 * that nobody knows the value; to be freed. */
static inline struct apicall *
asking_call(const char *operation, const char *region, const char *members)
{
	char text[4096], service[64], *at = text, *item;
	struct apicall *c = NULL;
	struct err err = { "" };
	enum rc rc;

	snprintf(text, sizeof text, "%s", members);
	snprintf(
	    service, sizeof service, "%.*s", (int)strcspn(operation, ":"), operation);
	rc = apicall_new(service, strchr(operation, ':') + 1, region, &c, &err);
	while (rc == RC_OK && (item = strsep(&at, ";")) != NULL) {
		char *eq = strchr(item, '=');

		if (item[0] == '\0')
			continue;
		if (item[0] == '?') {
			rc = apicall_member(c, item + 1, &err);
			continue;
		}
		*eq = '\0';
		rc = apicall_value(c, item, span_of(eq + 1), &err);
	}
	if (rc != RC_OK)
		fail_msg("%s: %s", members, err.text);
	return c;
}

/* What it needs; to be cleared. */
static inline struct iam_needs
asking_needs(const struct apicall *c)
{
	const struct iam_place place = { "aws", "111122223333", apicall_region(c) };
	struct iam_needs n = { 0 };
	struct err err = { "" };

	if (iam_needs(c, &place, &n, &err) != RC_OK)
		fail_msg("%s: %s", apicall_operation(c), err.text);
	return n;
}

/* An agent with a key, in account 111122223333 and eu-west-1, as facts of a command. */
#define ASKING_FACTS(identity)                                                         \
	{                                                                              \
		.who = (identity), .proof = PROOF_KEY, .auth_age = 1000,               \
		.path = PATH_EXEC, .profile = "p", .partition = "aws",                 \
		.account = "111122223333", .region = "eu-west-1"                       \
	}

#endif
