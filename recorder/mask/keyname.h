/* Names of fields whose values are secrets: a table, and what the configuration adds.
 *
 * A name is one of these when its end is: "DB_PASSWORD", "masterUserPassword" and
 * "spring.datasource.password" end in "password".  The longest end decides.  How words
 * are parted (case, '_', '-', '.', blanks) does not matter. */
#ifndef RECORDER_MASK_KEYNAME_H
#define RECORDER_MASK_KEYNAME_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "recorder/mask/mask_parts.h"

#define KEYNAME_MOST 128 /* bytes of a folded name, with its NUL */

enum keyname {
	KEYNAME_NO,
	/* A word of other things as well: without quotes its value has to look like one. */
	KEYNAME_WEAK,
	KEYNAME_YES,
};

/* Its words in lower case with '_' between them: "SyncToken", "sync-token" and
 * "SYNC_TOKEN" become "sync_token".  False: empty, too long, or something else than
 * letters, digits and what parts words stands in it. */
bool keyname_fold(struct span name, char ret[KEYNAME_MOST]);

struct keynames;

/* The table and the policy's names.  It lives as long as the rules; NULL: no memory (b
 * knows). */
const struct keynames *keynames_build(struct mask_build *b);

/* What an identifier (or a text that ends in one) is.  Only its last bytes count, as many
 * as a name can have. */
enum keyname keyname_judge(const struct keynames *k, struct span identifier);

/* Add a literal for each way in which the words of each name can be written together,
 * except where another name's literal stands at its end.  arg is given to verify: a
 * struct keyname_literal. */
struct keyname_literal {
	const struct keynames *names;
	size_t len; /* of the literal */
};
void keyname_literals(
    struct mask_build *b, const struct keynames *k, mask_verify_fn *verify);

#endif
