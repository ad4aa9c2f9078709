/* What is pending, as approvers see it: the whole command, escaped, nothing cut off. */
#include <jansson.h>
#include <stdlib.h>

#include "broker/monitor/holds_parts.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "lib/model/needs.h"
#include "lib/model/status.h"

static void
put_line(struct buf *out, const char *label, const char *text)
{
	buf_printf(out, "  %-9s", label);
	text_escape(out, span_of(text));
	buf_u8(out, '\n');
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

static void
show_text(const struct hold *h, struct buf *out)
{
	uint64_t now = clock_mono_ms();
	uint64_t left = h->until > now ? (h->until - now) / 1000 : 0;
	char hex[2 * HOLD_DIGEST + 1];

	buf_printf(out, "%s\n", h->id);
	put_line(out, "who", h->identity);
	put_line(out, "from", h->source);
	put_line(out, "profile", h->profile);
	put_line(out, "command", h->canon);
	if (h->reason[0] != '\0')
		put_line(out, "reason", h->reason);
	if (h->reason[0] != '\0')
		buf_text(out, "           (the asker's own words, unverified)\n");
	show_needs(h, out);
	id_hex(h->digest, HOLD_DIGEST, hex);
	put_line(out, "digest", hex);
	buf_printf(out, "  %-9s%llu s\n", "expires", (unsigned long long)left);
}

static void
show_json(const struct hold *h, struct buf *out)
{
	uint64_t now = clock_mono_ms();
	char hex[2 * HOLD_DIGEST + 1];
	json_t *o;
	char *s;

	id_hex(h->digest, HOLD_DIGEST, hex);
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:I}", "id", h->id,
	    "identity", h->identity, "source", h->source, "profile", h->profile,
	    "command", h->canon, "asker_says", h->reason, "digest", hex, "needs",
	    needs_json(&h->verdict), "expires_in",
	    (json_int_t)(h->until > now ? (h->until - now) / 1000 : 0));
	s = o == NULL ? NULL : json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);
	json_decref(o);
	if (s == NULL) {
		out->bad = true;
		return;
	}
	buf_printf(out, "%s\n", s);
	free(s);
}

void
holds_pending(struct holds *all, struct verb_call *call)
{
	if (call->argc != 1) {
		verb_answer(call, STATUS_USAGE, "usage: pending");
		return;
	}
	if (!approval_right(call)) {
		verb_answer(
		    call, STATUS_DENIED, "you have no right to see what is pending");
		return;
	}
	for (const struct hold *h = all->first; h != NULL; h = h->next) {
		if (h->closed || h->state != HOLD_PENDING)
			continue;
		if (call->json)
			show_json(h, &call->out);
		else
			show_text(h, &call->out);
	}
	if (!buf_ok(&call->out)) {
		buf_reset(&call->out);
		verb_answer(call, STATUS_FAILED, "too much is pending to show");
		return;
	}
	call->done(call->arg, call, STATUS_OK);
}
