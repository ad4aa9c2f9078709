/* Any bytes as the line of broker-argv; what is taken must fit the message. */
#include <stdlib.h>

#include "broker/front/argv.h"
#include "lib/wire/codec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct msg_exec_ask m;
	struct argv *a = NULL;
	struct err err = { "" };
	struct buf b;

	if (argv_parse(span_make(data, size), &a, &err) != RC_OK)
		return 0;
	m = (struct msg_exec_ask){ .form = FORM_ARGV };
	argv_fill(a, &m);
	buf_init(&b, 1 << 20);
	if (codec_encode(MSG_EXEC_ASK, &m, &b, &err) != RC_OK)
		abort();
	buf_clear(&b);
	argv_free(a);
	return 0;
}
