#include "tests/support/unit.h"

#include <unistd.h>

#include "recorder/cast.h"
#include "replay/find.h"
#include "replay/sieve.h"
#include "tests/replay/plain.h"

#define EVENTS 120

/* Much of it plain, some of it what a needle can be hidden in. */
static const char *const parts[] = { "a line of text\n", "another one\n", "nee", "dle",
	"\x1b[31m", "\x1b[0m", "x\n",
	"m\xc3\xa9"
	"dia\n",
	"n", "e\n", "a longer line that passes the margin of the screen for sure\n",
	"\xe4\xbd\xa0\n" };
static const char *const others[] = { "\b", "\r", "\t", "\x1b[A", "\x1b[5A", "\x1b[H",
	"\x1b[2J", "\x1b[?1049h", "\x1b[?1049l", "\x1b[3;1H", "\x1b[1P", "\x1b[4h",
	"\x1b[4l", "\x1b[K", "\x1b[?7l", "\x1b[2;4r", "\x1b(0", "\x1b(B",
	"\xe2\x80\x8b", "\x1b[3L", "\x1b[2T",
	"\x1b"
	"c",
	"\x1b[?7h", "\x1b[10C", "\x1b]0;title\a", "needle", "needle\n" };

static unsigned
draw_lot(uint32_t *x, unsigned n)
{
	*x = *x * 1664525 + 1013904223;
	return (*x >> 8) % n;
}

/* LF as it is, or as a terminal's driver makes it. */
static void
add(struct buf *b, const char *text, bool paired)
{
	for (; *text != '\0'; text++) {
		if (*text == '\n' && paired)
			buf_u8(b, '\r');
		buf_u8(b, (uint8_t)*text);
	}
}

/* An event; and what is left of its end, cut anywhere but within a character. */
static void
fill(struct buf *b, uint32_t *lot, uint32_t seed, struct buf *left)
{
	size_t n;

	buf_reset(b);
	buf_span_put(b, buf_span(left));
	buf_reset(left);
	for (uint32_t i = draw_lot(lot, 12); i > 0; i--)
		add(b, parts[draw_lot(lot, seed % 3 ? ROWS(parts) : 2)], seed & 1);
	if (draw_lot(lot, seed & 2 ? 12 : 60) == 0)
		add(b, others[draw_lot(lot, ROWS(others))], seed & 1);
	n = b->len - draw_lot(lot, b->len < 4 ? 1 : 4);
	while (n > 0 && n < b->len && (b->p[n] & 0xC0) == 0x80)
		n--;
	buf_put(left, b->p + n, b->len - n);
	b->len = n;
}

static void
make_cast(uint32_t seed, struct buf *cast)
{
	uint32_t lot = seed;
	struct buf event, left;

	buf_init(&event, 1 << 16);
	buf_init(&left, 1 << 16);
	buf_printf(cast, "{\"version\": 2, \"width\": %u, \"height\": %u}\n",
	    8 + draw_lot(&lot, 40), 2 + draw_lot(&lot, 6));
	for (unsigned i = 0; i < EVENTS; i++) {
		fill(&event, &lot, seed, &left);
		cast_event_put(cast, i * 1000, 'o', buf_span(&event));
		if (draw_lot(&lot, 40) == 0)
			cast_event_put(cast, i * 1000, 'r',
			    span_of(draw_lot(&lot, 2) ? "12x3" : "60x9"));
	}
	buf_clear(&event);
	buf_clear(&left);
}

static uint64_t
find(const char *what, struct buf *cast, char **text)
{
	struct find_init init = { .context = 2 };
	struct needle *p;
	uint64_t found = 0;
	size_t len;
	int fd;
	struct source *s = plain_source(buf_cstr(cast), cast->len, &fd);
	FILE *f = open_memstream(text, &len);
	struct err err = { "" };

	assert_int_equal(needle_new(what, false, &p, &err), RC_OK);
	init.pattern = p;
	if (find_run(s, &init, f, &found, &err) != RC_OK)
		fail_msg("%s", err.text);
	fclose(f);
	needle_free(p);
	source_close(s);
	close(fd);
	return found;
}

/* What looks at a line's begin has all drawn: nothing else may be told without. */
static void
what_is_left_out_is_not_missed(void **state)
{
	uint64_t found = 0;

	(void)state;
	for (uint32_t seed = 1; seed <= 600; seed++) {
		struct buf cast;
		char *all, *less, *again;

		buf_init(&cast, 1 << 22);
		make_cast(seed, &cast);
		found += find("/^.*needle/", &cast, &all);
		find("needle", &cast, &less);
		find("/nee[d]le/", &cast, &again);
		if (strcmp(all, less) != 0)
			fail_msg("seed %u: '%s' and not '%s'", seed, less, all);
		assert_string_equal(all, again);
		free(all);
		free(less);
		free(again);
		buf_clear(&cast);
	}
	assert_true(found > 1000);
}

/* Plain output over what stood there before: together they match. */
static void
what_stood_there_counts(void **state)
{
	static const char *const events[] = { "a\nb\n   dle\n", "\x1b[H", "x\n", "y\n",
		"nee" };
	struct buf cast;
	char *text;

	(void)state;
	buf_init(&cast, 4096);
	buf_text(&cast, "{\"version\": 2, \"width\": 20, \"height\": 6}\n");
	for (size_t i = 0; i < ROWS(events); i++)
		cast_event_put(&cast, i, 'o', span_of(events[i]));
	assert_int_equal(find("needle", &cast, &text), 1);
	free(text);
	buf_clear(&cast);
}

static struct sieve *
begin(const char *what, struct needle **p)
{
	struct sieve *s = NULL;

	assert_int_equal(needle_new(what, false, p, NULL), RC_OK);
	assert_int_equal(sieve_new(*p, &s, NULL), RC_OK);
	return s;
}

static size_t
drawn(const char *what, const char *line)
{
	struct needle *p;
	struct sieve *s = begin(what, &p);
	struct buf out;
	size_t n;

	buf_init(&out, 1 << 24);
	for (unsigned i = 0; i < 20000; i++)
		sieve_put(s, span_of(line), 10, &out);
	sieve_end(s, 10, &out);
	assert_true(buf_ok(&out));
	n = out.len;
	sieve_free(s);
	needle_free(p);
	buf_clear(&out);
	return n;
}

static void
most_is_left_out(void **state)
{
	static const char *const lines[] = { "plain and long\n", "plain and long\r\n",
		"\x1b[32mplain\x1b[0m and long\n",
		"m\xc3\xa9"
		"dia and long\n" };

	(void)state;
	for (size_t i = 0; i < ROWS(lines); i++) {
		assert_in_range(drawn("needle", lines[i]), 1, 100 * strlen(lines[i]));
		assert_int_equal(drawn("and", lines[i]), 20000 * strlen(lines[i]));
		assert_int_equal(
		    drawn("/^needle/", lines[i]), 20000 * strlen(lines[i]));
	}
	sieve_free(NULL);
}

/* A line without an end, and lines that are all colours, wait within bounds. */
static void
what_waits_is_bounded(void **state)
{
	(void)state;
	assert_int_equal(drawn("needle", "no end at all "), 20000 * 14);
	assert_in_range(drawn("needle", "\x1b[1m\n"), 1, 20000 * 5 + 65536);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_left_out_is_not_missed),
		cmocka_unit_test(what_stood_there_counts),
		cmocka_unit_test(most_is_left_out),
		cmocka_unit_test(what_waits_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
