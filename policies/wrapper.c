/* Takes apart the programs that run another.  What each of them accepts is a row of a
 * table; a word that its row does not account for ends the reading, and the chain is
 * undecidable.  It is also taken further than it may be let through (env -i, nohup), so
 * that a deny rule still meets the program that would have run. */
#include "policies/wrapper.h"

#include <stdlib.h>
#include <string.h>

/* What a value, or a fixed word, has to look like. */
enum form {
	FORM_NONE, /* there is no value */
	FORM_ANY,
	FORM_DURATION,
	FORM_SIGNAL,
	FORM_INT,
	FORM_COUNT,
	FORM_CLASS,
	FORM_MODE,
	FORM_USER,
};

struct option {
	char letter;
	const char *name; /* in full; NULL: no long form is taken */
	enum form form;
	bool dark; /* it is known how to read it, and nothing with it may run */
};

enum {
	ROW_DARK = 1,	/* never let through, however plain */
	ROW_USER = 2,	/* what it runs, runs as another user */
	ROW_OPEN = 4,	/* words that nobody knows follow at the end */
	ROW_SHELL = 8,	/* a shell's own, so that the inner command may be one too */
	ROW_ASSIGN = 16 /* NAME=VALUE may stand before the inner command */
};

struct row {
	const struct option *options; /* letter 0 and no name at the end */
	enum form fixed;	      /* a word before the inner command */
	unsigned flags;
};

static const struct option none[] = { { 0 } };
static const struct option timeout_options[] = {
	{ 'k', "kill-after", FORM_DURATION, false },
	{ 's', "signal", FORM_SIGNAL, false },
	{ 0 },
};
static const struct option nice_options[] = {
	{ 'n', "adjustment", FORM_INT, false },
	{ 0 },
};
static const struct option ionice_options[] = {
	{ 'c', NULL, FORM_CLASS, false },
	{ 'n', NULL, FORM_COUNT, false },
	{ 0 },
};
static const struct option stdbuf_options[] = {
	{ 'i', NULL, FORM_MODE, false },
	{ 'o', NULL, FORM_MODE, false },
	{ 'e', NULL, FORM_MODE, false },
	{ 0 },
};
static const struct option env_options[] = {
	{ 'i', "ignore-environment", FORM_NONE, true },
	{ 'u', "unset", FORM_ANY, true },
	{ 'C', "chdir", FORM_ANY, true },
	{ 0 },
};
static const struct option sudo_options[] = {
	{ 'u', NULL, FORM_USER, false },
	{ 'n', NULL, FORM_NONE, true },
	{ 'E', NULL, FORM_NONE, true },
	{ 'H', NULL, FORM_NONE, true },
	{ 'S', NULL, FORM_NONE, true },
	{ 'g', NULL, FORM_ANY, true },
	{ 'D', NULL, FORM_ANY, true },
	{ 'R', NULL, FORM_ANY, true },
	{ 0, "user", FORM_USER, true },
	{ 0 },
};
static const struct option doas_options[] = {
	{ 'u', NULL, FORM_USER, false },
	{ 'n', NULL, FORM_NONE, true },
	{ 0 },
};
static const struct option command_options[] = {
	{ 'p', NULL, FORM_NONE, true },
	{ 0 },
};
static const struct option xargs_options[] = {
	{ '0', NULL, FORM_NONE, false },
	{ 'r', NULL, FORM_NONE, false },
	{ 'n', NULL, FORM_COUNT, false },
	{ 't', NULL, FORM_NONE, true },
	{ 'I', NULL, FORM_ANY, true },
	{ 'L', NULL, FORM_ANY, true },
	{ 'P', NULL, FORM_ANY, true },
	{ 'a', NULL, FORM_ANY, true },
	{ 'd', NULL, FORM_ANY, true },
	{ 0 },
};

static const struct row row_timeout = { timeout_options, FORM_DURATION, 0 };
static const struct row row_nice = { nice_options, FORM_NONE, 0 };
static const struct row row_ionice = { ionice_options, FORM_NONE, 0 };
static const struct row row_stdbuf = { stdbuf_options, FORM_NONE, 0 };
static const struct row row_time = { none, FORM_NONE, 0 };
static const struct row row_env = { env_options, FORM_NONE, ROW_ASSIGN };
static const struct row row_sudo = { sudo_options, FORM_NONE, ROW_USER | ROW_ASSIGN };
static const struct row row_doas = { doas_options, FORM_NONE, ROW_USER | ROW_ASSIGN };
static const struct row row_command = { command_options, FORM_NONE, ROW_SHELL };
static const struct row row_xargs = { xargs_options, FORM_NONE, ROW_OPEN };
/* The rest of its words is a command, and it is never let through: it outlives the
 * session, or does more than it says. */
static const struct row row_dark = { none, FORM_NONE, ROW_DARK };
static const struct row row_builtin = { none, FORM_NONE, ROW_DARK | ROW_SHELL };

enum kind {
	KIND_ROW,
	KIND_OPAQUE,  /* runs something, in a way that is not read here */
	KIND_TEXT,    /* runs a program's text: an interpreter */
	KIND_VERSION, /* the same; with --version alone it only says its version */
	KIND_APPLETS, /* busybox: runs the program that its first word names */
};

struct known {
	const char *name;
	enum kind kind;
	const struct row *row;
};

#define OPAQUE(name)                                                                   \
	{                                                                              \
		name, KIND_OPAQUE, NULL                                                \
	}
#define TEXT(name)                                                                     \
	{                                                                              \
		name, KIND_TEXT, NULL                                                  \
	}
#define VERSION(name)                                                                  \
	{                                                                              \
		name, KIND_VERSION, NULL                                               \
	}
#define ROW(name, r)                                                                   \
	{                                                                              \
		name, KIND_ROW, &row_##r                                               \
	}

/* In the order of strcmp. */
static const struct known table[] = {
	OPAQUE("-"),
	OPAQUE("."),
	VERSION("R"),
	VERSION("Rscript"),
	OPAQUE("arch-chroot"),
	TEXT("ash"),
	OPAQUE("at"),
	OPAQUE("autossh"),
	VERSION("bash"),
	OPAQUE("batch"),
	OPAQUE("bpftrace"),
	ROW("builtin", builtin),
	VERSION("bun"),
	{ "busybox", KIND_APPLETS, NULL },
	OPAQUE("bwrap"),
	OPAQUE("byobu"),
	OPAQUE("capsh"),
	OPAQUE("catchsegv"),
	OPAQUE("cgexec"),
	OPAQUE("chpst"),
	ROW("chronic", dark),
	OPAQUE("chroot"),
	OPAQUE("chrt"),
	TEXT("clisp"),
	ROW("command", command),
	OPAQUE("coproc"),
	OPAQUE("cpulimit"),
	OPAQUE("crontab"),
	TEXT("csh"),
	TEXT("dash"),
	OPAQUE("dbus-run-session"),
	VERSION("deno"),
	ROW("doas", doas),
	OPAQUE("dtach"),
	OPAQUE("dumb-init"),
	OPAQUE("eatmydata"),
	TEXT("ecl"),
	TEXT("elixir"),
	OPAQUE("entr"),
	ROW("env", env),
	OPAQUE("envdir"),
	TEXT("erl"),
	TEXT("escript"),
	OPAQUE("eval"),
	ROW("exec", builtin),
	OPAQUE("expect"),
	OPAQUE("fakeroot"),
	OPAQUE("faketime"),
	OPAQUE("firejail"),
	VERSION("fish"),
	OPAQUE("flock"),
	OPAQUE("gdb"),
	TEXT("ghci"),
	OPAQUE("gosu"),
	TEXT("groovy"),
	TEXT("guile"),
	OPAQUE("hyperfine"),
	TEXT("iex"),
	ROW("ionice", ionice),
	TEXT("ipython"),
	TEXT("irb"),
	TEXT("jruby"),
	TEXT("jrunscript"),
	TEXT("jshell"),
	VERSION("julia"),
	TEXT("jython"),
	TEXT("ksh"),
	OPAQUE("linux32"),
	OPAQUE("linux64"),
	TEXT("lksh"),
	OPAQUE("lldb"),
	OPAQUE("ltrace"),
	TEXT("lua"),
	TEXT("luajit"),
	OPAQUE("machinectl"),
	TEXT("micropython"),
	TEXT("mksh"),
	OPAQUE("mosh"),
	OPAQUE("newgrp"),
	ROW("nice", nice),
	ROW("nocorrect", builtin),
	VERSION("node"),
	VERSION("nodejs"),
	ROW("noglob", builtin),
	ROW("nohup", dark),
	OPAQUE("nsenter"),
	OPAQUE("numactl"),
	VERSION("octave"),
	TEXT("osascript"),
	OPAQUE("parallel"),
	TEXT("pdksh"),
	VERSION("perl"),
	VERSION("php"),
	OPAQUE("pkexec"),
	TEXT("posh"),
	OPAQUE("prlimit"),
	OPAQUE("proot"),
	VERSION("pwsh"),
	TEXT("pypy"),
	VERSION("python"),
	TEXT("racket"),
	TEXT("raku"),
	TEXT("rbash"),
	OPAQUE("rlwrap"),
	OPAQUE("rsh"),
	OPAQUE("rsync"),
	VERSION("ruby"),
	OPAQUE("run-parts"),
	OPAQUE("runcon"),
	TEXT("runghc"),
	OPAQUE("runuser"),
	TEXT("rzsh"),
	TEXT("sbcl"),
	TEXT("scala"),
	TEXT("scheme"),
	OPAQUE("scp"),
	OPAQUE("screen"),
	OPAQUE("script"),
	OPAQUE("setarch"),
	OPAQUE("setpriv"),
	ROW("setsid", dark),
	OPAQUE("setuidgid"),
	OPAQUE("sftp"),
	OPAQUE("sg"),
	TEXT("sh"),
	OPAQUE("softlimit"),
	OPAQUE("source"),
	OPAQUE("ssh"),
	OPAQUE("ssh-agent"),
	OPAQUE("sshpass"),
	OPAQUE("start-stop-daemon"),
	ROW("stdbuf", stdbuf),
	OPAQUE("strace"),
	OPAQUE("su"),
	OPAQUE("su-exec"),
	ROW("sudo", sudo),
	OPAQUE("sudoedit"),
	TEXT("swipl"),
	OPAQUE("systemd-inhibit"),
	OPAQUE("systemd-nspawn"),
	OPAQUE("systemd-run"),
	OPAQUE("taskset"),
	TEXT("tclsh"),
	TEXT("tcsh"),
	ROW("time", time),
	ROW("timeout", timeout),
	OPAQUE("tini"),
	OPAQUE("tmux"),
	{ "toybox", KIND_APPLETS, NULL },
	ROW("unbuffer", dark),
	OPAQUE("unshare"),
	OPAQUE("valgrind"),
	OPAQUE("watch"),
	OPAQUE("watchexec"),
	TEXT("wish"),
	ROW("xargs", xargs),
	TEXT("xonsh"),
	OPAQUE("xvfb-run"),
	TEXT("yash"),
	OPAQUE("zellij"),
	VERSION("zsh"),
};

/* What only a shell has: no program of that name can be run by another.  In the order of
 * strcmp. */
static const char *const builtins[] = { ".", ":", "alias", "bg", "bind", "break",
	"builtin", "caller", "cd", "chdir", "command", "compgen", "complete", "compopt",
	"continue", "coproc", "declare", "dirs", "disown", "enable", "eval", "exec",
	"exit", "export", "fc", "fg", "getopts", "hash", "help", "history", "jobs",
	"let", "local", "logout", "mapfile", "popd", "pushd", "read", "readarray",
	"readonly", "return", "set", "shift", "shopt", "source", "suspend", "times",
	"trap", "type", "typeset", "ulimit", "umask", "unalias", "unset", "wait" };

#define COUNT(t) (sizeof(t) / sizeof(t)[0])

/* The reading of one command. */
struct work {
	struct wrapper_chain *chain;
	const struct shell_word *words; /* of the link that is read now */
	size_t n;
	size_t before;	    /* words before these */
	const char *run_as; /* that the link's inner command gets */
	bool open;
	bool shell; /* nothing but a shell's own stands around the link */
	bool user;  /* the link named a user already */
};

const char *
wrapper_base(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? name : slash + 1;
}

const char *
wrapper_bare(const char *name)
{
	static const char *const folders[] = { "/bin/", "/usr/bin/", "/sbin/",
		"/usr/sbin/" };
	const char *base = wrapper_base(name);
	size_t n = (size_t)(base - name);

	if (*base == '\0')
		return NULL;
	if (n == 0)
		return name;
	if (strcmp(base, ".") == 0 || strcmp(base, "..") == 0)
		return NULL;
	for (size_t i = 0; i < COUNT(folders); i++)
		if (strlen(folders[i]) == n && memcmp(folders[i], name, n) == 0)
			return base;
	return NULL;
}

static int
compare_known(const void *name, const void *k)
{
	return strcmp(name, ((const struct known *)k)->name);
}

static int
compare_text(const void *name, const void *text)
{
	return strcmp(name, *(const char *const *)text);
}

static const struct known *
find_exact(const char *base)
{
	return bsearch(base, table, COUNT(table), sizeof table[0], compare_known);
}

/* The dynamic loader runs the program that its first word names. */
static bool
loader(const char *base)
{
	return strncmp(base, "ld.so", 5) == 0 ||
	       (strncmp(base, "ld-", 3) == 0 && strstr(base, ".so") != NULL);
}

/* Interpreters also carry their version: python3.11, lua5.4, perl5.36-x86_64. */
static const struct known *
find(const char *base)
{
	static const struct known ld = OPAQUE("ld.so");
	const struct known *k = find_exact(base);
	size_t n = strcspn(base, "0123456789");
	char stem[16];

	if (k != NULL)
		return k;
	if (loader(base))
		return &ld;
	if (base[n] == '\0' || n == 0 || n >= sizeof stem)
		return NULL;
	memcpy(stem, base, n);
	if (stem[n - 1] == '-')
		n--;
	stem[n] = '\0';
	k = find_exact(stem);
	if (k == NULL || (k->kind != KIND_TEXT && k->kind != KIND_VERSION))
		return NULL;
	return k;
}

bool
wrapper_known(const char *name)
{
	return find(wrapper_base(name)) != NULL;
}

/* Nothing of the chain may be let through; the first reason stands. */
static void
doubt(struct work *k, enum shell_reason why, const char *what, size_t i)
{
	if (k->chain->undecidable != SHELL_FINE)
		return;
	k->chain->undecidable = why;
	k->chain->what = what;
	k->chain->at = k->before + i;
}

static bool
digits(const char **p, size_t most)
{
	size_t n = strspn(*p, "0123456789");

	*p += n;
	return n > 0 && n <= most;
}

static bool
form_duration(const char *p)
{
	if (!digits(&p, 9))
		return false;
	if (*p == '.' && (p++, !digits(&p, 9)))
		return false;
	return *p == '\0' || (strchr("smhd", *p) != NULL && p[1] == '\0');
}

static bool
form_int(const char *p)
{
	if (*p == '-' || *p == '+')
		p++;
	return digits(&p, 4) && *p == '\0';
}

static bool
form_count(const char *p)
{
	return digits(&p, 6) && *p == '\0';
}

static bool
form_signal(const char *p)
{
	size_t n = strspn(
	    p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-");

	return n > 0 && n <= 12 && p[n] == '\0' && *p != '-';
}

static bool
form_class(const char *p)
{
	static const char *const names[] = { "0", "1", "2", "3", "none", "realtime",
		"best-effort", "idle" };

	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(names[i], p) == 0)
			return true;
	return false;
}

static bool
form_mode(const char *p)
{
	if (strcmp(p, "L") == 0)
		return true;
	if (!digits(&p, 9))
		return false;
	return *p == '\0' || (strchr("KMG", *p) != NULL && p[1] == '\0');
}

/* A name and no number: doas takes 0 for root. */
static bool
form_user(const char *p)
{
	size_t n = strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "0123456789_.-");

	return n > 0 && n <= 32 && p[n] == '\0' && strchr("0123456789.-", *p) == NULL;
}

static bool
form_fits(enum form f, const char *text)
{
	static bool (*const forms[])(const char *) = {
		[FORM_DURATION] = form_duration,
		[FORM_SIGNAL] = form_signal,
		[FORM_INT] = form_int,
		[FORM_COUNT] = form_count,
		[FORM_CLASS] = form_class,
		[FORM_MODE] = form_mode,
		[FORM_USER] = form_user,
	};

	return f == FORM_ANY || (f != FORM_NONE && forms[f](text));
}

/* An option was read, with its value if it has one; i is its word. */
static void
take_option(struct work *k, const struct option *o, const char *value, size_t i)
{
	if (o->dark)
		doubt(k, SHELL_WRAPPER, "an option that is not accepted here", i);
	if (o->form != FORM_NONE && !form_fits(o->form, value))
		doubt(k, SHELL_WRAPPER, "a value that is not accepted here", i);
	if (o->form != FORM_USER)
		return;
	if (k->user)
		doubt(k, SHELL_WRAPPER, "a second user", i);
	k->user = true;
	k->run_as = value;
}

/* The word behind i as a value; NULL when there is none that is known. */
static const char *
next_value(const struct work *k, size_t i)
{
	if (i + 1 >= k->n || shell_word_glob(&k->words[i + 1]))
		return NULL;
	return k->words[i + 1].text;
}

/* Read the long option in word i.  Returns how many words it takes, 0: not known. */
static size_t
read_long(struct work *k, const struct row *r, size_t i)
{
	const char *name = k->words[i].text + 2, *value = NULL;
	size_t n = strcspn(name, "=");

	for (const struct option *o = r->options; o->letter || o->name; o++) {
		bool joined = name[n] == '=';

		if (o->name == NULL || strlen(o->name) != n ||
		    memcmp(o->name, name, n) != 0)
			continue;
		if (o->form == FORM_NONE && joined)
			return 0;
		if (o->form != FORM_NONE)
			value = joined ? name + n + 1 : next_value(k, i);
		if (o->form != FORM_NONE && value == NULL)
			return 0;
		take_option(k, o, value, i);
		return o->form != FORM_NONE && !joined ? 2 : 1;
	}
	return 0;
}

static const struct option *
find_letter(const struct row *r, char letter)
{
	for (const struct option *o = r->options; o->letter || o->name; o++)
		if (o->letter != 0 && o->letter == letter)
			return o;
	return NULL;
}

/* The same for the letters of a word: flags, and then perhaps one with a value. */
static size_t
read_short(struct work *k, const struct row *r, size_t i)
{
	for (const char *p = k->words[i].text + 1; *p; p++) {
		const struct option *o = find_letter(r, *p);
		const char *value = NULL;

		if (o == NULL)
			return 0;
		if (o->form != FORM_NONE) {
			value = p[1] ? p + 1 : next_value(k, i);
			if (value == NULL)
				return 0;
		}
		take_option(k, o, value, i);
		if (value != NULL)
			return p[1] ? 1 : 2;
	}
	return 1;
}

/* Read the options of the link.  Returns the index of the word behind them, 0 when
 * they are not understood. */
static size_t
read_options(struct work *k, const struct row *r)
{
	size_t i = 1, taken;

	while (i < k->n) {
		const struct shell_word *w = &k->words[i];

		/* env and su take a lone "-" for an option. */
		if (w->text[0] != '-' && !shell_word_glob(w))
			return i;
		if (strcmp(w->text, "--") == 0)
			return i + 1;
		taken = 0;
		if (!shell_word_glob(w) && w->text[1] != '\0')
			taken = w->text[1] == '-' ? read_long(k, r, i)
						  : read_short(k, r, i);
		if (taken == 0) {
			doubt(k, SHELL_WRAPPER, "an option that is not known here", i);
			return 0;
		}
		i += taken;
	}
	return i;
}

/* Assignments before the inner command: skipped for deny rules' sake alone.  env takes
 * any word with "=" for one, whatever stands before it. */
static size_t
skip_assignments(struct work *k, size_t i)
{
	for (; i < k->n && !shell_word_glob(&k->words[i]) &&
	       strchr(k->words[i].text, '=') != NULL;
	     i++)
		doubt(k, SHELL_ASSIGNMENT, "a variable for the command", i);
	return i;
}

/* May word i be a command's name?  If not, nobody knows what runs. */
static bool
inner_known(struct work *k, size_t i)
{
	const struct shell_word *w;

	if (i >= k->n) {
		doubt(k, SHELL_WRAPPER, "a program that runs another, and no command",
		    k->n - 1);
		return false;
	}
	w = &k->words[i];
	if (shell_word_glob(w) || w->len == 0 || w->text[0] == '-' ||
	    strchr(w->text, '=') != NULL) {
		doubt(k, SHELL_WRAPPER, "no plain name of a command", i);
		return false;
	}
	return true;
}

/* Read a link by its row.  Returns the index of its inner command, 0: it is the last. */
static size_t
read_row(struct work *k, const struct row *r)
{
	size_t i;

	if (r->flags & ROW_DARK)
		doubt(
		    k, SHELL_WRAPPER, "a program that runs another, not taken here", 0);
	if (r->flags & ROW_USER)
		k->run_as = "root";
	k->user = false;
	if ((i = read_options(k, r)) == 0)
		return 0;
	if (r->fixed != FORM_NONE && i < k->n) {
		if (shell_word_glob(&k->words[i]) ||
		    !form_fits(r->fixed, k->words[i].text))
			doubt(k, SHELL_WRAPPER, "a word that is not accepted here", i);
		i++;
	}
	if (r->flags & ROW_ASSIGN)
		i = skip_assignments(k, i);
	if (!inner_known(k, i))
		return 0;
	k->open |= (r->flags & ROW_OPEN) != 0;
	k->shell &= (r->flags & ROW_SHELL) != 0;
	return i;
}

/* `command -v NAME` asks what NAME is, and runs nothing. */
static bool
query(const struct work *k, const struct row *r)
{
	return r == &row_command && k->n == 3 && strcmp(k->words[1].text, "-v") == 0 &&
	       !shell_word_glob(&k->words[2]) && k->words[2].text[0] != '-';
}

static void
read_text(struct work *k, const struct known *what)
{
	if (what->kind == KIND_VERSION && k->n == 2 && !k->open &&
	    strcmp(k->words[1].text, "--version") == 0)
		return;
	doubt(k, SHELL_INTERPRETER, "a program that runs the text it is given", 0);
}

/* busybox sh: the applet is as good as the program. */
static void
read_applet(struct work *k)
{
	const struct known *a;

	if (k->n < 2)
		return;
	a = find(wrapper_base(k->words[1].text));
	if (a != NULL && (a->kind == KIND_TEXT || a->kind == KIND_VERSION))
		doubt(k, SHELL_INTERPRETER, "a program that runs the text it is given",
		    1);
}

/* Read one link.  Returns the index of its inner command, 0: it is the last. */
static size_t
read_link(struct work *k)
{
	const char *name = k->words[0].text, *base = wrapper_base(name);
	const struct known *what;

	if (!k->shell &&
	    bsearch(base, builtins, COUNT(builtins), sizeof builtins[0], compare_text))
		doubt(k, SHELL_WRAPPER, "a shell's own command, run by a program", 0);
	if ((what = find(base)) == NULL)
		return 0;
	switch (what->kind) {
	case KIND_ROW:
		if (query(k, what->row))
			return 0;
		if (wrapper_bare(name) == NULL)
			doubt(
			    k, SHELL_WRAPPER, "a program of a known name elsewhere", 0);
		return read_row(k, what->row);
	case KIND_OPAQUE:
		doubt(
		    k, SHELL_WRAPPER, "a program that runs another, not taken here", 0);
		return 0;
	case KIND_APPLETS:
		read_applet(k);
		return 0;
	default:
		read_text(k, what);
		return 0;
	}
}

void
wrapper_unwrap(const struct shell_word *words, size_t n, struct wrapper_chain *ret)
{
	struct work k = { .chain = ret, .words = words, .n = n, .shell = true };
	size_t inner;

	memset(ret, 0, sizeof *ret);
	if (n == 0) {
		doubt(&k, SHELL_WRAPPER, "no command", 0);
		return;
	}
	for (;;) {
		struct wrapper_link *l = &ret->links[ret->n++];

		*l = (struct wrapper_link){ k.words, k.n, false, k.run_as, false };
		inner = read_link(&k);
		if (inner != 0 && ret->n > WRAPPER_DEPTH) {
			doubt(
			    &k, SHELL_WRAPPER, "programs that run others, too deep", 0);
			inner = 0;
		}
		l->open = inner == 0 && k.open;
		if (inner == 0)
			return;
		l->n = inner;
		l->wrapper = true;
		k.words += inner;
		k.n -= inner;
		k.before += inner;
	}
}
