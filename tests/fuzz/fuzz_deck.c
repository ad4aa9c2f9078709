/* The deck over any recording, sought to places that come from its own bytes: what it
 * paints are pictures, whatever was recorded. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "replay/deck.h"

#define TURNS 20000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Moves, colours, the cursor, and printable characters. */
static void
check(struct span s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] >= 0x20 && s.p[i] != 0x7F)
			continue;
		if (s.p[i] != 0x1B || ++i >= s.len || s.p[i] != '[')
			abort();
		while (++i < s.len && s.p[i] < 0x40)
			continue;
		if (i >= s.len || strchr("HmJhl", s.p[i]) == NULL)
			abort();
	}
}

static void
picture(struct deck *d, struct buf *out)
{
	struct bar bar = { .state = deck_state(d),
		.at_us = deck_position(d, 0),
		.total_us = d->total_us,
		.speed = 1,
		.limit_us = 0,
		.labels = chapters_count(d->chapters),
		.label = chapters_before(d->chapters, d->shown_us) };

	if (bar.label > 0)
		bar.text = chapters_at(d->chapters, bar.label - 1).text;
	buf_reset(out);
	stage_show(d->stage, &bar, STAGE_BAR_ALWAYS, d->events % 7 == 0, out);
	if (!buf_ok(out))
		abort();
	check(buf_span(out));
}

static void
play(struct deck *d, const uint8_t *data, size_t size, struct buf *out)
{
	enum rc rc = RC_OK;
	struct err err;
	char code;

	for (unsigned i = 0; i < TURNS && rc == RC_OK; i++) {
		if ((rc = deck_load(d, &err)) != RC_OK)
			break;
		if (d->over)
			deck_end(d);
		if (data[i % size] == '9' || d->over || deck_left(d) > 0) {
			if (i > 64)
				break;
			rc = deck_seek(d, data[i % size] * (uint64_t)40000, out, &err);
		} else
			rc = deck_show(d, out, &code, &err);
		if (i % 16 == 0)
			picture(d, out);
	}
	picture(d, out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct deck_init init = { .kind = STAGE_PICTURE,
		.speed = 1000,
		.limit_us = 0,
		.to = { MOMENT_START, UINT64_MAX } };
	int fd = memfd_create("deck", MFD_CLOEXEC);
	struct source *s = NULL;
	struct deck d;
	struct proof proof;
	struct err err;
	struct buf out;

	if (fd < 0 || write(fd, data, size) != (ssize_t)size ||
	    source_open(fd, &s, &err) != RC_OK)
		abort();
	buf_init(&out, 64u << 20);
	if (size > 0 && source_plain(s) &&
	    source_prove(s, NULL, &proof, &err) == RC_OK) {
		if (deck_open(&d, s, &err) != RC_OK)
			abort();
		if (deck_begin(&d, &init, &err) == RC_OK) {
			if (stage_fit(d.stage, 1 + data[size / 2] % 99,
				1 + data[size / 3] % 40, &err) != RC_OK)
				abort();
			play(&d, data, size, &out);
		}
		deck_clear(&d);
	}
	buf_clear(&out);
	source_close(s);
	close(fd);
	return 0;
}
