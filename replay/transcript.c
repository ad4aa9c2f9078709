/* Lines as they leave the terminal; see transcript.h. */
#include "replay/transcript.h"

#include "replay/scene.h"

#define SCREEN_MOST (8u << 20) /* a screen with its widest characters is less */

struct transcript {
	FILE *f;
	struct scene *scene;
	uint64_t turned_us; /* the alternate screen came */
	struct buf screen;
};

static void
put_line(void *arg, struct span text, bool fresh)
{
	struct transcript *t = arg;

	(void)fresh;
	fwrite(text.p, 1, text.len, t->f);
	fputc('\n', t->f);
}

static void
put_turn(void *arg, bool alternate)
{
	struct transcript *t = arg;
	char from[SCENE_CLOCK], to[SCENE_CLOCK];

	if (alternate) {
		t->turned_us = scene_us(t->scene);
		return;
	}
	scene_clock(t->turned_us, from);
	scene_clock(scene_us(t->scene), to);
	buf_reset(&t->screen);
	terminal_text(scene_terminal(t->scene), &t->screen);
	fprintf(
	    t->f, "--- the alternate screen, from %s, as it was at %s ---\n", from, to);
	fwrite(t->screen.p, 1, t->screen.len, t->f);
	fputs("--- end of the alternate screen ---\n", t->f);
}

static enum rc
read_all(struct transcript *t, struct err *err)
{
	struct event e;
	enum rc rc;

	while ((rc = scene_next(t->scene, &e, err)) == RC_OK) {
		event_clear(&e);
		if (ferror(t->f))
			return err_errno(err, RC_FAIL, "write");
	}
	if (rc == RC_END)
		rc = terminal_end(scene_terminal(t->scene), err);
	return rc == RC_OK && !buf_ok(&t->screen) ? err_memory(err) : rc;
}

enum rc
transcript_run(struct source *source, FILE *f, struct err *err)
{
	struct transcript t = { .f = f };
	const struct terminal_on on = { .arg = &t, .line = put_line, .turn = put_turn };
	enum rc rc;

	buf_init(&t.screen, SCREEN_MOST);
	if ((rc = scene_open(source, &on, &t.scene, err)) == RC_OK)
		rc = read_all(&t, err);
	if (fflush(f) != 0 && rc == RC_OK)
		rc = err_errno(err, RC_FAIL, "write");
	scene_close(t.scene);
	buf_clear(&t.screen);
	return rc;
}
