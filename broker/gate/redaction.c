/* Which places of an answer are secrets, and the answer without them; see redaction.h.
 * The readers of JSON and XML call in with names and values as they come. */
#include "broker/gate/redaction.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "broker/gate/redaction_parts.h"

#define NONE ((size_t)-1)

/* Of FIELDS_MASK; and of "AWS:[MASKED]", in which the CLI wants one colon. */
#define MASK_BASE64 "W01BU0tFRDpmaWVsZF0="
#define MASK_LOGIN "QVdTOltNQVNLRURd"

static const char *const masks[] = {
	[PLACE_TEXT] = FIELDS_MASK,
	[PLACE_BASE64] = MASK_BASE64,
	[PLACE_LOGIN] = MASK_LOGIN,
	[PLACE_BARE] = "\"" FIELDS_MASK "\"",
};

/* ---- places ---- */

static struct place_row *
add(struct redaction *r, size_t from, size_t to, enum place_kind kind, bool asleep)
{
	if (r->n == r->room) {
		size_t room = r->room == 0 ? 64 : 2 * r->room;
		struct place_row *rows;

		if (room > REDACTION_PLACES)
			return NULL;
		rows = realloc(r->rows, room * sizeof *rows);
		if (rows == NULL) {
			r->rc = err_memory(r->err);
			return NULL;
		}
		r->rows = rows;
		r->room = room;
	}
	r->rows[r->n] = (struct place_row){
		.from = from, .to = to, .kind = kind, .asleep = asleep
	};
	return &r->rows[r->n++];
}

static void
wake(struct redaction *r, struct redaction_level *l)
{
	l->secret = true;
	for (size_t i = l->asleep; i < r->n; i++)
		r->rows[i].asleep = false;
	l->asleep = NONE;
}

/* ---- levels ---- */

static struct redaction_level *
here(struct redaction *r)
{
	return &r->levels[r->depth - 1];
}

/* What stands below a secret name of DynamoDB's is so through its types, too. */
static bool
typed(const struct redaction *r, const char *name)
{
	static const char *const types[] = { "s", "n", "b", "ss", "ns", "bs", "l",
		"m" };

	for (size_t i = 0; r->items && i < sizeof types / sizeof types[0]; i++)
		if (strcmp(types[i], name) == 0)
			return true;
	return false;
}

bool
redaction_down(struct redaction *r)
{
	bool below = false, told = false;

	if (r->depth == REDACTION_LEVELS)
		return false;
	if (r->depth > 0) {
		struct redaction_level *l = here(r);

		below = fields_secret(span_of(l->name)) || (r->items && l->below);
		told = l->secret && fields_value(span_of(l->name));
	}
	r->depth++;
	*here(r) = (struct redaction_level){
		.below = below, .secret = below || told, .asleep = NONE
	};
	return true;
}

/* What slept within a level sleeps on for good: only its own siblings could wake it. */
void
redaction_up(struct redaction *r)
{
	size_t keep = 0, first = here(r)->asleep;

	r->depth--;
	if (first == NONE)
		return;
	/* Rows that nobody can wake any more are taken out, so that an outer level does not. */
	for (size_t i = first; i < r->n; i++)
		if (!r->rows[i].asleep)
			r->rows[first + keep++] = r->rows[i];
	r->n = first + keep;
}

void
redaction_name(struct redaction *r, struct span name)
{
	fields_fold(name, here(r)->name);
}

/* ---- judging ---- */

static enum secretfields_as
by_table(struct redaction *r)
{
	const char *path[REDACTION_LEVELS];

	if (r->fields.n == 0)
		return SECRETFIELDS_UNSAID;
	for (size_t i = 0; i < r->depth; i++)
		path[i] = r->levels[i].name;
	return secretfields_judge(&r->fields, path, r->depth);
}

/* What every answer may say, whatever it is about. */
static bool
common(const char *name)
{
	return strcmp(name, "requestid") == 0 || strcmp(name, "type") == 0;
}

static enum secretfields_as
judge(struct redaction *r, struct span value, bool bare, bool *valued)
{
	struct redaction_level *l = here(r);
	struct span name = span_of(l->name);
	enum secretfields_as as = by_table(r);

	*valued = false;
	if (as != SECRETFIELDS_UNSAID)
		return value.len == 0 || (bare && fields_harmless(value))
			   ? SECRETFIELDS_KEEP
			   : as;
	if (fields_harmless(value))
		return SECRETFIELDS_KEEP;
	if (r->fields.closed && !bare && !r->how->error && !common(l->name))
		return SECRETFIELDS_TEXT;
	if (l->below && typed(r, l->name))
		return l->name[0] == 'b' ? SECRETFIELDS_BASE64 : SECRETFIELDS_TEXT;
	if (fields_secret(name))
		return SECRETFIELDS_TEXT;
	*valued = fields_value(name);
	return *valued && l->secret ? SECRETFIELDS_TEXT : SECRETFIELDS_UNSAID;
}

static bool
of_value(uint8_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("%+/=_.-", c) != NULL);
}

/* The parameters of presigned URLs that make them work: their values. */
static bool
presigned(struct redaction *r, size_t from, size_t to)
{
	static const char *const names[] = {
		"X-Amz-Signature=", "X-Amz-Security-Token=", "X-Amz-Credential="
	};

	while (from < to) {
		const uint8_t *x = memmem(r->text.p + from, to - from, "-", 1);
		size_t end;

		if (x == NULL)
			return true;
		from = (size_t)(x - r->text.p) + 1;
		for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
			size_t n = strlen(names[i]) - 2; /* without "X-" */

			if (to - from < n || strncasecmp((const char *)r->text.p + from,
						 names[i] + 2, n) != 0)
				continue;
			end = from + n;
			while (end < to && of_value(r->text.p[end]))
				end++;
			if (end > from + n &&
			    add(r, from + n, end, PLACE_TEXT, false) == NULL)
				return false;
			from = end;
			break;
		}
	}
	return true;
}

/* What the rules of the session's policies add. */
static bool
more(struct redaction *r, size_t from, size_t to)
{
	struct span text = span_make(r->text.p + from, to - from);
	struct place_row *row;
	enum rc rc;

	if (r->how->more == NULL || text.len == 0 ||
	    fields_never(span_of(here(r)->name)))
		return true;
	buf_reset(&r->scratch);
	rc = r->how->more(r->how->arg, text, &r->scratch, r->err);
	if (rc != RC_OK || !buf_ok(&r->scratch)) {
		r->rc = rc != RC_OK ? rc : err_memory(r->err);
		return false;
	}
	if (span_eq(buf_span(&r->scratch), text))
		return true;
	if ((row = add(r, from, to, PLACE_REPLACED, false)) == NULL)
		return false;
	row->text = r->texts.len;
	row->len = r->scratch.len;
	buf_span_put(&r->texts, buf_span(&r->scratch));
	return buf_ok(&r->texts);
}

bool
redaction_value(struct redaction *r, size_t from, size_t to, bool bare)
{
	static const enum place_kind kinds[] = { [SECRETFIELDS_TEXT] = PLACE_TEXT,
		[SECRETFIELDS_BASE64] = PLACE_BASE64,
		[SECRETFIELDS_LOGIN] = PLACE_LOGIN };
	struct span value = span_make(r->text.p + from, to - from);
	struct redaction_level *l = here(r);
	enum secretfields_as as;
	bool valued;

	if (!bare && !l->secret && fields_tells(span_of(l->name), value))
		wake(r, l);
	as = judge(r, value, bare, &valued);
	if (as > SECRETFIELDS_KEEP)
		return add(r, from, to, bare ? PLACE_BARE : kinds[as], false) != NULL;
	if (valued) {
		if (l->asleep == NONE)
			l->asleep = r->n;
		if (add(r, from, to, bare ? PLACE_BARE : PLACE_TEXT, true) == NULL)
			return false;
	}
	return bare || (presigned(r, from, to) && more(r, from, to));
}

/* ---- the whole ---- */

/* Sleepers are gone by now: each went with its level. */
static void
settle(struct redaction *r)
{
	size_t at = 0, kept = 0;

	for (size_t i = 0; i < r->n; i++)
		if (r->rows[i].from >= at) {
			at = r->rows[i].to;
			r->rows[kept++] = r->rows[i];
		}
	r->n = kept;
	r->how = NULL;
	r->err = NULL;
}

static enum rc
read_text(struct redaction *r, struct err *err)
{
	bool good = r->how->form == FIELDS_XML	  ? redaction_xml(r)
		    : r->how->form == FIELDS_JSON ? redaction_json(r)
						  : false;

	if (good)
		return RC_OK;
	if (r->rc != RC_OK)
		return r->rc;
	return err_set(
	    err, RC_REFUSE, "byte %zu: not well-formed, or too much of it", r->at);
}

enum rc
redaction_new(const struct redaction_how *how, struct span text, struct redaction **ret,
    struct err *err)
{
	struct redaction *r = calloc(1, sizeof *r);
	enum rc rc;

	if (r == NULL)
		return err_memory(err);
	buf_init(&r->texts, 16 * text.len + 4096);
	buf_init(&r->scratch, 16 * text.len + 4096);
	r->how = how;
	r->text = text;
	r->err = err;
	(void)secretfields_of(
	    apicall_service(how->call), apicall_operation(how->call), &r->fields);
	r->items = strncmp(apicall_service(how->call), "dynamodb", 8) == 0;
	if ((rc = read_text(r, err)) != RC_OK) {
		redaction_free(r);
		return rc;
	}
	settle(r);
	*ret = r;
	return RC_OK;
}

void
redaction_free(struct redaction *r)
{
	if (r == NULL)
		return;
	buf_clear(&r->texts);
	buf_clear(&r->scratch);
	free(r->rows);
	free(r);
}

size_t
redaction_count(const struct redaction *r)
{
	return r->n;
}

size_t
redaction_size(const struct redaction *r, struct span text)
{
	return text.len + r->n * (sizeof MASK_BASE64 + 2) + r->texts.len + 1;
}

void
redaction_put(const struct redaction *r, struct span text, struct buf *out)
{
	size_t at = 0;

	for (size_t i = 0; i < r->n; i++) {
		const struct place_row *row = &r->rows[i];

		buf_put(out, text.p + at, row->from - at);
		if (row->kind == PLACE_REPLACED)
			buf_put(out, r->texts.p + row->text, row->len);
		else
			buf_text(out, masks[row->kind]);
		at = row->to;
	}
	buf_put(out, text.p + at, text.len - at);
}
