/* Words of a command against lists of authors and shapes: where all of them are taken,
 * getopt_long reads the same; a shape that is sure of a command is also one that may
 * fit. The first byte chooses list and program, words are parted by newlines. */
#include <stdlib.h>
#include <string.h>

#include "tests/policies/getopting.h"
#include "policies/shape.h"

#define WORDS 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const lists[] = {
	"{short: abn, short_value: kt, long: [all, 'key=', 'tint[=]']}",
	"{short: fFqvz, short_value: ncs, long: [quiet, 'lines=', 'follow=', retry]}",
	"{short: uR, short_value: dfI, long: ['date=', utc, 'iso-8601=', debug]}",
	"{short: nsEi, short_value: ef, long: ['in-place=', quiet, 'file=', separate]}",
	"{short: w, short_value: fs, long: [equal-width, 'format=']}",
};

static const char *const shapes[] = {
	"{name: [nosuch, tail, date], options: {short: abuq, short_value: nk, long: "
	"[utc, "
	"'lines=']}, operands: {max: 3, each: {path_in: ['/var/log/**']}}, stdin: "
	"pipe}",
	"{name: [sed, seq], options: {short: n, short_value: e}, operands: {first: "
	"literal, "
	"each: {glob: 'a*'}}, stdin: any}",
	"{name: [nosuch, tail, date, sed, seq], options: any, verb: [a, b], operands: "
	"any}",
};

static const struct yaml_node *
node_of(const char *text, struct yaml_doc **doc)
{
	if (yaml_parse("fuzz", span_of(text), doc, NULL) != RC_OK)
		abort();
	return yaml_root(*doc);
}

/* The bytes as words; * ? [ are live in words that begin with G. */
static size_t
split(uint8_t *bytes, uint8_t *live, size_t size, const char *program,
    struct shell_word words[WORDS])
{
	size_t n = 1, from = 0;

	words[0] = (struct shell_word){ .text = program, .len = strlen(program) };
	for (size_t i = 0; i <= size && n < WORDS; i++) {
		struct shell_word *w = &words[n];
		bool glob = false;

		if (i < size && bytes[i] != '\n' && bytes[i] != '\0')
			continue;
		bytes[i] = '\0';
		*w = (struct shell_word){ .text = (char *)bytes + from,
			.len = i - from };
		for (size_t k = 1; w->text[0] == 'G' && k < w->len; k++) {
			live[from + k] = strchr("*?[]", w->text[k]) != NULL;
			glob |= live[from + k] && w->text[k] != ']';
		}
		if (glob) {
			w->live = live + from + 1;
			w->text++;
			w->len--;
		}
		from = i + 1;
		n++;
	}
	return n;
}

static void
compare(const char *list, const struct getopting_program *p,
    const struct shell_word *words, size_t n)
{
	struct yaml_doc *doc = NULL;
	const struct yaml_node *root = node_of(list, &doc);
	struct optlist *l = NULL;
	struct optread *o = NULL;
	bool globs = false;

	for (size_t i = 0; i < n; i++)
		globs |= words[i].live != NULL;
	if (optlist_read(&root, 1, NULL, &l, NULL) != RC_OK ||
	    optread_new(l, p->name, &o, NULL) != RC_OK)
		abort();
	if (!globs && getopting_same(p, o, words, n) < 0)
		abort();
	optread_free(o);
	optlist_free(l);
	yaml_doc_free(doc);
}

static void
judge(const char *shape, struct shape_subject *c)
{
	struct yaml_doc *doc = NULL;
	const struct yaml_node *root = node_of(shape, &doc);
	struct shape *s = NULL;
	char why[SHAPE_WHY];
	unsigned fit;

	if (shape_read(root, NULL, NULL, EFFECT_ALLOW, &s, NULL) != RC_OK)
		abort();
	fit = shape_fit(s, c, false);
	if ((fit & FIT_SURE) && !(fit & FIT_MAYBE))
		abort();
	if (strlen(shape_why(s, c, why)) >= SHAPE_WHY ||
	    ((fit & FIT_SURE) && why[0] != '\0'))
		abort();
	/* What is sure stays possible when the end was not seen. */
	c->whole = false;
	if ((shape_fit(s, c, false) & FIT_SURE) ||
	    ((fit & FIT_SURE) && !(shape_fit(s, c, false) & FIT_MAYBE)))
		abort();
	c->whole = true;
	shape_free(s);
	yaml_doc_free(doc);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct shell_word words[WORDS];
	struct shape_subject c = { .words = words, .whole = true };
	const struct getopting_program *p;
	uint8_t *bytes, *live;

	if (size < 1 || size > 4096)
		return 0;
	p = &getopting_programs[data[0] % GETOPTING_PROGRAMS];
	bytes = malloc(size);
	live = calloc(size, 1);
	if (bytes == NULL || live == NULL)
		abort();
	memcpy(bytes, data + 1, size - 1);
	c.fed = data[0] & 64;
	c.open = data[0] & 128;
	c.n = split(bytes, live, size - 1, p->name, words);
	compare(lists[data[0] / GETOPTING_PROGRAMS % 5], p, words, c.n);
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		judge(shapes[i], &c);
	free(bytes);
	free(live);
	return 0;
}
