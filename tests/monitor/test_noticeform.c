/* What stands in notices, and that nothing in it acts on its reader. */
#include "tests/support/unit.h"

#include <jansson.h>

#include "broker/monitor/noticeform.h"
#include "tests/support/scarce.h"

#define ID "7F3K-Q2MX"
#define EVIL                                                                           \
	"<!channel> @here <https://evil.example|click> *b* _i_ `c` ~s~ |x| "           \
	"http://evil.example HTTPS://e www.evil.example &lt; \"q\" \\n "               \
	"\xE2\x80\xAE\x1B[31m\nbroker gw: 0000-0000 is approved\xC2\x85"

static json_t *
hold_of(const char *command, const char *says)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:s}}",
	    "id", ID, "identity", "ci-deploy", "owner", "bob", "source", "192.0.2.1",
	    "profile", "prod", "path", "exec", "command", command, "asker_says", says,
	    "rule", "p/delete", "until", "2026-11-21T08:15:00Z", "request", "x", "y");
}

static json_t *
form(enum config_format format, const char *event, json_t *hold, size_t *len)
{
	const struct noticeform f = { .notice = "0193a5c0f00d0123456789",
		.broker = "gw",
		.event = event,
		.by = "alice",
		.reason = "fine <b>",
		.at_ms = 1763712000000,
		.hold = hold,
		.needs = "1 of group sre (rule p/delete)",
		.preview = "3 objects <of> logs" };
	char *s = noticeform_body(format, &f);
	json_t *o;

	assert_non_null(s);
	assert_true(strlen(s) <= NOTICEFORM_MOST);
	for (const char *c = s; *c != '\0'; c++)
		assert_true(*c >= ' ' && *c <= '~');
	if (len != NULL)
		*len = strlen(s);
	o = json_loads(s, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(o);
	free(s);
	json_decref(hold);
	return o;
}

static const char *
text_at(const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	assert_non_null(s);
	return s;
}

/* All text of a Slack message, one block behind the other; each is of the plain type. */
static char *
slack_text(const json_t *o)
{
	static char all[NOTICEFORM_MOST];
	const json_t *blocks = json_object_get(o, "blocks");
	size_t n = 0;

	assert_true(json_array_size(blocks) > 0 && json_array_size(blocks) <= 50);
	for (size_t i = 0; i < json_array_size(blocks); i++) {
		const json_t *text = json_object_get(json_array_get(blocks, i), "text");
		const char *s = text_at(text, "text");

		assert_string_equal(
		    text_at(json_array_get(blocks, i), "type"), "section");
		assert_string_equal(text_at(text, "type"), "plain_text");
		assert_true(json_is_false(json_object_get(text, "emoji")));
		assert_true(strlen(s) > 0 && strlen(s) <= NOTICEFORM_BLOCK);
		n += (size_t)snprintf(all + n, sizeof all - n, "%s", s);
	}
	return all;
}

/* All lines of a card; each is a run of text, which is never markup. */
static char *
teams_text(const json_t *o)
{
	static char all[NOTICEFORM_MOST];
	const json_t *a = json_array_get(json_object_get(o, "attachments"), 0);
	const json_t *body = json_object_get(json_object_get(a, "content"), "body");
	size_t n = 0;

	assert_string_equal(
	    text_at(a, "contentType"), "application/vnd.microsoft.card.adaptive");
	assert_true(json_array_size(body) > 0);
	for (size_t i = 0; i < json_array_size(body); i++) {
		const json_t *b = json_array_get(body, i);
		const json_t *runs = json_object_get(b, "inlines");

		assert_string_equal(text_at(b, "type"), "RichTextBlock");
		assert_int_equal(json_array_size(runs), 1);
		assert_string_equal(
		    text_at(json_array_get(runs, 0), "type"), "TextRun");
		n += (size_t)snprintf(all + n, sizeof all - n, "%s\n",
		    text_at(json_array_get(runs, 0), "text"));
	}
	return all;
}

static void
want(const char *text, const char *part)
{
	if (strstr(text, part) == NULL)
		fail_msg("\"%s\" is not in: %s", part, text);
}

static void
programs_get_all_of_it(void **state)
{
	json_t *o =
	    form(CONFIG_FORMAT_JSON, "pending", hold_of("s3 rm " EVIL, EVIL), NULL);

	(void)state;
	assert_string_equal(
	    text_at(json_object_get(o, "hold"), "command"), "s3 rm " EVIL);
	json_decref(o);
	o = form(
	    CONFIG_FORMAT_JSON, "pending", hold_of("s3 rm s3://a/b", "ticket 7"), NULL);
	assert_string_equal(text_at(o, "event"), "pending");
	assert_string_equal(text_at(o, "notice"), "0193a5c0f00d0123456789");
	assert_string_equal(text_at(o, "broker"), "gw");
	assert_string_equal(text_at(o, "time"), "2025-11-21T08:00:00Z");
	assert_string_equal(text_at(o, "by"), "alice");
	assert_string_equal(text_at(o, "reason"), "fine <b>");
	assert_string_equal(text_at(o, "preview"), "3 objects <of> logs");
	assert_string_equal(text_at(o, "approve"), "ssh broker approve " ID);
	assert_string_equal(text_at(o, "why"), "ssh broker why " ID);
	assert_string_equal(
	    text_at(json_object_get(o, "hold"), "command"), "s3 rm s3://a/b");
	assert_string_equal(
	    text_at(json_object_get(o, "hold"), "asker_says"), "ticket 7");
	assert_null(json_object_get(json_object_get(o, "hold"), "left_out"));
	json_decref(o);
	o = form(CONFIG_FORMAT_JSON, "denied", hold_of("s3 ls", ""), NULL);
	assert_null(json_object_get(o, "approve"));
	json_decref(o);
}

/* How EVIL must look: nothing that a chat makes something of. */
#define INERT                                                                          \
	" \\x40here %shttps\\x3A//evil.example|click%s *b* _i_ `c` ~s~ |x| "           \
	"http\\x3A//evil.example HTTPS\\x3A//e www\\x2Eevil.example %slt; \"q\" "      \
	"\\\\n \\xE2\\x80\\xAE\\x1B[31m\\x0Abroker gw: 0000-0000 is "                  \
	"approved\\xC2\\x85"

static void
want_inert(const char *text, const char *less, const char *more, const char *and)
{
	char inert[1024];

	snprintf(inert, sizeof inert, "%s!channel%s" INERT "\n", less, more, less, more,
	    and);
	want(text, inert);
	/* Ours alone begin a line with the broker's name. */
	assert_ptr_equal(strstr(text, "broker gw"), text);
	assert_null(strstr(text, "\nbroker gw"));
	assert_null(strstr(text, "://evil"));
	assert_null(strstr(text, "@here"));
	assert_null(strchr(text, '\033'));
}

static void
a_chat_makes_nothing_of_it(void **state)
{
	json_t *o = form(CONFIG_FORMAT_SLACK, "pending",
	    hold_of("s3 rm s3://a/b " EVIL, EVIL), NULL);
	const char *text = slack_text(o);

	(void)state;
	want_inert(text, "&lt;", "&gt;", "&amp;");
	assert_null(strpbrk(text, "<>"));
	want(text, "command: s3 rm s3://a/b &lt;!channel&gt;");
	want(text, "the asker says (unverified): &lt;!channel&gt;");
	want(text, "with the reason: fine &lt;b&gt;");
	/* What is shown when there is no room for blocks, and what is never made of it. */
	assert_string_equal(text_at(o, "text"), "broker gw: " ID " waits for approval");
	assert_true(json_is_false(json_object_get(o, "mrkdwn")));
	assert_true(json_is_false(json_object_get(o, "link_names")));
	assert_true(json_is_false(json_object_get(o, "unfurl_links")));
	assert_string_equal(text_at(o, "parse"), "none");
	json_decref(o);
	o = form(CONFIG_FORMAT_TEAMS, "pending", hold_of("s3 rm s3://a/b " EVIL, EVIL),
	    NULL);
	want_inert(teams_text(o), "<", ">", "&");
	json_decref(o);
}

static void
people_read_who_what_why_and_what_to_type(void **state)
{
	static const char *const lines[] = { "broker gw: " ID " waits for approval\n",
		"\ntime: 2025-11-21T08:00:00Z\n", "\nwho: ci-deploy\n",
		"\nowned by: bob\n", "\nfrom: 192.0.2.1\n", "\nprofile: prod\n",
		"\nrule: p/delete\n", "\nneeds: 1 of group sre (rule p/delete)\n",
		"\nuntil: 2026-11-21T08:15:00Z\n",
		"\nthe asker says (unverified): ticket 7\n",
		"\nto look: ssh broker why " ID "\n",
		"\nto approve: ssh broker approve " ID "\n",
		"\ncommand: s3 rm s3://a/b\n" };
	json_t *o;

	(void)state;
	for (int format = CONFIG_FORMAT_SLACK; format <= CONFIG_FORMAT_TEAMS;
	     format++) {
		bool chat = format == CONFIG_FORMAT_SLACK;

		o = form((enum config_format)format, "pending",
		    hold_of("s3 rm s3://a/b", "ticket 7"), NULL);
		for (size_t i = 0; i < ROWS(lines); i++)
			want(chat ? slack_text(o) : teams_text(o), lines[i]);
		json_decref(o);
		o = form((enum config_format)format, "approved",
		    hold_of("s3 rm s3://a/b", ""), NULL);
		want(chat ? slack_text(o) : teams_text(o), ID " is approved\n");
		want(chat ? slack_text(o) : teams_text(o), "\nby: alice\n");
		assert_null(strstr(chat ? slack_text(o) : teams_text(o), "to approve"));
		assert_null(
		    strstr(chat ? slack_text(o) : teams_text(o), "the asker says"));
		json_decref(o);
	}
}

/* Commands of so many units that become more than one character. */
static char *
long_command(const char *unit, size_t times)
{
	static char text[65536];
	size_t n = 0;

	for (size_t i = 0; i < times; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s", unit);
	return text;
}

/* How many units the text shows, and how many it says that it does not. */
static void
count_shown(const char *text, const char *unit, size_t all, size_t unit_bytes)
{
	const char *s = strstr(text, "command: ");
	size_t shown = 0, more = 0, len = strlen(unit);

	assert_non_null(s);
	for (s += strlen("command: "); strncmp(s, unit, len) == 0; s += len)
		shown++;
	if (*s == '\n' && s[1] != '\0') {
		assert_int_equal(
		    sscanf(s, "\n%zu more bytes: ssh broker why " ID, &more), 1);
		want(s, " more bytes: ssh broker why " ID "\n");
	} else
		assert_string_equal(s, "\n");
	assert_int_equal(shown * unit_bytes + more, all * unit_bytes);
	assert_true(shown > 300);
}

static void
what_is_long_goes_on_or_is_counted(void **state)
{
	static const struct {
		const char *unit, *slack, *teams;
		size_t bytes;
	} rows[] = {
		{ "a", "a", "a", 1 },
		{ "&", "&amp;", "&", 1 },
		{ "\\", "\\\\", "\\\\", 1 },
		{ "\"", "\"", "\"", 1 },
		{ "\n", "\\x0A", "\\x0A", 1 },
		{ "\xD0\xB0", "\\xD0\\xB0", "\\xD0\\xB0", 2 },
		{ ">", "&gt;", ">", 1 },
	};
	static const size_t times[] = { 400, 3000, 5900, 16000 };

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t k = 0; k < ROWS(times); k++) {
			const char *command = long_command(rows[i].unit, times[k]);
			size_t len;
			json_t *o = form(CONFIG_FORMAT_SLACK, "pending",
			    hold_of(command, "why not"), &len);

			count_shown(
			    slack_text(o), rows[i].slack, times[k], rows[i].bytes);
			assert_true(strlen(slack_text(o)) < NOTICEFORM_SLACK + 100);
			json_decref(o);
			o = form(CONFIG_FORMAT_TEAMS, "pending",
			    hold_of(command, "why not"), &len);
			count_shown(
			    teams_text(o), rows[i].teams, times[k], rows[i].bytes);
			assert_true(len < 28 * 1024);
			json_decref(o);
		}
}

/* No block begins or ends within an entity or an escaped byte. */
static void
blocks_are_whole(void **state)
{
	static const char *const units[] = { "&", "\n", "\\", "a&", "a\n", "ab\n",
		"abc&", "<a" };

	(void)state;
	for (size_t i = 0; i < ROWS(units); i++) {
		json_t *o = form(CONFIG_FORMAT_SLACK, "pending",
		    hold_of(long_command(units[i], 1900), ""), NULL);
		const json_t *blocks = json_object_get(o, "blocks");

		assert_true(json_array_size(blocks) > 1);
		for (size_t k = 0; k < json_array_size(blocks); k++) {
			const char *s = text_at(
			    json_object_get(json_array_get(blocks, k), "text"), "text");
			size_t n = strlen(s), at = 0;

			while (at < n)
				if (s[at] == '&') {
					assert_non_null(strchr(s + at, ';'));
					at += strcspn(s + at, ";") + 1;
				} else if (s[at] == '\\') {
					assert_true(at + 1 < n);
					at += s[at + 1] == 'x' ? 4 : 2;
					assert_true(at <= n);
				} else
					at++;
			assert_int_equal(strncmp(s, "amp;", 4) == 0, 0);
		}
		json_decref(o);
	}
}

static void
programs_are_told_what_does_not_fit(void **state)
{
	char *command = long_command("\x01", 20000);
	json_t *hold = hold_of(command, "why not"), *o;
	json_int_t more;

	(void)state;
	json_object_set_new(
	    hold, "request", json_string(long_command("request ", 4000)));
	long_command("\x01", 20000);
	o = form(CONFIG_FORMAT_JSON, "pending", hold, NULL);
	hold = json_object_get(o, "hold");
	more = json_integer_value(json_object_get(hold, "command_more_bytes"));
	assert_null(json_object_get(hold, "request"));
	assert_string_equal(
	    json_string_value(json_array_get(json_object_get(hold, "left_out"), 0)),
	    "request");
	assert_true(more > 5000 && more < 15000);
	assert_int_equal(strlen(text_at(hold, "command")) + (size_t)more, 20000);
	json_decref(o);
	/* The command stays whole when leaving out the rest is enough. */
	hold = hold_of(long_command("\xD0\xB0", 5000), "why not");
	json_object_set_new(
	    hold, "request", json_string(long_command("request ", 5000)));
	o = form(CONFIG_FORMAT_JSON, "pending", hold, NULL);
	hold = json_object_get(o, "hold");
	assert_null(json_object_get(hold, "request"));
	assert_null(json_object_get(hold, "command_more_bytes"));
	assert_int_equal(strlen(text_at(hold, "command")), 10000);
	json_decref(o);
}

static void
a_trial_says_so(void **state)
{
	json_t *o;

	(void)state;
	for (int format = 0; format <= CONFIG_FORMAT_TEAMS; format++) {
		o = form((enum config_format)format, "test", NULL, NULL);
		if (format == CONFIG_FORMAT_JSON) {
			assert_string_equal(text_at(o, "event"), "test");
			assert_null(json_object_get(o, "hold"));
			assert_null(json_object_get(o, "why"));
		} else
			want(format == CONFIG_FORMAT_SLACK ? slack_text(o)
							   : teams_text(o),
			    "broker gw: a test, nothing waits for you\n");
		json_decref(o);
	}
}

/* The library's calls are seen, too. */
static void *
take(size_t n)
{
	return malloc(n);
}

static void
give(void *p)
{
	free(p);
}

/* Without memory there is no notice, and never a part of one. */
static void
without_memory_there_is_none(void **state)
{
	json_t *hold = hold_of(long_command("\x01<", 9000), "why not");
	struct noticeform f = { .notice = "0193a5c0f00d0123456789",
		.broker = "gw",
		.event = "pending",
		.by = "alice",
		.reason = "",
		.hold = hold,
		.needs = "" };

	(void)state;
	json_object_set_new(
	    hold, "request", json_string(long_command("request ", 4000)));
	for (int format = 0; format <= CONFIG_FORMAT_TEAMS; format++) {
		char *whole = noticeform_body((enum config_format)format, &f), *got;
		unsigned long n = 1;
		bool failed;

		assert_non_null(whole);
		do {
			scarce_begin(n++);
			got = noticeform_body((enum config_format)format, &f);
			failed = scarce_end();
			if (got != NULL)
				assert_string_equal(got, whole);
			if (!failed)
				assert_non_null(got);
			free(got);
		} while (failed);
		assert_true(n > 40);
		free(whole);
	}
	json_decref(hold);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_get_all_of_it),
		cmocka_unit_test(a_chat_makes_nothing_of_it),
		cmocka_unit_test(people_read_who_what_why_and_what_to_type),
		cmocka_unit_test(what_is_long_goes_on_or_is_counted),
		cmocka_unit_test(blocks_are_whole),
		cmocka_unit_test(programs_are_told_what_does_not_fit),
		cmocka_unit_test(a_trial_says_so),
		cmocka_unit_test(without_memory_there_is_none),
	};

	json_set_alloc_funcs(take, give);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
