/* Where a stream is, and the head of its answer: the same bytes as both. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/target/upgrade.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
ask(const struct upgrade_url *u)
{
	struct secret *secret = NULL;
	struct sigv4_key key = { .access_key_id = "AKIDEXAMPLE",
		.region = "eu-west-1",
		.service = "ssmmessages" };
	struct buf out;

	if (secret_copy(span_of("secret"), &secret, NULL) != RC_OK)
		return;
	key.secret = secret;
	buf_init(&out, 1u << 20);
	/* One request, whatever stands in the address. */
	if (upgrade_request(u, &key, "dGhlIHNhbXBsZSBub25jZQ==", &out, NULL) == RC_OK) {
		const char *end = strstr(buf_cstr(&out), "\r\n\r\n");

		if (end == NULL || end[4] != '\0')
			abort();
	}
	buf_clear(&out);
	secret_free(secret);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct upgrade_url u;
	unsigned status;
	struct err err = { "" };
	size_t used = 0;

	if (upgrade_url(
		span_make(data, size), "eu-west-1", "amazonaws.com", &u, NULL) == RC_OK)
		ask(&u);
	if (upgrade_answer(span_make(data, size), "dGhlIHNhbXBsZSBub25jZQ==", &used,
		&status, &err) == RC_OK &&
	    (used == 0 || used > size || status != 101))
		abort();
	if (strchr(err.text, '\x1b') != NULL)
		abort();
	return 0;
}
