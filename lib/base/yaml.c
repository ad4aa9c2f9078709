/* A strict tree over libyaml's scanner and parser; see yaml.h for what is left out.
 * The events build the tree.  A lone "!" is gone from them: where there is one at all,
 * the tokens, which are what the author wrote, are looked at first.  Nodes and texts
 * come out of a few large blocks: there are many, and they end together. */
#include "lib/base/yaml.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "lib/base/text.h"

/* Small: a folder of policies has half a million.  Lines and columns are bounded by
 * YAML_MOST_BYTES. */
struct yaml_node {
	const struct yaml_doc *doc;
	struct yaml_node *next, *key;
	union {
		char *text;		 /* YAML_TEXT */
		struct yaml_node *first; /* of the children of others */
	};
	uint32_t n; /* bytes of text, or children */
	uint32_t line;
	uint32_t column : 24, kind : 7, quoted : 1;
};

#define BLOCK 65536

/* Nodes are taken from its beginning, texts from its end. */
struct block {
	struct block *older;
	size_t size, nodes, texts;
	_Alignas(16) unsigned char p[];
};

struct yaml_doc {
	char *name;
	struct yaml_node *root;
	struct block *newest;
	size_t nodes;
};

/* What the builder knows between two events. */
struct build {
	struct yaml_doc *doc;
	struct yaml_node *open[YAML_MOST_DEPTH];
	struct yaml_node *last[YAML_MOST_DEPTH]; /* child */
	struct yaml_node *key[YAML_MOST_DEPTH];	 /* read, still without its value */
	unsigned depth;
};

static enum rc
fail_at(const char *name, size_t line, size_t column, struct err *err, const char *what)
{
	return err_set(err, RC_REFUSE, "%s:%zu:%zu: %s", name, line, column, what);
}

static enum rc
fail_mark(const char *name, yaml_mark_t m, struct err *err, const char *what)
{
	return fail_at(name, m.line + 1, m.column + 1, err, what);
}

/* Where a byte stands, for what is refused before libyaml counts lines. */
static enum rc
fail_byte(const char *name, struct span s, size_t at, struct err *err, const char *what)
{
	size_t line = 1, column = 1;

	for (size_t i = 0; i < at && i < s.len; i++) {
		if (s.p[i] == '\n') {
			line++;
			column = 1;
		} else if ((s.p[i] & 0xC0) != 0x80)
			column++;
	}
	return fail_at(name, line, column, err, what);
}

/* libyaml's own complaint. */
static enum rc
fail_parser(const yaml_parser_t *p, const char *name, struct span s, struct err *err)
{
	char what[160];

	if (p->error == YAML_MEMORY_ERROR)
		return err_memory(err);
	if (p->error == YAML_READER_ERROR)
		return fail_byte(name, s, p->problem_offset, err,
		    "expected text without control characters");
	snprintf(what, sizeof what, "expected valid YAML: %s%s%s",
	    p->problem != NULL ? p->problem : "syntax error",
	    p->context != NULL ? " " : "", p->context != NULL ? p->context : "");
	return fail_mark(name, p->problem_mark, err, what);
}

static enum rc
check_bytes(const char *name, struct span s, struct err *err)
{
	size_t at = 0;
	uint32_t cp;
	unsigned n;

	if (s.len > YAML_MOST_BYTES)
		return fail_at(name, 1, 1, err, "expected at most 1 MiB");
	if (span_starts(s, "\xEF\xBB\xBF"))
		return fail_at(name, 1, 1, err, "expected no byte order mark");
	while (at < s.len) {
		if (s.p[at] < 0x80) {
			at++;
			continue;
		}
		n = text_char(span_make(s.p + at, s.len - at), &cp);
		if (n == 0)
			return fail_byte(name, s, at, err, "expected UTF-8");
		at += n;
	}
	return RC_OK;
}

static bool
start_parser(yaml_parser_t *p, struct span s)
{
	if (!yaml_parser_initialize(p))
		return false;
	yaml_parser_set_encoding(p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(p, s.len > 0 ? s.p : (const uint8_t *)"", s.len);
	return true;
}

/* What a token may not be, and how it changes the nesting. */
static const struct {
	yaml_token_type_t type;
	int step;
	const char *refusal;
} tokens[] = {
	{ YAML_VERSION_DIRECTIVE_TOKEN, 0, "expected no directive" },
	{ YAML_TAG_DIRECTIVE_TOKEN, 0, "expected no directive" },
	{ YAML_ALIAS_TOKEN, 0, "expected no alias" },
	{ YAML_ANCHOR_TOKEN, 0, "expected no anchor" },
	{ YAML_TAG_TOKEN, 0, "expected no tag" },
	{ YAML_BLOCK_SEQUENCE_START_TOKEN, 1, NULL },
	{ YAML_BLOCK_MAPPING_START_TOKEN, 1, NULL },
	{ YAML_FLOW_SEQUENCE_START_TOKEN, 1, NULL },
	{ YAML_FLOW_MAPPING_START_TOKEN, 1, NULL },
	{ YAML_BLOCK_END_TOKEN, -1, NULL },
	{ YAML_FLOW_SEQUENCE_END_TOKEN, -1, NULL },
	{ YAML_FLOW_MAPPING_END_TOKEN, -1, NULL },
};

static enum rc
check_token(const char *name, const yaml_token_t *t, int *depth, struct err *err)
{
	for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
		if (tokens[i].type != t->type)
			continue;
		if (tokens[i].refusal != NULL)
			return fail_mark(name, t->start_mark, err, tokens[i].refusal);
		*depth += tokens[i].step;
	}
	if (*depth > YAML_MOST_DEPTH)
		return fail_mark(
		    name, t->start_mark, err, "expected at most 32 levels of nesting");
	return RC_OK;
}

/* True when tokens may say more than the events will. */
static bool
wants_tokens(struct span s)
{
	return s.len > 0 && memchr(s.p, '!', s.len) != NULL;
}

static enum rc
check_tokens(const char *name, struct span s, struct err *err)
{
	yaml_parser_t p;
	yaml_token_t t;
	bool last = false;
	int depth = 0;
	enum rc rc = RC_OK;

	if (!start_parser(&p, s))
		return err_memory(err);
	while (rc == RC_OK && !last) {
		if (!yaml_parser_scan(&p, &t)) {
			rc = fail_parser(&p, name, s, err);
			break;
		}
		last = t.type == YAML_STREAM_END_TOKEN;
		rc = check_token(name, &t, &depth, err);
		yaml_token_delete(&t);
	}
	yaml_parser_delete(&p);
	return rc;
}

/* A block with room for n bytes; NULL when out of memory. */
static struct block *
block_for(struct yaml_doc *d, size_t n)
{
	struct block *b = d->newest;
	size_t size = n > BLOCK ? n : BLOCK;

	if (b != NULL && n <= b->size - b->nodes - b->texts)
		return b;
	if ((b = malloc(sizeof *b + size)) == NULL)
		return NULL;
	*b = (struct block){ .older = d->newest, .size = size };
	return d->newest = b;
}

/* A copy that ends with the document. */
static char *
keep_text(struct yaml_doc *d, struct span s)
{
	struct block *b = block_for(d, s.len + 1);
	char *text;

	if (b == NULL)
		return NULL;
	b->texts += s.len + 1;
	text = (char *)b->p + b->size - b->texts;
	if (s.len > 0)
		memcpy(text, s.p, s.len);
	text[s.len] = '\0';
	return text;
}

static enum rc
node_new(struct build *b, enum yaml_kind kind, yaml_mark_t at, struct yaml_node **ret,
    struct err *err)
{
	struct yaml_node *n;
	struct block *room;

	if (++b->doc->nodes > YAML_MOST_NODES)
		return fail_mark(
		    b->doc->name, at, err, "expected fewer values in one file");
	if ((room = block_for(b->doc, sizeof *n)) == NULL)
		return err_memory(err);
	n = (struct yaml_node *)(void *)(room->p + room->nodes);
	room->nodes += sizeof *n;
	*n = (struct yaml_node){ .doc = b->doc,
		.kind = kind,
		.line = (uint32_t)at.line + 1,
		.column = (uint32_t)at.column + 1 };
	*ret = n;
	return RC_OK;
}

static enum rc
node_text(
    struct build *b, const yaml_event_t *e, struct yaml_node **ret, struct err *err)
{
	struct span s = span_make(e->data.scalar.value, e->data.scalar.length);
	struct yaml_node *n = NULL;
	enum rc rc;

	if ((rc = node_new(b, YAML_TEXT, e->start_mark, &n, err)) != RC_OK)
		return rc;
	n->quoted = e->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
	if (s.len == 0 && !n->quoted)
		return yaml_fail(n, err, "expected a value, found nothing");
	if (span_has_nul(s))
		return yaml_fail(n, err, "expected text without a NUL");
	if ((n->text = keep_text(b->doc, s)) == NULL)
		return err_memory(err);
	n->n = (uint32_t)s.len;
	*ret = n;
	return RC_OK;
}

/* Hang a finished or just opened node where the builder stands: as the root, a list's
 * entry, a mapping's key, or the value of the key before it. */
static enum rc
place(struct build *b, struct yaml_node *n, struct err *err)
{
	struct yaml_node *in, **key, **last;

	if (b->depth == 0) {
		b->doc->root = n;
		return RC_OK;
	}
	in = b->open[b->depth - 1];
	key = &b->key[b->depth - 1];
	last = &b->last[b->depth - 1];
	if (in->kind == YAML_MAP && *key == NULL) {
		if (n->kind != YAML_TEXT)
			return yaml_expected(n, err, "a key that is text");
		if (strcmp(n->text, "<<") == 0 && !n->quoted)
			return yaml_fail(n, err, "expected no merge key");
		*key = n;
		return RC_OK;
	}
	n->key = *key;
	*key = NULL;
	if (*last != NULL)
		(*last)->next = n;
	else
		in->first = n;
	*last = n;
	in->n++;
	return RC_OK;
}

static int
by_key(const void *a, const void *b)
{
	const struct yaml_node *x = *(const struct yaml_node *const *)a;
	const struct yaml_node *y = *(const struct yaml_node *const *)b;
	int order = strcmp(x->key->text, y->key->text);

	if (order != 0)
		return order;
	if (x->key->line != y->key->line)
		return x->key->line < y->key->line ? -1 : 1;
	return x->key->column < y->key->column ? -1 : 1;
}

#define FEW 16

/* True when a map of few entries has a key twice. */
static bool
has_twice(const struct yaml_node *map)
{
	const struct yaml_node *v, *w;

	for (v = map->first; v != NULL; v = v->next)
		for (w = v->next; w != NULL; w = w->next)
			if (v->key->n == w->key->n &&
			    memcmp(v->key->text, w->key->text, v->key->n) == 0)
				return true;
	return false;
}

/* Many are sorted, not compared pair by pair: the author of the file chooses how many. */
static enum rc
check_duplicates(const struct yaml_node *map, struct err *err)
{
	const struct yaml_node **all, *twice = NULL;
	size_t n = 0;

	if (map->n <= FEW && !has_twice(map))
		return RC_OK;
	if ((all = calloc(map->n, sizeof(*all))) == NULL)
		return err_memory(err);
	for (const struct yaml_node *v = map->first; v != NULL; v = v->next)
		all[n++] = v;
	qsort(all, n, sizeof(*all), by_key);
	for (size_t i = 1; i < n && twice == NULL; i++)
		if (strcmp(all[i - 1]->key->text, all[i]->key->text) == 0)
			twice = all[i]->key;
	free(all);
	return twice == NULL ? RC_OK
			     : yaml_expected(twice, err, "each key once in a mapping");
}

static enum rc
open_node(struct build *b, enum yaml_kind kind, yaml_mark_t at, struct err *err)
{
	struct yaml_node *n = NULL;
	enum rc rc;

	if (b->depth == YAML_MOST_DEPTH)
		return fail_mark(
		    b->doc->name, at, err, "expected at most 32 levels of nesting");
	if ((rc = node_new(b, kind, at, &n, err)) != RC_OK ||
	    (rc = place(b, n, err)) != RC_OK)
		return rc;
	b->open[b->depth] = n;
	b->last[b->depth] = NULL;
	b->key[b->depth] = NULL;
	b->depth++;
	return RC_OK;
}

/* What an event may not carry. */
static enum rc
check_event(const struct build *b, const yaml_event_t *e, struct err *err)
{
	const yaml_char_t *anchor = NULL;

	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (e->data.document_start.version_directive == NULL)
			return RC_OK;
		return fail_mark(
		    b->doc->name, e->start_mark, err, "expected no directive");
	case YAML_SCALAR_EVENT:
		anchor = e->data.scalar.anchor;
		break;
	case YAML_SEQUENCE_START_EVENT:
		anchor = e->data.sequence_start.anchor;
		break;
	case YAML_MAPPING_START_EVENT:
		anchor = e->data.mapping_start.anchor;
		break;
	default:
		return RC_OK;
	}
	if (anchor == NULL)
		return RC_OK;
	return fail_mark(b->doc->name, e->start_mark, err, "expected no anchor");
}

static enum rc
take_event(struct build *b, const yaml_event_t *e, struct err *err)
{
	struct yaml_node *n = NULL;
	enum rc rc;

	if ((rc = check_event(b, e, err)) != RC_OK)
		return rc;
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (b->doc->root == NULL)
			return RC_OK;
		return fail_mark(
		    b->doc->name, e->start_mark, err, "expected one document only");
	case YAML_SCALAR_EVENT:
		if ((rc = node_text(b, e, &n, err)) != RC_OK)
			return rc;
		return place(b, n, err);
	case YAML_SEQUENCE_START_EVENT:
		return open_node(b, YAML_LIST, e->start_mark, err);
	case YAML_MAPPING_START_EVENT:
		return open_node(b, YAML_MAP, e->start_mark, err);
	case YAML_SEQUENCE_END_EVENT:
		b->depth--;
		return RC_OK;
	case YAML_MAPPING_END_EVENT:
		return check_duplicates(b->open[--b->depth], err);
	case YAML_STREAM_START_EVENT:
	case YAML_STREAM_END_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return RC_OK;
	default:
		return fail_mark(b->doc->name, e->start_mark, err, "expected no alias");
	}
}

static enum rc
build_tree(struct yaml_doc *d, struct span s, struct err *err)
{
	struct build b = { .doc = d };
	yaml_parser_t p;
	yaml_event_t e;
	bool last = false;
	enum rc rc = RC_OK;

	if (!start_parser(&p, s))
		return err_memory(err);
	while (rc == RC_OK && !last) {
		if (!yaml_parser_parse(&p, &e)) {
			rc = fail_parser(&p, d->name, s, err);
			break;
		}
		last = e.type == YAML_STREAM_END_EVENT;
		rc = take_event(&b, &e, err);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&p);
	if (rc == RC_OK && d->root == NULL)
		rc = fail_at(d->name, 1, 1, err, "expected a document, found nothing");
	return rc;
}

enum rc
yaml_parse(const char *name, struct span text, struct yaml_doc **ret, struct err *err)
{
	struct yaml_doc *d;
	enum rc rc;

	if ((rc = check_bytes(name, text, err)) != RC_OK ||
	    (wants_tokens(text) && (rc = check_tokens(name, text, err)) != RC_OK))
		return rc;
	if ((d = calloc(1, sizeof *d)) == NULL)
		return err_memory(err);
	if ((d->name = strdup(name)) == NULL)
		rc = err_memory(err);
	else
		rc = build_tree(d, text, err);
	if (rc != RC_OK) {
		yaml_doc_free(d);
		return rc;
	}
	*ret = d;
	return RC_OK;
}

void
yaml_doc_free(struct yaml_doc *d)
{
	struct block *b, *older;

	if (d == NULL)
		return;
	for (b = d->newest; b != NULL; b = older) {
		older = b->older;
		free(b);
	}
	free(d->name);
	free(d);
}

const struct yaml_node *
yaml_root(const struct yaml_doc *d)
{
	return d->root;
}

enum yaml_kind
yaml_kind(const struct yaml_node *n)
{
	return (enum yaml_kind)n->kind;
}

unsigned
yaml_line(const struct yaml_node *n)
{
	return n->line;
}

unsigned
yaml_column(const struct yaml_node *n)
{
	return n->column;
}

const char *
yaml_file(const struct yaml_node *n)
{
	return n->doc->name;
}

size_t
yaml_count(const struct yaml_node *n)
{
	return n->kind == YAML_TEXT ? 0 : n->n;
}

const struct yaml_node *
yaml_first(const struct yaml_node *n)
{
	return n->kind == YAML_TEXT ? NULL : n->first;
}

const struct yaml_node *
yaml_next(const struct yaml_node *v)
{
	return v->next;
}

const struct yaml_node *
yaml_key(const struct yaml_node *v)
{
	return v->key;
}

const struct yaml_node *
yaml_find(const struct yaml_node *n, const char *key)
{
	if (n->kind != YAML_MAP)
		return NULL;
	for (const struct yaml_node *v = n->first; v != NULL; v = v->next)
		if (v->key->text[0] == key[0] && strcmp(v->key->text, key) == 0)
			return v;
	return NULL;
}

const char *
yaml_cstr(const struct yaml_node *n)
{
	return n->kind == YAML_TEXT ? n->text : "";
}

struct span
yaml_span(const struct yaml_node *n)
{
	return n->kind == YAML_TEXT ? span_make(n->text, n->n) : span_make(NULL, 0);
}

bool
yaml_quoted(const struct yaml_node *n)
{
	return n->quoted;
}
