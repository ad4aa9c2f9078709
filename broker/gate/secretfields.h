/* Which members of AWS's answers are secrets, operation by operation: what was reviewed,
 * as data.  What stands nowhere here is judged by its name (fields.h).
 *
 * Reviewed for all operations of the AWS CLI's models on SECRETFIELDS_REVIEWED; a test
 * names what newer models have and nobody has looked at.
 */
#ifndef BROKER_GATE_SECRETFIELDS_H
#define BROKER_GATE_SECRETFIELDS_H

#include <stdbool.h>
#include <stddef.h>

#define SECRETFIELDS_REVIEWED "2026-11-22"
#define SECRETFIELDS_ROWS 8 /* that may be about one operation */

/* What becomes of a member.  The mask has the form that clients' parsers want there. */
enum secretfields_as {
	SECRETFIELDS_UNSAID,
	SECRETFIELDS_KEEP,   /* is none, whatever its name */
	SECRETFIELDS_TEXT,   /* the mask as it is */
	SECRETFIELDS_BASE64, /* bytes on the wire: the mask in base64 */
	SECRETFIELDS_LOGIN,  /* base64 of "AWS:[MASKED]": clients take it apart */
};

/* A row.  Lists have blanks between, names of operations may end in a star.  Members are
 * ends of paths as they stand on the wire, without the items of lists ("Credentials.
 * SecretAccessKey"); "X.*" is all that is text below X.  A "/base64" or "/login" behind
 * one says the form. */
struct secretfields_row {
	const char *service, *operations;
	const char *secrets, *keeps; /* a keep goes before a secret; NULL: none */
	bool closed;		     /* every text that is no keep is a secret */
};
/* The i-th of all; NULL behind the last. */
const struct secretfields_row *secretfields_row(size_t i);

/* The rows about one operation. */
struct secretfields {
	const struct secretfields_row *rows[SECRETFIELDS_ROWS];
	size_t n;
	bool closed;
};
/* False, and ret without rows, when there are none. */
bool secretfields_of(
    const char *service, const char *operation, struct secretfields *ret);
/* path: n names from the outermost on, folded as fields_fold() does. */
enum secretfields_as secretfields_judge(
    const struct secretfields *s, const char *const *path, size_t n);

/* Operations whose answers are sent while AWS still works on them, and hold no member
 * that could be one: they are passed on as they come. */
bool secretfields_slow(const char *service, const char *operation);

#endif
