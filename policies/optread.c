/* Reading options; see optread.h.  A table is an author's list for one program, with the
 * sets of letters as bits, so that a letter costs a shift. */
#include "policies/optread.h"

#include <stdlib.h>
#include <string.h>

#include "policies/optfacts.h"
#include "policies/optlist_parts.h"

struct optread {
	const struct optlist *list; /* NULL: any */
	const struct optfacts *facts;
	struct letters flags, values, joined, numbers;
	struct letters scripts, deeps;
	bool stops;  /* at the first operand */
	bool plain;  /* words that are no options are operands (echo) */
	char number; /* the letter of -NUM, or 0 */
	size_t n_longs;
	struct longopt longs[];
};

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
		letters_add(sets[arity], c);
}

/* One letter of which somebody knows. */
static void
correct_letter(struct optread *o, const struct opttraits *t, unsigned char c)
{
	bool flag = o->list != NULL && letters_has(&o->list->flags, c);
	enum optarity fact;

	if (o->list != NULL && !flag && !letters_has(&o->list->values, c))
		return;
	fact = optfacts_short(o->facts, (char)c);
	if (o->list != NULL)
		fact = agreed(flag ? OPTARITY_FLAG : OPTARITY_VALUE, fact);
	place_letter(o, fact, c);
	if (opttraits_script(t, (char)c, NULL))
		letters_add(&o->scripts, c);
	if (opttraits_deep(t, (char)c, NULL))
		letters_add(&o->deeps, c);
}

static void
correct(struct optread *o, const struct opttraits *t)
{
	for (unsigned char c = '!'; c < 0x7f; c++)
		correct_letter(o, t, c);
	for (size_t i = 0; o->list != NULL && i < o->list->n_longs; i++) {
		struct longopt *l = &o->longs[o->n_longs++];

		*l = o->list->longs[i];
		l->bare = l->arity == OPTARITY_FLAG;
		l->arity = agreed(l->arity, optfacts_long(o->facts, l->name));
		l->script = opttraits_script(t, 0, l->name);
		l->deep = opttraits_deep(t, 0, l->name);
	}
}

enum rc
optread_new(const struct optlist *list, const char *program, struct optread **ret,
    struct err *err)
{
	size_t n = list == NULL ? 0 : list->n_longs;
	const struct opttraits *t;
	struct optread *o = calloc(1, sizeof *o + n * sizeof o->longs[0]);

	if (o == NULL)
		return err_memory(err);
	o->list = list;
	o->facts = optfacts_find(program);
	o->plain = strcmp(program, "echo") == 0;
	o->stops = optfacts_stops(o->facts) && !o->plain;
	t = opttraits_find(program);
	o->number = opttraits_number(t);
	correct(o, t);
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
	it->shown = (struct span){ (const uint8_t *)&w->text[rest - 1], 1 };
	it->script = letters_has(&o->scripts, letter);
	it->deep = letters_has(&o->deeps, letter);
	if (rest == w->len)
		c->in = 0;
	if (letters_has(&o->flags, letter))
		return;
	c->in = 0;
	if (letters_has(&o->values, letter)) {
		if (rest < w->len)
			value_joined(it, rest);
		else
			value_apart(c, it);
	} else if (letters_has(&o->joined, letter) ||
		   letters_has(&o->numbers, letter)) {
		if (rest < w->len)
			value_joined(it, rest);
		else if (letters_has(&o->numbers, letter))
			value_number(c, it);
	} else if (o->list == NULL) {
		it->known = false;
	} else {
		it->what = OPTREAD_UNKNOWN;
	}
	if (o->list != NULL && it->has_value && letters_has(&o->list->flags, letter))
		it->what = OPTREAD_VALUE;
	if (o->list != NULL && it->has_value)
		it->matcher = o->list->n_values == 0
				  ? NULL
				  : optlist_value(o->list, (char)letter, NULL);
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
		it->script = l->script;
		it->deep = l->deep;
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

	if (o->list == NULL || letter == 0 || w->text[1] < '0' || w->text[1] > '9' ||
	    !letters_has(&o->values, letter) ||
	    strspn(w->text + 1, "0123456789") + 1 != w->len)
		return false;
	it->what = OPTREAD_OPTION;
	it->letter = o->number;
	it->id = letter;
	it->number = true;
	it->shown = span_make(w->text, w->len);
	it->matcher = optlist_value(o->list, o->number, NULL);
	value_joined(it, 1);
	return true;
}

static bool
is_option(const struct optread *o, const struct shell_word *w)
{
	if (w->len < 2 || w->text[0] != '-')
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
	} else if (o->stops && c->operand) {
		it->what = OPTREAD_ORDER;
		it->shown = span_make(it->word->text, it->word->len);
	} else if (strcmp(it->word->text, "--") == 0) {
		c->ended = true;
		return false;
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
	/* One by one: clearing it whole took longer than all the rest. */
	ret->what = OPTREAD_END;
	ret->letter = '\0';
	ret->name = NULL;
	ret->has_value = ret->script = ret->deep = ret->number = false;
	ret->apart = NULL;
	ret->matcher = NULL;
	ret->id = 0;
	ret->known = true;
	ret->shown.len = ret->value.len = 0;
	if (c->in > 0) {
		ret->word = &c->words[c->at - 1];
		next_letter(o, c, ret);
		return;
	}
	while (c->at < c->n) {
		ret->word = &c->words[c->at++];
		if (next_word(o, c, ret))
			return;
	}
	ret->word = NULL;
}
