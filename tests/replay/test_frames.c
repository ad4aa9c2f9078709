#include "tests/support/unit.h"

#include <zlib.h>

#include "recorder/b64.h"
#include "replay/frames.h"

#define MOST (1u << 20)

struct world {
	struct terminal *t;
	struct bale *bale;
	struct frames *frames;
	FILE *f;
	char *text;
	size_t len;
};

static void
open_it(struct world *w)
{
	static const struct terminal_on quiet = { 0 };

	w->f = open_memstream(&w->text, &w->len);
	assert_non_null(w->f);
	assert_int_equal(terminal_new(20, 3, &quiet, &w->t, NULL), RC_OK);
	assert_int_equal(bale_new(w->f, &w->bale, NULL), RC_OK);
	assert_int_equal(frames_new(w->bale, &w->frames, NULL), RC_OK);
}

static void
show(struct world *w, const char *text, uint64_t us)
{
	assert_int_equal(terminal_put(w->t, span_of(text), NULL), RC_OK);
	assert_int_equal(frames_take(w->frames, w->t, us, NULL), RC_OK);
}

static uint64_t
number(struct cur *c)
{
	uint64_t v = 0;
	unsigned shift = 0;
	uint8_t byte;

	do {
		byte = cur_u8(c);
		v |= (uint64_t)(byte & 127) << shift;
		shift += 7;
	} while (byte & 128);
	return v;
}

static void
say_row(struct cur *c, struct buf *out)
{
	buf_text(out, number(c) ? "row+" : "row");
	for (uint64_t n = number(c); n > 0; n--) {
		uint64_t fg = number(c), bg = number(c), attributes = number(c);
		struct span text = cur_bytes(c, number(c));

		buf_printf(out, " %u/%u/%u:", (unsigned)fg, (unsigned)bg,
		    (unsigned)attributes);
		buf_span_put(out, text);
	}
	buf_u8(out, '\n');
}

static void
say_frame(struct cur *c, struct buf *out)
{
	unsigned ms = (unsigned)number(c), flags = (unsigned)number(c);
	unsigned row, column;

	buf_printf(out, "frame +%u", ms);
	if (flags & FRAMES_SIZE) {
		unsigned columns = (unsigned)number(c);

		buf_printf(out, " %ux%u", columns, (unsigned)number(c));
	}
	buf_text(out, flags & FRAMES_ALTERNATE ? " other" : "");
	row = (unsigned)number(c);
	column = (unsigned)number(c);
	if (flags & FRAMES_CURSOR)
		buf_printf(out, " @%u,%u", row, column);
	for (uint64_t n = number(c); n > 0; n--) {
		unsigned place = (unsigned)number(c);

		buf_printf(out, " %u=%u", place, (unsigned)number(c));
	}
	buf_u8(out, '\n');
}

/* End, unpack, read the records and compare. */
static void
close_it(struct world *w, const char *want)
{
	static uint8_t raw[MOST];
	uLongf size = MOST;
	struct buf packed, out;
	struct cur c;

	assert_int_equal(bale_end(w->bale, NULL), RC_OK);
	fclose(w->f);
	buf_init(&packed, MOST);
	buf_init(&out, MOST);
	assert_true(b64_read(&packed, span_make(w->text, w->len)));
	assert_int_equal(uncompress(raw, &size, packed.p, packed.len), Z_OK);
	cur_init(&c, span_make(raw, size));
	while (c.left > 0 && !c.bad) {
		uint64_t kind = number(&c);

		if (kind == FRAMES_ROW)
			say_row(&c, &out);
		else if (kind == FRAMES_FRAME)
			say_frame(&c, &out);
		else if (kind == FRAMES_PASSED)
			buf_printf(&out, "passed %u\n", (unsigned)number(&c));
		else
			fail_msg("record %u", (unsigned)kind);
	}
	assert_true(cur_done(&c));
	if (strcmp(buf_cstr(&out), want) != 0)
		fail_msg("\n%s\nis not\n%s", buf_cstr(&out), want);
	buf_clear(&packed);
	buf_clear(&out);
	frames_free(w->frames);
	bale_free(w->bale);
	terminal_free(w->t);
	free(w->text);
}

static void
only_what_changes_is_written(void **state)
{
	struct world w;

	(void)state;
	open_it(&w);
	show(&w, "", 0);
	show(&w, "one\r\n", 1500000);
	show(&w, "", 1600000);
	show(&w, "one\r\ntwo", 2000999);
	/* It scrolls: rows that were there are numbers. */
	show(&w, "\r\n", 2000999);
	show(&w, "\033[H\033[J", 1000);
	assert_int_equal(frames_count(w.frames), 5);
	close_it(&w, "frame +0 20x3 @0,0\n"
		     "row 0/0/0:one\nframe +1500 @1,0 0=1\n"
		     "row 0/0/0:two\nframe +500 @2,3 1=1 2=2\n"
		     "frame +0 @2,0 1=2 2=0\n"
		     "frame +0 @0,0 0=0 1=0\n");
}

static void
rows_are_runs_of_a_style(void **state)
{
	struct world w;

	(void)state;
	open_it(&w);
	show(&w, "a\033[31mb\033[1;44mc\033[0m d\033[7m \033[0m  \r\n", 0);
	show(&w, "x\xE4\xB8\x96\xE4\xB8\x96y\xE2\x82\xAC\xE2\x94\x80", 0);
	show(&w, "\033[?25l\033[?1049h0123456789012345678901", 0);
	close_it(&w,
	    "row 0/0/0:a 2/0/0:b 2/5/1:c 0/0/0: d 0/0/16: \nframe +0 20x3 @1,0 0=1\n"
	    "row 0/0/0:x 0/0/128:\xE4\xB8\x96 0/0/128:\xE4\xB8\x96 0/0/0:y "
	    "0/0/64:\xE2\x82\xAC 0/0/0:\xE2\x94\x80\nframe +0 @1,8 1=2\n"
	    "row+ 0/0/0:        012345678901\nrow 0/0/0:2345678901\n"
	    "frame +0 20x3 other @2,10 1=3 2=4\n");
}

static void
passed_lines_are_rows(void **state)
{
	struct world w;

	(void)state;
	open_it(&w);
	assert_int_equal(frames_pass(w.frames, span_of("gone"), NULL), RC_OK);
	assert_int_equal(frames_pass(w.frames, span_of(""), NULL), RC_OK);
	assert_int_equal(frames_pass(w.frames, span_of("gone"), NULL), RC_OK);
	show(&w, "gone", 0);
	close_it(&w, "row 0/0/0:gone\npassed 1\npassed 1\nframe +0 20x3 @0,4 0=1\n");
}

static void
more_rows_than_are_kept(void **state)
{
	struct world w;
	char text[40];

	(void)state;
	open_it(&w);
	for (int i = 0; i < 200000; i++) {
		snprintf(text, sizeof text, "line %d", i);
		assert_int_equal(frames_pass(w.frames, span_of(text), NULL), RC_OK);
	}
	assert_true(bale_raw(w.bale) > 200000 * 10);
	frames_free(w.frames);
	bale_free(w.bale);
	terminal_free(w.t);
	fclose(w.f);
	free(w.text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_changes_is_written),
		cmocka_unit_test(rows_are_runs_of_a_style),
		cmocka_unit_test(passed_lines_are_rows),
		cmocka_unit_test(more_rows_than_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
