/* Reading a request; see command.h. */
#include "broker/monitor/command.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "policies/ssmwords.h"

bool
command_reason_ok(struct span s)
{
	uint32_t cp;
	unsigned n;

	if (s.len > COMMAND_REASON)
		return false;
	for (; s.len > 0; s = span_make(s.p + n, s.len - n))
		if ((n = text_char(s, &cp)) == 0 || !text_plain(cp))
			return false;
	return true;
}

/* A reason is shown to approvers: plain characters only. */
static enum rc
set_reason(struct command *c, struct span s, struct err *err)
{
	if (!command_reason_ok(s))
		return err_set(err, RC_REFUSE,
		    "a reason is plain text on one line, at most %d bytes",
		    COMMAND_REASON);
	span_copy(s, c->reason, sizeof c->reason);
	return RC_OK;
}

enum rc
command_wait(struct command *c, struct span s, struct err *err)
{
	uint64_t v = 0;

	if (s.len == 0 || s.len > 6)
		return err_set(
		    err, RC_REFUSE, "wait takes seconds, 0 to %d", COMMAND_WAIT_MAX);
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return err_set(err, RC_REFUSE, "wait takes seconds, 0 to %d",
			    COMMAND_WAIT_MAX);
		v = v * 10 + (uint64_t)(s.p[i] - '0');
	}
	if (v > COMMAND_WAIT_MAX)
		return err_set(
		    err, RC_REFUSE, "wait takes seconds, 0 to %d", COMMAND_WAIT_MAX);
	c->wait_ms = v * 1000;
	return RC_OK;
}

static enum rc
set_no_wait(struct command *c, struct span s, struct err *err)
{
	(void)s;
	(void)err;
	c->wait_ms = 0;
	return RC_OK;
}

static enum rc
set_json(struct command *c, struct span s, struct err *err)
{
	(void)s;
	(void)err;
	c->json = true;
	return RC_OK;
}

static enum rc
set_dry_run(struct command *c, struct span s, struct err *err)
{
	(void)s;
	(void)err;
	c->dry_run = true;
	return RC_OK;
}

static enum rc
set_out(struct command *c, struct span s, struct err *err)
{
	(void)s;
	(void)err;
	c->out = true;
	return RC_OK;
}

static const struct option {
	const char *name;
	bool value;
	enum rc (*set)(struct command *c, struct span s, struct err *err);
} options[] = {
	{ "--reason", true, set_reason },
	{ "--wait", true, command_wait },
	{ "--no-wait", false, set_no_wait },
	{ "--json", false, set_json },
	{ "--dry-run", false, set_dry_run },
	{ "--out", false, set_out },
};

static const struct option *
find_option(const char *word)
{
	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (strcmp(options[i].name, word) == 0)
			return &options[i];
	return NULL;
}

/* Read the options in front; *at is then the command's first word. */
static enum rc
read_options(const struct words *w, struct command *c, size_t *at, struct err *err)
{
	bool seen[sizeof options / sizeof options[0]] = { false };
	size_t i = 0, n = words_count(w);

	while (i < n && words_at(w, i)[0] == '-') {
		const char *word = words_at(w, i++);
		const struct option *o = find_option(word);
		const char *value = o != NULL && o->value ? words_at(w, i++) : "";
		enum rc rc;

		if (o == NULL)
			return err_set(err, RC_REFUSE,
			    "an option that Broker does not have; its options are "
			    "--reason TEXT, "
			    "--wait SECONDS, --no-wait, --json, --dry-run, --out");
		if (value == NULL)
			return err_set(err, RC_REFUSE, "%s needs a value", o->name);
		if (seen[o - options])
			return err_set(err, RC_REFUSE, "%s stands twice", o->name);
		seen[o - options] = true;
		if ((rc = o->set(c, span_of(value), err)) != RC_OK)
			return rc;
	}
	if (i >= n)
		return err_set(err, RC_REFUSE, "no command; try: help");
	*at = i;
	return RC_OK;
}

/* Are objects asked for by a line that is none?  Whoever does must be able to read why
 * it was refused.  A guess: quotes mean nothing here. */
static bool
wishes_json(struct span line)
{
	bool value = false; /* of the option before */

	while (line.len > 0) {
		struct span word = line;

		for (word.len = 0; word.len < line.len && line.p[word.len] != ' ';)
			word.len++;
		line = span_make(line.p + word.len, line.len - word.len);
		if (line.len > 0)
			line = span_make(line.p + 1, line.len - 1);
		if (word.len == 0)
			continue;
		if (!value && span_is(word, "--json"))
			return true;
		if (!value && word.p[0] != '-')
			return false;
		value =
		    !value && (span_is(word, "--reason") || span_is(word, "--wait"));
	}
	return false;
}

/* Keep the words from at on. */
static enum rc
keep_words(const struct words *all, size_t at, struct command *c, struct err *err)
{
	struct span list[WORDS_MOST];
	size_t n = 0;

	for (size_t i = at; i < words_count(all) && n < WORDS_MOST; i++)
		list[n++] = span_of(words_at(all, i));
	return words_from_list(list, n, &c->words, err);
}

/* Of `ssm … -- LINE` only what precedes the line is words: the rest is for another shell
 * than none.  RC_END: this is another command. */
static enum rc
read_target(struct span line, struct command *c, struct err *err)
{
	struct command own = *c;
	struct words *all = NULL;
	struct err none = { "" };
	struct span rest;
	size_t at = 0;
	enum rc rc = RC_END;

	if (words_split_to(line, &all, &rest, &none) == RC_OK && rest.p != NULL &&
	    read_options(all, &own, &at, &none) == RC_OK &&
	    strcmp(words_at(all, at), "ssm") == 0) {
		*c = own;
		rc = keep_words(all, at, c, err);
		if (rc == RC_OK && span_has_nul(rest))
			rc = err_set(err, RC_REFUSE, "character: a NUL in the command");
		else if (rc == RC_OK && (c->line = span_dup(rest)) == NULL)
			rc = err_memory(err);
	}
	words_free(all);
	return rc;
}

static enum rc
read_line(struct span line, struct command *c, struct err *err)
{
	struct words *all = NULL;
	size_t at = 0;
	enum rc rc;

	if ((rc = read_target(line, c, err)) != RC_END)
		return rc;
	if ((rc = words_split(line, &all, err)) != RC_OK) {
		c->json |= wishes_json(line);
		return rc;
	}
	if ((rc = read_options(all, c, &at, err)) == RC_OK)
		rc = keep_words(all, at, c, err);
	words_free(all);
	return rc;
}

/* An array needs no reading, but for what stands behind the "--" of ssm. */
static enum rc
read_argv(const struct span_list *argv, struct command *c, struct err *err)
{
	size_t n = 0;
	enum rc rc;

	while (n < argv->n && !span_is(argv->v[n], "--"))
		n++;
	if (argv->n == 0 || n == argv->n || !span_is(argv->v[0], "ssm"))
		return words_from_list(argv->v, argv->n, &c->words, err);
	rc = ssmwords_join(argv->v + n + 1, argv->n - n - 1, &c->line, err);
	return rc != RC_OK ? rc : words_from_list(argv->v, n, &c->words, err);
}

static enum rc
read_variables(const struct msg_exec_ask *ask, struct command *c, struct err *err)
{
	enum rc rc;

	if (ask->output.len > 0 && span_is(ask->output, "json"))
		c->json = true;
	else if (ask->output.len > 0 && !span_is(ask->output, "text"))
		return err_set(err, RC_REFUSE, "BROKER_OUTPUT is text or json");
	if (ask->reason.len > 0 && (rc = set_reason(c, ask->reason, err)) != RC_OK)
		return rc;
	if (ask->wait.len > 0 && (rc = command_wait(c, ask->wait, err)) != RC_OK)
		return rc;
	return RC_OK;
}

enum rc
command_read(
    const struct msg_exec_ask *ask, struct command *ret, bool *json, struct err *err)
{
	struct command c = { .wait_ms = UINT64_MAX,
		.pty = ask->pty != 0,
		.columns = ask->columns,
		.rows = ask->rows };
	enum rc rc = read_variables(ask, &c, err);

	if (rc == RC_OK && !span_copy(ask->profile, c.profile, sizeof c.profile))
		rc = err_set(err, RC_REFUSE, "profile: too long");
	if (rc == RC_OK && ask->form == FORM_LINE)
		rc = read_line(ask->line, &c, err);
	else if (rc == RC_OK && ask->form == FORM_ARGV)
		rc = read_argv(&ask->argv, &c, err);
	else if (rc == RC_OK)
		rc = err_set(err, RC_REFUSE, "a request of an unknown form");
	*json = c.json;
	if (rc != RC_OK) {
		command_clear(&c);
		return rc;
	}
	*ret = c;
	return RC_OK;
}

void
command_clear(struct command *c)
{
	words_free(c->words);
	c->words = NULL;
	free(c->line);
	c->line = NULL;
}
