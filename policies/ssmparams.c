/* Parameters of a session's document; see ssmparams.h.  Where the CLI's shorthand could
 * be read in two ways it is refused: JSON always says what is meant. */
#include "policies/ssmparams.h"

#include <jansson.h>
#include <string.h>

#define AS_JSON "write it as JSON: --parameters '{\"command\":[\"...\"]}'"

struct reader {
	const char *at;
	struct ssmparam *known;
	size_t n;
	struct refusal *r;
};

static enum rc
usage(struct reader *rd, const char *what)
{
	return refusal_set(rd->r, STATUS_USAGE, "value: --parameters: %s", what);
}

/* Its row, to be filled. */
static enum rc
take(struct reader *rd, struct span name, struct ssmparam **ret)
{
	for (size_t i = 0; i < rd->n; i++) {
		struct ssmparam *p = &rd->known[i];

		if (!span_is(name, p->name))
			continue;
		if (p->set)
			return usage(rd, "a parameter stands twice");
		p->set = true;
		*ret = p;
		return RC_OK;
	}
	return usage(rd, "a parameter that Broker does not pass on");
}

/* ---- JSON ---- */

static enum rc
take_json(struct reader *rd, const char *name, const json_t *v)
{
	struct ssmparam *p = NULL;
	enum rc rc = take(rd, span_of(name), &p);

	if (rc != RC_OK)
		return rc;
	if (json_is_array(v) && json_array_size(v) == 1)
		v = json_array_get(v, 0);
	if (!json_is_string(v))
		return usage(rd, "each parameter is a list of one text");
	buf_put(p->value, json_string_value(v), json_string_length(v));
	return RC_OK;
}

static enum rc
read_json(struct reader *rd)
{
	json_t *o = json_loads(rd->at, JSON_REJECT_DUPLICATES, NULL), *v;
	const char *name;
	enum rc rc = RC_OK;

	if (!json_is_object(o))
		rc = usage(rd, "this is no JSON object");
	json_object_foreach(o, name, v)
	{
		if (rc == RC_OK)
			rc = take_json(rd, name, v);
	}
	json_decref(o);
	return rc;
}

/* ---- shorthand ---- */

/* In quotes a backslash takes the next of its own kind, as the CLI has it. */
static enum rc
take_quoted(struct reader *rd, struct buf *out)
{
	char quote = *rd->at++;

	for (; *rd->at != '\0' && *rd->at != quote; rd->at++) {
		if (*rd->at == '\\' && (rd->at[1] == quote || rd->at[1] == '\\'))
			rd->at++;
		buf_u8(out, (uint8_t)*rd->at);
	}
	if (*rd->at == '\0')
		return usage(rd, "a quote is not closed; " AS_JSON);
	rd->at++;
	return RC_OK;
}

static enum rc
take_text(struct reader *rd, struct buf *out, const char *ends)
{
	size_t n;

	if (*rd->at == '"' || *rd->at == '\'')
		return take_quoted(rd, out);
	n = strcspn(rd->at, ends);
	/* The CLI takes blanks at both ends away, and reads these as more. */
	if (n == 0 || rd->at[0] == ' ' || rd->at[n - 1] == ' ' ||
	    memchr(rd->at, '[', n) != NULL || memchr(rd->at, '{', n) != NULL ||
	    memchr(rd->at, '\\', n) != NULL)
		return usage(rd, "this could be read in two ways; " AS_JSON);
	buf_put(out, rd->at, n);
	rd->at += n;
	return RC_OK;
}

static enum rc
take_value(struct reader *rd, struct buf *out)
{
	bool list = *rd->at == '[';
	enum rc rc;

	rd->at += list;
	if ((rc = take_text(rd, out, list ? ",]" : ",")) != RC_OK || !list)
		return rc;
	if (*rd->at != ']')
		return usage(rd, "each parameter is a list of one text");
	rd->at++;
	return RC_OK;
}

static enum rc
read_shorthand(struct reader *rd)
{
	enum rc rc;

	for (;;) {
		size_t n = strcspn(rd->at, "=,");
		struct ssmparam *p = NULL;

		if (rd->at[n] != '=')
			return usage(rd, "NAME=VALUE is missing; " AS_JSON);
		if ((rc = take(rd, span_make(rd->at, n), &p)) != RC_OK)
			return rc;
		rd->at += n + 1;
		if ((rc = take_value(rd, p->value)) != RC_OK || *rd->at == '\0')
			return rc;
		if (*rd->at++ != ',')
			return usage(rd, "this could be read in two ways; " AS_JSON);
	}
}

enum rc
ssmparams_read(const char *text, struct ssmparam *known, size_t n, struct refusal *r)
{
	struct reader rd = { text, known, n, r };
	enum rc rc;

	while (*rd.at == ' ')
		rd.at++;
	if (strncmp(rd.at, "file:", 5) == 0 || strncmp(rd.at, "fileb:", 6) == 0)
		return usage(&rd, "there are no files here; " AS_JSON);
	rc = *rd.at == '{' ? read_json(&rd) : read_shorthand(&rd);
	for (size_t i = 0; rc == RC_OK && i < n; i++)
		if (!buf_ok(known[i].value))
			rc = usage(&rd, "a value is too long");
	return rc;
}
