/* What lint knows of single tools: options that do more than they look like, and programs
 * whose first words are orders.  That something stands in no table here says nothing
 * about it. */
#include <string.h>

#include "policies/lint_parts.h"
#include "policies/shape.h"

#define COUNT(t) (sizeof(t) / sizeof(t)[0])

enum does {
	RUNS,
	WRITES,
	READS,
	LEADS,
};

static const struct {
	const char *programs; /* between blanks, as all lists here */
	enum does does;
	const char *letters, *names;
} options[] = {
	{ " awk gawk mawk nawk ", RUNS, "feEil", " file source exec include load " },
	{ " gawk ", WRITES, "dop", " dump-variables pretty-print profile " },
	{ " curl ", WRITES, "oODc", " output remote-name dump-header cookie-jar " },
	{ " curl ", READS, "KTbF", " config upload-file cookie form data " },
	{ " date hostname ", WRITES, "sF", " set file " },
	{ " date ", READS, "f", " file " },
	{ " dmesg ", WRITES, "cCDEn", " clear read-clear console-off console-level " },
	{ " docker podman ", LEADS, "Hc", " host context config connection url " },
	{ " du ", READS, "X", " files0-from exclude-from " },
	{ " file ", WRITES, "C", " compile " },
	{ " file ", RUNS, "zZ", " uncompress uncompress-noreport " },
	{ " file ", READS, "fm", " files-from magic-file " },
	{ " git ", RUNS, "",
	    " exec-path config-env ext-diff textconv upload-pack "
	    "open-files-in-pager " },
	{ " git ", WRITES, "", " output " },
	{ " grep egrep fgrep zgrep ", READS, "f", " file exclude-from " },
	{ " ip ", RUNS, "bn", " batch netns " },
	{ " journalctl ", WRITES, "",
	    " vacuum-size vacuum-time vacuum-files rotate flush sync relinquish-var "
	    "setup-keys update-catalog cursor-file " },
	{ " journalctl ", READS, "Di", " directory file root image " },
	{ " kubectl ", LEADS, "s",
	    " kubeconfig server context cluster user as token raw " },
	{ " mysql ", RUNS, "e", " execute init-command " },
	{ " psql ", RUNS, "cf", " command file " },
	{ " psql ", WRITES, "oL", " output log-file " },
	{ " sed ", RUNS, "ef", " expression file " },
	{ " sed ", WRITES, "i", " in-place " },
	{ " sort ", RUNS, "", " compress-program " },
	{ " sort ", WRITES, "oT", " output temporary-directory " },
	{ " sort ", READS, "", " files0-from random-source " },
	{ " ss ", WRITES, "KD", " kill diag " },
	{ " ss ", READS, "F", " filter " },
	{ " systemctl journalctl ", LEADS, "HM", " host machine root image " },
	{ " tail head wc ", READS, "", " files0-from " },
	{ " tar ", RUNS, "IF",
	    " use-compress-program info-script to-command checkpoint-action "
	    "rsh-command new-volume-script " },
	{ " tar ", WRITES, "xcruA",
	    " extract get create append update delete catenate concatenate " },
	{ " tcpdump ", WRITES, "wz", "" },
	{ " wget ", WRITES, "OoPi", " output-document output-file directory-prefix " },
};

static const char *const texts[] = {
	[RUNS] = "runs what its value says",
	[WRITES] = "writes or sets something",
	[READS] = "reads a file that the operands say nothing of",
	[LEADS] = "leads to another machine or account",
};

static bool
listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = list; (p = strstr(p, name)) != NULL; p++)
		if (p > list && p[-1] == ' ' && p[n] == ' ')
			return true;
	return false;
}

/* One option of a row, if the shape leaves it open. */
static void
check_option(const struct lint *l, const struct lint_rule *r, const struct shape *s,
    size_t row, char letter, const char *name)
{
	const char shown[] = { letter, '\0' };
	const char *const *names;
	bool globs;
	size_t n = shape_names(s, &names, &globs);

	if (!shape_option_open(s, letter, name))
		return;
	for (size_t i = 0; i < n; i++)
		if (listed(options[row].programs, names[i]))
			lint_tell(l, LINT_WARNING, "option", r, "command",
			    "option %s%s of %s %s", name ? "--" : "-",
			    name ? name : shown, names[i], texts[options[row].does]);
}

static void
check_row(
    const struct lint *l, const struct lint_rule *r, const struct shape *s, size_t row)
{
	char name[32];

	for (const char *p = options[row].letters; *p != '\0'; p++)
		check_option(l, r, s, row, *p, NULL);
	for (const char *p = options[row].names; *p != '\0'; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		if (n > 0 && span_copy(span_make(p, n), name, sizeof name))
			check_option(l, r, s, row, '\0', name);
		p += n;
	}
}

/* sed -n '1e id' FILE: the first operand is a program, which runs others, writes and
 * reads; find's and tar's operands can be orders, too. */
static void
check_orders(const struct lint *l, const struct lint_rule *r, const struct shape *s)
{
	static const struct {
		const char *programs, *instead;
		bool first;
	} rows[] = {
		{ " awk gawk mawk nawk ", "awk-safe", true },
		{ " sed ", "sed-safe", true },
		{ " find ", "find-safe", false },
		{ " tar ", "tar-list", false },
	};
	const char *const *names;
	bool globs;
	size_t n = shape_names(s, &names, &globs);

	/* What is open as a whole is told elsewhere. */
	if (shape_any_options(s) || shape_any_operands(s) || shape_profile(s) != NULL)
		return;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < COUNT(rows); k++)
			if (listed(rows[k].programs, names[i]) &&
			    shape_operand_open(s, rows[k].first))
				lint_tell(l, LINT_ERROR, "orders", r, "command",
				    "any text for %s, whose operands can run programs "
				    "and write: profile: %s",
				    names[i], rows[k].instead);
}

void
lint_tool(const struct lint *l, const struct lint_rule *r, const struct shape *s)
{
	check_orders(l, r, s);
	for (size_t i = 0; l->warnings && i < COUNT(options); i++)
		check_row(l, r, s, i);
}
