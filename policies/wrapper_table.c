/* The programs that run others, and what each of them takes. */
#include "policies/wrapper_parts.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(t) (sizeof(t) / sizeof(t)[0])

static const struct wrapper_option none[] = { { 0 } };
static const struct wrapper_option timeout_options[] = {
	{ 'k', "kill-after", FORM_DURATION, false },
	{ 's', "signal", FORM_SIGNAL, false },
	{ 0 },
};
static const struct wrapper_option nice_options[] = {
	{ 'n', "adjustment", FORM_INT, false },
	{ 0 },
};
static const struct wrapper_option ionice_options[] = {
	{ 'c', NULL, FORM_CLASS, false },
	{ 'n', NULL, FORM_COUNT, false },
	{ 0 },
};
static const struct wrapper_option stdbuf_options[] = {
	{ 'i', NULL, FORM_MODE, false },
	{ 'o', NULL, FORM_MODE, false },
	{ 'e', NULL, FORM_MODE, false },
	{ 0 },
};
static const struct wrapper_option env_options[] = {
	{ 'i', "ignore-environment", FORM_NONE, true },
	{ 'u', "unset", FORM_ANY, true },
	{ 'C', "chdir", FORM_ANY, true },
	{ 0 },
};
static const struct wrapper_option sudo_options[] = {
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
static const struct wrapper_option doas_options[] = {
	{ 'u', NULL, FORM_USER, false },
	{ 'n', NULL, FORM_NONE, true },
	{ 0 },
};
static const struct wrapper_option command_options[] = {
	{ 'p', NULL, FORM_NONE, true },
	{ 0 },
};
static const struct wrapper_option xargs_options[] = {
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

static const struct wrapper_row row_timeout = { timeout_options, FORM_DURATION, 0 };
static const struct wrapper_row row_nice = { nice_options, FORM_NONE, 0 };
static const struct wrapper_row row_ionice = { ionice_options, FORM_NONE, 0 };
static const struct wrapper_row row_stdbuf = { stdbuf_options, FORM_NONE, 0 };
static const struct wrapper_row row_time = { none, FORM_NONE, 0 };
static const struct wrapper_row row_env = { env_options, FORM_NONE, ROW_ASSIGN };
static const struct wrapper_row row_sudo = { sudo_options, FORM_NONE,
	ROW_USER | ROW_ASSIGN };
static const struct wrapper_row row_doas = { doas_options, FORM_NONE,
	ROW_USER | ROW_ASSIGN };
const struct wrapper_row wrapper_row_command = { command_options, FORM_NONE,
	ROW_SHELL };
static const struct wrapper_row row_xargs = { xargs_options, FORM_NONE, ROW_OPEN };
/* The rest of its words is a command, and it is never let through: it outlives the
 * session, or does more than it says. */
static const struct wrapper_row row_dark = { none, FORM_NONE, ROW_DARK };
static const struct wrapper_row row_builtin = { none, FORM_NONE, ROW_DARK | ROW_SHELL };

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
static const struct wrapper_program table[] = {
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
	{ "command", KIND_ROW, &wrapper_row_command },
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

static int
compare_known(const void *name, const void *k)
{
	return strcmp(name, ((const struct wrapper_program *)k)->name);
}

static int
compare_text(const void *name, const void *text)
{
	return strcmp(name, *(const char *const *)text);
}

static const struct wrapper_program *
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
const struct wrapper_program *
wrapper_find(const char *base)
{
	static const struct wrapper_program ld = OPAQUE("ld.so");
	const struct wrapper_program *k = find_exact(base);
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
wrapper_builtin(const char *base)
{
	return bsearch(base, builtins, COUNT(builtins), sizeof builtins[0],
		   compare_text) != NULL;
}
