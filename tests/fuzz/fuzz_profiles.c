/* Any line for every profile.  One that fits has no file outside of the rule's, and none
 * of the words with which these programs write, run or delete. */
#include <stdlib.h>
#include <string.h>

#include "policies/shape.h"
#include "policies/wrapper.h"
#include "tests/policies/shellwords.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
below_logs(const void *arg, const struct shell_word *w)
{
	(void)arg;
	return strncmp(w->text, "/var/log/", 9) == 0 && strstr(w->text, "/..") == NULL;
}

/* At the start of an option's word; they are values nowhere. */
static const char *const never[] = { "-exec", "-ok", "-delete", "-fprint", "-fls",
	"-files0-from", "--files0-from", "--checkpoint", "--to-command",
	"--use-compress", "--rsh-command", "--compress-prog", "--output=/",
	"--in-place", "--vacuum", "--kubeconfig", "--raw", "--exec-path", "--host=e",
	"--set=", "--pre=" };

/* Texts and patterns may look like anything. */
static bool
free_text(const struct shape_profile *p)
{
	static const char *const names[] = { "grep-safe", "cut-safe", "sort-safe",
		"find-safe", "git-read", "journalctl-read", "stat-safe", "du-safe" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		if (strcmp(names[i], p->profile) == 0)
			return true;
	return false;
}

static void
look(const struct shape_profile *p, const struct shape_subject *c)
{
	for (size_t i = 1; i < c->n; i++) {
		const struct shell_word *before = &c->words[i - 1];
		bool value = before->len > 0 && before->text[0] == '-';

		for (size_t j = 0; j < sizeof never / sizeof never[0]; j++) {
			size_t n = strlen(never[j]);

			if (c->words[i].len >= n &&
			    memcmp(c->words[i].text, never[j], n) == 0 &&
			    !(free_text(p) && (value || c->words[i].text[1] != '-')))
				abort();
		}
	}
}

/* Of find, in full: only a value may have the name of an action. */
static void
look_find(const struct shape_subject *c)
{
	static const char *const values[] = { "-name", "-iname", "-path", "-ipath",
		"-wholename" };

	for (size_t i = 1; i < c->n; i++) {
		bool value = false;

		for (size_t j = 0; j < sizeof values / sizeof values[0]; j++)
			value |= strcmp(c->words[i - 1].text, values[j]) == 0;
		for (size_t j = 0; j < 6 && !value; j++)
			if (strncmp(c->words[i].text, never[j], strlen(never[j])) == 0)
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct shellwords s;
	const struct shape_profile *p;
	struct shape_subject c;
	char why[SHAPE_WHY];

	if (size < 1 || memchr(data, '\0', size) != NULL ||
	    !shellwords_cut(&s, (const char *)data + 1, size - 1) || s.n == 0)
		return 0;
	c = (struct shape_subject){
		.words = s.words, .n = s.n, .fed = data[0] & 1, .whole = true
	};
	for (size_t i = 0; (p = shape_profile_at(i)) != NULL; i++) {
		bool fits = p->fits(&c, below_logs, NULL, why);

		if (fits != (why[0] == '\0') || strlen(why) >= sizeof why)
			abort();
		if (!fits || strcmp(p->names[0], s.words[0].text) != 0)
			continue;
		look(p, &c);
		if (strcmp(p->profile, "find-safe") == 0)
			look_find(&c);
		/* Whether somebody wants the reason makes no difference. */
		if (!p->fits(&c, below_logs, NULL, NULL))
			abort();
	}
	return 0;
}
