/* JSON and XML to the same tree; see answertree.h. */
#include "broker/monitor/answertree.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/quantity.h"
#include "lib/base/xml.h"

/* ---- JSON ---- */

/* jansson goes as deep as 2048, and as wide as memory; so far nothing of AWS's goes.
 * NULL when it is within bounds. */
static const char *
out_of_bounds(struct span s)
{
	unsigned depth = 0, values = 0;
	bool text = false;

	for (size_t i = 0; i < s.len; i++) {
		uint8_t c = s.p[i];

		if (text) {
			i += c == '\\';
			text = c != '"';
			continue;
		}
		text = c == '"';
		depth += c == '[' || c == '{';
		depth -= (c == ']' || c == '}') && depth > 0;
		values += c == '[' || c == '{' || c == ',';
		if (depth > ANSWERTREE_DEPTH)
			return "JSON that is too deep";
		if (values > ANSWERTREE_ELEMENTS)
			return "JSON of too many values";
	}
	return NULL;
}

enum rc
answertree_json(struct span body, json_t **ret, struct err *err)
{
	const char *bad = out_of_bounds(body);
	json_error_t why;
	json_t *o;

	if (bad != NULL)
		return err_set(err, RC_REFUSE, "%s", bad);
	o = json_loadb((const char *)body.p, body.len, JSON_REJECT_DUPLICATES, &why);
	if (o == NULL && json_error_code(&why) == json_error_out_of_memory)
		return err_memory(err);
	if (o == NULL || !json_is_object(o)) {
		json_decref(o);
		return err_set(err, RC_REFUSE, "no JSON object");
	}
	*ret = o;
	return RC_OK;
}

/* ---- XML ---- */

struct builder {
	json_t *v[XML_DEPTH_MAX + 1]; /* the open elements; an object once it has one */
	char names[XML_DEPTH_MAX][XML_NAME_MAX + 1];
	size_t depth;
	json_t *root;
};

static enum rc
on_open(void *arg, struct span name, struct err *err)
{
	struct builder *b = arg;

	if (b->depth > 0 && b->v[b->depth - 1] == NULL &&
	    (b->v[b->depth - 1] = json_object()) == NULL)
		return err_memory(err);
	if (!span_copy(name, b->names[b->depth], sizeof b->names[0]))
		return err_set(err, RC_REFUSE, "XML: a name that is too long");
	b->v[b->depth++] = NULL;
	return RC_OK;
}

static json_t *
text_node(struct span raw, struct err *err)
{
	struct buf text;
	json_t *node = NULL;

	buf_init(&text, raw.len + 4);
	if (xml_decode(raw, &text, err) == RC_OK)
		node =
		    json_stringn(text.len == 0 ? "" : (const char *)text.p, text.len);
	buf_clear(&text);
	return node;
}

/* Below its parent: beside what stood there by the same name. */
static int
put_take(json_t *parent, const char *name, json_t *node)
{
	json_t *there = json_object_get(parent, name), *list;

	if (there == NULL)
		return json_object_set_new(parent, name, node);
	if (json_is_array(there))
		return json_array_append_new(there, node);
	if ((list = json_array()) == NULL || json_array_append(list, there) != 0 ||
	    json_array_append(list, node) != 0) {
		json_decref(list);
		json_decref(node);
		return -1;
	}
	json_decref(node);
	return json_object_set_new(parent, name, list);
}

static enum rc
on_close(void *arg, struct span raw, bool parent, struct err *err)
{
	struct builder *b = arg;
	json_t *node = b->v[--b->depth];

	b->v[b->depth] = NULL;
	if (!parent && (node = text_node(raw, err)) == NULL)
		return err_set(err, RC_REFUSE, "XML: a text that is none");
	if (b->depth == 0) {
		b->root = node;
		return RC_OK;
	}
	return put_take(b->v[b->depth - 1], b->names[b->depth], node) == 0
		   ? RC_OK
		   : err_memory(err);
}

enum rc
answertree_xml(struct span body, json_t **ret, struct err *err)
{
	struct builder b = { .depth = 0 };
	const struct xml_visitor visitor = { &b, on_open, on_close,
		ANSWERTREE_ELEMENTS };
	enum rc rc = xml_walk(body, &visitor, err);

	while (b.depth > 0)
		json_decref(b.v[--b.depth]);
	if (rc == RC_OK)
		*ret = b.root;
	else
		json_decref(b.root);
	return rc;
}

/* ---- walking ---- */

static bool
walk(const json_t *node, const char *path, answertree_fn *see, void *arg)
{
	const size_t n = strcspn(path, ".");
	const json_t *item;
	size_t i;

	if (json_is_array(node)) {
		json_array_foreach(node, i, item)
		{
			if (!walk(item, path, see, arg))
				return false;
		}
		return true;
	}
	if (n == 0)
		return see(arg, node);
	item = json_object_getn(node, path, n);
	return item == NULL ||
	       walk(item, path + n + (path[n] == '.' ? 1 : 0), see, arg);
}

void
answertree_walk(const json_t *node, const char *path, answertree_fn *see, void *arg)
{
	(void)walk(node, path, see, arg);
}

static bool
keep_first(void *arg, const json_t *node)
{
	*(const json_t **)arg = node;
	return false;
}

const json_t *
answertree_first(const json_t *node, const char *path)
{
	const json_t *found = NULL;

	answertree_walk(node, path, keep_first, &found);
	return found;
}

bool
answertree_text(const json_t *node, struct buf *out)
{
	if (json_is_string(node))
		buf_put(out, json_string_value(node), json_string_length(node));
	else if (json_is_integer(node))
		buf_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(node));
	else if (json_is_real(node))
		buf_printf(out, "%.15g", json_real_value(node));
	else if (json_is_boolean(node))
		buf_text(out, json_is_true(node) ? "true" : "false");
	else
		return false;
	return true;
}

bool
answertree_number(const json_t *node, uint64_t *ret)
{
	if (json_is_string(node))
		return quantity_uint(span_of(json_string_value(node)), ret);
	if (!json_is_integer(node) || json_integer_value(node) < 0)
		return false;
	*ret = (uint64_t)json_integer_value(node);
	return true;
}
