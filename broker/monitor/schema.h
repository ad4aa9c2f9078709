/* A table of keys, and the walk of a YAML tree along it.
 *
 * A row says where a key may stand, what may be written there, what it is when it is
 * not written, and where the value goes.  The walk refuses what no row allows, reads
 * what is there, fills in what is not, and gathers all errors of one run.  It knows
 * nothing of what the keys mean.
 *
 * Paths: "holds.decide" is the key decide in the mapping holds; "identities[].name" in
 * each entry of a list; "profiles{}.role" in each value of a mapping of names.
 */
#ifndef BROKER_MONITOR_SCHEMA_H
#define BROKER_MONITOR_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/err.h"
#include "lib/base/yaml.h"

#define SCHEMA_MOST_ERRORS 20 /* told one by one; the rest are only counted */
#define SCHEMA_NOWHERE SIZE_MAX

struct schema_row;
struct schema_run;

/* What may be written under a key.  read gets the row, the node, and where the value
 * goes (NULL for SCHEMA_NOWHERE).  RC_REFUSE with a text that has a place counts as one
 * error and the walk goes on; a reader of many values may report its errors itself. */
struct schema_type {
	const char *name; /* in the manual: "duration" */
	enum rc (*read)(struct schema_run *run, const struct schema_row *row,
	    const struct yaml_node *n, void *to, struct err *err);
	/* The effective value as text, or NULL. */
	void (*show)(const struct schema_row *row, const void *from, struct buf *out);
};

struct schema_row {
	const char *path;
	const struct schema_type *type;
	size_t offset; /* of the value in the struct being filled */
	uint64_t least, most;
	const char *fallback;	  /* as YAML text; NULL: stays zero */
	const char *const *words; /* of a choice: its words, in the order of its enum */
	const char *const *later; /* and those that are not in this version */
	bool needed;
};

/* A list of keepsakes: what was allocated while reading lives as long as its owner. */
struct schema_keep;

struct schema_run {
	const struct schema_row *rows;
	size_t count;
	const void *context; /* the caller's, for its own types */
	struct schema_keep **keep;
	struct buf *report; /* a line an error; NULL: not wanted */
	unsigned errors;
	struct err first;   /* the first error of the run */
	bool from_fallback; /* what is being read stands in the table */
};

/* Read a mapping's keys, those of the rows whose path begins with prefix, into base.
 * n is NULL when the mapping is not there: then only fallbacks are read, and what is
 * needed is missed at near.  Errors are reported; RC_FAIL only for memory. */
enum rc schema_read_map(struct schema_run *run, const char *prefix,
    const struct yaml_node *n, const struct yaml_node *near, void *base,
    struct err *err);
/* Count an error and keep its text.  RC_FAIL and the like are handed back; RC_REFUSE
 * gives RC_OK, so that reading goes on. */
enum rc schema_report(struct schema_run *run, enum rc rc, const struct err *err);
/* At the end of a run: how many more errors there were than were told. */
void schema_report_rest(struct schema_run *run);

/* Hand p over to the keep: release(p) runs in schema_keep_free(), newest first.  On
 * failure release runs at once and NULL comes back; else p. */
void *schema_keep(struct schema_run *run, void *p, void (*release)(void *));
/* Zeroed memory for count members, kept. */
void *schema_alloc(struct schema_run *run, size_t count, size_t size);
void schema_keep_free(struct schema_keep *keep);

/* A nested mapping: its keys go into the same struct. */
extern const struct schema_type schema_map;
/* A key of a later version: refused wherever it stands. */
extern const struct schema_type schema_later;
/* uint64_t, from least to most. */
extern const struct schema_type schema_number, schema_duration, schema_size;
/* unsigned: the index in words. */
extern const struct schema_type schema_choice;
/* const char *, one line of least to most bytes. */
extern const struct schema_type schema_text;

#endif
