/* The same words read by optread and by the C library's getopt_long, compared.
 *
 * A program's own table stands against what some author lists of it: where optread takes
 * all of a command, getopt_long has to find the same options, values and operands. */
#ifndef TESTS_POLICIES_GETOPTING_H
#define TESTS_POLICIES_GETOPTING_H

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "policies/optread.h"

#define GETOPTING_MOST 64
#define GETOPTING_LONGS 24

struct getopting_program {
	const char *name;
	const char *letters;		    /* as getopt(3) has it */
	const char *longs[GETOPTING_LONGS]; /* name, name= or name[=] */
};

/* Those that are known to optfacts are as they are there, but for options without a
 * share in any test. */
static const struct getopting_program getopting_programs[] = {
	{ "nosuch",
	    "abnZk:t:o:i::", { "all", "all-of", "key=", "output=", "tint[=]" } },
	{ "tail", "c:n:fFqs:vz",
	    { "bytes=", "follow[=]", "lines=", "pid=", "quiet", "retry", "silent",
		"sleep-interval=", "verbose", "zero-terminated" } },
	{ "date", "d:f:I::r:Rs:u",
	    { "date=", "debug", "file=", "iso-8601[=]", "reference=", "set=", "utc" } },
	{ "sed", "bsnrzuEe:f:l:i::V:",
	    { "expression=", "file=", "in-place[=]", "quiet", "silent", "separate" } },
	{ "seq", "+f:s:w", { "equal-width", "format=", "separator=" } },
};
#define GETOPTING_PROGRAMS (sizeof getopting_programs / sizeof getopting_programs[0])

struct getopting_seen {
	int id; /* of an option: its letter, or 256 and where it stands; -1: an operand */
	bool has_value;
	const char *text;
	size_t len;
};

static inline int
getopting_id(const struct getopting_program *p, const struct optread_item *it)
{
	if (it->letter != '\0')
		return (unsigned char)it->letter;
	for (int i = 0; i < GETOPTING_LONGS && p->longs[i] != NULL; i++)
		if (strcspn(p->longs[i], "=[") == strlen(it->name) &&
		    strncmp(p->longs[i], it->name, strlen(it->name)) == 0)
			return 256 + i;
	abort();
}

/* What getopt_long makes of it, options first.  -1: it refuses. */
static inline int
getopting_real(const struct getopting_program *p, int argc, char **argv,
    struct getopting_seen *seen)
{
	char names[GETOPTING_LONGS][32];
	struct option longs[GETOPTING_LONGS + 1] = { 0 };
	int n = 0, id;

	for (int i = 0; i < GETOPTING_LONGS && p->longs[i] != NULL; i++) {
		size_t len = strcspn(p->longs[i], "=[");

		memcpy(names[i], p->longs[i], len);
		names[i][len] = '\0';
		longs[i] = (struct option){ names[i],
			p->longs[i][len] == '\0'  ? no_argument
			: p->longs[i][len] == '=' ? required_argument
						  : optional_argument,
			NULL, 256 + i };
	}
	optind = 0;
	opterr = 0;
	while ((id = getopt_long(argc, argv, p->letters, longs, NULL)) != -1) {
		if (id == '?' || n == GETOPTING_MOST)
			return -1;
		seen[n++] = (struct getopting_seen){ id, optarg != NULL,
			optarg == NULL ? "" : optarg,
			optarg == NULL ? 0 : strlen(optarg) };
	}
	for (; optind < argc && n < GETOPTING_MOST; optind++)
		seen[n++] = (struct getopting_seen){ -1, false, argv[optind],
			strlen(argv[optind]) };
	return n;
}

/* What optread makes of it, options first.  -1: it does not take all of it. */
static inline int
getopting_ours(const struct getopting_program *p, const struct optread *o,
    const struct shell_word *words, size_t n_words, struct getopting_seen *seen)
{
	struct optread_cursor c = { .words = words, .n = n_words, .at = 1 };
	struct getopting_seen operands[GETOPTING_MOST];
	struct optread_item it;
	int n = 0, n_operands = 0;

	for (optread_next(o, &c, &it); it.what != OPTREAD_END;
	     optread_next(o, &c, &it)) {
		if (n + n_operands == GETOPTING_MOST)
			return -1;
		if (it.what == OPTREAD_OPERAND)
			operands[n_operands++] = (struct getopting_seen){ -1, false,
				it.word->text, it.word->len };
		else if (it.what == OPTREAD_OPTION && !it.number)
			seen[n++] =
			    (struct getopting_seen){ getopting_id(p, &it), it.has_value,
				    it.has_value ? (const char *)it.value.p : "",
				    it.has_value ? it.value.len : 0 };
		else
			return -1;
	}
	memcpy(seen + n, operands, (size_t)n_operands * sizeof operands[0]);
	return n + n_operands;
}

/* 1: both take it and agree; 0: optread does not take it; -1: they differ. */
static inline int
getopting_same(const struct getopting_program *p, const struct optread *o,
    const struct shell_word *words, size_t n)
{
	struct getopting_seen ours[GETOPTING_MOST], real[GETOPTING_MOST];
	char *argv[GETOPTING_MOST + 1];
	int n_ours = getopting_ours(p, o, words, n, ours);

	if (n_ours < 0 || n > GETOPTING_MOST)
		return 0;
	for (size_t i = 0; i < n; i++)
		argv[i] = (char *)(uintptr_t)words[i].text;
	argv[n] = NULL;
	if (getopting_real(p, (int)n, argv, real) != n_ours)
		return -1;
	for (int i = 0; i < n_ours; i++)
		if (ours[i].id != real[i].id ||
		    ours[i].has_value != real[i].has_value ||
		    ours[i].len != real[i].len ||
		    memcmp(ours[i].text, real[i].text, ours[i].len) != 0)
			return -1;
	return 1;
}

#endif
