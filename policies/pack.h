/* The loaded policies: all files of a folder, or none.
 *
 * A pack does not change once it is loaded; a reload makes a second one beside it.
 */
#ifndef POLICIES_PACK_H
#define POLICIES_PACK_H

#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "policies/rule.h"

#define PACK_FILES 256	      /* files in a folder */
#define PACK_BYTES (1u << 20) /* bytes of one file */

struct pack;

/* A file that was read already: what messages call it, and its text. */
struct pack_text {
	const char *file;
	struct span text;
};

/* Load every *.yaml of a folder (not those that begin with a dot), given by its
 * absolute path.  Folder, files and all that lead to them must be root's or ours and
 * not writable by others (lib/base/safepath.h).  Examples and tests of the files are
 * run.  Names of policies are unique, ids of rules unique in their file.  What lint
 * (policies/lint.h) calls an error is refused too.
 * On RC_OK *ret is yours: pack_free().  RC_REFUSE with the file, or
 * FILE:LINE:COLUMN, and what is wrong; RC_FAIL for our own trouble. */
enum rc pack_load(const char *folder, struct pack **ret, struct err *err);

/* The same from memory, but for lint; nothing is read. */
enum rc pack_read(
    const struct pack_text *texts, size_t n, struct pack **ret, struct err *err);

/* What pack_load does beside: RC_REFUSE with the first error of lint. */
enum rc pack_lint(const struct pack *p, struct err *err);

/* NULL is fine. */
void pack_free(struct pack *p);

/* All rules, ready for decide(); borrowed.  Its digest is over the content of the
 * files, whatever their names, comments and order. */
const struct ruleset *pack_rules(const struct pack *p);
/* How many policies, and the name of one (i below the number; in order of names). */
size_t pack_count(const struct pack *p);
const char *pack_name(const struct pack *p, size_t i);

/* Is there a mask of this name? */
typedef bool pack_mask_fn(const void *arg, struct span name);
/* RC_REFUSE with the place of the first name in a rule's mask that fn does not know. */
enum rc pack_masks(
    const struct pack *p, pack_mask_fn *fn, const void *arg, struct err *err);

#endif
