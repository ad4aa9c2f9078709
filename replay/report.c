/* Calls for people; see report.h. */
#include "replay/report.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/text.h"
#include "replay/arn.h"
#include "replay/note.h"
#include "replay/table.h"

#define RESOURCE_MOST 48
/* Bytes of any one text. */
#define TEXT_MOST (4u << 20)

enum column { TIME, CALL, RESOURCES, STATUS, SENT, RECEIVED, MS, REQUEST, VERDICT };

static const struct table_column columns[] = {
	[TIME] = { "TIME", TABLE_LEFT },
	[CALL] = { "CALL", TABLE_LEFT },
	[RESOURCES] = { "RESOURCES", TABLE_LEFT },
	[STATUS] = { "STATUS", TABLE_LEFT },
	[SENT] = { "SENT", TABLE_RIGHT },
	[RECEIVED] = { "RECEIVED", TABLE_RIGHT },
	[MS] = { "MS", TABLE_RIGHT },
	[REQUEST] = { "REQUEST-ID", TABLE_LEFT },
	/* Last, since its text is as long as it is. */
	[VERDICT] = { "VERDICT", TABLE_LEFT },
};

struct report {
	struct table *table;
	uint64_t start_ms;
	struct arn_home home;
};

/* ---- members ---- */

static struct span
text_of(const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	return span_make(json_string_value(v), json_string_length(v));
}

static bool
count_of(const json_t *o, const char *name, long long *ret)
{
	const json_t *v = json_object_get(o, name);

	*ret = json_integer_value(v);
	return json_is_integer(v) && *ret >= 0;
}

void
report_time(uint64_t start_ms, uint64_t us, char ret[REPORT_TIME])
{
	ret[0] = '\0';
	if (start_ms != 0)
		clock_iso(start_ms + us / 1000, ret);
}

/* ---- the lines before and behind ---- */

/* A word of each of a list's texts. */
static void
put_texts(const json_t *list, const char *between, struct buf *out)
{
	const json_t *v;
	size_t i;

	json_array_foreach(list, i, v)
	{
		buf_text(out, i > 0 ? between : "");
		text_show(out, span_make(json_string_value(v), json_string_length(v)));
	}
}

static void
put_line(const char *name, struct span text, struct buf *out)
{
	if (text.len == 0)
		return;
	buf_printf(out, "%s: ", name);
	text_show(out, text);
	buf_u8(out, '\n');
}

static void
put_who(const json_t *hoop, struct buf *out)
{
	const json_t *who = json_object_get(hoop, "identity");

	if (text_of(who, "name").len == 0)
		return;
	buf_text(out, "identity: ");
	text_show(out, text_of(who, "name"));
	if (text_of(who, "kind").len > 0) {
		buf_text(out, " (");
		text_show(out, text_of(who, "kind"));
		buf_text(out, ")");
	}
	if (text_of(who, "owner").len > 0) {
		buf_text(out, ", owner ");
		text_show(out, text_of(who, "owner"));
	}
	if (text_of(hoop, "source").len > 0) {
		buf_text(out, ", from ");
		text_show(out, text_of(hoop, "source"));
	}
	buf_u8(out, '\n');
}

static void
put_target(const json_t *hoop, struct buf *out)
{
	static const char *const members[] = { "profile", "account", "region", "role" };
	const json_t *target = json_object_get(hoop, "target");
	bool any = false;

	for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
		if (text_of(target, members[i]).len == 0)
			continue;
		buf_text(out, any ? " " : "target: ");
		text_show(out, text_of(target, members[i]));
		any = true;
	}
	if (any)
		buf_u8(out, '\n');
}

/* "alice (key, 2026-11-21T08:15:00Z)", of each. */
static void
put_approvals(const json_t *list, struct buf *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach(list, i, one)
	{
		buf_text(out, i > 0 ? " and " : " by ");
		text_show(out, text_of(one, "name"));
		if (text_of(one, "proof").len == 0 && text_of(one, "time").len == 0)
			continue;
		buf_text(out, " (");
		text_show(out, text_of(one, "proof"));
		buf_text(out, text_of(one, "proof").len > 0 ? ", " : "");
		text_show(out, text_of(one, "time"));
		buf_text(out, ")");
	}
}

static void
put_verdict(const json_t *hoop, struct buf *out)
{
	const json_t *approvers = json_object_get(hoop, "approvers");
	const json_t *approvals = json_object_get(hoop, "approvals");

	if (text_of(hoop, "verdict").len == 0)
		return;
	buf_text(out, "verdict: ");
	text_show(out, text_of(hoop, "verdict"));
	if (text_of(hoop, "rule").len > 0) {
		buf_text(out, " by rule ");
		text_show(out, text_of(hoop, "rule"));
	}
	buf_u8(out, '\n');
	if (text_of(hoop, "hold").len == 0)
		return;
	buf_text(out, "approved: ");
	text_show(out, text_of(hoop, "hold"));
	if (json_array_size(approvals) > 0) {
		put_approvals(approvals, out);
	} else if (json_array_size(approvers) > 0) {
		buf_text(out, " by ");
		put_texts(approvers, " and ", out);
	}
	buf_u8(out, '\n');
}

void
report_session(const json_t *hoop, uint64_t start_ms, struct buf *out)
{
	char iso[REPORT_TIME];

	report_time(start_ms, 0, iso);
	put_line("session", text_of(hoop, "sid"), out);
	put_line("started", span_of(iso), out);
	put_who(hoop, out);
	put_target(hoop, out);
	put_line("command", text_of(hoop, "command"), out);
	put_line("asker says", text_of(hoop, "asker_says"), out);
	put_verdict(hoop, out);
	buf_u8(out, '\n');
}

/* What was under way when its target was lost, or ended, had begun. */
static bool
was_cut(const json_t *close)
{
	static const char *const reasons[] = { "target lost", "target broken",
		"ended" };

	for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
		if (span_is(text_of(close, "reason"), reasons[i]))
			return true;
	return false;
}

static void
put_close(const json_t *close, struct buf *out)
{
	const struct {
		const char *member, *says;
	} hows[] = { { "status", "status" }, { "signal", "signal" },
		{ "refused",
		    was_cut(close) ? "cut off, status" : "never started, status" } };
	long long n;

	text_show(out, text_of(close, "reason"));
	for (size_t i = 0; i < sizeof hows / sizeof hows[0]; i++)
		if (count_of(close, hows[i].member, &n))
			buf_printf(out, ", %s %lld", hows[i].says, n);
	if (count_of(close, "duration_ms", &n))
		buf_printf(out, ", after %lld.%03lld s", n / 1000, n % 1000);
	if (text_of(close, "text").len > 0) {
		buf_text(out, ": ");
		text_show(out, text_of(close, "text"));
	}
}

void
report_end(const json_t *close, size_t made, size_t refused, struct buf *out)
{
	buf_printf(out,
	    "%scalls: %zu made, %zu refused\nended: ", made + refused > 0 ? "\n" : "",
	    made, refused);
	if (close == NULL)
		buf_text(out, "not recorded");
	else
		put_close(close, out);
	buf_u8(out, '\n');
}

/* ---- the table ---- */

enum rc
report_new(const json_t *hoop, uint64_t start_ms, struct report **ret, struct err *err)
{
	const json_t *target = json_object_get(hoop, "target");
	struct report *r = calloc(1, sizeof *r);
	enum rc rc = RC_FAIL;

	if (r == NULL)
		return err_memory(err);
	rc = table_new(columns, sizeof columns / sizeof columns[0], &r->table, err);
	if (rc != RC_OK) {
		free(r);
		return rc;
	}
	r->start_ms = start_ms;
	r->home.account = text_of(target, "account");
	*ret = r;
	return RC_OK;
}

void
report_free(struct report *r)
{
	if (r == NULL)
		return;
	table_free(r->table);
	free(r);
}

enum rc
report_flush(struct report *r, FILE *f, struct err *err)
{
	return table_flush(r->table, f, err);
}

/* A cell is written through a buffer, since the table takes what is printable. */
static void
put_shown(struct table *t, struct span text)
{
	struct buf shown;

	buf_init(&shown, TEXT_MOST);
	text_show(&shown, text);
	table_put(t, buf_ok(&shown) ? buf_span(&shown) : span_of("(too long)"));
	buf_clear(&shown);
}

static void
put_word(struct table *t, const char *word)
{
	table_put(t, span_of(word));
}

static void
put_count(struct table *t, const json_t *o, const char *name)
{
	char text[32];
	long long n;

	if (!count_of(o, name, &n))
		return;
	snprintf(text, sizeof text, "%lld", n);
	put_word(t, text);
}

static void
put_time(const struct report *r, uint64_t us)
{
	char text[REPORT_TIME];

	report_time(r->start_ms, us, text);
	if (text[0] == '\0')
		snprintf(text, sizeof text, "%.3f", (double)us / 1e6);
	put_word(r->table, text);
}

/* What was refused early may have no more than a method and a host. */
static void
put_call(struct table *t, const json_t *event)
{
	if (text_of(event, "operation").len > 0) {
		put_shown(t, text_of(event, "service"));
		put_word(t, ":");
		put_shown(t, text_of(event, "operation"));
	} else if (text_of(event, "host").len > 0) {
		put_shown(t, text_of(event, "method"));
		put_word(t, text_of(event, "method").len > 0 ? " " : "");
		put_shown(t, text_of(event, "host"));
	} else {
		put_word(t, "-");
	}
}

static void
put_resources(const struct report *r, const json_t *event)
{
	const json_t *list = json_object_get(event, "resources");
	const json_t *first = json_array_get(list, 0);
	struct arn_home home = r->home;
	struct buf text;

	home.service = text_of(event, "service");
	home.region = text_of(event, "region");
	buf_init(&text, TEXT_MOST);
	if (first != NULL)
		arn_short(
		    span_make(json_string_value(first), json_string_length(first)),
		    &home, RESOURCE_MOST, &text);
	if (json_array_size(list) > 1)
		buf_printf(&text, " +%zu", json_array_size(list) - 1);
	table_put(r->table, buf_span(&text));
	buf_clear(&text);
}

static void
put_status(struct table *t, const struct calls_row *row)
{
	long long n;

	if (row->kind == CALLS_REFUSED) {
		put_word(t, "refused");
		return;
	}
	if (row->done == NULL)
		put_word(t, "no end");
	else if (count_of(row->done, "status", &n) && n > 0)
		put_count(t, row->done, "status");
	else
		put_word(t, "none");
	if (text_of(row->done, "error").len > 0) {
		put_word(t, " ");
		put_shown(t, text_of(row->done, "error"));
	}
	if (text_of(row->done, "cut").len > 0)
		put_word(t, " cut");
}

/* "allow by walk/look", and behind it why it was refused or cut. */
static void
put_why(struct table *t, const struct calls_row *row)
{
	bool made = row->kind == CALLS_MADE;
	struct span word = text_of(row->event, made ? "verdict" : "code");
	struct span why =
	    made ? text_of(row->done, "cut") : text_of(row->event, "reason");

	put_shown(t, word);
	/* The sentence of a refusal names its rule itself. */
	if (made && text_of(row->event, "rule").len > 0) {
		put_word(t, " by rule ");
		put_shown(t, text_of(row->event, "rule"));
	}
	if (text_of(row->event, "hold").len > 0) {
		put_word(t, ", hold ");
		put_shown(t, text_of(row->event, "hold"));
	}
	if (why.len == 0)
		return;
	put_word(t, word.len > 0 ? ": " : "");
	put_shown(t, why);
}

/* What happened to the session itself stands in the last column alone. */
static void
put_note(struct table *t, const json_t *event)
{
	struct buf text;

	for (int i = CALL; i < VERDICT; i++)
		table_next(t);
	buf_init(&text, TEXT_MOST);
	note_text(event, &text);
	table_put(t, buf_ok(&text) ? buf_span(&text) : span_of("(too long)"));
	buf_clear(&text);
	table_next(t);
}

void
report_row(struct report *r, const struct calls_row *row)
{
	struct table *t = r->table;

	put_time(r, row->us);
	table_next(t);
	if (row->kind == CALLS_NOTE) {
		put_note(t, row->event);
		return;
	}
	put_call(t, row->event);
	table_next(t);
	put_resources(r, row->event);
	table_next(t);
	put_status(t, row);
	table_next(t);
	put_count(t, row->done, "sent");
	table_next(t);
	put_count(t, row->done, "received");
	table_next(t);
	put_count(t, row->done, "ms");
	table_next(t);
	put_shown(t, text_of(row->done, "request_id"));
	table_next(t);
	put_why(t, row);
	table_next(t);
}
