/* Reading options; see optread.h.  A list is what an author wrote; a table is that for
 * one program, with the sets of letters as bits, so that a letter costs a shift. */
#include "policies/optread.h"

#include <stdlib.h>
#include <string.h>

#include "policies/optfacts.h"
#include "policies/vocab.h"

#define LETTERS_TEXT 128
#define NAME 64
#define VALUES 128 /* keys under `values` */

/* A set of ASCII characters. */
struct letters {
	uint64_t w[2];
};

struct longopt {
	const char *name; /* in the list's text */
	enum optarity arity;
	bool bare; /* listed without a value, whatever the program takes */
	const struct matcher *matcher;
};

struct value {
	char letter;	  /* 0: a long one */
	const char *name; /* NULL: a letter */
	struct matcher *matcher;
};

struct optlist {
	struct letters flags, values;
	bool once;
	size_t n_longs;
	struct longopt *longs;
	size_t n_values;
	struct value *value_rows;
	char *text; /* of the names */
	size_t used;
};

struct optread {
	const struct optlist *list; /* NULL: any */
	const struct optfacts *facts;
	struct letters flags, values, joined, numbers;
	bool stops;  /* at the first operand */
	bool plain;  /* words that are no options are operands (echo) */
	char number; /* the letter of -NUM, or 0 */
	size_t n_longs;
	struct longopt longs[];
};

static bool
has(const struct letters *l, unsigned char c)
{
	return c < 128 && (l->w[c / 64] >> c % 64 & 1);
}

static void
add(struct letters *l, unsigned char c)
{
	l->w[c / 64] |= (uint64_t)1 << c % 64;
}

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
		if (has(&seen, (unsigned char)*p))
			return yaml_fail(n, err, "-%c stands here twice", *p);
		if (ours != &l->flags ? has(&l->flags, (unsigned char)*p)
				      : has(&l->values, (unsigned char)*p))
			return yaml_fail(
			    n, err, "-%c stands under short and under short_value", *p);
		add(&seen, (unsigned char)*p);
		add(ours, (unsigned char)*p);
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
	if (l->n_longs == OPTREAD_LONGS)
		return yaml_fail(n, err, "more than %d long options", OPTREAD_LONGS);
	l->longs[l->n_longs++] =
	    (struct longopt){ .name = keep_name(l, name, len), .arity = arity };
	return RC_OK;
}

static bool
knows_value(const struct optlist *l, const char *key)
{
	struct longopt *o;

	if (key[0] != '\0' && key[1] == '\0' && has(&l->values, (unsigned char)key[0]))
		return true;
	o = find_long(l->longs, l->n_longs, key, strlen(key));
	return o != NULL && o->arity != OPTARITY_FLAG;
}

static const struct matcher *
value_of(const struct optlist *l, char letter, const char *name)
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
			      has(&l->values, (unsigned char)key[0]);
		struct value row = { .letter = letter ? key[0] : '\0',
			.name = letter ? NULL : key };

		if (!knows_value(l, key))
			return yaml_expected(
			    yaml_key(v), err, "an option that is listed with a value");
		if (value_of(l, row.letter, row.name) != NULL)
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
	if (longs > OPTREAD_LONGS)
		longs = OPTREAD_LONGS;
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
		l->longs[i].matcher = value_of(l, 0, l->longs[i].name);
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
optlist_once(const struct optlist *l)
{
	return l->once;
}

static void
say_letters(const struct letters *l, const char *behind, struct buf *out)
{
	bool first = true;

	for (unsigned char c = 0; c < 128; c++)
		if (has(l, c)) {
			buf_printf(out, "%s%c%s",
			    !first	   ? " "
			    : out->len > 0 ? ", "
					   : "",
			    c, behind);
			first = false;
		}
}

void
optlist_say(const struct optlist *l, struct buf *out)
{
	struct buf b;

	buf_init(&b, 4 * LETTERS_TEXT + OPTREAD_LONGS * (NAME + 8));
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

/* The author lists it as value or not; the program reads it as fact says. */
static enum optarity
agreed(enum optarity listed, enum optarity fact)
{
	if (fact == OPTARITY_UNKNOWN)
		return listed;
	/* Nobody granted the value that the program will take. */
	if (listed == OPTARITY_FLAG && fact == OPTARITY_VALUE)
		return OPTARITY_UNKNOWN;
	/* What is behind it in the same word is its value, and was not granted. */
	if (listed == OPTARITY_FLAG && fact == OPTARITY_NUMBER)
		return OPTARITY_JOINED;
	return fact;
}

static void
place_letter(struct optread *o, enum optarity arity, unsigned char c)
{
	struct letters *const sets[] = {
		[OPTARITY_FLAG] = &o->flags,
		[OPTARITY_VALUE] = &o->values,
		[OPTARITY_JOINED] = &o->joined,
		[OPTARITY_NUMBER] = &o->numbers,
	};

	if (arity != OPTARITY_UNKNOWN)
		add(sets[arity], c);
}

static void
correct(struct optread *o)
{
	for (unsigned char c = 0; c < 128; c++) {
		enum optarity fact = optfacts_short(o->facts, (char)c);

		if (o->list == NULL)
			place_letter(o, fact, c);
		else if (has(&o->list->flags, c))
			place_letter(o, agreed(OPTARITY_FLAG, fact), c);
		else if (has(&o->list->values, c))
			place_letter(o, agreed(OPTARITY_VALUE, fact), c);
	}
	for (size_t i = 0; o->list != NULL && i < o->list->n_longs; i++) {
		struct longopt *l = &o->longs[o->n_longs++];

		*l = o->list->longs[i];
		l->arity = agreed(l->arity, optfacts_long(o->facts, l->name));
		l->bare = o->list->longs[i].arity == OPTARITY_FLAG;
	}
}

enum rc
optread_new(const struct optlist *list, const char *program, struct optread **ret,
    struct err *err)
{
	size_t n = list == NULL ? 0 : list->n_longs;
	struct optread *o = calloc(1, sizeof *o + n * sizeof o->longs[0]);

	if (o == NULL)
		return err_memory(err);
	o->list = list;
	o->facts = optfacts_find(program);
	o->plain = strcmp(program, "echo") == 0;
	o->stops = optfacts_stops(o->facts) && !o->plain;
	o->number = opttraits_number(opttraits_find(program));
	correct(o);
	*ret = o;
	return RC_OK;
}

void
optread_free(struct optread *o)
{
	free(o);
}

bool
optread_any(const struct optread *o)
{
	return o->list == NULL;
}

/* The value is the rest of this word. */
static void
value_joined(struct optread_item *it, size_t from)
{
	it->has_value = true;
	it->value = span_make(it->word->text + from, it->word->len - from);
}

/* The value is the next word. */
static void
value_apart(struct optread_cursor *c, struct optread_item *it)
{
	if (c->at == c->n) {
		it->what = OPTREAD_NO_VALUE;
		return;
	}
	it->apart = &c->words[c->at++];
	if (shell_word_glob(it->apart))
		it->what = OPTREAD_GLOB;
	it->has_value = true;
	it->value = span_make(it->apart->text, it->apart->len);
}

static bool
is_number(const struct shell_word *w)
{
	return !shell_word_glob(w) && w->len > 0 &&
	       (strspn(w->text, "0123456789") == w->len || strcmp(w->text, "all") == 0);
}

static void
value_number(struct optread_cursor *c, struct optread_item *it)
{
	if (c->at < c->n && is_number(&c->words[c->at]))
		value_apart(c, it);
}

static void
next_letter(const struct optread *o, struct optread_cursor *c, struct optread_item *it)
{
	const struct shell_word *w = it->word;
	unsigned char letter = (unsigned char)w->text[c->in++];
	size_t rest = c->in;

	it->what = OPTREAD_OPTION;
	it->letter = (char)letter;
	it->id = letter & 127;
	it->shown = span_make(&w->text[rest - 1], 1);
	if (rest == w->len)
		c->in = 0;
	if (has(&o->flags, letter))
		return;
	c->in = 0;
	if (has(&o->values, letter)) {
		if (rest < w->len)
			value_joined(it, rest);
		else
			value_apart(c, it);
	} else if (has(&o->joined, letter) || has(&o->numbers, letter)) {
		if (rest < w->len)
			value_joined(it, rest);
		else if (has(&o->numbers, letter))
			value_number(c, it);
	} else if (o->list == NULL) {
		it->known = false;
	} else {
		it->what = OPTREAD_UNKNOWN;
	}
	if (o->list != NULL && it->has_value && has(&o->list->flags, letter))
		it->what = OPTREAD_VALUE;
	if (o->list != NULL && it->has_value)
		it->matcher = value_of(o->list, (char)letter, NULL);
}

static const struct longopt *
long_at(const struct optread *o, const char *name, size_t n)
{
	size_t low = 0, high = o->n_longs;

	while (low < high) {
		size_t mid = (low + high) / 2;
		int order = strncmp(o->longs[mid].name, name, n);

		if (order == 0 && o->longs[mid].name[n] == '\0')
			return &o->longs[mid];
		if (order < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return NULL;
}

static void
read_long(struct optread_cursor *c, const struct longopt *l, struct optread_item *it)
{
	size_t name = strlen(l->name);

	if (l->arity == OPTARITY_UNKNOWN) {
		it->what = OPTREAD_UNKNOWN;
	} else if (2 + name < it->word->len) {
		value_joined(it, 2 + name + 1);
		if (l->arity == OPTARITY_FLAG || l->bare)
			it->what = OPTREAD_VALUE;
	} else if (l->arity == OPTARITY_VALUE) {
		value_apart(c, it);
	} else if (l->arity == OPTARITY_NUMBER) {
		value_number(c, it);
	}
}

static void
next_long(const struct optread *o, struct optread_cursor *c, struct optread_item *it)
{
	const char *name = it->word->text + 2;
	size_t n = strcspn(name, "=");
	const struct longopt *l = long_at(o, name, n);

	it->what = OPTREAD_OPTION;
	it->shown = span_make(it->word->text, 2 + n);
	if (l != NULL) {
		it->name = l->name;
		it->id = 128 + (unsigned)(l - o->longs);
		it->matcher = l->matcher;
		read_long(c, l, it);
	} else if (o->list != NULL) {
		it->what = OPTREAD_UNKNOWN;
	} else {
		/* It may take the next word, unless it has a value already. */
		it->known = name[n] == '=';
	}
}

/* -NUM, where that stands for an option which is listed with a value. */
static bool
next_number(const struct optread *o, struct optread_item *it)
{
	const struct shell_word *w = it->word;
	unsigned char letter = (unsigned char)o->number;

	if (o->list == NULL || letter == 0 || !has(&o->values, letter) ||
	    strspn(w->text + 1, "0123456789") + 1 != w->len)
		return false;
	it->what = OPTREAD_OPTION;
	it->letter = o->number;
	it->id = letter;
	it->number = true;
	it->shown = span_make(w->text, w->len);
	it->matcher = value_of(o->list, o->number, NULL);
	value_joined(it, 1);
	return true;
}

static bool
is_option(const struct optread *o, const struct shell_word *w)
{
	if (w->len < 2 || w->text[0] != '-' || (w->live != NULL && w->live[0]))
		return false;
	return !o->plain || w->text[1 + strspn(w->text + 1, "neE")] == '\0';
}

/* A word that is no letter's rest. */
static bool
next_word(const struct optread *o, struct optread_cursor *c, struct optread_item *it)
{
	if (c->ended || !is_option(o, it->word)) {
		it->what = OPTREAD_OPERAND;
		c->operand = true;
		c->ended |= o->plain;
	} else if (shell_word_glob(it->word)) {
		it->what = OPTREAD_GLOB;
		it->shown = span_make(it->word->text, it->word->len);
	} else if (strcmp(it->word->text, "--") == 0) {
		c->ended = true;
		return false;
	} else if (o->stops && c->operand) {
		it->what = OPTREAD_ORDER;
		it->shown = span_make(it->word->text, it->word->len);
	} else if (it->word->text[1] == '-') {
		next_long(o, c, it);
	} else if (!next_number(o, it)) {
		c->in = 1;
		next_letter(o, c, it);
	}
	return true;
}

void
optread_next(
    const struct optread *o, struct optread_cursor *c, struct optread_item *ret)
{
	struct optread_item it = { .what = OPTREAD_END, .known = true };

	if (c->in > 0) {
		it.word = &c->words[c->at - 1];
		next_letter(o, c, &it);
		*ret = it;
		return;
	}
	while (c->at < c->n) {
		it.word = &c->words[c->at++];
		if (next_word(o, c, &it)) {
			*ret = it;
			return;
		}
	}
	it.word = NULL;
	*ret = it;
}
