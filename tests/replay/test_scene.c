#include "tests/support/unit.h"

#include <unistd.h>

#include "replay/scene.h"
#include "tests/replay/plain.h"

#define HEAD                                                                           \
	"{\"version\": 2, \"width\": 20, \"height\": 5, \"timestamp\": 1795167217}\n"

static const struct terminal_on quiet = { 0 };

struct world {
	int fd;
	struct source *source;
	struct scene *scene;
};

static void
open_it(struct world *w, const char *cast)
{
	struct err err;

	err_clear(&err);
	w->source = plain_source(cast, strlen(cast), &w->fd);
	if (scene_open(w->source, &quiet, &w->scene, &err) != RC_OK)
		fail_msg("%s", err.text);
}

static void
close_it(struct world *w)
{
	scene_close(w->scene);
	source_close(w->source);
	close(w->fd);
}

static void
next(struct world *w, char code)
{
	struct event e;
	struct err err;

	err_clear(&err);
	if (scene_next(w->scene, &e, &err) != RC_OK)
		fail_msg("%s", err.text);
	assert_int_equal(e.code, code);
	event_clear(&e);
}

static void
shows(struct world *w, const char *want)
{
	struct buf text;

	buf_init(&text, 1 << 16);
	terminal_text(scene_terminal(w->scene), &text);
	assert_string_equal(buf_cstr(&text), want);
	buf_clear(&text);
}

static void
events_are_drawn_as_they_come(void **state)
{
	struct world w;
	struct event e;

	(void)state;
	open_it(&w, HEAD "[0.5, \"o\", \"one\"]\n[1.25, \"r\", \"30x4\"]\n"
			 "[2, \"o\", \" two\"]\n");
	assert_int_equal(scene_start_ms(w.scene), 1795167217000);
	next(&w, 'o');
	assert_int_equal(scene_us(w.scene), 500000);
	shows(&w, "one\n");
	next(&w, 'r');
	assert_int_equal(scene_us(w.scene), 1250000);
	assert_int_equal(scene_skip(w.scene, &e, NULL), RC_OK);
	shows(&w, "one\n");
	assert_int_equal(scene_draw(w.scene, &e, NULL), RC_OK);
	event_clear(&e);
	shows(&w, "one two\n");
	assert_int_equal(pane_columns(terminal_pane(scene_terminal(w.scene))), 30);
	assert_int_equal(scene_next(w.scene, &e, NULL), RC_END);
	close_it(&w);
}

static void
version_3_counts_intervals(void **state)
{
	struct world w;

	(void)state;
	open_it(&w, "{\"version\":3,\"term\":{\"cols\":7,\"rows\":3}}\n# a remark\n\n"
		    "[0.5, \"o\", \"a\"]\n[0.5, \"o\", \"b\"]\n");
	assert_int_equal(pane_columns(terminal_pane(scene_terminal(w.scene))), 7);
	next(&w, 'o');
	next(&w, 'o');
	assert_int_equal(scene_us(w.scene), 1000000);
	shows(&w, "ab\n");
	close_it(&w);
}

static void
commands_are_named(void **state)
{
	struct world w;

	(void)state;
	open_it(&w,
	    HEAD "[0, \"m\", \"approved by bob\"]\n"
		 "[1, \"B\", \"{\\\"t\\\":\\\"command\\\",\\\"command\\\":\\\"ls "
		 "\\\\u001b\\\"}\"]\n"
		 "[2, \"m\", \"cmd: uptime\"]\n[3, \"m\", \"denied: rm\"]\n"
		 "[4, \"B\", \"no JSON\"]\n[5, \"B\", \"{\\\"t\\\":7}\"]\n");
	next(&w, 'm');
	assert_int_equal(scene_command(w.scene).len, 0);
	next(&w, 'B');
	assert_true(span_is(scene_command(w.scene), "ls \\x1B"));
	next(&w, 'm');
	assert_true(span_is(scene_command(w.scene), "uptime"));
	next(&w, 'm');
	next(&w, 'B');
	next(&w, 'B');
	assert_true(span_is(scene_command(w.scene), "uptime"));
	close_it(&w);
}

static void
false_sizes_change_nothing(void **state)
{
	struct world w;

	(void)state;
	open_it(&w, HEAD "[0, \"r\", \"0x0\"]\n[0, \"r\", \"99999x2\"]\n"
			 "[0, \"r\", \"x\"]\n[0, \"r\", \"10\"]\n[0, \"o\", \"x\"]\n");
	for (int i = 0; i < 4; i++)
		next(&w, 'r');
	next(&w, 'o');
	assert_int_equal(pane_columns(terminal_pane(scene_terminal(w.scene))), 20);
	assert_int_equal(pane_rows(terminal_pane(scene_terminal(w.scene))), 5);
	close_it(&w);
}

static void
what_is_no_recording_is_refused(void **state)
{
	static const char *const rows[] = {
		"{\"version\":2,\"width\":80,\"height\":24}\nx\n",
		"{\"version\":2,\"width\":80,\"height\":24}\n[-1,\"o\",\"\"]\n"
	};

	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++) {
		int fd;
		struct source *s = plain_source(rows[i], strlen(rows[i]), &fd);
		struct scene *scene = NULL;
		struct event e;
		struct err err;
		enum rc rc;

		err_clear(&err);
		if ((rc = scene_open(s, &quiet, &scene, &err)) == RC_OK)
			rc = scene_next(scene, &e, &err);
		assert_int_equal(rc, RC_REFUSE);
		assert_true(err.text[0] != '\0');
		scene_close(scene);
		source_close(s);
		close(fd);
	}
}

static void
clocks_are_read_by_people(void **state)
{
	char text[SCENE_CLOCK];

	(void)state;
	scene_clock(3723004999, text);
	assert_string_equal(text, "1:02:03.004");
	scene_clock(EVENT_MOST_US, text);
	assert_string_equal(text, "277777:46:40.000");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_are_drawn_as_they_come),
		cmocka_unit_test(version_3_counts_intervals),
		cmocka_unit_test(commands_are_named),
		cmocka_unit_test(false_sizes_change_nothing),
		cmocka_unit_test(what_is_no_recording_is_refused),
		cmocka_unit_test(clocks_are_read_by_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
