/* Answers about targets from any bytes: XML of EC2, or JSON of Systems Manager. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/answertree.h"
#include "broker/monitor/inventory_parts.h"
#include "lib/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every value is fit to be shown, and ends. */
static void
check(const char *s, size_t size)
{
	struct span left = span_of(s);

	if (memchr(s, '\0', size) == NULL)
		abort();
	while (left.len > 0) {
		uint32_t cp;
		unsigned n = text_char(left, &cp);

		if (n == 0 || !text_plain(cp))
			abort();
		left = span_make(left.p + n, left.len - n);
	}
}

static void
check_one(const struct instance *i)
{
	enum target_kind kind = target_kind(span_of(i->id));

	if (kind != TARGET_INSTANCE && kind != TARGET_MANAGED)
		abort();
	check(i->tag_name, sizeof i->tag_name);
	check(i->env, sizeof i->env);
	check(i->platform, sizeof i->platform);
	check(i->agent, sizeof i->agent);
	check(i->state, sizeof i->state);
	check(i->zone, sizeof i->zone);
	if (i->n_tags > INSTANCE_TAGS)
		abort();
	for (size_t k = 0; k < i->n_tags; k++) {
		check(i->tags[k].name, strlen(i->tags[k].name) + 1);
		check(i->tags[k].value, strlen(i->tags[k].value) + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct span body = span_make(data, size);
	const bool json = size > 0 && data[0] == '{';
	struct instances all = { .v = NULL };
	struct instance *copy;
	struct err err = { "" };
	json_t *tree = NULL;
	struct buf token;
	bool bad;

	if ((json ? answertree_json : answertree_xml)(body, &tree, &err) != RC_OK)
		return 0;
	if ((json ? inventory_read_ssm(tree, true, &all, &err)
		  : inventory_read_ec2(tree, "Environment", &all, &err)) != RC_OK ||
	    all.n > INVENTORY_INSTANCES)
		abort();
	buf_init(&token, INVENTORY_TOKEN);
	if (inventory_token(tree, json ? "NextToken" : "nextToken", &token, &bad) &&
	    (bad || token.len == 0))
		abort();
	for (size_t i = 0; i < all.n; i++)
		check_one(&all.v[i]);
	if (all.n > 0 && (copy = instance_copy(&all.v[0])) != NULL) {
		check_one(copy);
		instance_free(copy);
	}
	buf_clear(&token);
	instances_clear(&all);
	json_decref(tree);
	return 0;
}
