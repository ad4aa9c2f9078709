/* Answers to lists of things; see previewread.h. */
#include "broker/monitor/previewread.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "broker/monitor/answertree.h"
#include "lib/base/text.h"
#include "lib/base/uri.h"

struct taker {
	const struct previewtable_step *step;
	const char *name;
	size_t most;
	json_t *items;
	struct previewread_sum *sum;
	bool failed; /* no memory */
};

/* ---- values ---- */

/* As much as is kept, whole characters, and how much was not. */
static json_t *
bounded(struct span s)
{
	size_t n = s.len <= PREVIEWREAD_VALUE ? s.len : PREVIEWREAD_VALUE;
	struct buf b;
	json_t *o;

	if (!text_utf8(s))
		return NULL;
	while (n < s.len && n > 0 && (s.p[n] & 0xC0) == 0x80)
		n--;
	buf_init(&b, PREVIEWREAD_VALUE + 64);
	buf_put(&b, s.p, n);
	if (n < s.len)
		buf_printf(&b, " [+%zu bytes]", s.len - n);
	o = json_stringn(b.p == NULL ? "" : (const char *)b.p, b.len);
	buf_clear(&b);
	return o;
}

/* A number is seconds since 1970, or milliseconds where it is too large for that. */
static void
put_time(const json_t *node, struct buf *out)
{
	double v = json_number_value(node);
	char text[32];
	struct tm tm;
	time_t t;

	if (!json_is_number(node) || !(v > 0 && v < 1e14)) {
		(void)answertree_text(node, out);
		return;
	}
	t = (time_t)(v > 1e11 ? v / 1000 : v);
	if (gmtime_r(&t, &tm) != NULL &&
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0)
		buf_text(out, text);
}

struct values {
	struct buf text;
	size_t n;
	bool time;
};

static bool
add_value(void *arg, const json_t *node)
{
	struct values *v = arg;
	struct buf one;

	buf_init(&one, 2 * PREVIEWREAD_VALUE);
	if (v->time)
		put_time(node, &one);
	else if (!answertree_text(node, &one))
		buf_reset(&one);
	/* What is too long for the buffer is longer than is kept, too. */
	if (!buf_ok(&one)) {
		buf_reset(&one);
		buf_text(&one, "(long)");
	}
	if (one.len > 0 && v->n++ < PREVIEWREAD_VALUES) {
		buf_text(&v->text, v->text.len > 0 ? ", " : "");
		buf_span_put(&v->text, buf_span(&one));
	}
	buf_clear(&one);
	return true;
}

/* All that stands at the path, in one text; NULL when nothing does. */
static json_t *
value_at(const json_t *node, const char *path, bool time)
{
	struct values v = { .time = time };
	json_t *o = NULL;

	buf_init(&v.text, 4 * PREVIEWREAD_VALUES * PREVIEWREAD_VALUE);
	answertree_walk(node, path, add_value, &v);
	if (v.n > PREVIEWREAD_VALUES)
		buf_printf(&v.text, " and %zu more", v.n - PREVIEWREAD_VALUES);
	if (v.n > 0 && buf_ok(&v.text))
		o = bounded(buf_span(&v.text));
	buf_clear(&v.text);
	return o;
}

/* ---- one thing ---- */

/* A name that is no text without its encoding is shown with it. */
static json_t *
name_of(const struct taker *t, const json_t *node)
{
	const struct previewtable_read *r = t->step->read;
	struct buf raw, plain;
	json_t *o = NULL;

	if (r->name == NULL)
		return json_string(t->name == NULL ? "" : t->name);
	buf_init(&raw, 1 << 20);
	buf_init(&plain, 1 << 20);
	node = answertree_first(node, r->name);
	if (node == NULL || !answertree_text(node, &raw))
		buf_reset(&raw);
	if (r->form == PREVIEWTABLE_ENCODED) {
		for (size_t i = 0; i < raw.len; i++) /* a form's blank */
			raw.p[i] = raw.p[i] == '+' ? ' ' : raw.p[i];
		if (uri_decode(&plain, buf_span(&raw)) && text_utf8(buf_span(&plain)) &&
		    !span_has_nul(buf_span(&plain)))
			o = bounded(buf_span(&plain));
	}
	if (o == NULL && buf_ok(&raw))
		o = bounded(buf_span(&raw));
	buf_clear(&raw);
	buf_clear(&plain);
	return o;
}

static json_t *
about_of(const struct taker *t, const json_t *node)
{
	const char *at = t->step->read->shown;
	char word[192];
	json_t *about = json_object(), *v;

	while (about != NULL && at != NULL && *at != '\0') {
		size_t n = strcspn(at, " "), head;

		if (!span_copy(span_make(at, n), word, sizeof word))
			break;
		at += n + strspn(at + n, " ");
		head = strcspn(word, "=@");
		v = value_at(node, word + head + 1, word[head] == '@');
		word[head] = '\0';
		if (v != NULL)
			(void)json_object_set_new(about, word, v);
	}
	return about;
}

static bool
add_tag(void *arg, const json_t *node)
{
	static const char *const keys[] = { "key", "Key" };
	static const char *const values[] = { "value", "Value" };
	json_t *tags = arg, *value = NULL;
	const char *key = NULL;

	for (size_t i = 0; i < 2; i++) {
		if (key == NULL)
			key = json_string_value(json_object_get(node, keys[i]));
		if (value == NULL)
			value = value_at(node, values[i], false);
	}
	if (key != NULL && strlen(key) <= PREVIEWREAD_VALUE)
		(void)json_object_set_new(
		    tags, key, value != NULL ? value : json_string(""));
	else
		json_decref(value);
	return json_object_size(tags) < PREVIEWREAD_TAGS;
}

static uint64_t
bytes_of(const struct taker *t, const json_t *node, bool *there)
{
	const char *path = t->step->read->bytes;
	const json_t *at = path == NULL ? NULL : answertree_first(node, path);
	uint64_t n = 0;

	*there = at != NULL && answertree_number(at, &n);
	return n;
}

static json_t *
item_of(const struct taker *t, const json_t *node)
{
	const struct previewtable_read *r = t->step->read;
	json_t *item = json_object(), *tags;
	bool sized;
	uint64_t bytes = bytes_of(t, node, &sized);

	if (item == NULL || json_object_set_new(item, "what", json_string(r->one)) ||
	    json_object_set_new(item, "name", name_of(t, node)) ||
	    json_object_set_new(item, "about", about_of(t, node)) ||
	    (sized && bytes <= INT64_MAX &&
		json_object_set_new(item, "bytes", json_integer((json_int_t)bytes))) ||
	    (t->step->target && json_object_set_new(item, "target", json_true()))) {
		json_decref(item);
		return NULL;
	}
	if (r->tags == NULL)
		return item;
	if ((tags = json_object()) != NULL)
		answertree_walk(node, r->tags, add_tag, tags);
	if (json_object_size(tags) > 0)
		(void)json_object_set(item, "tags", tags);
	json_decref(tags);
	return item;
}

static bool
wanted(const struct taker *t, const json_t *node)
{
	const char *only = t->step->read->only, *is;

	if (only == NULL || t->step->only == NULL)
		return true;
	is = json_string_value(answertree_first(node, only));
	return is != NULL && strcmp(is, t->step->only) == 0;
}

static bool
take(void *arg, const json_t *node)
{
	struct taker *t = arg;
	json_t *item;
	bool sized;
	uint64_t bytes;

	/* An element that is there and empty is no thing. */
	if (json_is_null(node) ||
	    (json_is_string(node) && json_string_length(node) == 0) || !wanted(t, node))
		return true;
	t->sum->count++;
	bytes = bytes_of(t, node, &sized);
	t->sum->sized = t->sum->sized || sized;
	t->sum->bytes += bytes < UINT64_MAX - t->sum->bytes ? bytes : 0;
	if (json_array_size(t->items) >= t->most)
		return true;
	item = item_of(t, node);
	t->failed = item == NULL || json_array_append_new(t->items, item) != 0;
	return !t->failed;
}

enum rc
previewread_take(const struct previewtable_step *step, const char *name,
    const json_t *tree, size_t most, json_t *items, struct previewread_sum *sum,
    struct err *err)
{
	struct taker t = {
		.step = step, .name = name, .most = most, .items = items, .sum = sum
	};

	answertree_walk(tree, step->read->each, take, &t);
	return t.failed ? err_memory(err) : RC_OK;
}

/* ---- around them ---- */

bool
previewread_next(const struct previewtable_read *read, const json_t *tree,
    char member[PREVIEWREAD_CODE], struct buf *token)
{
	const json_t *node;
	size_t n;

	if (read->next == NULL)
		return false;
	n = strcspn(read->next, "=");
	node = answertree_first(tree, read->next + n + 1);
	return span_copy(span_make(read->next, n), member, PREVIEWREAD_CODE) &&
	       json_is_string(node) && json_string_length(node) > 0 &&
	       json_string_length(node) <= APICALL_VALUE &&
	       answertree_text(node, token) && buf_ok(token);
}

/* "com.amazonaws#Code", "Code:http://…" and "Code". */
static void
put_code(struct span s, char ret[PREVIEWREAD_CODE])
{
	const uint8_t *hash = s.len == 0 ? NULL : memchr(s.p, '#', s.len);
	size_t n = 0;

	if (hash != NULL)
		s = span_make(hash + 1, s.len - (size_t)(hash + 1 - s.p));
	for (; n < s.len && s.p[n] != ':'; n++) {
		uint8_t c = s.p[n], low = c | 0x20;

		if (n + 1 >= PREVIEWREAD_CODE ||
		    (!(low >= 'a' && low <= 'z') && !(c >= '0' && c <= '9') &&
			c != '.' && c != '_')) {
			ret[0] = '\0';
			return;
		}
		ret[n] = (char)c;
	}
	ret[n] = '\0';
}

void
previewread_error(enum awsmodel_protocol protocol, struct span type, struct span body,
    char ret[PREVIEWREAD_CODE])
{
	static const char *const json_paths[] = { "__type", "code", NULL };
	/* query and route53; ec2; s3 */
	static const char *const xml_paths[] = { "Error.Code", "Errors.Error.Code",
		"Code", NULL };
	const bool json = protocol == AWSMODEL_JSON || protocol == AWSMODEL_REST_JSON;
	const json_t *node = NULL;
	json_t *tree = NULL;

	put_code(type, ret);
	if (ret[0] != '\0' ||
	    (json ? answertree_json : answertree_xml)(body, &tree, NULL) != RC_OK)
		return;
	for (const char *const *p = json ? json_paths : xml_paths;
	     *p != NULL && !json_is_string(node); p++)
		node = answertree_first(tree, *p);
	put_code(span_of(json_string_value(node)), ret);
	json_decref(tree);
}
