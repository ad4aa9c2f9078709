/* Words of a command against lists of authors and shapes: where all of them are taken,
 * getopt_long reads the same; a shape that is sure of a command is also one that may
 * fit. The first byte chooses list and program, words are parted by newlines. */
#include <stdlib.h>
#include <string.h>

#include "tests/policies/getopting.h"
#include "policies/shape.h"

#define WORDS 40

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* For each program of getopting.h one list that is right, and one that is not; of a
 * program that nobody knows it has to be. */
static const char *const lists[GETOPTING_PROGRAMS][2] = {
	{ "{short: abn, short_value: kt, long: [all, 'key=', 'tint[=]']}",
	    "{short: Z, short_value: o, long: [all-of, 'output=']}" },
	{ "{short: fFqvz, short_value: ncs, long: [quiet, 'lines=', 'follow[=]', "
	  "retry]}",
	    "{short: nc, short_value: fFq, long: ['quiet=', lines, 'follow=', "
	    "'pid[=]']}" },
	{ "{short: uR, short_value: df, long: ['date=', utc, 'iso-8601[=]', debug]}",
	    "{short: dI, short_value: uR, long: ['utc=', iso-8601, file, "
	    "'debug[=]']}" },
	{ "{short: nsEz, short_value: ef, long: ['in-place[=]', quiet, 'file=']}",
	    "{short: il, short_value: nE, long: ['in-place=', 'quiet=', "
	    "'separate[=]']}" },
	{ "{short: w, short_value: fs, long: [equal-width, 'format=']}",
	    "{short: f, short_value: w, long: ['equal-width=', 'separator[=]']}" },
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

/* Made once: reading YAML takes a hundred times as long as the words. */
static const struct optread *
table_of(size_t program, size_t which)
{
	static struct {
		struct yaml_doc *doc;
		struct optlist *list;
		struct optread *table;
	} made[GETOPTING_PROGRAMS][2];
	const char *name = getopting_programs[program].name;
	const struct yaml_node *root;

	if (made[program][which].table != NULL)
		return made[program][which].table;
	root = node_of(lists[program][which], &made[program][which].doc);
	if (optlist_read(&root, 1, NULL, &made[program][which].list, NULL) != RC_OK ||
	    optread_new(made[program][which].list, name, &made[program][which].table,
		NULL) != RC_OK)
		abort();
	return made[program][which].table;
}

static const struct shape *
shape_of(size_t i)
{
	static struct shape *made[sizeof shapes / sizeof shapes[0]];
	static struct yaml_doc *docs[sizeof shapes / sizeof shapes[0]];

	if (made[i] == NULL && shape_read(node_of(shapes[i], &docs[i]), NULL, NULL,
				   EFFECT_ALLOW, &made[i], NULL) != RC_OK)
		abort();
	return made[i];
}

static void
compare(const struct optread *o, const struct getopting_program *p,
    const struct shell_word *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].live != NULL)
			return;
	if (getopting_same(p, o, words, n) < 0)
		abort();
}

static void
judge(const struct shape *s, struct shape_subject *c)
{
	char why[SHAPE_WHY];
	unsigned fit = shape_fit(s, c, false);

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
	compare(
	    table_of(data[0] % GETOPTING_PROGRAMS, data[0] / 32 % 2), p, words, c.n);
	for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++)
		judge(shape_of(i), &c);
	free(bytes);
	free(live);
	return 0;
}
