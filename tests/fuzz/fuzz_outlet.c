/* Any text as a place for checkpoints: what is read must read again as the same, and
 * hold nothing that would end a line or a text early. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/outlet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct outlet a, b;
	const char *why = NULL;

	if (!outlet_parse(span_make(data, size), &a, &why)) {
		if (why == NULL)
			abort();
		return 0;
	}
	if (strlen(a.text) != size || memcmp(a.text, data, size) != 0 ||
	    !outlet_parse(span_of(a.text), &b, &why) || a.kind != b.kind ||
	    strcmp(a.bucket, b.bucket) != 0 || strcmp(a.prefix, b.prefix) != 0 ||
	    strpbrk(a.text, "\r\n\t \"\\") != NULL)
		abort();
	if (a.kind == OUTLET_FILE && outlet_folder(&a)[0] != '/')
		abort();
	return 0;
}
