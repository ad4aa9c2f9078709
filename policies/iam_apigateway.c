/* API Gateway's control plane: actions are methods of HTTP, resources are paths. */
#include "policies/iam_parts.h"

#include <string.h>

/* {label} of the path template is the wire name of a member there. */
static enum rc
put_label(struct iam_work *w, struct span label, struct buf *out)
{
	struct awsmodel_param p;
	struct span v = { 0 };
	bool there = false;
	enum rc rc;

	if (label.len > 0 && label.p[label.len - 1] == '+')
		label.len--;
	if (!awsmodel_param_wire(&w->op, AWSMODEL_PATH, label, &p))
		return err_set(w->err, RC_FAIL, "a path has a label of no member");
	if ((rc = iam_value(w, p.name, &v, &there)) != RC_OK)
		return rc;
	if (!there)
		return err_set(w->err, RC_REFUSE, "the call lacks %s", p.name);
	buf_span_put(out, v);
	return RC_OK;
}

static enum rc
put_path(struct iam_work *w, struct buf *out)
{
	const char *at = w->op.path, *end;
	enum rc rc = RC_OK;

	/* The second API's paths begin with its version, which ARNs leave out. */
	if (strncmp(at, "/v2/", 4) == 0)
		at += 3;
	for (; *at != 0 && *at != '?' && rc == RC_OK; at++) {
		if (*at != '{' || (end = strchr(at, '}')) == NULL) {
			buf_u8(out, (uint8_t)*at);
			continue;
		}
		rc = put_label(w, span_make(at + 1, (size_t)(end - at - 1)), out);
		at = end;
	}
	return rc;
}

enum rc
iam_apigateway(struct iam_work *w)
{
	struct iam_resource r = { 0 };
	struct buf path;
	enum rc rc;

	buf_init(&path, 16 * 1024);
	rc = put_path(w, &path);
	if (rc == RC_OK)
		rc = iam_fill(w, "apigateway:{r}::{v}", NULL, buf_span(&path), &r);
	buf_clear(&path);
	if (rc != RC_OK)
		return rc;
	w->action = iam_action_text(w, "apigateway", w->op.method);
	return iam_add_own(w, &r);
}
