/* Credentials as JSON from any bytes; the first byte is the form. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "broker/vault/keyjson.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sources_key *k = NULL;
	enum keyjson_form form;
	struct err err = { "" };
	enum rc rc;

	if (size == 0)
		return 0;
	form = (enum keyjson_form)(data[0] % 3);
	rc = keyjson_parse(span_make(data + 1, size - 1), form, &k, &err);
	if ((rc == RC_OK) != (k != NULL) || strlen(err.text) >= ERR_TEXT)
		abort();
	if (k != NULL && (k->secret == NULL || k->access_key_id[0] == '\0' ||
			     (form != KEYJSON_LASTING && k->token == NULL)))
		abort();
	sources_free(k);
	return 0;
}
