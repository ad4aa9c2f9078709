/* Lists of options as authors write them; see optlist.h. */
#include "policies/optlist.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policies/optlist_parts.h"
#include "policies/vocab.h"

#define LETTERS_TEXT 128
#define NAME 64
#define VALUES 128 /* keys under `values` */

static bool
is_letter(char c)
{
	return c > ' ' && c < 0x7f && strchr("-:;='\"\\`", c) == NULL;
}

static enum rc
read_letters(
    const struct yaml_node *n, struct optlist *l, struct letters *ours, struct err *err)
{
	struct letters seen = { { 0 } };
	const char *p;
	enum rc rc;

	if ((rc = yaml_line_text(n, 0, LETTERS_TEXT, &p, err)) != RC_OK)
		return rc;
	for (; *p != '\0'; p++) {
		if (!is_letter(*p))
			return yaml_expected(n, err, "letters of options, joined");
		if (letters_has(&seen, (unsigned char)*p))
			return yaml_fail(n, err, "-%c stands here twice", *p);
		if (ours != &l->flags ? letters_has(&l->flags, (unsigned char)*p)
				      : letters_has(&l->values, (unsigned char)*p))
			return yaml_fail(
			    n, err, "-%c stands under short and under short_value", *p);
		letters_add(&seen, (unsigned char)*p);
		letters_add(ours, (unsigned char)*p);
	}
	return RC_OK;
}

static const char *
keep_name(struct optlist *l, const char *name, size_t n)
{
	char *ret = l->text + l->used;

	memcpy(ret, name, n);
	ret[n] = '\0';
	l->used += n + 1;
	return ret;
}

static struct longopt *
find_long(struct longopt *longs, size_t n, const char *name, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(longs[i].name) == len &&
		    memcmp(longs[i].name, name, len) == 0)
			return &longs[i];
	return NULL;
}

static enum rc
read_name(const struct yaml_node *n, void *arg, struct err *err)
{
	static const char chars[] = "abcdefghijklmnopqrstuvwxyz0123456789-_."
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	enum optarity arity = OPTARITY_UNKNOWN;
	struct optlist *l = arg;
	const char *name;
	struct longopt *twin;
	size_t len;
	enum rc rc;

	if ((rc = yaml_line_text(n, 1, NAME, &name, err)) != RC_OK)
		return rc;
	len = strspn(name, chars);
	if (name[len] == '\0')
		arity = OPTARITY_FLAG;
	else if (strcmp(name + len, "=") == 0)
		arity = OPTARITY_VALUE;
	else if (strcmp(name + len, "[=]") == 0)
		arity = OPTARITY_JOINED;
	if (len == 0 || name[0] == '-' || arity == OPTARITY_UNKNOWN)
		return yaml_expected(n, err,
		    "the name of a long option without its dashes, with = or [=] "
		    "behind "
		    "it if it takes a value");
	if ((twin = find_long(l->longs, l->n_longs, name, len)) != NULL) {
		if (twin->arity == arity)
			return RC_OK;
		return yaml_fail(n, err, "--%s stands here in two ways", twin->name);
	}
	if (l->n_longs == OPTLIST_LONGS)
		return yaml_fail(n, err, "more than %d long options", OPTLIST_LONGS);
	l->longs[l->n_longs++] =
	    (struct longopt){ .name = keep_name(l, name, len), .arity = arity };
	return RC_OK;
}

static bool
knows_value(const struct optlist *l, const char *key)
{
	struct longopt *o;

	if (key[0] != '\0' && key[1] == '\0' &&
	    letters_has(&l->values, (unsigned char)key[0]))
		return true;
	o = find_long(l->longs, l->n_longs, key, strlen(key));
	return o != NULL && o->arity != OPTARITY_FLAG;
}

const struct matcher *
optlist_value(const struct optlist *l, char letter, const char *name)
{
	for (size_t i = 0; i < l->n_values; i++) {
		const struct value *v = &l->value_rows[i];

		if (name != NULL ? v->name != NULL && strcmp(v->name, name) == 0
				 : v->name == NULL && v->letter == letter)
			return v->matcher;
	}
	return NULL;
}

static enum rc
read_values(const struct yaml_node *n, const struct yaml_node *sets, struct optlist *l,
    struct err *err)
{
	enum rc rc;

	if ((rc = vocab_count(n, YAML_MAP, 1, VALUES, err)) != RC_OK)
		return rc;
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		const char *key = yaml_cstr(yaml_key(v));
		bool letter = key[0] != '\0' && key[1] == '\0' &&
			      letters_has(&l->values, (unsigned char)key[0]);
		struct value row = { .letter = letter ? key[0] : '\0',
			.name = letter ? NULL : key };

		if (!knows_value(l, key))
			return yaml_expected(
			    yaml_key(v), err, "an option that is listed with a value");
		if (optlist_value(l, row.letter, row.name) != NULL)
			continue; /* an earlier mapping has said it */
		if ((rc = matcher_read_word(v, sets, &row.matcher, err)) != RC_OK)
			return rc;
		l->value_rows[l->n_values++] = row;
	}
	return RC_OK;
}

/* Sizes of all that the mappings can bring. */
static enum rc
make_room(
    const struct yaml_node *const *n, size_t count, struct optlist *l, struct err *err)
{
	size_t longs = 1, values = 1;

	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *v = yaml_find(n[i], "long");

		if (v != NULL)
			longs += yaml_kind(v) == YAML_TEXT ? 1 : yaml_count(v);
		v = yaml_find(n[i], "values");
		values += v == NULL ? 0 : yaml_count(v);
	}
	if (longs > YAML_MOST_NODES || values > YAML_MOST_NODES)
		return err_set(err, RC_REFUSE, "too many options");
	/* Equal names in two mappings share a row: one more than those that count. */
	if (longs > OPTLIST_LONGS)
		longs = OPTLIST_LONGS;
	l->longs = calloc(longs, sizeof l->longs[0]);
	l->text = malloc(longs * (NAME + 1));
	l->value_rows = calloc(values, sizeof l->value_rows[0]);
	if (l->longs == NULL || l->text == NULL || l->value_rows == NULL)
		return err_memory(err);
	return RC_OK;
}

static enum rc
read_mapping(const struct yaml_node *n, struct optlist *l, struct err *err)
{
	static const struct vocab keys[] = {
		{ "short", VOCAB_MAY },
		{ "short_value", VOCAB_MAY },
		{ "long", VOCAB_MAY },
		{ "values", VOCAB_MAY },
		{ "once", VOCAB_MAY },
		{ NULL, VOCAB_MAY },
	};
	const struct yaml_node *v;
	enum rc rc;

	if ((rc = vocab_check(n, keys, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "short")) != NULL &&
	    (rc = read_letters(v, l, &l->flags, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "short_value")) != NULL &&
	    (rc = read_letters(v, l, &l->values, err)) != RC_OK)
		return rc;
	if ((v = yaml_find(n, "long")) != NULL)
		rc = vocab_each(v, read_name, l, err);
	return rc;
}

static enum rc
read_all(const struct yaml_node *const *n, size_t count, const struct yaml_node *sets,
    struct optlist *l, struct err *err)
{
	bool once = false;
	enum rc rc;

	if ((rc = make_room(n, count, l, err)) != RC_OK)
		return rc;
	for (size_t i = 0; i < count; i++)
		if ((rc = read_mapping(n[i], l, err)) != RC_OK)
			return rc;
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *v = yaml_find(n[i], "values");

		if (v != NULL && (rc = read_values(v, sets, l, err)) != RC_OK)
			return rc;
		if (!once && (v = yaml_find(n[i], "once")) != NULL) {
			if ((rc = yaml_bool(v, &l->once, err)) != RC_OK)
				return rc;
			once = true;
		}
	}
	return RC_OK;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(
	    ((const struct longopt *)a)->name, ((const struct longopt *)b)->name);
}

enum rc
optlist_read(const struct yaml_node *const *n, size_t count,
    const struct yaml_node *sets, struct optlist **ret, struct err *err)
{
	struct optlist *l = calloc(1, sizeof *l);
	enum rc rc;

	if (l == NULL)
		return err_memory(err);
	if ((rc = read_all(n, count, sets, l, err)) != RC_OK) {
		optlist_free(l);
		return rc;
	}
	for (size_t i = 0; i < l->n_longs; i++)
		l->longs[i].matcher = optlist_value(l, 0, l->longs[i].name);
	qsort(l->longs, l->n_longs, sizeof l->longs[0], by_name);
	*ret = l;
	return RC_OK;
}

void
optlist_free(struct optlist *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n_values; i++)
		matcher_free(l->value_rows[i].matcher);
	free(l->value_rows);
	free(l->longs);
	free(l->text);
	free(l);
}

bool
optlist_lists(const struct optlist *l)
{
	return l->n_longs > 0 || l->flags.w[0] || l->flags.w[1] || l->values.w[0] ||
	       l->values.w[1];
}

bool
optlist_open(const struct optlist *l, char letter, const char *name)
{
	unsigned char c = (unsigned char)letter;
	const struct matcher *m = optlist_value(l, letter, name);

	if (name != NULL ? find_long(l->longs, l->n_longs, name, strlen(name)) == NULL
			 : !letters_has(&l->flags, c) && !letters_has(&l->values, c))
		return false;
	return m == NULL || matcher_open(m);
}

size_t
optlist_weight(const struct optlist *l)
{
	size_t most = 0;

	for (size_t i = 0; l != NULL && i < l->n_values; i++) {
		size_t n = matcher_weight(l->value_rows[i].matcher);

		most = n > most ? n : most;
	}
	return most;
}

bool
optlist_once(const struct optlist *l)
{
	return l->once;
}

/* As people look them up: digits, then a A b B c. */
static void
say_letters(const struct letters *l, const char *behind, struct buf *out)
{
	static const char order[] = "0123456789aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpPqQrRsStT"
				    "uUvVwWxXyYzZ!#$%&()*+,./<>?@[]^_{|}~";
	const char *before = out->len > 0 ? ", " : "";

	for (const char *p = order; *p != '\0'; p++)
		if (letters_has(l, (unsigned char)*p)) {
			buf_printf(out, "%s%c%s", before, *p, behind);
			before = " ";
		}
}

void
optlist_say(const struct optlist *l, struct buf *out)
{
	struct buf b;

	buf_init(&b, 4 * LETTERS_TEXT + OPTLIST_LONGS * (NAME + 8));
	say_letters(&l->flags, "", &b);
	say_letters(&l->values, "=", &b);
	for (size_t i = 0; i < l->n_longs; i++)
		buf_printf(&b, "%s--%s%s",
		    i > 0	? " "
		    : b.len > 0 ? ", "
				: "",
		    l->longs[i].name,
		    l->longs[i].arity == OPTARITY_FLAG	  ? ""
		    : l->longs[i].arity == OPTARITY_VALUE ? "="
							  : "[=]");
	buf_text(out, b.len > 0 ? buf_cstr(&b) : "none");
	buf_clear(&b);
}

void
optlist_each(
    const struct optlist *l, void (*each)(void *arg, const char *option), void *arg)
{
	char text[NAME + 8];

	for (unsigned char c = '!'; c < 0x7f; c++)
		if (letters_has(&l->flags, c) || letters_has(&l->values, c)) {
			snprintf(text, sizeof text, "-%c", c);
			each(arg, text);
		}
	for (size_t i = 0; i < l->n_longs; i++) {
		bool value = l->longs[i].arity == OPTARITY_VALUE;

		snprintf(
		    text, sizeof text, "--%s%s", l->longs[i].name, value ? "=" : "");
		each(arg, text);
	}
}
