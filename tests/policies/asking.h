/* Short ways to put a line to the readers, for the tests of this room. */
#ifndef TESTS_POLICIES_ASKING_H
#define TESTS_POLICIES_ASKING_H

#include "tests/support/unit.h"

#include "policies/aws.h"
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

/* An agent with a key, in account 111122223333 and eu-west-1, as facts of a command. */
#define ASKING_FACTS(identity)                                                         \
	{                                                                              \
		.who = (identity), .proof = PROOF_KEY, .auth_age = 1000,               \
		.path = PATH_EXEC, .profile = "p", .partition = "aws",                 \
		.account = "111122223333", .region = "eu-west-1"                       \
	}

#endif
