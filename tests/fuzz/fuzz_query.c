/* Any bytes as a form and as a query: what is read has names, and no NUL. */
#include <stdlib.h>

#include "broker/gate/formbody.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (unsigned how = 0; how < 4; how++) {
		struct refused why = { 0 };
		struct formbody f;

		if (formbody_read(span_make(data, size), how, &f, &why) != RC_OK)
			continue;
		for (size_t i = 0; i < f.n; i++) {
			if (f.v[i].name.len == 0 || span_has_nul(f.v[i].value))
				abort();
			for (size_t j = 0; j < i && !(how & FORMBODY_REPEATS); j++)
				if (span_eq(f.v[i].name, f.v[j].name))
					abort();
		}
		formbody_clear(&f);
	}
	return 0;
}
