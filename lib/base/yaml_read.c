/* Readers over the nodes of a YAML tree: one value each, bounded, with the place in
 * the message; see yaml.h. */
#include "lib/base/yaml.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/quantity.h"
#include "lib/base/text.h"

/* How much of a wrong value a message repeats, in bytes before escaping. */
#define SHOWN 40

static enum rc
fail_with(const struct yaml_node *n, struct err *err, const char *phrase)
{
	return err_set(err, RC_REFUSE, "%s:%u:%u: %s", yaml_file(n), yaml_line(n),
	    yaml_column(n), phrase);
}

enum rc
yaml_fail(const struct yaml_node *n, struct err *err, const char *fmt, ...)
{
	char phrase[ERR_TEXT];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(phrase, sizeof phrase, fmt, ap);
	va_end(ap);
	return fail_with(n, err, phrase);
}

/* What stands there, made printable. */
static void
found(const struct yaml_node *n, char *out, size_t size)
{
	struct span s = yaml_span(n);
	struct buf shown;

	if (yaml_kind(n) != YAML_TEXT) {
		snprintf(out, size, "%s", yaml_kind_name(yaml_kind(n)));
		return;
	}
	buf_init(&shown, (size_t)SHOWN * 4);
	text_escape(&shown, span_make(s.p, s.len > SHOWN ? SHOWN : s.len));
	snprintf(out, size, "\"%s%s\"", buf_cstr(&shown), s.len > SHOWN ? "..." : "");
	buf_clear(&shown);
}

enum rc
yaml_expected(const struct yaml_node *n, struct err *err, const char *fmt, ...)
{
	char phrase[ERR_TEXT], here[SHOWN * 4 + 8];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(phrase, sizeof phrase, fmt, ap);
	va_end(ap);
	found(n, here, sizeof here);
	return err_set(err, RC_REFUSE, "%s:%u:%u: expected %s, found %s", yaml_file(n),
	    yaml_line(n), yaml_column(n), phrase, here);
}

const char *
yaml_kind_name(enum yaml_kind kind)
{
	static const char *const names[] = {
		[YAML_MAP] = "a mapping",
		[YAML_LIST] = "a list",
		[YAML_TEXT] = "text",
	};

	return names[kind];
}

enum rc
yaml_want(const struct yaml_node *n, enum yaml_kind kind, struct err *err)
{
	if (yaml_kind(n) == kind)
		return RC_OK;
	return yaml_expected(n, err, "%s", yaml_kind_name(kind));
}

/* "a, b, c" of words that end with NULL. */
static void
join(const char *const *words, char *out, size_t size)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; words[i] != NULL && used < size; i++) {
		int n = snprintf(
		    out + used, size - used, "%s%s", i > 0 ? ", " : "", words[i]);

		used += n > 0 ? (size_t)n : 0;
	}
}

static bool
among(const char *text, const char *const *words, size_t *ret)
{
	for (size_t i = 0; words[i] != NULL; i++) {
		if (strcmp(text, words[i]) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

enum rc
yaml_want_keys(const struct yaml_node *n, const char *const *known, struct err *err)
{
	char all[ERR_TEXT / 2];
	size_t at;
	enum rc rc;

	if ((rc = yaml_want(n, YAML_MAP, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		if (among(yaml_cstr(yaml_key(v)), known, &at))
			continue;
		join(known, all, sizeof all);
		return yaml_expected(yaml_key(v), err, "a key out of %s", all);
	}
	return RC_OK;
}

enum rc
yaml_line_text(const struct yaml_node *n, size_t least, size_t most, const char **ret,
    struct err *err)
{
	struct span s = yaml_span(n);
	uint32_t cp = 0;
	unsigned step;
	enum rc rc;

	if ((rc = yaml_want(n, YAML_TEXT, err)) != RC_OK)
		return rc;
	if (s.len < least || s.len > most)
		return yaml_expected(n, err, "text of %zu to %zu bytes", least, most);
	for (; s.len > 0; s = span_make(s.p + step, s.len - step)) {
		step = 1;
		if (s.p[0] >= 0x20 && s.p[0] < 0x7F)
			continue;
		if ((step = text_char(s, &cp)) == 0 || !text_plain(cp))
			return yaml_expected(
			    n, err, "one line of printable characters");
	}
	*ret = yaml_cstr(n);
	return RC_OK;
}

enum rc
yaml_choice(
    const struct yaml_node *n, const char *const *words, size_t *ret, struct err *err)
{
	char all[ERR_TEXT / 2];

	if (yaml_kind(n) == YAML_TEXT && among(yaml_cstr(n), words, ret))
		return RC_OK;
	join(words, all, sizeof all);
	return yaml_expected(n, err, "%s%s", words[1] != NULL ? "one of " : "", all);
}

enum rc
yaml_bool(const struct yaml_node *n, bool *ret, struct err *err)
{
	static const char *const words[] = { "false", "true", NULL };
	size_t at;

	if (yaml_kind(n) != YAML_TEXT || !among(yaml_cstr(n), words, &at))
		return yaml_expected(n, err, "true or false");
	*ret = at == 1;
	return RC_OK;
}

enum rc
yaml_uint(const struct yaml_node *n, uint64_t least, uint64_t most, uint64_t *ret,
    struct err *err)
{
	uint64_t v;

	if (!quantity_uint(yaml_span(n), &v) || v < least || v > most)
		return yaml_expected(
		    n, err, "a number from %" PRIu64 " to %" PRIu64, least, most);
	*ret = v;
	return RC_OK;
}

enum rc
yaml_duration(const struct yaml_node *n, uint64_t least, uint64_t most, uint64_t *ret,
    struct err *err)
{
	char from[QUANTITY_TEXT], to[QUANTITY_TEXT];
	uint64_t v;

	if (quantity_duration(yaml_span(n), &v) && v >= least && v <= most) {
		*ret = v;
		return RC_OK;
	}
	quantity_duration_text(least, from);
	quantity_duration_text(most, to);
	return yaml_expected(n, err, "a duration from %s to %s", from, to);
}

enum rc
yaml_size(const struct yaml_node *n, uint64_t least, uint64_t most, uint64_t *ret,
    struct err *err)
{
	char from[QUANTITY_TEXT], to[QUANTITY_TEXT];
	uint64_t v;

	if (quantity_size(yaml_span(n), &v) && v >= least && v <= most) {
		*ret = v;
		return RC_OK;
	}
	quantity_size_text(least, from);
	quantity_size_text(most, to);
	return yaml_expected(n, err, "a size from %s to %s", from, to);
}
