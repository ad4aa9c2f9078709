/* What is known of the AWS CLI: closed lists, and nothing of policies or users.
 *
 * A command is the first word after aws ("ec2", "s3api"), an operation the second
 * ("describe-instances"), both as the CLI spells them.
 */
#ifndef POLICIES_AWSFACTS_H
#define POLICIES_AWSFACTS_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* True when word is one of list's words, which blanks part. */
bool awsfacts_listed(const char *list, const char *word);

/* True when two names are the same: tables are walked for each call, and most of their
 * rows differ in the first letter. */
static inline bool
awsfacts_same(const char *a, const char *b)
{
	return a[0] == b[0] && strcmp(a, b) == 0;
}

/* True for a command that stands for a service's API (s3api is one, s3 is not). */
bool awsfacts_service(const char *command);

/* The service as rules call it, from a rule's or the CLI's name: the CLI's command,
 * except that s3api is s3.  Borrowed for good; NULL for an unknown one. */
const char *awsfacts_rule_service(const char *name);

/* A sub-command of the CLI's own making, without one API call that it stands for. */
bool awsfacts_custom(const char *command, const char *operation);

/* An operation that writes a local file named by a bare word. */
bool awsfacts_outfile(const char *command, const char *operation);

/* An option (len bytes, with its dashes, perhaps cut short as the CLI would take it)
 * that names a local file. */
bool awsfacts_file_option(
    const char *command, const char *operation, const char *option, size_t len);

/* The API call, spelled as the CLI spells operations, that a sub-command makes:
 * nearly always itself. */
const char *awsfacts_call(const char *command, const char *operation);

#endif
