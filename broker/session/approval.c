/* Events of approvals; see approval.h.  Texts were made by the monitor, and people's
 * words in them may be anything: they are made printable here once more. */
#include "broker/session/approval.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/session/event.h"

static enum rc
give_take(json_t *j, approval_fn *fn, void *arg, struct err *err)
{
	char *text = NULL;
	enum rc rc = event_finish_take(j, &text, err);

	if (rc == RC_OK)
		rc = fn(arg, text, err);
	free(text);
	return rc;
}

/* A person's word as it stands in META and in CALL_SAYS. */
static json_t *
decision_json(const char *hold, const json_t *from)
{
	static const struct {
		const char *name, *to;
	} members[] = { { "decision", "decision" }, { "name", "by" },
		{ "proof", "proof" }, { "key", "key" }, { "source", "source" },
		{ "reason", "reason" }, { "time", "time" } };
	json_t *j = json_pack("{s:s, s:s, s:s}", "t", "approval.decision", "hold", hold,
	    "decision", "approved");

	for (size_t i = 0; j != NULL && i < sizeof members / sizeof members[0]; i++) {
		const char *s =
		    json_string_value(json_object_get(from, members[i].name));

		if (s != NULL)
			json_object_set_new(j, members[i].to, event_shown(s));
	}
	return j;
}

/* call 0: the command itself. */
static enum rc
give_decisions(const char *hold, uint32_t call, const json_t *list, approval_fn *fn,
    void *arg, struct err *err)
{
	enum rc rc = RC_OK;

	if (list != NULL && !json_is_array(list))
		return err_set(err, RC_REFUSE, "approvals are not a list");
	for (size_t i = 0; rc == RC_OK && i < json_array_size(list); i++) {
		const json_t *from = json_array_get(list, i);
		json_t *j;

		if (!json_is_object(from))
			return err_set(err, RC_REFUSE, "an approval is not an object");
		j = decision_json(hold, from);
		if (call != 0)
			json_object_set_new(j, "call", json_integer(call));
		rc = give_take(j, fn, arg, err);
	}
	return rc;
}

static json_t *
request_json(const json_t *meta, const char *hold)
{
	const json_t *approval = json_object_get(meta, "approval");
	const char *reason = json_string_value(json_object_get(meta, "asker_says"));
	const char *rule = json_string_value(json_object_get(meta, "rule"));
	const char *asked = json_string_value(json_object_get(approval, "asked"));
	json_t *needs = json_object_get(approval, "needs");
	const char *grant = json_string_value(json_object_get(meta, "grant"));
	json_t *j = json_pack("{s:s, s:s, s:s*, s:s*, s:s*, s:O*}", "t",
	    "approval.request", "hold", hold, "grant", grant, "rule", rule, "time",
	    asked, "needs", needs);

	if (j != NULL && reason != NULL && reason[0] != '\0')
		json_object_set_new(j, "reason", event_shown(reason));
	return j;
}

enum rc
approval_command(const char *meta, approval_fn *fn, void *arg, struct err *err)
{
	json_t *j = json_loads(meta, JSON_REJECT_DUPLICATES, NULL);
	const char *hold = json_string_value(json_object_get(j, "hold"));
	enum rc rc = RC_OK;

	if (!json_is_object(j))
		rc = err_set(err, RC_REFUSE, "the session's META is not a JSON object");
	else if (hold != NULL)
		rc = give_take(request_json(j, hold), fn, arg, err);
	if (rc == RC_OK && hold != NULL)
		rc = give_decisions(
		    hold, 0, json_object_get(j, "approvals"), fn, arg, err);
	json_decref(j);
	return rc;
}

static enum rc
give_request(uint32_t call, const char *hold, const char *rule, struct span text,
    approval_fn *fn, void *arg, struct err *err)
{
	char *said = span_dup(text);
	json_t *j = said == NULL ? NULL
				 : json_pack("{s:s, s:s, s:I, s:s, s:o}", "t",
				       "approval.request", "hold", hold, "call",
				       (json_int_t)call, "rule", rule, "text",
				       event_shown(said));

	free(said);
	return give_take(j, fn, arg, err);
}

enum rc
approval_call(uint32_t call, const struct msg_call_says *m, approval_fn *fn, void *arg,
    struct err *err)
{
	char *hold = span_dup(m->hold), *rule = span_dup(m->rule);
	json_t *list = NULL;
	enum rc rc = RC_OK;

	if (hold == NULL || rule == NULL)
		rc = err_memory(err);
	else if (m->effect == VERDICT_HOLD)
		rc = give_request(call, hold, rule, m->text, fn, arg, err);
	else if (m->decisions.len > 0) {
		list = json_loadb((const char *)m->decisions.p, m->decisions.len,
		    JSON_REJECT_DUPLICATES, NULL);
		rc = list == NULL ? err_set(err, RC_REFUSE, "decisions are not JSON")
				  : give_decisions(hold, call, list, fn, arg, err);
	}
	json_decref(list);
	free(hold);
	free(rule);
	return rc;
}

void
approval_label(const char *meta, struct buf *out)
{
	json_t *j = json_loads(meta, JSON_REJECT_DUPLICATES, NULL), *name;
	size_t i;

	json_array_foreach(json_object_get(j, "approvers"), i, name)
	{
		buf_text(out, i == 0 ? "approved by " : " and ");
		if (json_is_string(name))
			buf_text(out, json_string_value(name));
	}
	json_decref(j);
}
