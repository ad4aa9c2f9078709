/* Writing notices; see noticeform.h.  Pure: what is not in the struct is not there. */
#include "broker/monitor/noticeform.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/keep.h"
#include "lib/base/clock.h"
#include "lib/base/text.h"

/* Characters; what stands before the command leaves it a good part of each page. */
#define NAME_MOST 100u
#define PLACE_MOST 400u
#define WORDS_MOST 1100u
#define NEEDS_MOST 1500u

static const char *
member(const struct noticeform *f, const char *name)
{
	const char *s = json_string_value(json_object_get(f->hold, name));

	return s == NULL ? "" : s;
}

static const char *
asked_for(const struct noticeform *f, const char *name)
{
	const json_t *request = json_object_get(f->hold, "request");
	const char *s = json_string_value(json_object_get(request, name));

	return s == NULL ? "" : s;
}

static bool
undecided(const struct noticeform *f)
{
	return strcmp(f->event, "pending") == 0 || strcmp(f->event, "vote") == 0;
}

/* ---- words of others ---- */

static bool
word_char(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z') || c >= 0x80;
}

/* Would a chat make something of what begins here: a mention, or a link that is not one
 * of AWS's own names for things? */
static bool
tempting(struct span s, size_t at)
{
	struct span rest = span_make(s.p + at, s.len - at);
	bool begins = at == 0 || !word_char(s.p[at - 1]);

	if (s.p[at] == '@')
		return begins;
	if (s.p[at] == ':')
		return span_starts(rest, "://") &&
		       !(at >= 2 && s.p[at - 2] == 's' && s.p[at - 1] == '3' &&
			   (at == 2 || !word_char(s.p[at - 3])));
	if (s.p[at] == '.')
		return at >= 3 &&
		       strncasecmp((const char *)s.p + at - 3, "www", 3) == 0;
	return false;
}

/* One character or byte of theirs, as it may stand in a message: at most 8 characters. */
static size_t
put_unit(struct span s, size_t at, bool entities, struct buf *out)
{
	uint32_t cp;
	unsigned n = text_char(span_make(s.p + at, s.len - at), &cp);
	const char *entity = NULL;

	if (entities && n == 1)
		entity = cp == '&'   ? "&amp;"
			 : cp == '<' ? "&lt;"
			 : cp == '>' ? "&gt;"
				     : NULL;
	if (n == 0)
		n = 1;
	if (entity != NULL)
		buf_text(out, entity);
	else if (tempting(s, at))
		buf_printf(out, "\\x%02X", s.p[at]);
	else
		text_escape(out, span_make(s.p + at, n));
	return n;
}

/* All of s, or as much as leaves the text at most `most` bytes: how many bytes of s are
 * missing then. */
static size_t
put_theirs(struct span s, size_t most, bool entities, struct buf *out)
{
	size_t at = 0;

	while (at < s.len) {
		size_t before = out->len, n = put_unit(s, at, entities, out);

		if (out->len > most) {
			out->len = before;
			return s.len - at;
		}
		at += n;
	}
	return 0;
}

/* ---- a message for people ---- */

struct page {
	const struct noticeform *f;
	bool entities; /* of HTML, for Slack */
	size_t most;
	struct buf text; /* lines */
};

static void
put_line(struct page *p, const char *label, const char *theirs, size_t most)
{
	size_t missing;

	if (theirs[0] == '\0')
		return;
	buf_printf(&p->text, "%s: ", label);
	missing =
	    put_theirs(span_of(theirs), p->text.len + most, p->entities, &p->text);
	if (missing > 0)
		buf_printf(&p->text, " (and %zu more bytes)", missing);
	buf_text(&p->text, "\n");
}

static void
put_title(struct page *p)
{
	static const struct {
		const char *event, *words;
	} titles[] = {
		{ "pending", "waits for approval" },
		{ "vote", "has one more approval" },
		{ "approved", "is approved" },
		{ "denied", "is denied" },
		{ "expired", "has expired" },
		{ "cancelled", "is cancelled" },
		{ "spent", "was approved and is used now" },
	};
	const struct noticeform *f = p->f;
	const char *words = f->event;

	for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
		if (strcmp(titles[i].event, f->event) == 0)
			words = titles[i].words;
	if (f->hold == NULL)
		buf_printf(
		    &p->text, "broker %s: a test, nothing waits for you\n", f->broker);
	else
		buf_printf(
		    &p->text, "broker %s: %s %s\n", f->broker, member(f, "id"), words);
}

static void
put_head(struct page *p)
{
	const struct noticeform *f = p->f;
	char at[21];

	put_title(p);
	clock_iso(f->at_ms, at);
	buf_printf(&p->text, "time: %s\n", at);
	put_line(p, "by", f->by, NAME_MOST);
	put_line(p, "with the reason", f->reason, WORDS_MOST);
	if (f->hold == NULL)
		return;
	put_line(p, "who", member(f, "identity"), NAME_MOST);
	put_line(p, "owned by", member(f, "owner"), NAME_MOST);
	put_line(p, "from", member(f, "source"), NAME_MOST);
	put_line(p, "profile", member(f, "profile"), NAME_MOST);
	put_line(p, "kind", member(f, "path"), NAME_MOST);
	put_line(p, "target", asked_for(f, "target"), NAME_MOST);
	if (strcmp(asked_for(f, "target"), asked_for(f, "target_id")) != 0)
		put_line(p, "target's id", asked_for(f, "target_id"), NAME_MOST);
	put_line(p, "run as", asked_for(f, "run_as"), NAME_MOST);
	put_line(p, "directory", asked_for(f, "directory"), PLACE_MOST);
	put_line(p, "mode", asked_for(f, "mode"), NAME_MOST);
	put_line(p, "rule", member(f, "rule"), WORDS_MOST);
	put_line(p, "needs", f->needs, NEEDS_MOST);
	put_line(p, "until", member(f, "until"), NAME_MOST);
	put_line(p, "the asker says (unverified)", member(f, "asker_says"), WORDS_MOST);
	if (asked_for(f, "reveals")[0] != '\0')
		put_line(p, "its answer will not be masked", asked_for(f, "reveals"),
		    WORDS_MOST);
	put_line(p, "it would touch", f->preview == NULL ? "" : f->preview, WORDS_MOST);
	if (undecided(f))
		buf_printf(&p->text,
		    "to look: ssh broker why %s\nto approve: ssh broker approve %s\n",
		    member(f, "id"), member(f, "id"));
}

/* The command stands last: whatever its length, all else is there. */
static bool
put_page(struct page *p)
{
	const char *command = member(p->f, "command");
	size_t missing;

	put_head(p);
	if (command[0] != '\0') {
		buf_text(&p->text, "command: ");
		missing = put_theirs(span_of(command), p->most, p->entities, &p->text);
		if (missing > 0)
			buf_printf(&p->text, "\n%zu more bytes: ssh broker why %s",
			    missing, member(p->f, "id"));
		buf_text(&p->text, "\n");
	}
	return buf_ok(&p->text);
}

/* How long the unit is that begins here: an entity, an escaped byte, a character. */
static size_t
unit_len(struct span s)
{
	const uint8_t *end;

	if (s.p[0] == '\\')
		return s.len > 1 && s.p[1] == 'x' ? 4 : 2;
	end = s.p[0] == '&' ? memchr(s.p, ';', s.len) : NULL;
	return end == NULL ? 1 : (size_t)(end - s.p) + 1;
}

/* As many units as a block may have. */
static struct span
take_block(struct span *rest)
{
	struct span s = *rest;
	size_t n = 0, unit;

	while (n < s.len) {
		unit = unit_len(span_make(s.p + n, s.len - n));
		if (n + unit > NOTICEFORM_BLOCK || n + unit > s.len)
			break;
		n += unit;
	}
	if (n == 0) /* cannot be: units are short, and whole */
		n = s.len;
	*rest = span_make(s.p + n, s.len - n);
	return span_make(s.p, n);
}

static json_t *
string_of(struct span s)
{
	return json_stringn((const char *)s.p, s.len);
}

/* A line without its end, which each has. */
static struct span
take_line(struct span *rest)
{
	struct span s = *rest;
	const uint8_t *end = memchr(s.p, '\n', s.len);
	size_t n = end == NULL ? s.len : (size_t)(end - s.p);

	*rest = end == NULL ? span_make(NULL, 0) : span_make(end + 1, s.len - n - 1);
	return span_make(s.p, n);
}

/* A list of what is made of each piece of a page.  NULL: memory; nothing is left out. */
static json_t *
pieces(struct page *p, struct span (*take)(struct span *rest),
    json_t *(*make)(struct span piece))
{
	json_t *all = json_array();
	bool good = all != NULL && put_page(p);
	struct span rest = buf_span(&p->text);

	while (good && rest.len > 0)
		good = json_array_append_new(all, make(take(&rest))) == 0;
	if (good)
		return all;
	json_decref(all);
	return NULL;
}

/* Plain text is not read as markup, and its emoji stay words. */
static json_t *
slack_block(struct span text)
{
	return json_pack("{s:s, s:{s:s, s:o, s:b}}", "type", "section", "text", "type",
	    "plain_text", "text", string_of(text), "emoji", 0);
}

static json_t *
slack(const struct noticeform *f)
{
	struct page p = { .f = f, .entities = true, .most = NOTICEFORM_SLACK };
	json_t *blocks, *o = NULL;
	struct span rest;

	buf_init(&p.text, NOTICEFORM_MOST);
	if ((blocks = pieces(&p, take_block, slack_block)) != NULL) {
		/* What is shown where there is room for one line. */
		rest = buf_span(&p.text);
		o = json_pack("{s:o, s:b, s:s, s:b, s:b, s:b, s:o}", "text",
		    string_of(take_line(&rest)), "mrkdwn", 0, "parse", "none",
		    "link_names", 0, "unfurl_links", 0, "unfurl_media", 0, "blocks",
		    blocks);
	}
	buf_clear(&p.text);
	return o;
}

/* A run of text is not read as Markdown, and has no lines. */
static json_t *
teams_line(struct span line)
{
	return json_pack("{s:s, s:[{s:s, s:o, s:s}]}", "type", "RichTextBlock",
	    "inlines", "type", "TextRun", "text", string_of(line), "fontType",
	    "Monospace");
}

static json_t *
teams(const struct noticeform *f)
{
	struct page p = { .f = f, .most = NOTICEFORM_TEAMS };
	json_t *lines, *card = NULL;

	buf_init(&p.text, NOTICEFORM_MOST);
	if ((lines = pieces(&p, take_line, teams_line)) != NULL)
		card = json_pack("{s:s, s:s, s:s, s:o}", "$schema",
		    "http://adaptivecards.io/schemas/adaptive-card.json", "type",
		    "AdaptiveCard", "version", "1.4", "body", lines);
	buf_clear(&p.text);
	if (card == NULL)
		return NULL;
	return json_pack("{s:s, s:[{s:s, s:n, s:o}]}", "type", "message", "attachments",
	    "contentType", "application/vnd.microsoft.card.adaptive", "contentUrl",
	    "content", card);
}

/* ---- for programs ---- */

/* An optional value of json_pack() is left out without a word when memory fails. */
static bool
add_text(json_t *o, const char *name, const char *text)
{
	return text == NULL || text[0] == '\0' ||
	       json_object_set_new(o, name, json_string(text)) == 0;
}

static bool
add_hold(json_t *o, const struct noticeform *f, const json_t *hold)
{
	char look[64], approve[64];

	snprintf(look, sizeof look, "ssh broker why %s", member(f, "id"));
	snprintf(approve, sizeof approve, "ssh broker approve %s", member(f, "id"));
	return add_text(o, "preview", f->preview) && add_text(o, "why", look) &&
	       (!undecided(f) || add_text(o, "approve", approve)) &&
	       json_object_set(o, "hold", (json_t *)(uintptr_t)hold) == 0;
}

static json_t *
object(const struct noticeform *f, const json_t *hold)
{
	char at[21];
	json_t *o;

	clock_iso(f->at_ms, at);
	o = json_pack("{s:i, s:s, s:s, s:s, s:s, s:s, s:s}", "version", 1, "notice",
	    f->notice, "broker", f->broker, "event", f->event, "time", at, "by", f->by,
	    "reason", f->reason);
	if (o != NULL && (hold == NULL || add_hold(o, f, hold)))
		return o;
	json_decref(o);
	return NULL;
}

/* Its length as JSON; 0 when memory fails. */
static size_t
dumped(const json_t *o)
{
	return json_dumpb(
	    o, NULL, 0, JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
}

/* How many bytes of a text are at most so many of JSON. */
static size_t
json_prefix(const char *text, size_t most)
{
	struct span s = span_of(text);
	size_t at = 0, cost = 0;
	uint32_t cp = 0;
	unsigned n;

	while (at < s.len) {
		n = text_char(span_make(s.p + at, s.len - at), &cp);
		if (n == 0)
			break;
		cost += n > 3			  ? 12
			: n > 1 || cp < ' '	  ? 6
			: cp == '"' || cp == '\\' ? 2
						  : 1;
		if (cost > most)
			break;
		at += n;
	}
	return at;
}

static bool
cut_command(const struct noticeform *f, json_t *hold, size_t over)
{
	const char *command = member(f, "command");
	size_t len = strlen(command), all = dumped(json_object_get(hold, "command"));
	size_t keep;

	if (all == 0)
		return false;
	over += 64; /* what says so */
	keep = json_prefix(command, all > over ? all - over : 0);
	return json_object_set_new(hold, "command", json_stringn(command, keep)) == 0 &&
	       json_object_set_new(hold, "command_more_bytes",
		   json_integer((json_int_t)(len - keep))) == 0;
}

/* What every reader can do without is left out first, then the end of the command; both
 * are said. */
static bool
cut_hold(const struct noticeform *f, json_t *hold, size_t over)
{
	const json_t *extra = json_object_get(hold, "request");
	size_t request = extra == NULL ? 0 : dumped(extra);

	over += 32;
	if (extra != NULL) {
		if (request == 0 || json_object_del(hold, "request") != 0 ||
		    json_object_set_new(
			hold, "left_out", json_pack("[s]", "request")) != 0)
			return false;
		over = over > request ? over - request : 0;
	}
	return over == 0 || cut_command(f, hold, over);
}

static json_t *
json_form(const struct noticeform *f)
{
	json_t *o = object(f, f->hold), *hold;
	size_t len = o == NULL ? 0 : dumped(o);

	if (len > 0 && len <= NOTICEFORM_MOST)
		return o;
	json_decref(o);
	if (f->hold == NULL || len == 0)
		return NULL;
	hold = json_copy((json_t *)(uintptr_t)f->hold);
	/* A copy leaves out what it has no memory for. */
	o = json_object_size(hold) == json_object_size(f->hold) &&
		    cut_hold(f, hold, len - NOTICEFORM_MOST)
		? object(f, hold)
		: NULL;
	json_decref(hold);
	return o;
}

char *
noticeform_body(enum config_format format, const struct noticeform *f)
{
	static json_t *(*const forms[])(const struct noticeform *) = {
		[CONFIG_FORMAT_JSON] = json_form,
		[CONFIG_FORMAT_SLACK] = slack,
		[CONFIG_FORMAT_TEAMS] = teams,
	};

	return keep_detail_take(forms[format](f), JSON_COMPACT | JSON_ENSURE_ASCII);
}
