/* Patterns of operations: "s3:ls", "ec2:Describe*", "sts:get-caller-identity".
 *
 * A pattern with an upper-case letter is in the spelling of the API (ListObjectsV2),
 * one without in that of the CLI (list-objects-v2); both name the same call.  * stands
 * for any characters of the operation, ? for one; never for the service.
 */
#ifndef POLICIES_MATCH_H
#define POLICIES_MATCH_H

#include <stdbool.h>

#include "lib/base/err.h"
#include "lib/base/yaml.h"

struct match {
	const char *service;   /* as awsfacts_rule_service gives it */
	const char *operation; /* with * and ?; borrowed from the document */
	const char *text;      /* the whole, as the author wrote it */
	bool api;	       /* in the spelling of the API */
	bool wild;	       /* has * or ? */
};

/* Read a pattern.  RC_REFUSE with the place for an unknown service, and for an
 * operation with other characters than ASCII letters and digits, -, * and ?. */
enum rc match_read(const struct yaml_node *n, struct match *ret, struct err *err);

/* True when the pattern names this operation, given in both spellings.  api NULL: the
 * name of a command of the CLI's own ("rm"), which only its own spelling means. */
bool match_operation(
    const struct match *m, const char *service, const char *cli, const char *api);

#endif
