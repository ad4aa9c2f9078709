/* Any bytes as what agents say before a session runs; whatever is asked is answered in
 * JSON, with an entry for each action. */
#include <stdlib.h>
#include <string.h>

#include "broker/target/ssm_handshake.h"
#include "broker/target/ssm_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool ok)
{
	if (!ok)
		abort();
}

static void
answer(const struct ssm_request *r, const char *cipher)
{
	const struct ssm_done done = { .client_version = "1.2.677.0",
		.cipher = cipher };
	struct buf out;
	bool good;
	json_t *j;

	buf_init(&out, 1u << 20);
	check(ssm_request_answer(r, &done, &out, &good, NULL) == RC_OK);
	check((j = ssm_json_object(buf_span(&out), 1u << 20)) != NULL);
	check(json_array_size(json_object_get(j, "ProcessedClientActions")) ==
	      r->n_actions);
	check(json_is_null(json_object_get(j, "Errors")) == good);
	json_decref(j);
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span bytes = span_make(data, size);
	struct ssm_request r;
	struct buf message;
	int32_t code;
	uint32_t flag;

	if (ssm_request_read(bytes, &r, NULL) == RC_OK) {
		check(r.n_actions > 0 && r.n_actions <= SSM_ACTIONS);
		check(!r.kms || r.kms_key[0] != '\0');
		answer(&r, NULL);
		answer(&r, "QUJD");
	}
	buf_init(&message, 100);
	ssm_complete_read(bytes, &message);
	check(message.len <= 100);
	buf_clear(&message);
	ssm_exit_read(bytes, &code);
	check(ssm_flag_read(bytes, &flag) == (size == SSM_FLAG_LEN));
	return 0;
}
