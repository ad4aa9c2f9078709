/* Takes apart the programs that run another, by the rows of wrapper_table.c; a word that
 * its row does not account for ends the reading, and the chain is undecidable.  It is also
 * taken further than it may be let through (env -i, nohup), so that a deny rule still meets
 * the program that would have run. */
#include "policies/wrapper.h"

#include <string.h>

#include "lib/model/name.h"
#include "policies/wrapper_parts.h"

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

bool
wrapper_known(const char *name)
{
	return wrapper_find(wrapper_base(name)) != NULL;
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

static bool
form_user(const char *p)
{
	return name_os_user(span_of(p));
}

static bool
form_fits(enum wrapper_form f, const char *text)
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
take_option(struct work *k, const struct wrapper_option *o, const char *value, size_t i)
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
read_long(struct work *k, const struct wrapper_row *r, size_t i)
{
	const char *name = k->words[i].text + 2, *value = NULL;
	size_t n = strcspn(name, "=");

	for (const struct wrapper_option *o = r->options; o->letter || o->name; o++) {
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

static const struct wrapper_option *
find_letter(const struct wrapper_row *r, char letter)
{
	for (const struct wrapper_option *o = r->options; o->letter || o->name; o++)
		if (o->letter != 0 && o->letter == letter)
			return o;
	return NULL;
}

/* The same for the letters of a word: flags, and then perhaps one with a value. */
static size_t
read_short(struct work *k, const struct wrapper_row *r, size_t i)
{
	for (const char *p = k->words[i].text + 1; *p; p++) {
		const struct wrapper_option *o = find_letter(r, *p);
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
read_options(struct work *k, const struct wrapper_row *r)
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
read_row(struct work *k, const struct wrapper_row *r)
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
query(const struct work *k, const struct wrapper_row *r)
{
	return r == &wrapper_row_command && k->n == 3 &&
	       strcmp(k->words[1].text, "-v") == 0 && !shell_word_glob(&k->words[2]) &&
	       k->words[2].text[0] != '-';
}

static void
read_text(struct work *k, const struct wrapper_program *what)
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
	const struct wrapper_program *a;

	if (k->n < 2)
		return;
	a = wrapper_find(wrapper_base(k->words[1].text));
	if (a != NULL && (a->kind == KIND_TEXT || a->kind == KIND_VERSION))
		doubt(k, SHELL_INTERPRETER, "a program that runs the text it is given",
		    1);
}

/* Read one link.  Returns the index of its inner command, 0: it is the last. */
static size_t
read_link(struct work *k)
{
	const char *name = k->words[0].text, *base = wrapper_base(name);
	const struct wrapper_program *what;

	if (!k->shell && wrapper_builtin(base))
		doubt(k, SHELL_WRAPPER, "a shell's own command, run by a program", 0);
	if ((what = wrapper_find(base)) == NULL)
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
