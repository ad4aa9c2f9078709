/* A question as policies write it into their examples and tests, put to rules the way a
 * caller's own would be: from bytes to a verdict.
 *
 *	line: aws s3 ls			with path: shell, a line for a shell
 *	argv: [aws, s3, ls]
 *	call: {operation: "s3:ls", …}	as in callnode.h
 *	forward: {host: db, port: 5432}
 *	ssm: {document: D, mode: fed}
 *	script: {name: x, arguments: [a]}
 */
#ifndef POLICIES_INQUIRY_H
#define POLICIES_INQUIRY_H

#include "lib/base/err.h"
#include "lib/base/yaml.h"
#include "lib/model/facts.h"
#include "lib/model/verdict.h"
#include "policies/rule.h"

enum inquiry_kind {
	INQUIRY_LINE,
	INQUIRY_ARGV,
	INQUIRY_CALL,
	INQUIRY_FORWARD,
	INQUIRY_SSM,
	INQUIRY_SCRIPT,
};

struct inquiry {
	enum inquiry_kind kind;
	enum path path;
	const struct yaml_node *n; /* what stands under its key */
};

/* The one of the keys above that the mapping n has, and its `path`; other keys are not
 * looked at.  RC_REFUSE with the place. */
enum rc inquiry_read(const struct yaml_node *n, struct inquiry *ret, struct err *err);

/* The same for an example: a text is a line, a mapping without any of those keys a call.
 * A text's path is exec. */
enum rc inquiry_example(
    const struct yaml_node *n, struct inquiry *ret, struct err *err);

/* Put it.  f's path is not looked at.  What is refused before any rule is asked is an
 * answer, too.  RC_REFUSE with the place when it is malformed; RC_FAIL when out of
 * memory. */
enum rc inquiry_put(const struct inquiry *q, const struct ruleset *set,
    const struct facts *f, struct verdict *ret, struct err *err);

#endif
