#include "tests/support/unit.h"

#include "policies/pathset.h"
#include "tests/policies/wording.h"

static unsigned
fit_in(const char *patterns, const char *word, const char *base)
{
	struct yaml_doc *doc = NULL;
	struct err err = { "" };
	struct wording w;
	unsigned ret;

	assert_int_equal(yaml_parse("p.yaml", span_of(patterns), &doc, &err), RC_OK);
	if (pathset_check(yaml_root(doc), &err) != RC_OK)
		fail_msg("%s: %s", patterns, err.text);
	wording_split(word, &w);
	assert_int_equal(w.n, 1);
	w.words[0].base = base;
	ret = pathset_fit(yaml_root(doc), &w.words[0]);
	yaml_doc_free(doc);
	return ret;
}

static unsigned
fit(const char *patterns, const char *word)
{
	return fit_in(patterns, word, NULL);
}

static void
words_lie_in_sets(void **state)
{
	static const struct {
		const char *patterns, *word;
		unsigned fit;
	} rows[] = {
		{ "['/var/log/**']", "/var/log/a", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/a/b/c", FIT_BOTH },
		{ "['/var/log/**']", "/var/log", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/a/", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/.hidden", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/...", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/a..b", FIT_BOTH },
		{ "['/var/log/**']", "/var/log2", FIT_NO },
		{ "['/var/log/**']", "/var/lo", FIT_NO },
		{ "['/var/log/**']", "/var", FIT_NO },
		{ "['/var/log/**']", "/", FIT_NO },
		{ "['/var/log/**']", "/etc/passwd", FIT_NO },
		{ "['/var/log/**']", "var/log/a", FIT_NO },
		{ "['/var/log/**']", "''", FIT_NO },
		{ "['/var/log/**']", "/var/log//a", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/a//", FIT_MAYBE },
		{ "['/var/log/**']", "//var/log/a", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/../a", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/..", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/../", FIT_MAYBE },
		{ "['/var/log/**']", "/var/./log/a", FIT_MAYBE },
		{ "['/var/log/**']", "/etc/../var/log/a", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/[a-m]*.log", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/[0-9][0-9]", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/[.]", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/[a.]*", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/[+-9]*", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/[--9]*", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/[!a]*", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/[^a]*", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/[[:punct:]]*", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/[]a]*", FIT_MAYBE },
		{ "['/**']", "/", FIT_BOTH },
		{ "['/**']", "/x/y", FIT_BOTH },
		{ "['/**']", "//", FIT_MAYBE },
		{ "['/**']", "///", FIT_MAYBE },
		{ "['/**']", "x", FIT_NO },
		{ "['/']", "/", FIT_BOTH },
		{ "['/']", "/a", FIT_NO },
		{ "['/srv/*/log']", "/srv/a/log", FIT_BOTH },
		{ "['/srv/*/log']", "/srv/a/b/log", FIT_NO },
		{ "['/srv/*/log']", "/srv//log", FIT_MAYBE },
		{ "['/srv/*/log']", "/srv/a/log/x", FIT_NO },
		{ "['/srv/*/log']", "/srv/a", FIT_NO },
		{ "['/srv/app-?/**']", "/srv/app-1/x", FIT_BOTH },
		{ "['/srv/app-?/**']", "/srv/app-12/x", FIT_NO },
		{ "['/srv/app-?/**']", "/srv/app-/x", FIT_NO },
		{ "['/srv/*.log']", "/srv/.log", FIT_BOTH },
		{ "['/srv/*a*b']", "/srv/xaybxb", FIT_BOTH },
		{ "['/srv/*a*b']", "/srv/xaybxc", FIT_NO },
		{ "[/etc/hosts, /etc/hostname]", "/etc/hostname", FIT_BOTH },
		{ "[/etc/hosts]", "/etc/hosts/", FIT_BOTH },
		{ "[/etc/hosts]", "/etc/host", FIT_NO },
		{ "[/etc/hosts]", "/etc/hostsx", FIT_NO },
		{ "['/srv/[a]']", "/srv/'[a]'", FIT_BOTH },
		{ "['/srv/[a]']", "/srv/a", FIT_NO },
		{ "['/srv/*']", "/srv/'*'", FIT_BOTH },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (fit(rows[i].patterns, rows[i].word) != rows[i].fit)
			fail_msg("%s: %s: %u", rows[i].patterns, rows[i].word,
			    fit(rows[i].patterns, rows[i].word));
}

/* Where a word is relative to is what the target said: no allow is sure of it. */
static void
relative_words_may_lie_where_they_are(void **state)
{
	static const struct {
		const char *patterns, *base, *word;
		unsigned fit;
	} rows[] = {
		{ "['/etc/**']", "/etc", "shadow", FIT_MAYBE },
		{ "['/etc/**']", "/etc", "./shadow", FIT_MAYBE },
		{ "['/etc/**']", "/etc", ".//./shadow", FIT_MAYBE },
		{ "['/etc/**']", "/", "etc/shadow", FIT_MAYBE },
		{ "['/etc/**']", "/srv", "../etc/shadow", FIT_MAYBE },
		{ "['/etc/**']", "/etc", ".", FIT_MAYBE },
		{ "['/etc/**']", "/etc", "*", FIT_MAYBE },
		{ "['/etc/**']", "/", "e*/shadow", FIT_MAYBE },
		{ "[/etc/shadow]", "/etc", "sh*", FIT_MAYBE },
		{ "[/etc/shadow]", "/etc", "[s]hadow", FIT_MAYBE },
		{ "[/etc/shadow]", "/etc", "hosts", FIT_NO },
		{ "['/etc/**']", "/srv", "shadow", FIT_NO },
		{ "['/etc/**']", "/srv", "./shadow", FIT_NO },
		{ "['/etc/**']", "/srv", "*", FIT_NO },
		{ "['/etc/**']", "/srv", "/etc/shadow", FIT_BOTH },
		{ "['/etc/**']", "/etc", "''", FIT_NO },
		{ "['/etc/**']", NULL, "shadow", FIT_NO },
	};
	static char deep[PATHSET_BASE + 2];

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (fit_in(rows[i].patterns, rows[i].word, rows[i].base) != rows[i].fit)
			fail_msg("%s: %s in %s: %u", rows[i].patterns, rows[i].word,
			    rows[i].base == NULL ? "?" : rows[i].base,
			    fit_in(rows[i].patterns, rows[i].word, rows[i].base));
	memset(deep, 'a', sizeof deep - 1);
	deep[0] = '/';
	assert_int_equal(fit_in("['/etc/**']", "x", deep), FIT_MAYBE);
	deep[PATHSET_BASE] = '\0';
	assert_int_equal(fit_in("['/etc/**']", "x", deep), FIT_NO);
}

static void
all_that_a_glob_becomes_has_to_lie_there(void **state)
{
	static const struct {
		const char *patterns, *word;
		unsigned fit;
	} rows[] = {
		{ "['/var/log/**']", "/var/log/*", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/*.log", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/*/*.log", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/a?/x", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/x[0-9].log", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/*[!a]", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/?", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/.*", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/.?", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/.[.]", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/'.'*", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/[.]*", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/[a-z]*", FIT_BOTH },
		{ "['/var/log/**']", "/var/log/a/.*/x", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/*/..", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/*/../x", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/*//x", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/x[a/b]", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log/x[a", FIT_MAYBE },
		{ "['/var/log/**']", "/var/*/a", FIT_MAYBE },
		{ "['/var/log/**']", "/var/log*", FIT_MAYBE },
		{ "['/var/log/**']", "/var/lo?/a", FIT_MAYBE },
		{ "['/var/log/**']", "/var/lo[g]/a", FIT_MAYBE },
		{ "['/var/log/**']", "/*", FIT_MAYBE },
		{ "['/var/log/**']", "/etc/*", FIT_NO },
		{ "['/var/log/**']", "/var/lib/*", FIT_NO },
		{ "['/var/log/**']", "*", FIT_NO },
		{ "['/var/log/**']", "?var/log/a", FIT_NO },
		{ "['/var/log/*.log']", "/var/log/*.log", FIT_BOTH },
		{ "['/var/log/*.log']", "/var/log/a*.log", FIT_BOTH },
		{ "['/var/log/*.log']", "/var/log/*", FIT_MAYBE },
		{ "['/var/log/*.log']", "/var/log/*.lo?", FIT_MAYBE },
		{ "['/var/log/*.log']", "/var/log/*.log*", FIT_MAYBE },
		{ "['/var/log/?.log']", "/var/log/?.log", FIT_MAYBE },
		{ "['/var/log/*ab*']", "/var/log/x[ab]y", FIT_MAYBE },
		{ "['/var/log/*ab*']", "/var/log/xab[c]y", FIT_BOTH },
		{ "['/var/log/*']", "/var/log/x[ab]y", FIT_BOTH },
		{ "['/srv/*/log/**']", "/srv/*/log/a", FIT_BOTH },
		{ "['/srv/a/log/**']", "/srv/*/log/a", FIT_MAYBE },
		{ "['/srv/x[a]/b']", "/srv/x[a]/b", FIT_MAYBE },
		{ "['/srv/x[a]/b']", "/srv/'x[a]'/b", FIT_BOTH },
		{ "['/**']", "/*", FIT_BOTH },
		{ "['/**']", "/.*", FIT_MAYBE },
		{ "['/var/log/a']", "/var/log/?", FIT_MAYBE },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		if (fit(rows[i].patterns, rows[i].word) != rows[i].fit)
			fail_msg("%s: %s: %u", rows[i].patterns, rows[i].word,
			    fit(rows[i].patterns, rows[i].word));
}

static void
malformed_patterns_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "/var/log", "expected a list" },
		{ "[]", "at least 1 entry" },
		{ "['']", "text of 1 to" },
		{ "[[a]]", "text" },
		{ "[var/log]", "an absolute path" },
		{ "['**']", "an absolute path" },
		{ "['/var//log']", "empty part" },
		{ "['/var/log/']", "empty part" },
		{ "['//']", "empty part" },
		{ "['/var/../log']", "a part . or .." },
		{ "['/var/./log']", "a part . or .." },
		{ "['/..']", "a part . or .." },
		{ "['/var/**/log']", "** stands alone" },
		{ "['/var/a**']", "** stands alone" },
		{ "['/var/***']", "** stands alone" },
		{ "['/var/**/']", "** stands alone" },
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct yaml_doc *doc = NULL;
		struct err err = { "" };

		assert_int_equal(
		    yaml_parse("p.yaml", span_of(rows[i].text), &doc, &err), RC_OK);
		if (pathset_check(yaml_root(doc), &err) != RC_REFUSE ||
		    strstr(err.text, rows[i].why) == NULL ||
		    strncmp(err.text, "p.yaml:1:", 9) != 0)
			fail_msg("%s: %s", rows[i].text, err.text);
		yaml_doc_free(doc);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_lie_in_sets),
		cmocka_unit_test(relative_words_may_lie_where_they_are),
		cmocka_unit_test(all_that_a_glob_becomes_has_to_lie_there),
		cmocka_unit_test(malformed_patterns_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
