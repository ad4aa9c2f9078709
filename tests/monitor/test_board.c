/* Whole screens of the list, drawn by a terminal that knows nothing but what a list may
 * send: any other byte fails the test. */
#include "tests/support/unit.h"

#include "broker/monitor/board.h"

#define NOW 1795000000000ULL

/* A terminal. */
struct glass {
	unsigned columns, rows;
	char cell[BOARD_ROWS_MAX][BOARD_COLUMNS_MAX + 1];
	bool reverse[BOARD_ROWS_MAX][BOARD_COLUMNS_MAX];
};

static void
wipe(struct glass *g)
{
	for (unsigned r = 0; r < g->rows; r++) {
		memset(g->cell[r], ' ', g->columns);
		g->cell[r][g->columns] = '\0';
		memset(g->reverse[r], 0, g->columns);
	}
}

/* One sequence of ours; how long it is. */
static size_t
sequence(struct glass *g, const char *p, unsigned *row, unsigned *column, bool *reverse)
{
	unsigned r, c;
	int n = 0;

	if (strncmp(p, "\033[7m", 4) == 0)
		return *reverse = true, 4;
	if (strncmp(p, "\033[m", 3) == 0)
		return *reverse = false, 3;
	if (strncmp(p, "\033[2J", 4) == 0)
		return wipe(g), 4;
	if (sscanf(p, "\033[%u;%uH%n", &r, &c, &n) == 2 && n > 0) {
		assert_in_range(r, 1, g->rows);
		assert_in_range(c, 1, g->columns);
		*row = r - 1;
		*column = c - 1;
		return (size_t)n;
	}
	fail_msg("a terminal is sent ESC %.10s", p + 1);
	return 0;
}

/* What a frame makes of the glass. */
static void
show(struct glass *g, struct board *b, uint64_t now)
{
	unsigned row = 0, column = 0;
	bool reverse = false;
	struct buf out;
	const char *p;

	buf_init(&out, 1 << 20);
	(void)board_clear(b, &out);
	board_draw(b, now, &out);
	assert_true(buf_ok(&out));
	assert_false(span_has_nul(buf_span(&out)));
	for (p = buf_cstr(&out); *p != '\0';) {
		if (*p == '\033') {
			p += sequence(g, p, &row, &column, &reverse);
			continue;
		}
		if (*p < ' ' || *p > '~')
			fail_msg("a terminal is sent the byte %02x", (uint8_t)*p);
		assert_in_range(column, 0, g->columns - 1);
		g->reverse[row][column] = reverse;
		g->cell[row][column++] = *p++;
	}
	assert_false(reverse);
	buf_clear(&out);
}

static void
assert_row(const struct glass *g, unsigned row, const char *text)
{
	char want[BOARD_COLUMNS_MAX + 1];

	snprintf(want, sizeof want, "%-*s", (int)g->columns, text);
	assert_string_equal(g->cell[row], want);
}

static void
assert_reverse(const struct glass *g, unsigned row, bool want)
{
	for (unsigned c = 0; c < g->columns; c++)
		assert_int_equal(g->reverse[row][c], want);
}

static const struct board_line three[] = {
	{ "7F3K-Q2MX", "ci", "aws s3 rm s3://prod-logs/key", NOW + 840000, 0, 1 },
	{ "2222-3333", "deployer", "aws ec2 stop-instances", NOW + 59000, 1, 2 },
	{ "4444-5555", "bot", "aws iam delete-role --role-name x", NOW + 10800000, 0,
	    1 },
};

static struct board *
make(struct glass *g, unsigned columns, unsigned rows, const struct board_line *lines,
    size_t n)
{
	struct board *b = NULL;

	assert_int_equal(board_new("alice", &b, NULL), RC_OK);
	board_resize(b, columns, rows);
	assert_int_equal(board_fill(b, lines, n, NULL), RC_OK);
	*g = (struct glass){ .columns = columns, .rows = rows };
	wipe(g);
	return b;
}

/* Type all of it; the last act that came of it. */
static struct board_act
type(struct board *b, const char *keys)
{
	struct span left = span_of(keys);
	struct board_act act, last = { .want = BOARD_NOTHING };

	do {
		board_type(b, &left, &act);
		if (act.want != BOARD_NOTHING)
			last = act;
	} while (left.len > 0);
	return last;
}

#define assert_type(b, keys, what) assert_int_equal(type(b, keys).want, what)

static void
a_whole_screen(void **state)
{
	struct glass g;
	struct board *b = make(&g, 72, 8, three, 3);

	(void)state;
	show(&g, b, NOW);
	assert_row(&g, 0,
	    " 3 wait for approval                                              alice");
	assert_row(
	    &g, 1, "> 7F3K-Q2MX   14m 0/1 ci           aws s3 rm s3://prod-logs/key");
	assert_row(&g, 2, "  2222-3333   59s 1/2 deployer     aws ec2 stop-instances");
	assert_row(&g, 3,
	    "  4444-5555    3h 0/1 bot          aws iam delete-role --role-name x");
	assert_row(&g, 4, "");
	assert_row(&g, 5, "");
	assert_row(&g, 6, "");
	assert_row(&g, 7, "arrows  Enter: details  a: approve  d: deny  q: leave");
	assert_reverse(&g, 0, true);
	assert_reverse(&g, 1, true);
	assert_reverse(&g, 2, false);
	assert_reverse(&g, 7, false);
	/* Time goes on. */
	show(&g, b, NOW + 60000);
	assert_row(&g, 2, "  2222-3333    0s 1/2 deployer     aws ec2 stop-instances");
	board_free(b);
}

static void
a_small_screen(void **state)
{
	struct glass g;
	struct board *b = make(&g, 20, 5, three, 3);

	(void)state;
	show(&g, b, NOW);
	assert_row(&g, 0, " 3 wait for approval");
	assert_row(&g, 1, "> 7F3K-Q2MX   14m 0>");
	assert_row(&g, 3, "  4444-5555    3h 0>");
	assert_row(&g, 4, "arrows  Enter: detai");
	/* A question is shown whole, the list gives way; what is chosen stays in sight. */
	type(b, "G");
	type(b, "a");
	show(&g, b, NOW);
	assert_row(&g, 1, "> 4444-5555    3h 0>");
	assert_row(&g, 2, "approve 4444-5555? y");
	assert_row(&g, 3, ": yes, any other key");
	assert_row(&g, 4, ": no");
	/* What one types is seen as one types it. */
	type(b, "n");
	type(b, "d");
	type(b, "0123456789012345678901234567890123456789 the end");
	show(&g, b, NOW);
	assert_non_null(strstr(g.cell[4], "the end_"));
	board_free(b);
}

/* Any size that a terminal can say it has. */
static void
sizes(void **state)
{
	static const unsigned rows[][2] = { { 1, 1 }, { 1, 50 }, { 2, 2 }, { 80, 1 },
		{ 80, 2 }, { 80, 3 }, { 3, 3 }, { BOARD_COLUMNS_MAX, BOARD_ROWS_MAX } };
	static struct glass g;

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		struct board *b = make(&g, rows[i][0], rows[i][1], three, 3);

		show(&g, b, NOW);
		type(b, "G");
		show(&g, b, NOW);
		type(b, "a");
		show(&g, b, NOW);
		/* No question that cannot be seen, be it only its beginning. */
		assert_int_equal(g.cell[g.rows - 1][0] != ' ' ||
				     strchr(g.cell[g.rows - 2], 'a') != NULL,
		    true);
		type(b, "n");
		type(b, "\r");
		board_details(b, "4444-5555", span_of("one\ntwo two two two\n"));
		show(&g, b, NOW);
		type(b, " G");
		show(&g, b, NOW);
		board_free(b);
	}
	/* Sizes from nowhere. */
	{
		struct board *b = make(&g, 80, 24, three, 3);

		board_resize(b, 0, 0);
		show(&g, b, NOW);
		g.columns = BOARD_COLUMNS_MAX;
		g.rows = BOARD_ROWS_MAX;
		board_resize(b, 0xffffffff, 0xffffffff);
		show(&g, b, NOW);
		board_free(b);
	}
}

/* A frame sets every cell, so that nothing of what was there before stays. */
static void
nothing_stays_behind(void **state)
{
	struct glass g;
	struct board *b = make(&g, 40, 6, three, 3);

	(void)state;
	show(&g, b, NOW);
	for (unsigned r = 0; r < g.rows; r++)
		memset(g.cell[r], '#', g.columns);
	show(&g, b, NOW);
	for (unsigned r = 0; r < g.rows; r++)
		assert_null(strchr(g.cell[r], '#'));
	board_free(b);
}

static void
hostile_texts_are_inert(void **state)
{
	static const char *const texts[] = { "\033[2J\033]0;owned\007\033P+q\033\\",
		"\r\nforged line\r\n", "\x9b\x31;1H \x80\x9d",
		"a\xe2\x80\xae b \xe2\x81\xa6 c", "\x7f\x08\x08", "\xff\xfe not utf-8",
		"p\xd0\xb0ypal", "\033", "\\x1B" };
	struct board_line l = { "7F3K-Q2MX", NULL, NULL, NOW, 0, 1 };
	char words[40000];
	struct glass g;

	(void)state;
	for (size_t i = 0; i < ROWS(texts); i++) {
		struct board *b = NULL;

		l.who = l.text = texts[i];
		b = make(&g, 80, 24, &l, 1);
		show(&g, b, NOW);
		board_say(b, span_of(texts[i]));
		show(&g, b, NOW);
		assert_type(b, "\r", BOARD_DETAILS);
		board_details(b, "7F3K-Q2MX", span_of(texts[i]));
		show(&g, b, NOW);
		type(b, "d");
		type(b, texts[i]);
		show(&g, b, NOW);
		board_free(b);
	}
	/* 4,000 words. */
	for (size_t n = 0; n < 4000; n++)
		memcpy(words + 10 * n, "word\033[7mx ", 10);
	words[sizeof words - 1] = '\0';
	l.who = "ci";
	l.text = words;
	{
		struct board *b = make(&g, 80, 24, &l, 1);
		size_t rows = 0, last = 0;

		show(&g, b, NOW);
		assert_row(&g, 1,
		    "> 7F3K-Q2MX    0s 0/1 ci           word\\x1B[7mx word\\x1B[7mx "
		    "word\\x1B[7mx word\\>");
		type(b, "\r");
		board_details(b, "7F3K-Q2MX", span_of(words));
		show(&g, b, NOW);
		assert_row(&g, 1,
		    "word\\x1B[7mx word\\x1B[7mx word\\x1B[7mx word\\x1B[7mx "
		    "word\\x1B[7mx word\\x1B[7mx wo");
		/* Whole: one can see its end. */
		type(b, "G");
		show(&g, b, NOW);
		assert_int_equal(sscanf(strstr(g.cell[0], "rows "),
				     "rows %zu to %zu of", &rows, &last),
		    2);
		assert_int_equal(last, (4000 * 13 - 1 + 79) / 80);
		board_free(b);
	}
}

static void
keys_move(void **state)
{
	static const struct {
		const char *keys;
		unsigned row; /* of the chosen one */
	} rows[] = {
		{ "", 1 },
		{ "j", 2 },
		{ "\033[B", 3 },
		{ "\033OB", 3 },
		{ "k", 2 },
		{ "\033[A", 1 },
		{ "\033OA", 1 },
		{ "\033[6~", 3 },
		{ "\033[5~", 1 },
		{ "G", 3 },
		{ "g", 1 },
		{ "\033[F", 3 },
		{ "\033[1~", 1 },
		{ " ", 3 },
		{ "b", 1 },
		/* In pieces, unknown ones, and ones that are no keys at all. */
		{ "\033", 1 },
		{ "[", 1 },
		{ "B", 2 },
		{ "\033[1;5B", 2 },
		{ "\033[999999999999999999999999999999a", 2 },
		{ "\033[?25h\033]0;x\007", 2 },
		{ "\xff\x80zZ?%", 2 },
		{ "\033\033[B", 3 },
	};
	struct glass g;
	struct board *b = make(&g, 72, 8, three, 3);

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		assert_type(b, rows[i].keys, BOARD_NOTHING);
		show(&g, b, NOW);
		for (unsigned r = 1; r <= 3; r++)
			if ((g.cell[r][0] == '>') != (r == rows[i].row))
				fail_msg("key %zu: row %u", i, r);
	}
	assert_type(b, "q", BOARD_LEAVE);
	assert_type(b, "\003", BOARD_LEAVE);
	board_free(b);
}

/* A list that moves under a finger. */
static void
the_chosen_one_stays_chosen(void **state)
{
	struct board_line lines[4];
	struct glass g;
	struct board *b = make(&g, 72, 8, three, 3);

	(void)state;
	type(b, "j");
	/* One comes before it. */
	lines[0] = (struct board_line){ "9999-9999", "x", "new", NOW, 0, 1 };
	memcpy(lines + 1, three, sizeof three);
	assert_int_equal(board_fill(b, lines, 4, NULL), RC_OK);
	show(&g, b, NOW);
	assert_int_equal(g.cell[3][0], '>');
	assert_string_equal(type(b, "\r").id, "2222-3333");
	type(b, "h");
	/* One before it goes. */
	assert_int_equal(board_fill(b, three + 1, 2, NULL), RC_OK);
	show(&g, b, NOW);
	assert_int_equal(g.cell[1][0], '>');
	/* It goes itself: its neighbour is chosen, but nothing is asked about that. */
	type(b, "a");
	show(&g, b, NOW);
	assert_row(&g, 7, "approve 2222-3333? y: yes, any other key: no");
	assert_int_equal(board_fill(b, three + 2, 1, NULL), RC_OK);
	show(&g, b, NOW);
	assert_row(&g, 7, "2222-3333 is no longer pending");
	assert_type(b, "y", BOARD_NOTHING);
	/* All go. */
	assert_int_equal(board_fill(b, NULL, 0, NULL), RC_OK);
	show(&g, b, NOW);
	assert_row(&g, 1, "  nothing waits for approval");
	for (const char *k = "a\rdyjkG \033[5~"; *k != '\0'; k++)
		assert_type(b, ((char[]){ *k, '\0' }), BOARD_NOTHING);
	show(&g, b, NOW);
	board_free(b);
}

static void
approving_takes_two_keys(void **state)
{
	struct glass g;
	struct board *b = make(&g, 72, 8, three, 3);
	struct board_act act;

	(void)state;
	type(b, "a");
	act = type(b, "y");
	assert_int_equal(act.want, BOARD_APPROVE);
	assert_string_equal(act.id, "7F3K-Q2MX");
	/* Pasted, or typed ahead: nobody has seen the question. */
	assert_type(b, "okay", BOARD_NOTHING);
	assert_type(b, "n", BOARD_NOTHING);
	assert_type(b, "ayyyy\ry", BOARD_NOTHING);
	/* Anything else is a no. */
	type(b, "\003");
	for (const char *k = "Y \rqna1\t"; *k != '\0'; k++) {
		type(b, "a");
		assert_type(b, ((char[]){ *k, '\0' }), BOARD_NOTHING);
		show(&g, b, NOW);
		assert_row(&g, 7, "not approved");
		assert_type(b, "y", BOARD_NOTHING);
	}
	type(b, "a");
	assert_type(b, "\033[A", BOARD_NOTHING);
	assert_type(b, "y", BOARD_NOTHING);
	type(b, "a");
	assert_type(b, "\033", BOARD_NOTHING);
	assert_type(b, "y", BOARD_NOTHING);
	board_free(b);
}

static void
denying_takes_a_reason(void **state)
{
	char most[300];
	struct glass g;
	struct board *b = make(&g, 72, 8, three, 3);
	struct board_act act;

	(void)state;
	type(b, "jd");
	show(&g, b, NOW);
	assert_row(&g, 7, "deny 2222-3333, reason: _");
	/* None is none. */
	assert_type(b, "\r", BOARD_NOTHING);
	/* Letters are letters here. */
	assert_type(b, "quit and y\xc3\xbc", BOARD_NOTHING);
	show(&g, b, NOW);
	assert_row(&g, 7, "deny 2222-3333, reason: quit and y\\xC3\\xBC_");
	act = type(b, "\x7f\x7f"
		      "a\r");
	assert_int_equal(act.want, BOARD_DENY);
	assert_string_equal(act.id, "2222-3333");
	assert_string_equal(act.reason, "quit and a");
	/* Begun and left. */
	type(b, "dsome\x15");
	assert_type(b, "\r", BOARD_NOTHING);
	assert_type(b, "\x7f\x7fx\003", BOARD_NOTHING);
	assert_type(b, "\r", BOARD_DETAILS);
	type(b, "h");
	type(b, "dwhy\033");
	show(&g, b, NOW);
	assert_row(&g, 7, "arrows  Enter: details  a: approve  d: deny  q: leave");
	type(b, "[A");
	/* What is too long is not taken. */
	memset(most, 'x', sizeof most);
	most[299] = '\0';
	type(b, "d");
	type(b, most);
	show(&g, b, NOW);
	act = type(b, "\r");
	assert_int_equal(strlen(act.reason), BOARD_REASON);
	board_free(b);
}

static void
details_scroll(void **state)
{
	struct glass g;
	struct board *b = make(&g, 30, 6, three, 3);
	struct board_act act = type(b, "\033[C");

	(void)state;
	assert_int_equal(act.want, BOARD_DETAILS);
	assert_string_equal(act.id, "7F3K-Q2MX");
	assert_string_equal(board_detailed(b), "7F3K-Q2MX");
	/* An answer about another one came late. */
	board_details(b, "2222-3333", span_of("wrong"));
	show(&g, b, NOW);
	assert_row(&g, 1, "");
	board_details(b, "7F3K-Q2MX",
	    span_of("1\n2\n3 is longer than the terminal has columns\n4\n\n6\n"));
	show(&g, b, NOW);
	assert_row(&g, 0, " 7F3K-Q2MX, rows 1 to 4 of 7");
	assert_row(&g, 1, "1");
	assert_row(&g, 3, "3 is longer than the terminal ");
	assert_row(&g, 4, "has columns");
	type(b, "j");
	show(&g, b, NOW);
	assert_row(&g, 1, "2");
	type(b, "G");
	show(&g, b, NOW);
	assert_row(&g, 4, "6");
	type(b, "g");
	show(&g, b, NOW);
	assert_row(&g, 1, "1");
	/* Another size, and the end is still in sight. */
	type(b, "G");
	g.columns = 60;
	g.rows = 5;
	board_resize(b, 60, 5);
	show(&g, b, NOW);
	assert_row(&g, 1, "4");
	assert_row(&g, 3, "6");
	/* The keys are about this one, whatever the list does. */
	type(b, "a");
	act = type(b, "y");
	assert_int_equal(act.want, BOARD_APPROVE);
	assert_string_equal(act.id, "7F3K-Q2MX");
	assert_int_equal(board_fill(b, three + 1, 2, NULL), RC_OK);
	type(b, "a");
	show(&g, b, NOW);
	assert_row(&g, 4, "7F3K-Q2MX is no longer pending");
	assert_type(b, "y", BOARD_NOTHING);
	type(b, "\033[D");
	assert_null(board_detailed(b));
	show(&g, b, NOW);
	assert_int_equal(g.cell[1][0], '>');
	board_free(b);
}

static void
two_thousand(void **state)
{
	static char ids[2000][10];
	static struct board_line lines[2000];
	struct glass g;
	struct board *b;
	struct buf out;

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		snprintf(ids[i], sizeof ids[i], "2222-%04u", i);
		lines[i] = (struct board_line){ ids[i], "ci", "aws s3 ls", NOW, 0, 1 };
	}
	b = make(&g, 80, 24, lines, 2000);
	type(b, "\033[6~\033[6~");
	show(&g, b, NOW);
	assert_non_null(strstr(g.cell[0], " 2000 wait for approval"));
	assert_true(strncmp(g.cell[22], "> 2222-0042 ", 12) == 0);
	type(b, "G");
	show(&g, b, NOW);
	assert_true(strncmp(g.cell[22], "> 2222-1999 ", 12) == 0);
	assert_true(strncmp(g.cell[1], "  2222-1978 ", 12) == 0);
	/* A frame is no longer for that. */
	buf_init(&out, 1 << 20);
	board_draw(b, NOW, &out);
	assert_in_range(out.len, 80 * 24, 80 * 24 + 400);
	buf_clear(&out);
	board_free(b);
}

static void
a_terminal_is_given_back(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 100);
	board_begin(&out);
	assert_string_equal(buf_cstr(&out), "\033[?1049h\033[?25l");
	buf_reset(&out);
	board_end(&out);
	assert_string_equal(buf_cstr(&out), "\033[?25h\033[?1049l");
	buf_clear(&out);
	board_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_screen),
		cmocka_unit_test(a_small_screen),
		cmocka_unit_test(sizes),
		cmocka_unit_test(nothing_stays_behind),
		cmocka_unit_test(hostile_texts_are_inert),
		cmocka_unit_test(keys_move),
		cmocka_unit_test(the_chosen_one_stays_chosen),
		cmocka_unit_test(approving_takes_two_keys),
		cmocka_unit_test(denying_takes_a_reason),
		cmocka_unit_test(details_scroll),
		cmocka_unit_test(two_thousand),
		cmocka_unit_test(a_terminal_is_given_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
