/* Time zone files: whatever is read answers for every moment. */
#include <stdint.h>
#include <stdlib.h>

#include "policies/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int64_t moments[] = { INT64_MIN, -62135596800, -1, 0, 1,
		1774746000, 4133980799, 253402300799, INT64_MAX };
	struct zone *z = NULL;

	if (zone_parse(span_make(data, size), &z, NULL) != RC_OK)
		return 0;
	for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
		int32_t offset = zone_offset(z, moments[i]);

		if (offset < -26 * 3600 || offset > 26 * 3600)
			abort();
	}
	for (int64_t t = 0; t < 4133980799; t += 86400 * 97)
		if (zone_moment(z, t) > t + 4 * 86400)
			abort();
	zone_free(z);
	return 0;
}
