/* The session policy of a session on a target: one target, its documents, and nothing
 * but what these sessions themselves need.
 * Source: AWS, "Actions, resources, and condition keys for AWS Systems Manager", and its
 * sample policies for Session Manager. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "broker/monitor/session_parts.h"
#include "lib/model/target.h"
#include "policies/scope.h"

/* ---- names ---- */

/* ecs:CLUSTER_TASK_RUNTIME: a cluster's name may have the character that parts them. */
static bool
put_task(const char *id, const struct facts *f, struct buf *out)
{
	struct span s = span_of(id + strlen("ecs:"));
	const uint8_t *runtime = memrchr(s.p, '_', s.len), *task = NULL;

	if (runtime != NULL)
		task = memrchr(s.p, '_', (size_t)(runtime - s.p));
	if (task == NULL || task == s.p || task + 1 == runtime)
		return false;
	buf_printf(out, "arn:%s:ecs:%s:%s:task/%.*s/%.*s", f->partition, f->region,
	    f->account, (int)(task - s.p), (const char *)s.p, (int)(runtime - task - 1),
	    (const char *)task + 1);
	return buf_ok(out);
}

bool
remotelease_arn(const struct session *s, const struct facts *f, struct buf *out)
{
	const char *id = s->remote->at->id;

	switch (target_kind(span_of(id))) {
	case TARGET_INSTANCE:
		buf_printf(out, "arn:%s:ec2:%s:%s:instance/%s", f->partition, f->region,
		    f->account, id);
		return buf_ok(out);
	case TARGET_MANAGED:
		buf_printf(out, "arn:%s:ssm:%s:%s:managed-instance/%s", f->partition,
		    f->region, f->account, id);
		return buf_ok(out);
	case TARGET_CONTAINER:
		return put_task(id, f, out);
	default:
		return false;
	}
}

/* Those of AWS itself belong to no account. */
static void
put_document(const char *name, const struct facts *f, struct buf *out)
{
	bool own = strncmp(name, "AWS-", 4) != 0;

	if (strncmp(name, "arn:", 4) == 0)
		buf_text(out, name);
	else
		buf_printf(out, "arn:%s:ssm:%s:%s:document/%s", f->partition, f->region,
		    own ? f->account : "", name);
}

static json_t *
text_take(struct buf *b)
{
	json_t *j = buf_ok(b) ? json_stringn((const char *)b->p, b->len) : NULL;

	buf_clear(b);
	return j;
}

static bool
add_document(json_t *list, const char *name, const struct facts *f)
{
	struct buf arn;

	buf_init(&arn, 512);
	put_document(name, f, &arn);
	return json_array_append_new(list, text_take(&arn)) == 0;
}

/* The target, then the documents that its session, or one of its lines, may need. */
static json_t *
resources(const struct session *s, const struct facts *f)
{
	const struct remote *r = s->remote;
	json_t *list = json_array();
	struct buf arn;
	bool good;

	buf_init(&arn, 1024);
	good = list != NULL && remotelease_arn(s, f, &arn);
	if (!good)
		buf_clear(&arn);
	good = good && json_array_append_new(list, text_take(&arn)) == 0 &&
	       add_document(list, r->document, f);
	if (good && r->kind == REMOTE_SHELL &&
	    strcmp(r->document, r->command_document) != 0)
		good = add_document(list, r->command_document, f);
	if (good)
		return list;
	json_decref(list);
	return NULL;
}

/* ---- statements ---- */

static json_t *
run_policy(json_t *where)
{
	return json_pack("{s:s, s:[{s:s, s:s, s:o}, {s:s, s:[s, s], s:s}]}", "Version",
	    "2012-10-17", "Statement", "Effect", "Allow", "Action", "ssm:SendCommand",
	    "Resource", where, "Effect", "Allow", "Action", "ssm:GetCommandInvocation",
	    "ssm:CancelCommand", "Resource", "*");
}

/* Sessions carry the id of who began them as a tag of AWS's own: nobody else's can be
 * taken up or ended with this. */
static json_t *
session_policy(json_t *where, const char *instance)
{
	return json_pack("{s:s, s:[{s:s, s:s, s:o, s:{s:{s:s}}},"
			 "{s:s, s:[s, s], s:s, s:{s:{s:s}}},"
			 "{s:s, s:s, s:s},"
			 "{s:s, s:s, s:s, s:{s:{s:s}}}]}",
	    "Version", "2012-10-17", "Statement", /* one */
	    "Effect", "Allow", "Action", "ssm:StartSession", "Resource", where,
	    "Condition", "BoolIfExists", "ssm:SessionDocumentAccessCheck", "true",
	    /* two */
	    "Effect", "Allow", "Action", "ssm:ResumeSession", "ssm:TerminateSession",
	    "Resource", "*", "Condition", "StringLike",
	    "ssm:resourceTag/aws:ssmmessages:session-id", "${aws:userid}", /* three */
	    "Effect", "Allow", "Action", "ssmmessages:OpenDataChannel", "Resource", "*",
	    /* four */
	    "Effect", "Allow", "Action", "kms:GenerateDataKey", "Resource", "*",
	    "Condition", "StringEquals", "kms:EncryptionContext:aws:ssm:TargetId",
	    instance);
}

enum rc
remotelease_policy(
    const struct session *s, const struct facts *f, struct buf *out, struct err *err)
{
	json_t *where = resources(s, f), *policy;
	char *text;
	size_t len;

	if (where == NULL)
		return err_set(
		    err, RC_REFUSE, "no policy can name this target or its documents");
	policy = s->remote->kind == REMOTE_RUN
		     ? run_policy(where)
		     : session_policy(where, s->remote->at->id);
	text = policy == NULL ? NULL : json_dumps(policy, JSON_COMPACT);
	json_decref(policy);
	if (text == NULL)
		return err_memory(err);
	len = strlen(text);
	if (len <= SCOPE_MAX)
		buf_text(out, text);
	free(text);
	return len <= SCOPE_MAX
		   ? RC_OK
		   : err_set(err, RC_REFUSE,
			 "the session policy of this target is longer than "
			 "AWS takes");
}
