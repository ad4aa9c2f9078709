/* The one spelling of a policy of masking: JSON, which the reader of the configuration
 * reads, too.  Everything is said, what is as by default as well, so that what a session
 * does follows from this text alone. */
#include <stdio.h>

#include "recorder/mask/charclass.h"
#include "recorder/mask/policy_parts.h"

/* Printable characters only stand in a policy: nothing but these two needs an escape. */
static void
put_text(struct buf *out, struct span s)
{
	buf_u8(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '"' || s.p[i] == '\\')
			buf_u8(out, '\\');
		buf_u8(out, s.p[i]);
	}
	buf_u8(out, '"');
}

static void
put_comma(struct buf *out, size_t i)
{
	if (i > 0)
		buf_text(out, ", ");
}

static void
put_run(struct buf *out, const struct mask_custom *c)
{
	uint8_t room[256];
	struct buf class_;

	buf_over(&class_, room, sizeof room);
	charclass_put(&class_, c->class_);
	buf_text(out, ", \"class\": ");
	put_text(out, buf_span(&class_));
	buf_printf(out, ", \"min\": %u, \"max\": %u", c->min, c->max);
}

static void
put_custom(struct buf *out, const struct mask_custom *c)
{
	buf_text(out, "{\"id\": ");
	put_text(out, span_of(c->id));
	buf_text(out, ", \"literal\": [");
	for (size_t i = 0; i < c->n_literals; i++) {
		put_comma(out, i);
		put_text(out, c->literals[i]);
	}
	buf_text(out, "]");
	if (c->regex != NULL) {
		buf_text(out, ", \"regex\": ");
		put_text(out, span_of(c->regex));
	} else {
		put_run(out, c);
	}
	buf_printf(out, ", \"boundary\": \"%s\"%s}",
	    policy_borders[c->before + 2 * c->after],
	    c->asked ? ", \"on\": \"asked\"" : "");
}

static void
put_policies(struct buf *out, unsigned on)
{
	size_t n = 0;

	for (unsigned i = 0; policy_names[i] != NULL; i++) {
		if (!(on & (1u << i)))
			continue;
		put_comma(out, n++);
		buf_printf(out, "\"%s\"", policy_names[i]);
	}
}

static void
put_keys(struct buf *out, const struct policy_keys *k, const char *name)
{
	buf_printf(out, "\"%s\": [", name);
	for (size_t i = 0; i < k->n; i++) {
		put_comma(out, i);
		put_text(out, span_of(k->at[i]));
	}
	buf_text(out, "]");
}

static void
put_lists(struct buf *out, const struct mask_policy *p)
{
	buf_text(out, "], \"rules\": [");
	for (size_t i = 0; i < p->n_customs; i++) {
		put_comma(out, i);
		put_custom(out, p->customs[i]);
	}
	buf_text(out, "], \"keys\": {");
	for (size_t i = 0; i < POLICY_LISTS; i++) {
		put_comma(out, i);
		put_keys(out, &p->keys[i], policy_lists[i]);
	}
	buf_text(out, "}, \"allow\": [");
	for (size_t i = 0; i < p->n_allowed; i++) {
		put_comma(out, i);
		buf_text(out, "{\"literal\": ");
		put_text(out, p->allowed[i]);
		buf_text(out, "}");
	}
	buf_text(out, "]}");
}

enum rc
mask_policy_text(const struct mask_policy *p, struct buf *out, struct err *err)
{
	struct buf text;
	enum rc rc = RC_OK;

	buf_init(&text, MASK_POLICY_TEXT);
	buf_printf(&text,
	    "{\"mode\": \"%s\", \"hold_ms\": {\"interactive\": %u, \"api\": %u}, "
	    "\"max_hold\": %u, \"style\": \"%s\", \"reveal\": %u, \"policies\": [",
	    policy_modes[p->counts_only], p->hold_ms[MASK_INTERACTIVE],
	    p->hold_ms[MASK_API], p->max_hold, policy_styles[p->same_width], p->reveal);
	put_policies(&text, p->on);
	put_lists(&text, p);
	if (!buf_ok(&text))
		rc = err_set(err, RC_REFUSE, "masking has more than %d bytes as text",
		    MASK_POLICY_TEXT);
	else
		buf_span_put(out, buf_span(&text));
	buf_clear(&text);
	if (rc == RC_OK && !buf_ok(out))
		rc = err_set(err, RC_FAIL, "no room for the text of masking");
	return rc;
}
