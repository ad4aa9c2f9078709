/* What is pending, as approvers see it: the whole command, escaped, nothing cut off.
 *
 * The list may be long.  It is made in pieces, as the other side takes them. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/holds_parts.h"
#include "broker/monitor/veiling.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/model/needs.h"
#include "lib/model/status.h"
#include "recorder/mask/mask.h"

/* A piece is not much longer than this. */
#define PIECE 32768

static void
put_line(struct buf *out, const char *label, const char *text)
{
	buf_printf(out, "  %-9s", label);
	text_escape(out, span_of(text));
	buf_u8(out, '\n');
}

/* Words of the asker, and of AWS. */
static void
put_theirs(const struct hold *h, struct buf *out, const char *label, const char *text)
{
	struct buf shown;

	buf_init(&shown, mask_growth(strlen(text)));
	veil_line(veil_of(h->all->m), span_of(text), &shown);
	put_line(out, label, buf_ok(&shown) ? buf_cstr(&shown) : "[MASKED]");
	buf_clear(&shown);
}

/* On which target, as whom, in which directory, and how: of what runs on one. */
static void
put_place(const struct hold *h, struct buf *out)
{
	static const char *const rows[][2] = { { "as", "run_as" },
		{ "in", "directory" }, { "host", "host" }, { "mode", "mode" } };
	struct buf target;

	buf_init(&target, HOLD_TARGET);
	hold_target_put(h->request, &target);
	if (target.len > 0)
		put_line(out, "target", buf_cstr(&target));
	buf_clear(&target);
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *text = json_string_value(hold_asked_for(h, rows[i][1]));

		if (text != NULL && text[0] != '\0')
			put_theirs(h, out, rows[i][0], text);
	}
}

static void
show_needs(const struct hold *h, struct buf *out)
{
	for (size_t i = 0; i < h->verdict.n_needs; i++) {
		const struct approver_need *n = &h->verdict.needs[i];

		buf_printf(out, "  %-9s%u of %u from ", i == 0 ? "needs" : "",
		    approval_votes(h, n), n->need);
		needs_put(n, out);
		buf_u8(out, '\n');
	}
}

static uint64_t
seconds_left(const struct hold *h)
{
	uint64_t now = clock_mono_ms();

	return h->until > now ? (h->until - now) / 1000 : 0;
}

static void
show_text(const struct hold *h, const char *who, struct buf *out)
{
	/* An asker is not told, whatever else they are. */
	const char *touches = strcmp(h->identity, who) == 0
				  ? NULL
				  : json_string_value(json_object_get(
					hold_asked_for(h, "preview"), "summary"));
	char hex[2 * HOLD_DIGEST + 1];

	buf_printf(out, "%s\n", h->id);
	put_line(out, "who", h->identity);
	if (h->owner[0] != '\0')
		put_line(out, "for", h->owner);
	put_line(out, "from", h->source);
	put_line(out, "profile", h->profile);
	put_line(out, "path", h->path);
	put_place(h, out);
	put_line(out, "command", h->shown);
	if (hold_reveals(h)[0] != '\0')
		buf_printf(out, "  %-9sits answer will not be masked: %s\n", "reveals",
		    hold_reveals(h));
	if (touches != NULL)
		put_theirs(h, out, "touches", touches);
	buf_printf(out, "  %-9s", "stdin");
	hold_stdin_put(h->request, out);
	buf_u8(out, '\n');
	if (h->reason[0] != '\0')
		put_theirs(h, out, "reason", h->reason);
	if (h->reason[0] != '\0')
		buf_text(out, "           (the asker's own words, unverified)\n");
	show_needs(h, out);
	id_hex(h->digest, HOLD_DIGEST, hex);
	put_line(out, "digest", hex);
	buf_printf(out, "  %-9s%llu s ago\n", "asked",
	    (unsigned long long)(hold_age_ms(h) / 1000));
	buf_printf(
	    out, "  %-9s%llu s\n", "expires", (unsigned long long)seconds_left(h));
}

static void
show_json(const struct hold *h, struct buf *out)
{
	json_t *o = hold_json(h);

	if (o != NULL && (json_object_set_new(o, "age",
			      json_integer((json_int_t)hold_age_ms(h) / 1000)) != 0 ||
			     json_object_set_new(o, "expires_in",
				 json_integer((json_int_t)seconds_left(h))) != 0)) {
		json_decref(o);
		o = NULL;
	}
	hold_line_take(o, out);
}

static bool
next_piece(void *arg, struct verb_call *call)
{
	struct hold_cursor *c = arg;
	struct hold *h = NULL;

	while (buf_ok(&call->out) && call->out.len < PIECE &&
	       (h = hold_cursor_next(c)) != NULL) {
		if (h->state != HOLD_PENDING)
			continue;
		if (call->json)
			show_json(h, &call->out);
		else
			show_text(h, call->name, &call->out);
	}
	return h != NULL;
}

static void
end_list(void *arg)
{
	hold_cursor_close(arg);
	free(arg);
}

void
holds_pending(struct holds *all, struct verb_call *call)
{
	struct hold_cursor *c;

	if (call->argc != 1) {
		verb_answer(call, STATUS_USAGE, "usage: pending");
		return;
	}
	if (!approval_right(call)) {
		verb_answer(
		    call, STATUS_DENIED, "you have no right to see what is pending");
		return;
	}
	if ((c = malloc(sizeof *c)) == NULL) {
		verb_answer(call, STATUS_FAILED, "out of memory");
		return;
	}
	hold_cursor_open(all, c);
	call->next = next_piece;
	call->end = end_list;
	call->next_arg = c;
	call->done(call->arg, call, STATUS_OK);
}
