/* What the shipped recognisers share: a strict reading of options, and forms of words.
 *
 * Options are read as getopt_long reads them, with long names in full.  An option that
 * is not listed, a word with a live glob where no file may stand, or words that nobody
 * knows: the command does not fit.
 */
#ifndef POLICIES_PROFILE_PARTS_H
#define POLICIES_PROFILE_PARTS_H

#include "policies/shape.h"

struct profile_in {
	const struct shape_subject *c;
	bool (*path)(const void *arg, const struct shell_word *w); /* NULL: no file */
	const void *arg;
	char *why; /* NULL, or SHAPE_WHY bytes */
};

/* True for a word that is taken as a value or operand. */
typedef bool profile_form(const struct profile_in *in, const struct shell_word *w);

profile_form profile_number;   /* 5 +5 -5 */
profile_form profile_natural;  /* 5 */
profile_form profile_size;     /* 5 5k 10M +5c */
profile_form profile_text;     /* anything literal */
profile_form profile_name;     /* letters, digits and _ . @ : + -, no - in front */
profile_form profile_names;    /* the same, and commas */
profile_form profile_time;     /* 2026-01-01 10:00, "1 hour ago", -1h */
profile_form profile_file;     /* literal, and the rule says that it may be read */
profile_form profile_any_path; /* literal and absolute; below what the rule says if it
				* says anything: for programs that read no file */

struct profile_option {
	const char *name;   /* one letter, or a long name */
	profile_form *form; /* NULL: it has no value */
	char as;	    /* the letter by which it is remembered, 0: it is not */
	bool joined;	    /* a value may be missing, and is joined if there is one */
};

struct profile_spec {
	const char *flags; /* letters without value */
	const char *longs; /* long names without value, parted by blanks */
	const struct profile_option *options; /* the others; name NULL at the end */
	bool first;			      /* options end at the first operand */
};

struct profile_seen {
	bool letters[128]; /* options that were seen: flags, and others by their `as` */
	size_t n;
	const struct shell_word *operands[SHELL_WORDS];
};

/* Say what does not fit; false. */
bool profile_no(const struct profile_in *in, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* True when the text is one of the words, which are parted by blanks. */
bool profile_listed(const char *words, const char *text, size_t len);
/* The same for a whole word without a live glob. */
bool profile_word_in(const struct shell_word *w, const char *words);

/* Read the words from that index on. */
bool profile_read(const struct profile_in *in, const struct profile_spec *spec,
    size_t from, struct profile_seen *ret);
/* The operands from that index on are files that may be read. */
bool profile_files(
    const struct profile_in *in, const struct profile_seen *seen, size_t from);
/* The same; or there are none, and input comes through a pipe. */
bool profile_input(
    const struct profile_in *in, const struct profile_seen *seen, size_t from);
/* The operands from that index on have the form, and there are at most so many. */
bool profile_operands(const struct profile_in *in, const struct profile_seen *seen,
    size_t from, size_t most, profile_form *form);

/* What shape_profile.fits does first: nothing but a whole command is looked at. */
bool profile_judge(
    const struct profile_in *in, bool (*read)(const struct profile_in *in));

#define PROFILE(id, title, reads, ...)                                                 \
	static bool id##_fits(const struct shape_subject *c,                           \
	    bool (*path)(const void *arg, const struct shell_word *w),                 \
	    const void *arg, char why[SHAPE_WHY])                                      \
	{                                                                              \
		return profile_judge(                                                  \
		    &(struct profile_in){ c, path, arg, why }, reads);                 \
	}                                                                              \
	static const char *const id##_names[] = { __VA_ARGS__, NULL };                 \
	const struct shape_profile shipped_##id = { title, id##_names, id##_fits }

/* policies/profile_NAME.c */
extern const struct shape_profile shipped_find, shipped_ps, shipped_sed, shipped_awk,
    shipped_systemctl, shipped_journalctl, shipped_grep, shipped_sort, shipped_uniq,
    shipped_tail, shipped_head, shipped_cat, shipped_wc, shipped_cut, shipped_du,
    shipped_df, shipped_date, shipped_hostname, shipped_ss, shipped_ip, shipped_type,
    shipped_stat, shipped_uname, shipped_id, shipped_uptime, shipped_free, shipped_who,
    shipped_lsblk, shipped_tar, shipped_git, shipped_docker, shipped_kubectl,
    shipped_psql;

#endif
