/* What people approve of a runbook, and its digest; see runbook.h. */
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "policies/runbook_parts.h"

/* Another way to write it down would be another line. */
static const char head[] = "broker-runbook/1\n";

/* Yours; NULL: out of memory. */
static json_t *
json_of(const struct yaml_node *n)
{
	const struct yaml_node *v;
	json_t *o;
	int bad = 0;

	switch (yaml_kind(n)) {
	case YAML_TEXT:
		return json_stringn((const char *)yaml_span(n).p, yaml_span(n).len);
	case YAML_LIST:
		o = json_array();
		for (v = yaml_first(n); v != NULL && bad == 0; v = yaml_next(v))
			bad = json_array_append_new(o, json_of(v));
		break;
	default:
		o = json_object();
		for (v = yaml_first(n); v != NULL && bad == 0; v = yaml_next(v))
			bad =
			    json_object_set_new(o, yaml_cstr(yaml_key(v)), json_of(v));
	}
	if (bad == 0)
		return o;
	json_decref(o);
	return NULL;
}

/* Some text in it is the name: it may mean the set. */
static bool
says(const struct yaml_node *n, const char *name)
{
	if (yaml_kind(n) == YAML_TEXT)
		return strcmp(yaml_cstr(n), name) == 0;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v))
		if (says(v, name))
			return true;
	return false;
}

/* What a set has in it is part of what people approve. */
static int
add_sets(json_t *o, const struct yaml_node *sets, const struct yaml_node *map)
{
	json_t *all = json_object();
	int bad = all == NULL;

	for (const struct yaml_node *v = yaml_first(sets); v != NULL && bad == 0;
	     v = yaml_next(v))
		if (says(map, yaml_cstr(yaml_key(v))))
			bad = json_object_set_new(
			    all, yaml_cstr(yaml_key(v)), json_of(v));
	if (bad == 0 && json_object_size(all) > 0)
		bad = json_object_set(o, "sets", all);
	json_decref(all);
	return bad;
}

static char *
text_of(const struct runbook *rb, const struct rule_file *f)
{
	json_t *o = json_object();
	char *text = NULL;

	if (o != NULL &&
	    json_object_set_new(o, "policy", json_string(f->policy)) == 0 &&
	    json_object_set_new(o, "runbook", json_of(rb->map)) == 0 &&
	    (f->sets == NULL || add_sets(o, f->sets, rb->map) == 0))
		text =
		    json_dumps(o, JSON_SORT_KEYS | JSON_INDENT(2) | JSON_ENSURE_ASCII);
	json_decref(o);
	return text;
}

void
runbook_put_who(const struct runbook *rb, struct buf *out)
{
	const struct yaml_node *who = yaml_find(rb->map, "who");
	json_t *o = who == NULL ? NULL : json_of(who);
	char *text = o == NULL ? NULL : json_dumps(o, JSON_ENSURE_ASCII);

	if (who == NULL)
		buf_text(out, "everybody");
	else if (text != NULL)
		buf_text(out, text);
	else
		out->bad = true;
	free(text);
	json_decref(o);
}

enum rc
runbook_render(struct runbook *rb, const struct rule_file *file, struct err *err)
{
	char *text = text_of(rb, file);
	size_t n = 0;

	if (text == NULL)
		return err_memory(err);
	buf_text(&rb->content, head);
	buf_text(&rb->content, text);
	buf_text(&rb->content, "\n");
	free(text);
	if (!buf_ok(&rb->content))
		return yaml_fail(rb->map, err,
		    "a runbook is at most %d bytes with the sets that it names",
		    RUNBOOK_CONTENT);
	if (EVP_Q_digest(NULL, "SHA256", NULL, rb->content.p, rb->content.len,
		rb->digest, &n) != 1 ||
	    n != RUNBOOK_DIGEST)
		return err_set(err, RC_FAIL, "SHA-256 failed");
	return RC_OK;
}
