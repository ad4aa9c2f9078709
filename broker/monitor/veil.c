/* Masking what is shown of commands; see veil.h.  How their words are looked at stands in
 * veil_words.c. */
#include "broker/monitor/veil.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/keep.h"
#include "broker/monitor/veil_parts.h"
#include "policies/canon.h"
#include "recorder/mask/mask.h"
#include "recorder/mask/seed.h"

#define DEEP 32 /* no JSON of ours is deeper */

/* ---- making ---- */

enum rc
veil_new(const struct mask_policy *p, struct span seeds, const char *key_id,
    struct veil **ret, struct err *err)
{
	const size_t n = seeds.len / SEED_ROW;
	struct span *rows = calloc(n + 1, sizeof *rows);
	struct veil *v = calloc(1, sizeof *v);
	struct mask_more more = { .seeds = rows, .n_seeds = n };
	enum rc rc = RC_OK;

	for (size_t i = 0; rows != NULL && i < n; i++)
		rows[i] = span_make(seeds.p + i * SEED_ROW, SEED_ROW);
	if (rows == NULL || v == NULL)
		rc = err_memory(err);
	else if (seeds.len % SEED_ROW != 0)
		rc = err_set(err, RC_REFUSE, "rows of seeds that are cut");
	else if ((rc = mask_rules_new(p, &more, &v->rules, err)) == RC_OK) {
		v->all = mask_policy_counts_only(p);
		snprintf(v->key_id, sizeof v->key_id, "%s", key_id);
		*ret = v;
		v = NULL;
	}
	free(rows);
	veil_free(v);
	return rc;
}

void
veil_free(struct veil *v)
{
	if (v == NULL)
		return;
	mask_rules_free(v->rules);
	free(v);
}

const char *
veil_key_id(const struct veil *v)
{
	return v->key_id;
}

/* ---- a text ---- */

void
veil_line(const struct veil *v, struct span text, struct buf *out)
{
	size_t before = out->len;
	struct err err = { "" };

	if (text.len == 0 || !buf_ok(out))
		return;
	if (v == NULL)
		buf_text(out, "[MASKED]");
	else if (mask_text(v->rules, text, out, &err) != RC_OK) {
		if (out->len > before)
			memset(out->p + before, 0, out->len - before);
		out->bad = true;
	}
}

/* ---- JSON ---- */

static bool
put_element(void *arg, size_t i, struct buf *word)
{
	return json_array_set_new(arg, i, json_string(buf_cstr(word))) == 0;
}

/* An array stays one, with as many words. */
static bool
mask_argv(const struct veil *v, json_t *a)
{
	const size_t n = json_array_size(a);
	const char **list = calloc(n + 1, sizeof(*list));
	struct veil_list words = { list, n };
	json_t *copy = json_copy(a); /* its texts outlive what is put in their place */
	bool good = list != NULL && copy != NULL;

	for (size_t i = 0; good && i < n; i++)
		good = (list[i] = json_string_value(json_array_get(copy, i))) != NULL;
	good = good && veil_each_word(v, &words, put_element, a);
	json_decref(copy);
	free(list);
	return good;
}

static bool
mask_string(const struct veil *v, json_t *s, bool command)
{
	struct span text = span_make(json_string_value(s), json_string_length(s));
	struct buf out;
	bool good = true;

	if (text.len == 0)
		return true;
	buf_init(&out, mask_growth(text.len) + CANON_MOST);
	(void)(command ? veil_command(v, json_string_value(s), &out)
		       : veil_line(v, text, &out));
	if (!buf_ok(&out))
		good = false;
	else if (!span_eq(buf_span(&out), text))
		good = json_string_setn(s, (const char *)out.p, out.len) == 0;
	buf_clear(&out);
	return good;
}

static bool
is_command(const char *name)
{
	return name != NULL &&
	       (strcmp(name, "command") == 0 || strcmp(name, "line") == 0);
}

static bool
mask_value(const struct veil *v, const char *name, json_t *o, unsigned deep)
{
	const char *key;
	json_t *one;
	size_t i;

	if (deep == 0)
		return false;
	if (json_is_string(o))
		return mask_string(v, o, is_command(name));
	if (json_is_array(o) && name != NULL && strcmp(name, "argv") == 0)
		return mask_argv(v, o);
	if (json_is_array(o))
		json_array_foreach(
		    o, i, one) if (!mask_value(v, NULL, one, deep - 1)) return false;
	if (json_is_object(o))
		json_object_foreach(
		    o, key, one) if (!mask_value(v, key, one, deep - 1)) return false;
	return true;
}

bool
veil_json(const struct veil *v, json_t *o)
{
	return mask_value(v, NULL, o, DEEP);
}

char *
veil_detail_take(const struct veil *v, json_t *o, size_t flags)
{
	if (o != NULL && !veil_json(v, o)) {
		json_decref(o);
		return NULL;
	}
	return keep_detail_take(o, flags);
}
