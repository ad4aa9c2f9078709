/* Any bytes as a YAML file: the tree that comes out is walked whole, and every reader
 * sees every node. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/yaml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
read_node(const struct yaml_node *n)
{
	static const char *const words[] = { "on", "off", NULL };
	struct err err;
	const char *s;
	uint64_t v;
	size_t at;
	bool b;

	(void)yaml_uint(n, 1, 100, &v, &err);
	(void)yaml_duration(n, 0, UINT64_MAX, &v, &err);
	(void)yaml_size(n, 0, UINT64_MAX, &v, &err);
	(void)yaml_bool(n, &b, &err);
	(void)yaml_choice(n, words, &at, &err);
	(void)yaml_want_keys(n, words, &err);
	if (yaml_line_text(n, 0, 64, &s, &err) == RC_OK && strlen(s) > 64)
		abort();
	if (yaml_line(n) == 0 || yaml_column(n) == 0)
		abort();
}

static void
walk(const struct yaml_node *n, unsigned depth)
{
	size_t count = 0;

	if (depth > YAML_MOST_DEPTH + 1 || strlen(yaml_cstr(n)) != yaml_span(n).len)
		abort();
	read_node(n);
	for (const struct yaml_node *v = yaml_first(n); v != NULL; v = yaml_next(v)) {
		count++;
		if ((yaml_key(v) != NULL) != (yaml_kind(n) == YAML_MAP))
			abort();
		walk(v, depth + 1);
	}
	if (count != yaml_count(n))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yaml_doc *d = NULL;
	struct err err = { "" };

	if (yaml_parse("fuzz.yaml", span_make(data, size), &d, &err) != RC_OK) {
		if (d != NULL || err.text[0] == '\0')
			abort();
		return 0;
	}
	walk(yaml_root(d), 1);
	yaml_doc_free(d);
	return 0;
}
