#include "tests/support/unit.h"

#include <unistd.h>

#include "replay/deck.h"
#include "tests/replay/plain.h"

#define SECOND ((uint64_t)1000000)
#define CAST                                                                           \
	"{\"version\":2,\"width\":20,\"height\":5,\"timestamp\":1795167217}\n"         \
	"[1, \"m\", \"one\"]\n[1, \"o\", \"a\"]\n[2, \"B\", \"{}\"]\n"                 \
	"[10, \"r\", \"30x6\"]\n[20, \"o\", \"b\"]\n[20, \"o\", \"c\"]\n"

struct playing {
	struct deck deck;
	struct source *source;
	struct buf out;
	int fd;
};

static const struct deck_init picture = { .kind = STAGE_PICTURE,
	.speed = 1,
	.limit_us = PACE_NO_LIMIT,
	.to = { MOMENT_START, UINT64_MAX } };

static enum rc
begin(
    struct playing *p, const char *cast, const struct deck_init *init, struct err *err)
{
	enum rc rc;

	p->source = plain_source(cast, strlen(cast), &p->fd);
	buf_init(&p->out, 1 << 20);
	assert_int_equal(deck_open(&p->deck, p->source, err), RC_OK);
	rc = deck_begin(&p->deck, init, err);
	if (rc == RC_OK && init->kind == STAGE_PICTURE)
		assert_int_equal(stage_fit(p->deck.stage, 80, 24, NULL), RC_OK);
	return rc;
}

static void
end(struct playing *p)
{
	deck_clear(&p->deck);
	source_close(p->source);
	buf_clear(&p->out);
	close(p->fd);
}

/* Show all that is due at once; the codes of it. */
static const char *
run(struct playing *p, char codes[16])
{
	size_t n = 0;

	while (n < 15 && deck_load(&p->deck, NULL) == RC_OK && !p->deck.over &&
	       deck_left(&p->deck) == 0)
		assert_int_equal(
		    deck_show(&p->deck, &p->out, &codes[n++], NULL), RC_OK);
	codes[n] = '\0';
	return codes;
}

static void
seek(struct playing *p, uint64_t us)
{
	assert_int_equal(deck_seek(&p->deck, us, &p->out, NULL), RC_OK);
}

static void
places_are_reached(void **state)
{
	struct playing p;
	char codes[16];

	(void)state;
	assert_int_equal(begin(&p, CAST, &picture, NULL), RC_OK);
	deck_pause(&p.deck, true);
	assert_int_equal(p.deck.total_us, 20 * SECOND);
	assert_string_equal(run(&p, codes), "");
	seek(&p, SECOND);
	assert_string_equal(deck_state(&p.deck), "seeking");
	assert_int_equal(deck_here(&p.deck, 0), SECOND);
	assert_string_equal(run(&p, codes), "mo");
	assert_string_equal(deck_state(&p.deck), "paused");
	assert_int_equal(deck_position(&p.deck, 0), SECOND);
	/* on from here, not from the beginning */
	seek(&p, 15 * SECOND);
	assert_string_equal(run(&p, codes), "Br");
	assert_int_equal(deck_position(&p.deck, 0), 15 * SECOND);
	/* back to where nothing has to be undone */
	seek(&p, 12 * SECOND);
	assert_string_equal(run(&p, codes), "");
	assert_int_equal(deck_position(&p.deck, 0), 12 * SECOND);
	/* back to where all has to be */
	seek(&p, 9 * SECOND);
	assert_string_equal(run(&p, codes), "moB");
	seek(&p, UINT64_MAX);
	assert_string_equal(run(&p, codes), "roo");
	assert_true(p.deck.over);
	deck_end(&p.deck);
	assert_int_equal(deck_position(&p.deck, 0), 20 * SECOND);
	deck_pause(&p.deck, false);
	assert_string_equal(deck_state(&p.deck), "end");
	/* and from the end to the beginning */
	seek(&p, 0);
	assert_string_equal(run(&p, codes), "");
	assert_false(p.deck.over);
	assert_int_equal(p.deck.shown_us, 0);
	end(&p);
}

static void
steps_show_something(void **state)
{
	struct playing p;
	char codes[16];

	(void)state;
	assert_int_equal(begin(&p, CAST, &picture, NULL), RC_OK);
	deck_step(&p.deck);
	assert_string_equal(run(&p, codes), "m");
	deck_step(&p.deck);
	assert_string_equal(run(&p, codes), "o");
	deck_step(&p.deck);
	assert_string_equal(run(&p, codes), "Br");
	assert_int_equal(deck_position(&p.deck, 0), 10 * SECOND);
	for (int i = 0; i < 5000; i++)
		deck_step(&p.deck);
	assert_string_equal(run(&p, codes), "oo");
	deck_end(&p.deck);
	assert_int_equal(p.deck.steps, 0);
	end(&p);
}

static void
begins_and_ends_are_chosen(void **state)
{
	static const struct {
		struct moment from, to;
		const char *codes; /* at once */
		bool over;
	} rows[] = {
		{ { MOMENT_START, 0 }, { MOMENT_START, UINT64_MAX }, "", false },
		{ { MOMENT_START, 10 * SECOND }, { MOMENT_START, UINT64_MAX }, "moBr",
		    false },
		{ { MOMENT_START, 10 * SECOND }, { MOMENT_START, 15 * SECOND }, "moBr",
		    true },
		{ { MOMENT_END, 10 * SECOND }, { MOMENT_START, UINT64_MAX }, "moBr",
		    false },
		{ { MOMENT_START, SECOND }, { MOMENT_END, 18 * SECOND }, "mo", false },
		{ { MOMENT_WALL, 1795167219 * SECOND }, { MOMENT_START, UINT64_MAX },
		    "moB", false },
		{ { MOMENT_START, 99 * SECOND }, { MOMENT_START, UINT64_MAX }, "moBroo",
		    true },
	};
	static const enum stage_kind kinds[] = { STAGE_PICTURE, STAGE_STREAM };
	struct deck_init init = picture;
	struct playing p;
	struct err err;
	char codes[16];

	(void)state;
	for (size_t i = 0; i < 2 * ROWS(rows); i++) {
		init.kind = kinds[i % 2];
		init.from = rows[i / 2].from;
		init.to = rows[i / 2].to;
		assert_int_equal(begin(&p, CAST, &init, NULL), RC_OK);
		if (strcmp(run(&p, codes), rows[i / 2].codes) != 0 ||
		    p.deck.over != rows[i / 2].over)
			fail_msg("row %zu: %s", i / 2, codes);
		end(&p);
	}
	/* it does not say when it began */
	init.from = (struct moment){ MOMENT_WALL, 1795167219 * SECOND };
	assert_int_equal(
	    begin(&p, "{\"version\":2}\n[0,\"o\",\"a\"]\n", &init, &err), RC_FAIL);
	end(&p);
}

static void
streams_and_what_is_live_go_on(void **state)
{
	struct deck_init init = picture;
	struct playing p;
	struct err err;
	char codes[16];

	(void)state;
	init.kind = STAGE_STREAM;
	assert_int_equal(begin(&p, CAST, &init, NULL), RC_OK);
	assert_int_equal(deck_seek(&p.deck, 0, &p.out, &err), RC_REFUSE);
	end(&p);
	init = picture;
	init.live = true;
	assert_int_equal(begin(&p, CAST, &init, NULL), RC_OK);
	assert_int_equal(deck_seek(&p.deck, 0, &p.out, &err), RC_REFUSE);
	assert_string_equal(deck_state(&p.deck), "live");
	deck_pause(&p.deck, true);
	assert_string_equal(run(&p, codes), "");
	deck_pause(&p.deck, false);
	/* all of it, without waiting */
	assert_string_equal(run(&p, codes), "moBroo");
	assert_true(p.deck.over);
	deck_end(&p.deck);
	seek(&p, 0);
	assert_string_equal(run(&p, codes), "");
	end(&p);
}

static void
false_ones_are_refused(void **state)
{
	static const char *casts[] = { "{\"version\":2}\nnonsense\n",
		"{\"version\":2}\n[0, \"o\"]\n" };
	struct playing p;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ROWS(casts); i++) {
		assert_int_equal(begin(&p, casts[i], &picture, &err), RC_OK);
		assert_int_equal(deck_load(&p.deck, &err), RC_REFUSE);
		assert_non_null(strstr(err.text, "line 2"));
		end(&p);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_reached),
		cmocka_unit_test(steps_show_something),
		cmocka_unit_test(begins_and_ends_are_chosen),
		cmocka_unit_test(streams_and_what_is_live_go_on),
		cmocka_unit_test(false_ones_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
