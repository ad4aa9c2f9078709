/* channel_closed; see ssm_closed.h. */
#include "broker/target/ssm_closed.h"

#include "broker/target/ssm_json.h"

bool
ssm_closed_read(struct span payload, struct buf *out)
{
	json_t *j = ssm_json_object(payload, SSM_CLOSED_MAX);
	struct span text = { NULL, 0 };
	bool ok = j != NULL;

	if (ssm_json_text(j, "Output", &text))
		buf_put(out, text.p,
		    text.len < out->max - out->len ? text.len : out->max - out->len);
	json_decref(j);
	return ok && buf_ok(out);
}
