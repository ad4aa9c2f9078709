/* What the shipped recognisers share: a strict reading of options, and forms of words.
 *
 * Options are read as getopt_long reads them, with long names in full.  An option that
 * is not listed, a word with a live glob where no file may stand, or words that nobody
 * knows: the command does not fit.
 */
#ifndef POLICIES_TOOL_H
#define POLICIES_TOOL_H

#include "policies/shape.h"

struct tool_in {
	const struct shape_subject *c;
	bool (*path)(const void *arg, const struct shell_word *w); /* NULL: no file */
	const void *arg;
	char *why; /* NULL, or SHAPE_WHY bytes */
};

/* True for a word that is taken as a value or operand. */
typedef bool tool_form(const struct tool_in *in, const struct shell_word *w);

tool_form tool_number;	 /* 5 +5 -5 */
tool_form tool_natural;	 /* 5 */
tool_form tool_size;	 /* 5 5k 10M +5c */
tool_form tool_text;	 /* anything literal */
tool_form tool_name;	 /* letters, digits and _ . @ : + -, no - in front */
tool_form tool_names;	 /* the same, and commas */
tool_form tool_time;	 /* 2026-01-01 10:00, "1 hour ago", -1h */
tool_form tool_file;	 /* literal, and the rule says that it may be read */
tool_form tool_any_path; /* literal and absolute; below what the rule says if it
				* says anything: for programs that read no file */

struct tool_option {
	const char *name; /* one letter, or a long name */
	tool_form *form;  /* NULL: it has no value */
	char as;	  /* the letter by which it is remembered, 0: it is not */
	bool joined;	  /* a value may be missing, and is joined if there is one */
};

struct tool_spec {
	const char *flags; /* letters without value */
	const char *longs; /* long names without value, parted by blanks */
	const struct tool_option *options; /* the others; name NULL at the end */
	bool first;			   /* options end at the first operand */
};

struct tool_seen {
	bool letters[128]; /* options that were seen: flags, and others by their `as` */
	size_t n;
	const struct shell_word *operands[SHELL_WORDS];
};

/* Say what does not fit; false. */
bool tool_no(const struct tool_in *in, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#define TOOL_DIGITS "0123456789"
#define TOOL_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* True for a word of 1 to most of these bytes and no others, without a live glob. */
bool tool_of(const struct shell_word *w, size_t most, const char *bytes);

/* True when the text is one of the words, which are parted by blanks. */
bool tool_listed(const char *words, const char *text, size_t len);
/* The same for a whole word without a live glob. */
bool tool_word_in(const struct shell_word *w, const char *words);
/* The same for each part of a word with commas. */
bool tool_parts_in(const struct shell_word *w, const char *words);

/* Read the words from that index on. */
bool tool_read(const struct tool_in *in, const struct tool_spec *spec, size_t from,
    struct tool_seen *ret);
/* The operands from that index on are files that may be read. */
bool tool_files(const struct tool_in *in, const struct tool_seen *seen, size_t from);
/* The same; or there are none, and input comes through a pipe. */
bool tool_input(const struct tool_in *in, const struct tool_seen *seen, size_t from);
/* The operands from that index on have the form, and there are at most so many. */
bool tool_operands(const struct tool_in *in, const struct tool_seen *seen, size_t from,
    size_t most, tool_form *form);

/* What shape_profile.fits does first: nothing but a whole command is looked at. */
bool tool_judge(const struct tool_in *in, bool (*read)(const struct tool_in *in));

#define PROFILE(id, title, reads, ...)                                                 \
	static bool id##_fits(const struct shape_subject *c,                           \
	    bool (*path)(const void *arg, const struct shell_word *w),                 \
	    const void *arg, char why[SHAPE_WHY])                                      \
	{                                                                              \
		return tool_judge(&(struct tool_in){ c, path, arg, why }, reads);      \
	}                                                                              \
	static const char *const id##_names[] = { __VA_ARGS__, NULL };                 \
	const struct shape_profile tool_##id = { title, id##_names, id##_fits }

/* policies/tool_NAME.c */
extern const struct shape_profile tool_find, tool_ps, tool_sed, tool_awk,
    tool_systemctl, tool_journalctl, tool_grep, tool_sort, tool_uniq, tool_tail,
    tool_head, tool_cat, tool_wc, tool_cut, tool_du, tool_df, tool_date, tool_hostname,
    tool_ss, tool_ip, tool_type, tool_stat, tool_uname, tool_id, tool_uptime, tool_free,
    tool_who, tool_lsblk, tool_tar, tool_git, tool_docker, tool_kubectl, tool_psql;

#endif
