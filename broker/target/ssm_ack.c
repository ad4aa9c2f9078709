/* Acknowledgements; see ssm_ack.h.  One is written for every message that comes, so no
 * JSON library writes it: its shape is fixed, and nothing in it needs escaping. */
#include "broker/target/ssm_ack.h"

#include <stdio.h>
#include <string.h>

#include "broker/target/ssm_json.h"
#include "lib/base/id.h"

size_t
ssm_ack_write(const struct ssm_ack *a, char out[SSM_ACK_ROOM])
{
	char id[ID_UUID_TEXT];

	id_uuid_text(a->id, id);
	return (size_t)snprintf(out, SSM_ACK_ROOM,
	    "{\"AcknowledgedMessageType\":\"%s\",\"AcknowledgedMessageId\":\"%s\","
	    "\"AcknowledgedMessageSequenceNumber\":%lld,\"IsSequentialMessage\":true}",
	    ssm_type_name(a->type), id, (long long)a->sequence);
}

static enum ssm_type
type_in(const json_t *j)
{
	struct span name;

	if (!ssm_json_text(j, "AcknowledgedMessageType", &name))
		return SSM_OTHER;
	if (span_is(name, ssm_type_name(SSM_INPUT)))
		return SSM_INPUT;
	return span_is(name, ssm_type_name(SSM_OUTPUT)) ? SSM_OUTPUT : SSM_OTHER;
}

enum rc
ssm_ack_read(struct span payload, struct ssm_ack *ret, struct err *err)
{
	json_t *j = ssm_json_object(payload, SSM_ACK_MAX);
	const json_t *n = json_object_get(j, "AcknowledgedMessageSequenceNumber");
	struct ssm_ack a = { .type = type_in(j) };
	struct span id;

	if (!json_is_integer(n)) {
		json_decref(j);
		return err_set(err, RC_REFUSE, "acknowledgement of nothing");
	}
	a.sequence = json_integer_value(n);
	if (!ssm_json_text(j, "AcknowledgedMessageId", &id) || !id_uuid_parse(id, a.id))
		memset(a.id, 0, sizeof a.id);
	json_decref(j);
	*ret = a;
	return RC_OK;
}
