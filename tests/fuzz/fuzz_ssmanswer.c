/* Answers of AWS's API: the first byte says to what. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/target/ssmanswer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ssmanswer a;

	if (size == 0)
		return 0;
	ssmanswer_read(data[0] % OP_OPS, data[0] & 0x80 ? 400 : 200,
	    span_make(data + 1, size - 1), &a);
	if ((a.word == ANSWER_DONE && data[0] & 0x80) || strlen(a.id) >= sizeof a.id ||
	    strchr(a.text, '\x1b') != NULL)
		abort();
	ssmanswer_clear(&a);
	return 0;
}
