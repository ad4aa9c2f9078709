/* Answers to previews from any bytes; the first byte chooses the row of the table that
 * was asked. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "broker/monitor/answertree.h"
#include "broker/monitor/preview.h"
#include "broker/monitor/previewread.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* All of a result is text for people: printable, line by line. */
static void
show(json_t *items)
{
	json_t *o = json_pack("{s:s, s:O, s:i}", "state", "done", "items", items,
	    "count", (int)json_array_size(items));
	struct buf b;

	buf_init(&b, 1 << 22);
	preview_text(o, &b);
	for (size_t i = 0; i < b.len; i++)
		if (b.p[i] < 0x20 && b.p[i] != '\n')
			abort();
	buf_clear(&b);
	json_decref(o);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct previewtable_step step = { .only = (char *)"n" };
	struct previewread_sum sum = { .count = 0 };
	char member[PREVIEWREAD_CODE], code[PREVIEWREAD_CODE];
	struct previewtable_row row;
	json_t *tree = NULL, *items;
	struct err err = { "" };
	struct span body;
	struct buf token;
	bool json;

	if (size == 0 || !previewtable_row_at(data[0], &row))
		return 0;
	body = span_make(data + 1, size - 1);
	json = body.len > 0 && body.p[0] == '{';
	step.read = row.read;
	previewread_error(json ? AWSMODEL_JSON : AWSMODEL_QUERY, body, body, code);
	if ((json ? answertree_json : answertree_xml)(body, &tree, &err) != RC_OK)
		return 0;
	items = json_array();
	if (previewread_take(&step, "x", tree, 20, items, &sum, &err) != RC_OK ||
	    json_array_size(items) > 20 || sum.count < json_array_size(items))
		abort();
	buf_init(&token, 4096);
	(void)previewread_next(row.read, tree, member, &token);
	show(items);
	buf_clear(&token);
	json_decref(items);
	json_decref(tree);
	return 0;
}
